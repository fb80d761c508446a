"""What a query that is refused probably meant: names and operators that people know from other APIs.

Names are replaced first, then the values that are refused (`corrected_values`); a query is only suggested if it is
valid as it stands. Nothing is guessed where two things may be meant.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from app.errors import BadRequest
from app.queries.corrected_values import VALUE_WITH_OPERATOR, corrected, ranged
from app.queries.parameters import QueryModel, parsed
from app.queries.reading import Pairs, RequestContext
from app.queries.words import (
    BRACKETS,
    DIRECTIONS,
    DROPPED,
    FILTERS,
    MEANT,
    OPERATORS,
    SIGN_OPERATORS,
    WORD_OPERATORS,
    direction,
    end_of,
    meant_by,
    misspelled,
    name_and_operator,
    plain,
)

MOST_PAIRS, LONGEST_NAME, LONGEST_VALUE = 20, 60, 300
ROUNDS = 4  # a name is corrected first, then its value, and what that value names
NAME_AND_SIGN = re.compile(rf"([^<>!=:]+?)\s*({SIGN_OPERATORS})\s*(.*)")
EXPRESSION = re.compile(
    rf"([\w$.-]+?)\s*(?:({SIGN_OPERATORS})|\s({WORD_OPERATORS})\s|\.({WORD_OPERATORS})\.)\s*(.+)", re.IGNORECASE
)
CONTAINS = re.compile(r"(?:contains|substringof|startswith)\(\s*([^,]+?)\s*,\s*([^,]+?)\s*\)", re.IGNORECASE)
AND = re.compile(r"\s+and\s+|\s*&&?\s*|\s*;\s*|,(?=\s*[\w-]+\s*[:=<>.])", re.IGNORECASE)
OR = re.compile(r"\s+or\s+|\s*\|\|\s*", re.IGNORECASE)
ALTERNATIVES = re.compile(r",(?=\s*\w+\.)")  # or=(year.eq.2023,year.eq.2024)
BETWEEN_AND = re.compile(r"(\bbetween)\s+(\S+)\s+and\s+(\S+)", re.IGNORECASE)
ALL = re.compile(r"1\s*=\s*1|true|\*(?::\*)?|", re.IGNORECASE)  # what leaves nothing out
SORT_IN_NAME = re.compile(r"[_$]?(?:sort|order)(?:_?by)?(?:\[([\w.]+)\]|_?(asc|desc))", re.IGNORECASE)
INDEX = re.compile(r"\[\d*\]")  # `year[]`, `sort[0][field]`
WHOLE_YEARS = re.compile(r"[0-9]{4}(?:[^0-9A-Za-z]+[0-9]{4})?")
LIKE = re.compile(rf"^{WORD_OPERATORS}\.", re.IGNORECASE)  # title=ilike.*汽车*
STATEMENT = re.compile(r"\s*select\s", re.IGNORECASE)  # in SQL
OFFSET = re.compile(r"[0-9]{1,3}")  # no year


class Clause(NamedTuple):
    """What a parameter asks for: a value as ours are written (``), or one end of a range, or what is excluded."""

    name: str
    operator: str
    value: str


class Ambiguous(Exception):
    """Two conditions that one parameter cannot hold together."""


def valid_pairs(model: type[QueryModel], reading: RequestContext) -> Pairs | None:
    """The query of a request, corrected if need be. None if it cannot be, or if it is long beyond what people type."""
    if len(reading.pairs) > MOST_PAIRS or any(
        len(name) > LONGEST_NAME or len(value) > LONGEST_VALUE for name, value in reading.pairs
    ):
        return None
    try:
        pairs = _renamed(reading.pairs, model)
    except Ambiguous:
        return None
    for _ in range(ROUNDS):
        try:
            parsed(model, replace(reading, pairs=pairs))
        except BadRequest as error:
            better = corrected(pairs, error.errors, model, reading)
            if better is None or better == pairs:
                return None
            pairs = better
        else:
            return pairs
    return None


def _renamed(pairs: Pairs, model: type[QueryModel]) -> list[tuple[str, str]]:
    """The pairs under our names, with two ends as one range. Raises Ambiguous."""
    known = {**model.model_fields, **model.synonyms}
    clauses, order, names = list[Clause](), "", Counter(name for name, _ in pairs)
    for name, value in pairs:
        name = "maxvalue" if name == "max" and "min" in names else name  # noqa: PLW2901 - alone it is a limit
        if name in known and names[name] > 1 and (found := VALUE_WITH_OPERATOR.fullmatch(value)):
            clauses.append(Clause(name, OPERATORS[(found[1] or found[2]).casefold()], found[3]))
        elif name in known:
            clauses += [Clause(name, "", value)] if value else []
        elif plain(INDEX.sub("", name)) in DIRECTIONS and direction(value):
            order = direction(value)
        elif plain(name) == "or":
            clauses += filter(None, _expressions(ALTERNATIVES.sub(" or ", value), known))
        elif name.casefold() in FILTERS or plain(name) in FILTERS:
            clauses += filter(None, _expressions(value, known))
        else:
            clauses += filter(None, _clauses(name, value, known))
    return list(dict.fromkeys(_joined(clauses, order, known)))


def _clauses(name: str, value: str, known: Mapping[str, object]) -> Iterator[Clause | None]:
    """What a pair under another name asks for."""
    name = INDEX.sub("", name)
    found = NAME_AND_SIGN.fullmatch(f"{name}={value}" if value else name)
    if found and found[1] != name.strip():
        yield _clause(found[1], OPERATORS[found[2]], found[3], known)
        return
    named, operator = name_and_operator(name)
    if (found := SORT_IN_NAME.fullmatch(name)) and (found[2] or direction(value)):
        key, order = (value, found[2]) if found[2] else (found[1], direction(value))
        yield Clause("sort", "", f"{key} {order}")
    elif value and not (_is_dropped(name, known) or _is_dropped(named, known)):
        yield _clause(name if plain(name) in MEANT or end_of(name) else named, operator, value, known)


def _is_dropped(name: str, known: Mapping[str, object]) -> bool:
    return (name.casefold() in DROPPED or plain(name) in DROPPED) and plain(name) not in map(plain, known)


def _clause(name: str, operator: str, value: str, known: Mapping[str, object]) -> Clause | None:
    """What a name with an operator asks for; None for nothing, as the offset of a page."""
    end, ours = end_of(name), meant_by(name, known)
    if end and ours and operator == "=":
        operator = end[0]
        if ours[0] != "value" and OFFSET.fullmatch(value):  # of the rows of a page
            return Clause("limit", "", value) if operator[0] == "<" else None
    unknown = misspelled(name, known) if plain(name) not in MEANT else None
    if "q" in ours:
        if STATEMENT.match(value):
            raise Ambiguous
        value = LIKE.sub("", value).strip("*%")
    meant = ours[0] if ours else unknown or name
    if meant == "period" and "year" in known and WHOLE_YEARS.fullmatch(value):
        meant = "year"
    return Clause(meant, operator, value)


def _expressions(text: str, known: Mapping[str, object]) -> Iterator[Clause | None]:
    """`year eq 2024 and place:zhengzhou`, or the same as JSON."""
    text = re.sub(r"\{(\w+)\}", r"\1", text.strip())  # {year}=2024
    text = BETWEEN_AND.sub(r"\1 \2,\3", re.sub(r"^\((.*)\)$", r"\1", text))
    if ALL.fullmatch(text):
        return
    if text.startswith("{"):
        yield from _conditions(text, known)
        return
    if OR.search(text):
        yield _alternatives([*_expressions(OR.sub(" and ", text), known)], text)
        return
    for part in AND.split(text):
        bare = part.strip()
        bare = bare[1:-1] if bare.startswith("(") and bare.endswith(")") else bare
        if found := CONTAINS.fullmatch(bare):
            texts = [one.strip("'\"") for one in found.groups() if one[0] in "'\""]
            yield Clause("q", "=", texts[0]) if len(texts) == 1 and "q" in known else Clause("filter", "", part)
        elif found := EXPRESSION.fullmatch(bare):
            yield _clause(found[1], OPERATORS[(found[2] or found[3] or found[4]).casefold()], found[5], known)
        else:
            yield Clause("filter", "", part)


def _alternatives(clauses: Sequence[Clause | None], text: str) -> Clause:
    """`year=2023 or year=2024` as the values of one parameter."""
    names = {(one.name, one.operator) if one else ("", "") for one in clauses}
    if len(names) == 1 and {operator for _, operator in names} == {"="}:
        return Clause(names.pop()[0], "=", ",".join(one.value for one in clauses if one))
    return Clause("filter", "", text)


def _conditions(text: str, known: Mapping[str, object]) -> Iterator[Clause | None]:
    """`{"year": {"$gte": 2022}}`. Raises Ambiguous for what is not so simple."""
    try:
        read: dict[str, Any] = json.loads(text)
    except ValueError:
        raise Ambiguous from None
    for name, value in read.items():
        if plain(name) in BRACKETS and isinstance(value, dict):
            yield from _conditions(json.dumps(value), known)
            continue
        conditions = value if isinstance(value, dict) else {"eq": value}
        for operator, operand in conditions.items():
            sign = OPERATORS.get(operator.strip("$_").casefold())
            values = operand if isinstance(operand, list) else [operand]
            texts = [name, *map(str, values)]
            if not sign or not all(isinstance(one, str | int | float) for one in values):
                raise Ambiguous
            if not all(map(str.isprintable, texts)):  # a query string may hold no such characters
                raise Ambiguous
            yield _clause(name, sign, ",".join(map(str, values)), known)


def _joined(clauses: Sequence[Clause], order: str, known: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Clauses as pairs; both ends of a range are one, where the first of them stands. Raises Ambiguous."""
    ends = _ends(clauses)
    if order == "desc" and not any(one.name == "sort" for one in clauses):
        raise Ambiguous
    for name, operator, value in clauses:
        if operator[:1] in (*"<>",):
            if both := ends.pop(name, None):
                range_ = both.get(">", "").removesuffix("..") + ".." + both.get("<", "").removeprefix("..")
                yield _dated(name, range_, known)
        elif name == "sort" and order == "desc" and value[:1] != "-":
            yield name, ",".join(f"-{one}" for one in value.split(","))
        else:
            yield name, ranged(name, operator, _bare(value)) if operator else value


def _ends(clauses: Sequence[Clause]) -> dict[str, dict[str, str]]:
    """The ends of ranges, by parameter. Raises Ambiguous if one stands twice, or beside a value: both must hold, which
    two values of a parameter would not mean.
    """
    ends: dict[str, dict[str, str]] = {}
    for name, operator, value in clauses:
        if operator[:1] in (*"<>",):
            end = ranged(name, operator, _bare(value))
            if ends.setdefault(name, {}).setdefault(operator[0], end) != end:
                raise Ambiguous
    if any(one.name in ends and one.operator[:1] not in (*"<>!",) for one in clauses):
        raise Ambiguous
    return ends


def _dated(name: str, range_: str, known: Iterable[str]) -> tuple[str, str]:
    """A range of years, or of other periods, under the name of those."""
    ends = range_.split("..")
    is_days = name == "year" and not all(re.fullmatch("(?:[0-9]{4})?", one) for one in ends)
    return "period" if is_days and "period" in known else name, range_


def _bare(value: str) -> str:
    """A value without quotes and parentheses."""
    return re.sub(r"^[('\"]+|[)'\"]+$", "", value.strip())
