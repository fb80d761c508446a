"""What a query that is refused probably meant: names, operators and values that people know from other APIs.

Each table and each reader here turns what was written into our parameters; the result is only suggested if it is valid
as it stands. Nothing is guessed where two things may be meant.
"""

import re
from calendar import month_name
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from app.errors import BadRequest, ErrorDetail
from app.queries.lists import address
from app.queries.names import named_anywhere
from app.queries.parameters import QueryModel, parsed
from app.queries.reading import Pairs, Reading
from app.queries.words import (
    DROPPED,
    FIRST,
    FORMATS,
    GREATEST,
    IN_BRACKETS,
    LAST,
    LEAST,
    MEANT,
    NAME_AND_OPERATOR,
    NAME_AND_SIGN,
    OPERATORS,
    SORT_KEYS,
    WORD_OPERATORS,
    meant_by,
)
from app.text.periods import read_period

Pair = tuple[str, str]

VALUE_WITH_OPERATOR = re.compile(rf"(?:({WORD_OPERATORS})[.:]|([<>!]=?|=))\(?([^()]+)\)?", re.IGNORECASE)
EXPRESSION = re.compile(
    rf"(\w[\w-]*)\s*(?:([<>!]=?|==?|:)|\s({WORD_OPERATORS})\s)\s*['\"(]?([^'\"()]+)['\")]?", re.IGNORECASE
)
AND = re.compile(r"\s+and\s+|\s*&&\s*|\s*;\s*|,(?=\s*\w+\s*[:=<>])", re.IGNORECASE)
FILTER_NAMES = {"filter", "filters", "$filter", "where", "query_filter", "conditions"}
BETWEEN = re.compile(
    r"[\[(]?\s*([^\s,\]]+?)\s*(?:\.\.\.?|:|~|～|—|–|至|到|/|\s+to\s+|\s+TO\s+|\s*-\s*)\s*([^\s,\]]+?)\s*[\])]?"
)
DESCENDING = re.compile(r"(?:desc\((.+)\)|-?(.+?)[\s:.,]+desc(?:ending)?)", re.IGNORECASE)
ASCENDING = re.compile(r"(?:asc\((.+)\)|\+(.+)|(.+?)[\s:.,]+asc(?:ending)?)", re.IGNORECASE)
MONTHS = {name[:3].lower(): number for number, name in enumerate(month_name) if name}
ROUNDS = 3  # a name is corrected first, then its value, and what that value names
DATED = ("year", "period", "published")


def instead_of(model: type[QueryModel], reading: Reading) -> str | None:
    """The URL of a valid query that says what a refused one probably meant. None if that cannot be told."""
    pairs: Pairs = list(_renamed(reading.pairs, model))
    for _ in range(ROUNDS):
        try:
            parsed(model, replace(reading, pairs=pairs))
        except BadRequest as error:
            corrected = _with_values(pairs, error.errors, model, reading)
            if corrected is None or corrected == pairs:
                return None
            pairs = corrected
        else:
            return address(reading.root_path + reading.path, pairs) if pairs != reading.pairs else None
    return None


def _renamed(pairs: Pairs, model: type[QueryModel]) -> Iterator[Pair]:
    """The pairs under our names, with operators as ranges, and two ends as one range."""
    known, ends, values = model.model_fields, ["", ""], ["", ""]
    direction = next((value for name, value in pairs if name in ("order", "_order", "dir", "sort_order")
                      and value.casefold() in ("asc", "desc")), None)  # fmt: skip
    for name, value in pairs:
        plain = name.casefold()
        if name in known or name in model.synonyms:
            is_sort = name == "sort" and direction and direction.casefold() == "desc" and value[:1] != "-"
            yield name, f"-{value}" if is_sort else value
        elif plain in FIRST | LAST and "year" in known:
            ends[plain in LAST] = value
        elif plain in LEAST | GREATEST and "value" in known:
            values[plain in GREATEST] = value
        elif plain in DROPPED or value == direction:
            continue
        elif plain in FILTER_NAMES:
            yield from _expressions(value, known)
        else:
            yield from _one_renamed(name, value, known)
    if any(ends):
        low, high = (_date(end) or end for end in ends)
        is_years = all(re.fullmatch("[0-9]{4}|", end) for end in (low, high))
        yield "year" if is_years or "period" not in known else "period", f"{low}..{high}"
    if any(values):
        yield "value", "..".join(values)


