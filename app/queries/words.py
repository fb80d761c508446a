"""What other APIs call our parameters, and which of ours is meant; the words are in words.toml."""

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

_WORDS = tomllib.loads((files("app.queries") / "words.toml").read_text(encoding="utf-8"))
MEANT = {other: tuple(ours.split()) for ours, others in _WORDS["names"].items() for other in others.split()}
FIRST, LAST, LEAST, GREATEST = (
    frozenset(_WORDS["ends"][name].split()) for name in ("first", "last", "least", "greatest")
)
DROPPED = frozenset(_WORDS["dropped"]["names"].split())
FORMATS = {other: ours for ours, others in _WORDS["formats"].items() for other in others.split()}
SORT_KEYS = {other: ours for ours, others in _WORDS["keys"].items() for other in others.split()}

OPERATORS = {
    **dict.fromkeys(("gte", "ge", "min", "from", "gt", "after", "since", ">=", ">"), "{}.."),
    **dict.fromkeys(("lte", "le", "max", "to", "lt", "before", "until", "<=", "<"), "..{}"),
    **dict.fromkeys(("eq", "is", "in", "=", "==", "exact", "iexact", ":"), "{}"),
    **dict.fromkeys(("ne", "neq", "not", "!=", "nin", "exclude"), "-{}"),
}
WORD_OPERATORS = "|".join(one for one in OPERATORS if one.isalpha())
NAME_AND_OPERATOR = re.compile(rf"(\w+?)(?:\[|__|\.|_|\$)\$?({WORD_OPERATORS})\]?", re.IGNORECASE)
NAME_AND_SIGN = re.compile(r"(\w+?)\s*([<>!]=?)\s*(.*)")
IN_BRACKETS = re.compile(r"(?:filters?|f|where|query|q)(?:\[(\w+)\]|\.(\w+))(?:\[(\w+)\])?", re.IGNORECASE)


def meant_by(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Our parameters that are meant by one of another API, of those that a path has; none if that is not known."""
    names, plain = set(known), name.casefold()
    if plain in FIRST | LAST:
        return tuple(one for one in ("year", "period") if one in names)
    if plain in LEAST | GREATEST:
        return ("value",) if "value" in names else ()
    ours = tuple(one for one in MEANT.get(plain, ()) if one in names)
    if ours or plain in names:
        return ours or (plain,)
    found = NAME_AND_OPERATOR.fullmatch(name) or NAME_AND_SIGN.fullmatch(name) or IN_BRACKETS.fullmatch(name)
    inner = next((one for one in found.groups() if one), "") if found else ""
    if not inner or inner == name:
        return ()
    return (inner,) if inner in names else meant_by(inner, names)
