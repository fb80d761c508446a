"""What a query that is refused probably meant: names and operators that people know from other APIs.

Names are replaced first, then the values that are refused (`corrected_values`); a query is only suggested if it is
valid as it stands. Nothing is guessed where two things may be meant.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from app.errors import BadRequest
from app.queries.corrected_values import corrected
from app.queries.expressions import (
    Ambiguous,
    Clause,
    Clauses,
    ParameterNames,
    alternatives,
    bare,
    clause,
    conditions,
    expressions,
    operator_and_value,
    ranged,
)
from app.queries.parameters import QueryModel, parsed
from app.queries.reading import Pairs, RequestContext
from app.queries.words import (
    DIRECTIONS,
    DROPPED,
    FILTERS,
    FLAGS,
    MEANT,
    OPERATORS,
    SIGN_OPERATORS,
    direction,
    end_of,
    meant_by,
    name_and_operator,
    plain,
)

MOST_PAIRS, LONGEST_NAME, LONGEST_VALUE = 20, 60, 300
ROUNDS = 4  # a name is corrected first, then its value, and what that value names
NAME_AND_SIGN = re.compile(rf"([^<>!=:]+?)\s*({SIGN_OPERATORS})\s*(.*)")
SORT_IN_NAME = re.compile(r"[_$]?(?:sort|order)(?:_?by)?(?:\[([\w.]+)\]|_?(asc|desc))", re.IGNORECASE)
NEXT_PAIR, YEAR = re.compile(r"\?(?=\w+=)"), re.compile("[0-9]{4}")
PART_OF_YEAR = {"month": "{:02d}", "quarter": "Q{}", "half": "H{}"}
FIELD = re.compile(r"\s*([\w.]+?)\s*(?:[:=<>]|!=)\s*\S")
OBJECT = re.compile(r"\s*\{\s*['\"$\w]+\s*:")
AGGREGATE = re.compile(r"\b(count|min|max|sum|avg|mean|average|total)\([^()]*\)", re.IGNORECASE)
AGGREGATE_IN_NAME = re.compile(r"[$_]?(\w+)\[(\w+)\]")
GROUPED = re.compile(r"\bgroupby\(\(([\w,]+)\)", re.IGNORECASE)
DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
NEGATION = re.compile(
    r"(?<![a-z])\$?(?:not(?=in|eq|[^a-z]|$)(?!_?null)|without|exclud(?:e|es|ed|ing)|except|omit|hide|remove|drop|ignore)"
    r"(?![a-z]*null)_?(?=$|[^a-z]|in|eq)",
    re.IGNORECASE | re.ASCII,
)
INDEX = re.compile(r"\[\d*\]")  # `year[]`, `sort[0][field]`


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
    pairs = _parted(pairs)
    clauses, order, names = list[Clause](), "", Counter(name for name, _ in pairs)
    for name, value in pairs:
        name = "maxvalue" if name == "max" and "min" in names else name  # noqa: PLW2901 - alone it is a limit
        if name == "after" and DATE.fullmatch(value):  # no cursor
            name = "afterdate"  # noqa: PLW2901
        if name not in known and (asserted := NEGATION.sub("", name)) != name:
            clauses += _negated(asserted, value, known)
        elif plain(INDEX.sub("", name)) in DIRECTIONS and direction(value) and name not in known:
            order = direction(value)
        elif name in known and names[name] > 1 and (found := operator_and_value(value)):
            clauses.append(Clause(name, *found))
        else:
            clauses += _clauses(INDEX.sub("", name), value, known)
    return list(dict.fromkeys(_joined(clauses, order, known)))


def pairs_in(parts: Iterable[str]) -> Pairs:
    """Names and values that are decoded already: decoded again, they could have characters that are refused."""
    return [(name, value) for name, _, value in (part.partition("=") for part in parts)]


def _parted(pairs: Pairs) -> Pairs:
    """The pairs of `year=2024?metric=gdp` as two, and a year and its month as one period. Raises Ambiguous."""
    split = [(name, NEXT_PAIR.split(value)) for name, value in pairs]
    pairs = [one for name, (first, *others) in split for one in ((name, first), *pairs_in(others))]
    if len(pairs) > MOST_PAIRS:
        raise Ambiguous
    years = [value for name, value in pairs if name == "year" and YEAR.fullmatch(value)]
    parts = [PART_OF_YEAR[plain(name)].format(int(value)) for name, value in pairs if _is_part_of_year(name, value)]
    if len(years) != 1 or len(parts) != 1:
        return pairs
    rest = [(name, value) for name, value in pairs if name != "year" and not _is_part_of_year(name, value)]
    return [("period", f"{years[0]}-{parts[0]}"), *rest]


def _is_part_of_year(name: str, value: str) -> bool:
    return plain(name) in PART_OF_YEAR and bool(re.fullmatch("0?[1-9]|1[0-2]", value))


def _negated(name: str, value: str, known: ParameterNames) -> Clauses:
    """`status_not_in=target`, `exclude=status:target`. Raises Ambiguous for what does not tell what is left out."""
    clauses = expressions(value, known) if not plain(name) and FIELD.match(value) else []
    clauses = clauses or (_clauses(INDEX.sub("", name), value, known) if plain(name) else [])
    if not clauses or any(one.operator != "=" or one.name not in known for one in clauses):
        raise Ambiguous
    return [one._replace(operator="!=") for one in clauses]


def _clauses(name: str, value: str, known: ParameterNames) -> Clauses:
    return next(found for read in READERS if (found := read(name, value, known)) is not None)


def _conditions_in_value(name: str, value: str, known: ParameterNames) -> Clauses | None:
    """`year={"$gte": 2022}`, and `q=metric:gdp AND year>2022`."""
    if name in known and name != "sort" and OBJECT.match(value):
        return conditions(f'{{"{name}": {value}}}', known)
    found = FIELD.match(value) if "q" in meant_by(name, known) else None
    return expressions(value, known) if found and meant_by(found[1], {*known} - {"q"}) else None


def _ours(name: str, value: str, known: ParameterNames) -> Clauses | None:
    if name not in known:
        return None
    return [Clause(name, "", value)] if value else []


def _sign_in_name(name: str, value: str, known: ParameterNames) -> Clauses | None:
    """`year>=2022`, of which a URL makes the name `year>` and the value 2022."""
    found = NAME_AND_SIGN.fullmatch(f"{name}={value}" if value else name)
    return clause(found[1], OPERATORS[found[2]], found[3], known) if found and found[1] != name.strip() else None


def _expression(name: str, value: str, known: ParameterNames) -> Clauses | None:
    if plain(name) == "or":
        return expressions(alternatives(value), known)
    return expressions(value, known) if name.casefold() in FILTERS or plain(name) in FILTERS else None


def _sorting(name: str, value: str, _known: ParameterNames) -> Clauses | None:
    """`sort[year]=desc`, `order_by_desc=year`."""
    found = SORT_IN_NAME.fullmatch(name)
    if not found or not (found[2] or direction(value)):
        return None
    key, order = (value, found[2]) if found[2] else (found[1], direction(value))
    return [Clause("sort", "", f"{key} {order}")]


def _aggregates(name: str, value: str, known: ParameterNames) -> Clauses | None:
    """`select=metric,max(value)`, `aggregate[max]=value`, `$apply=groupby((metric))`."""
    if found := GROUPED.search(value):
        return [Clause("by", "", found[1])]
    if (found := AGGREGATE_IN_NAME.fullmatch(name)) and MEANT.get(plain(found[1])) == "stat":
        return [Clause("stat", "", found[2])]
    if not MEANT.get(plain(name), "").startswith("fields"):
        return None
    if functions := AGGREGATE.findall(value):
        return [Clause("stat", "", one) for one in functions]
    return [] if "by" in known and not meant_by(name, known) else None  # the columns of groups are what they are by


def _nothing(name: str, value: str, known: ParameterNames) -> Clauses | None:
    """What has no counterpart, such as the number of a page."""
    names = {name.casefold(), plain(name), plain(name_and_operator(name)[0])}
    is_dropped = names & DROPPED and not names & {*map(plain, known)}
    is_flag = "by" in meant_by(name, known) and FLAGS.get(plain(value), plain(value)) in ("true", "false")  # facet=true
    is_form = MEANT.get(plain(name)) == "format" and plain(value) == "json"  # which goes without saying
    return [] if is_dropped or is_flag or is_form or not value else None


def _other(name: str, value: str, known: ParameterNames) -> Clauses:
    named, operator = name_and_operator(name)
    return clause(name if plain(name) in MEANT or end_of(name) else named, operator, value, known)


def _last(name: str, value: str, known: ParameterNames) -> Clauses | None:
    """`mrv=5` of the World Bank, `lastNObservations=5` of SDMX."""
    is_number = MEANT.get(plain(name)) == "latest" and value.isdecimal() and value != "1" and "sort" in known
    return [Clause("sort", "", "-year"), Clause("limit", "", value)] if is_number else None


READERS: tuple[Callable[[str, str, ParameterNames], Clauses | None], ...] = (
    *(_conditions_in_value, _ours, _sign_in_name, _expression, _sorting, _aggregates, _last, _nothing, _other),
)


def _joined(clauses: Sequence[Clause], order: str, known: ParameterNames) -> Iterator[tuple[str, str]]:
    """Clauses as pairs; both ends of a range are one, where the first of them stands. Raises Ambiguous."""
    clauses = _paired(clauses)
    ends = _ends(clauses)
    if order == "desc" and not any(one.name == "sort" for one in clauses):
        yield "sort", "-year"  # of what is in the order of time
    for name, operator, value in clauses:
        if operator[:1] in (*"<>",):
            if both := ends.pop(name, None):
                range_ = both.get(">", "").removesuffix("..") + ".." + both.get("<", "").removeprefix("..")
                yield _dated(name, range_, known)
        elif name == "sort" and order == "desc" and value[:1] != "-":
            yield name, ",".join(f"-{one}" for one in value.split(","))
        else:
            yield name, ranged(name, operator, bare(value)) if operator else value


def _paired(clauses: Sequence[Clause]) -> Sequence[Clause]:
    """The clauses with the ends of `year[between][0]=2020&year[between][1]=2023` in one."""
    parts = {one.name: [two for two in clauses if two[:2] == (one.name, "..")] for one in clauses}
    ends = {name: some for name, some in parts.items() if len(some) > 1}
    whole = [Clause(name, "..", ",".join(one.value for one in some)) for name, some in ends.items()]
    return [*(one for one in clauses if one not in ends.get(one.name, ())), *whole] if ends else clauses


def _ends(clauses: Sequence[Clause]) -> dict[str, dict[str, str]]:
    """The ends of ranges, by parameter. Raises Ambiguous if one stands twice, or beside a value: both must hold, which
    two values of a parameter would not mean.
    """
    ends: dict[str, dict[str, str]] = {}
    for name, operator, value in clauses:
        if operator[:1] in (*"<>",):
            end = ranged(name, operator, bare(value))
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