def _one_renamed(name: str, value: str, known: Mapping[str, object]) -> Iterator[Pair]:
    if found := IN_BRACKETS.fullmatch(name):
        inner, operator = found[1] or found[2], (found[3] or "eq").casefold()
        ours = meant_by(inner, known)
        yield (ours[0] if ours else "q" if "q" in known else inner), OPERATORS.get(operator, "{}").format(value)
        return
    found = NAME_AND_SIGN.fullmatch(f"{name}={value}" if value and name[-1:] in "<>!" else f"{name}{value}")
    found = found or NAME_AND_OPERATOR.fullmatch(name)
    if found and found[1].casefold() not in MEANT and (ours := meant_by(found[1], known)):
        operand = found[3] if found.re is NAME_AND_SIGN else value
        yield ours[0], OPERATORS[found[2].casefold()].format(operand)
        return
    ours = meant_by(name, known)
    yield (ours[0] if ours else name), value


def _expressions(text: str, known: Mapping[str, object]) -> Iterator[Pair]:
    """`year eq 2024 and place:zhengzhou` as pairs."""
    for part in AND.split(text):
        found = EXPRESSION.fullmatch(part.strip())
        if found:
            operator = (found[2] or found[3] or "eq").casefold()
            ours = meant_by(found[1], known)
            yield (ours[0] if ours else found[1]), OPERATORS.get(operator, "{}").format(found[4].strip())
        else:
            yield "filter", part


def _with_values(
    pairs: Pairs, errors: Iterable[ErrorDetail], model: type[QueryModel], reading: Reading
) -> list[Pair] | None:
    """The pairs with the values that are refused corrected. None if one cannot be."""
    corrected = [*pairs]
    for error in errors:
        for place, (name, value) in enumerate(corrected):
            ours = model.synonyms.get(name, name)
            if ours == error.parameter and error.value in (
                value,
                *value.split(","),
                *(one.lstrip("-") for one in value.split(",")),
            ):
                found = _corrected(ours, error, value, model, reading)
                if found is None:
                    return None
                corrected[place] = found
                break
        else:
            return None
    return list(dict.fromkeys(corrected))


def _corrected(name: str, error: ErrorDetail, value: str, model: type[QueryModel], reading: Reading) -> Pair | None:
    """The pair that a refused value of a parameter stands for."""
    known = model.model_fields
    for read in (_without_operator, _sorting, _format, _dates, _bounded, _meaning, _suggested):
        if found := read(name, error, value, known, reading):
            return found
    return None


Reader = Callable[[str, ErrorDetail, str, Mapping[str, object], Reading], Pair | None]


def _without_operator(name: str, _error: ErrorDetail, value: str, _known: object, _reading: Reading) -> Pair | None:
    found = VALUE_WITH_OPERATOR.fullmatch(value.strip())
    return (name, OPERATORS[(found[1] or found[2]).casefold()].format(found[3])) if found else None


def _sorting(name: str, _error: ErrorDetail, value: str, _known: object, _reading: Reading) -> Pair | None:
    if name != "sort":
        return None
    if found := DESCENDING.fullmatch(value):
        return name, f"-{found[1] or found[2]}"
    found = ASCENDING.fullmatch(value)
    if found:
        return name, found[1] or found[2] or found[3]
    sign, key = ("-", value[1:]) if value.startswith("-") else ("", value)
    return (name, sign + SORT_KEYS[key.casefold()]) if key.casefold() in SORT_KEYS else None


def _format(name: str, _error: ErrorDetail, value: str, _known: object, _reading: Reading) -> Pair | None:
    plain = value.casefold()
    if name != "format":
        return None
    return (name, FORMATS.get(plain, plain)) if plain in FORMATS or plain != value else None


