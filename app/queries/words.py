"""What other APIs call our parameters, values and operators, and which of ours is meant: words.toml has them."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files

from rapidfuzz.distance import OSA

_WORDS = tomllib.loads((files("app.queries") / "words.toml").read_text(encoding="utf-8"))
LONGEST_LOOKED_UP = 100  # characters of a name
LONG = 8  # letters of a name in which two may be wrong; in a shorter one, only one


def plain(word: str) -> str:
    """A word as it is looked up: `pageSize` and `page-size` are one, and so are `year[]` and `year`."""
    return re.sub(r"[\W_]", "", word.casefold())


def _read(table: Mapping[str, str]) -> dict[str, str]:
    """Ours by the words of others, each as it stands and as it is looked up."""
    pairs = [(other.casefold(), ours) for ours, others in table.items() for other in others.split()]
    return {plain(other): ours for other, ours in pairs if plain(other) and other[0] not in "$_"} | dict(pairs)


MEANT = _read(_WORDS["names"])
ENDS = {word: operator for operator, words in _WORDS["ends"].items() for word in words.split()}
DIRECTIONS, DROPPED, FILTERS, BRACKETS = (
    frozenset(_read({"": words}))
    for words in (
        _WORDS["directions"]["names"],
        _WORDS["dropped"]["names"],
        _WORDS["filters"]["names"],
        _WORDS["filters"]["brackets"],
    )
)
_DIRECTIONS = {word: ours for ours in ("asc", "desc") for word in _WORDS["directions"][ours].split()}
VALUES = {name: _read(table) for name, table in _WORDS["values"].items()}
FLAGS = _read(_WORDS["flags"])
ENDING = re.compile(rf"(\w+?)(?:{'|'.join(_WORDS['endings']['names'].split())})")
GENERIC_WORDS = _WORDS["generic"]["names"].split()
SCALES: Mapping[str, int] = _WORDS["scales"]
SORT_KEYS = _read(_WORDS["keys"])
OPERATORS = {one: one for one in _WORDS["operators"]} | {
    other: ours for ours, others in _WORDS["operators"].items() for other in others.split()
}
# `(?a:` because `i` otherwise matches a Turkish one, too.
WORD_OPERATORS = f"(?a:{'|'.join(sorted((one for one in OPERATORS if one.isalpha()), key=len, reverse=True))})"
# `..` stands between two values, the others before one.
_SIGNS = sorted((one for one in OPERATORS if not one.isalpha() and one != ".."), key=len, reverse=True)
SIGN_OPERATORS = f"(?a:{'|'.join(map(re.escape, _SIGNS))})"  # of which some have letters: is_null
_END = "|".join(sorted(ENDS, key=len, reverse=True))
END = re.compile(rf"(?P<first>{_END})(?P<behind>.*)|(?P<before>.+?)(?P<last>{_END})")
OF_VALUES = {"min", "minimum", "least", "max", "maximum"}  # where nothing tells what of: of a value, and not of time
# By which a thing or a date is told, so that they add nothing: `published__year`, `subject.id`.
PROPERTIES = {"year", "date", *_WORDS["endings"]["names"].split()}
PARTS_OF_TIME = {"q", "m", "d"}  # start_q=2024Q1
HAVE_ENDS = {"year", "period", "published", "value"}


def meant_by(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Our parameters that a name of another API means, of those that a path has; none if it is not known.

    The first is meant if no value tells otherwise. A name longer than LONGEST_LOOKED_UP means nothing.
    """
    if len(name) > LONGEST_LOOKED_UP:
        return ()
    names, looked_up = {plain(one): one for one in known}, name.casefold().strip()
    looked_up = looked_up if looked_up in MEANT else plain(name)
    if looked_up in names:
        return (names[looked_up],)
    ours = tuple(one for one in MEANT.get(looked_up, "").split() if one in names.values())
    if ours or looked_up in MEANT:
        return ours
    if end := end_of(name):
        return tuple(one for one in end[1] if one in names.values())
    named, _ = name_and_operator(name)
    if named == name and (found := ENDING.fullmatch(looked_up)):
        named = found[1]
    return meant_by(named, names.values()) if named != name else ()


def is_understood(name: str) -> bool:
    """Whether it is a word of other APIs, so that it is not a misspelled one of ours."""
    return plain(name[:LONGEST_LOOKED_UP]) in {*MEANT, *DROPPED, *FILTERS}


def end_of(name: str) -> tuple[str, tuple[str, ...]] | None:
    """`>=` or the like, and of what, for a name of one end of a range: `since`, `minYear`, `end_date`, `value_from`."""
    found = END.fullmatch(plain(name))
    if not found or plain(name) in MEANT:
        return None
    word, of = found["first"] or found["last"], found["behind"] or found["before"] or ""
    of = "period" if of in PARTS_OF_TIME else of
    if not of:
        return ENDS[word], ("value",) if word in OF_VALUES else ("year", "period")
    ours = tuple(MEANT.get(of, of).split())
    return (ENDS[word], ours) if set(ours) <= HAVE_ENDS else None


def direction(word: str) -> str:
    """`asc` or `desc`; empty if a word is no direction."""
    return _DIRECTIONS.get(word.strip().casefold(), "")


def misspelled(word: str, known: Iterable[str]) -> str | None:
    """The only known word that differs in a letter, or in two if it is long."""
    near = similar(word, known)
    return near[0] if len(near) == 1 else None


def similar(word: str, known: Iterable[str]) -> list[str]:
    """The known words that differ in a letter, or in two if it is long."""
    most, looked_up = 1 if len(word) < LONG else 2, plain(word)
    return [
        one for one in known if len(one) > most + 1 and OSA.distance(looked_up, plain(one), score_cutoff=most) <= most
    ]


def name_and_operator(name: str) -> tuple[str, str]:
    """The name and the operator in `filter[year][$gte]`, `year__gte`, `year_gte` or `q.title`; `=` if it has none."""
    parts = [part.strip("$_ ") for part in re.split(r"[\[\].]+|__", name)]
    parts = [part for part in parts if part and not part.isdigit()]
    if [plain(part) for part in parts] == ["q", "s"]:  # of Ransack
        return "sort", "="
    while len(parts) > 1 and plain(parts[0]) in BRACKETS:
        parts = parts[1:]
    if len(parts) == 1 and (found := re.fullmatch(rf"(\w+?)_({WORD_OPERATORS})", parts[0], re.IGNORECASE)):
        parts = [found[1], found[2]]
    operator = "="
    if len(parts) > 1 and parts[-1].casefold() in OPERATORS:
        operator = OPERATORS[parts.pop().casefold()]
    elif len(parts) > 1 and parts[0].casefold() in OPERATORS:  # exclude.year
        operator = OPERATORS[parts[0].casefold()]
        parts = parts[1:]
    if len(parts) > 1 and plain(parts[-1]) in PROPERTIES:  # published__year
        parts.pop()
    if "[" in name and len(parts) > 1 and plain(parts[0]) == "fields":  # of one type, in JSON:API
        return "fields", operator
    return (parts[-1] if parts else name), operator