def _dates(name: str, _error: ErrorDetail, value: str, known: Mapping[str, object], _reading: Reading) -> Pair | None:
    """One date, or two, however written; `year` takes years only, which is what `period` is for."""
    if name not in DATED:
        return None
    found = [_date(value)] if _date(value) else None
    if found is None:
        range_ = BETWEEN.fullmatch(value.strip()) if ".." not in value else None
        parts = range_.groups() if range_ else value.split("..") if value.count("..") == 1 else []
        found = [_date(part) if part else "" for part in parts]
    if not found or None in found:
        return None
    written = "..".join(one or "" for one in found)
    is_years = all(re.fullmatch("[0-9]{4}|", one or "") for one in found)
    return (name if is_years or name != "year" or "period" not in known else "period"), written


def _date(text: str) -> str | None:
    """A date as ours are written: 2024, 2024-Q3, 2024-09 or 2024-09-27. None if it is none."""
    plain = text.strip().strip("'\"").casefold().replace("fy", "").strip()
    found = re.fullmatch(r"([0-9]{4})[\s-]*q([1-4])|q([1-4])[\s-]*([0-9]{4})", plain)
    if found:
        return f"{found[1] or found[4]}-Q{found[2] or found[3]}"
    if found := re.fullmatch(r"([0-9]{4})[\s-]*h([12])", plain):
        return f"{found[1]}-H{found[2]}"
    if found := re.fullmatch(r"([a-z]{3})[a-z]*\.?,?\s+([0-9]{4})|([0-9]{4})\s+([a-z]{3})[a-z]*", plain):
        month = MONTHS.get(found[1] or found[4])
        return f"{found[2] or found[3]}-{month:02d}" if month else None
    found = re.fullmatch(r"([0-9]{4})(?:[-/.年]?([0-9]{1,2})(?:[-/.月]?([0-9]{1,2})日?|月)?|年)?(?:t.*)?", plain)
    if not found:
        return None
    written = "-".join([found[1], *(f"{int(part):02d}" for part in (found[2], found[3]) if part)])
    try:
        read_period(written)
    except ValueError:
        return None
    return written


def _bounded(name: str, _error: ErrorDetail, value: str, _known: object, _reading: Reading) -> Pair | None:
    """A limit that is out of bounds, or a number with separators."""
    if name == "limit" and value.strip().lstrip("-").isdigit():
        return name, "500" if int(value) > 1 else "1"
    if name == "value":
        plain = value.replace(",", "").replace("_", "").replace(" ", "")
        found = BETWEEN.fullmatch(plain) if ".." not in plain and not plain.startswith("-") else None
        plain = f"{found[1]}..{found[2]}" if found else plain
        return (name, plain) if plain != value else None
    return None


def _meaning(name: str, error: ErrorDetail, value: str, _known: object, reading: Reading) -> Pair | None:
    """An id by another case or with underscores, or by the name of what it is the id of, if it is that of one only."""
    token = error.value
    plain = re.sub(r"[\s_]+", "-", token.strip().casefold())
    if error.kind == "unknown-id":
        ids = named_anywhere(token, reading)
        candidates = [one for one in error.did_you_mean if one == plain] or (ids if len(ids) == 1 else [])
        candidates = candidates or [one for one in ids if one in error.did_you_mean][:1]
        if len(candidates) != 1 and plain != token:
            candidates = [plain]
        return (name, value.replace(token, candidates[0])) if len(candidates) == 1 and candidates[0] != token else None
    alike = [one for one in error.did_you_mean if one.casefold() == plain]
    return (name, value.replace(token, alike[0])) if alike and alike[0] != token else None


def _suggested(name: str, error: ErrorDetail, value: str, _known: object, _reading: Reading) -> Pair | None:
    """The only suggestion there is."""
    if len(error.did_you_mean) != 1 or error.kind == "unknown-parameter" or not error.value:
        return None
    return name, value.replace(error.value, error.did_you_mean[0])
