"""What a value that is refused probably meant: dates, words of other APIs, other cases, names instead of ids."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.errors import ErrorDetail
from app.queries.dates import read_dates
from app.queries.expressions import DATED, operator_and_value, ranged
from app.queries.filters import Filter, FlagFilter, IdFilter
from app.queries.name_index import Fit, meant
from app.queries.names import named
from app.queries.ordering import Sort
from app.queries.parameters import Parameter, QueryModel, Single
from app.queries.reading import Pairs, RequestContext
from app.queries.vocabulary import is_known, look_up
from app.queries.words import (
    FLAGS,
    GENERIC_WORDS,
    SCALES,
    SORT_KEYS,
    VALUES,
    direction,
    misspelled,
    plain,
)
from app.text.decimals import EXACT

ParameterPairs = list[tuple[str, str]] | None
BETWEEN = re.compile(
    r"[\[(]?(?:from\s+)?\s*([^\s,\]]+?)\s*(?:\.\.\.?|:|~|～|—|–|至|到|/|\s+to\s+|\s*-\s*)\s*([^\s,\]]+?)\s*[\])]?",
    re.IGNORECASE,
)
SORT_KEY = re.compile(
    r"(?:(asc|desc)\()?([+-]?)([\w.]+?)\)?(?:[\s:._]+(asc\w*|desc\w*|-?1))?(?:[.\s]nulls\s?(?:first|last))?",
    re.IGNORECASE,
)
SCALED = re.compile(rf"(\d+(?:\.\d+)?)\s*((?a:{'|'.join(SCALES)}))", re.IGNORECASE)
# Not [2020,2024], which may be a range.
LIST = re.compile(r"[\[{][^\[\]{},]+[\]}]|\[\s*(['\"])[^\[\]]+\1\s*\]")
GENERIC = re.compile(rf"(?i)(?:\b(?:{'|'.join(GENERIC_WORDS)})\b\.?|(?:股份)?有限(?:责任)?公司|公司|集团)")
UNLIMITED = ("-1", "all", "max", "unlimited")
# Where the name that a value is belongs: the parameter of each type of entity.
OF_TYPE = {
    "organization": ("company", "subject"), "place": ("place",), "metric": ("metric",), "industry": ("industry",),
    "initiative": ("initiative",), "event": ("event",), "source": ("source",), "scope": ("scope",), "unit": ("unit",),
}  # fmt: skip
WHO_OR_WHAT = {"company", "subject", "place", "metric", "event"}
PUBLISHED = {"source": {"organization": ("publisher",)}}


@dataclass(frozen=True, slots=True)
class RefusedValue:
    """A value that is refused, all of it (`value`), and the part that is meant (`token`)."""

    name: str
    value: str
    error: ErrorDetail
    model: type[QueryModel]
    reading: RequestContext

    @property
    def token(self) -> str:
        return self.error.value

    @property
    def parameter(self) -> Parameter[Any] | None:
        return self.model.parameters.get(self.name)

    def replaced(self, token: str) -> ParameterPairs:
        """The pair with another token in the place of the refused one; no pair if nothing is left."""
        tokens = [
            one[: len(one) - len(self.token)] + token if one in (self.token, f"-{self.token}") else one
            for one in self.value.split(",")
        ]
        written = ",".join(one for one in tokens if one)
        return [(self.name, written)] if written else []


def corrected(
    pairs: Pairs, errors: Iterable[ErrorDetail], model: type[QueryModel], reading: RequestContext
) -> ParameterPairs:
    """The pairs with the values that are refused corrected. None if one cannot be."""
    better, whole = [*pairs], set[str]()  # parameters of which all of a value was replaced, and not just what is wrong
    for error in errors:
        for place, (name, value) in enumerate(better):
            ours, tokens = model.synonyms.get(name, name), value.split(",")
            if ours == error.parameter and error.value in (value, *tokens, *(one.lstrip("-") for one in tokens)):
                refused = RefusedValue(ours, value, error, model, reading)
                found = next((found for read in READERS if (found := read(refused)) is not None), None)
                if found is None:
                    return None
                better[place : place + 1] = found
                whole.add(ours)
                break
        else:
            if error.parameter not in whole:
                return None
    return list(dict.fromkeys(better))


def _word(refused: RefusedValue) -> ParameterPairs:
    """A word of another API."""
    token, looked_up = refused.token, plain(refused.token)
    words = VALUES.get(refused.name, {}) | (VALUES["any"] if isinstance(refused.parameter, Filter) else {})
    if isinstance(refused.parameter, FlagFilter) or refused.name == "bom":
        flag = FLAGS.get(looked_up, looked_up if looked_up in ("true", "false") else "")
        written = {"true": "1", "false": "0"}.get(flag, "") if refused.name == "bom" else flag
        return refused.replaced(written) if written else None
    for key in (token.casefold(), looked_up):
        if key in words:
            return refused.replaced(words[key])
    return None


def _without_operator(refused: RefusedValue) -> ParameterPairs:
    """`gte.2020`, and `ge:2020+le:2023`, both ends of a range."""
    both = [operator_and_value(part) for part in re.split(r"[+,\s]+", refused.value)]
    if len(both) == 2 and both[0] and both[1]:  # noqa: PLR2004 - two ends
        ends = [ranged(refused.name, *one) for one in both if one]
        if ends[0].endswith("..") and ends[1].startswith(".."):
            return [(refused.name, ends[0] + ends[1][2:])]
    for written in (refused.value, refused.token):
        found = operator_and_value(written.strip())
        if found and not (BETWEEN.fullmatch(written.strip()) and BETWEEN.fullmatch(found[1].strip())):
            operator, operand = found
            if operator[0] in "<>" and "," in operand and refused.name in DATED:
                continue  # of the first of several
            value = ranged(refused.name, operator, operand.strip())
            return [(refused.name, value)] if written == refused.value else refused.replaced(value)
    return None


def _sorting(refused: RefusedValue) -> ParameterPairs:
    """`year desc`, `year:desc`, `year,desc`, `desc(year)`, `+year`; keys by the names that others give them."""
    parameter = refused.parameter
    if not isinstance(parameter, Sort):
        return None
    keys: list[str] = []
    for token in refused.value.split(","):
        if direction(token) and keys:
            keys[-1] = ("-" if direction(token) == "desc" else "") + keys[-1].lstrip("-")
            continue
        found = SORT_KEY.fullmatch(token.strip())
        if not found:
            return None
        order = direction(found[1] or found[4] or "asc")
        key = found[3] if found[3] in parameter.keys else SORT_KEYS.get(plain(found[3]), found[3].casefold())
        if key.lstrip("-") not in parameter.keys:
            return None
        if key.startswith("-"):  # `newest`
            key, order = key[1:], "asc" if order == "desc" else "desc"
        keys.append(("-" if found[2] == "-" or order == "desc" else "") + key)
    return [("sort", ",".join(keys))] if ",".join(keys) != refused.value else None


def _dates(refused: RefusedValue) -> ParameterPairs:
    """One date, or two, however written; `year` takes years only, which is what `period` is for."""
    if refused.name not in DATED:
        return None
    if plain(refused.value) == "latest" and "latest" in refused.model.model_fields:
        return [("latest", "true")]
    for written in (refused.value, refused.token):
        plus = "+" if written.endswith(" ") else ""  # a plus sign in a query is read as a space
        found = read_dates(written.strip() + plus)
        if any(found) and None not in found:
            joined = "..".join(one or "" for one in found)
            is_years = all(re.fullmatch("[0-9]{4}|", one or "") for one in found)
            name = refused.name if is_years or refused.name != "year" else "period"
            if name == "period" and name not in refused.model.model_fields:  # a year's first day, or its last
                joined, name = re.sub(r"-01-01(?=\.\.)|(?<=\.\.)(\d{4})-12-31$", r"\1", joined), refused.name
                name = name if re.fullmatch(r"(?:[0-9]{4})?\.\.(?:[0-9]{4})?", joined) else "period"
            if name in refused.model.model_fields and (written == refused.value or name == refused.name):
                return [(name, joined)] if written == refused.value else refused.replaced(joined)
    return None


def _bounded(refused: RefusedValue) -> ParameterPairs:
    """A limit that is out of bounds, or a number with separators of thousands."""
    text = refused.value.strip()
    if refused.name == "limit" and isinstance(refused.parameter, Single):
        most = refused.parameter.documented["maximum"]
        if text.casefold() in UNLIMITED or (text.isdecimal() and int(text[:9]) > most):
            return [("limit", str(most))]
        none = [] if "by" in refused.model.model_fields else [("limit", "1")]  # no rows, but all groups
        return none if text == "0" else None
    if refused.name == "value":
        bare = re.sub(r"(?<=\d)[,_ ](?=\d{3}(?!\d))", "", text)
        if (found := BETWEEN.fullmatch(bare)) and SCALED.search(found[2]) and not SCALED.search(found[1]):
            return None  # 5-10万: the first may be 5 or 50,000
        bare = SCALED.sub(lambda one: f"{EXACT.scaleb(Decimal(one[1]), SCALES[one[2].casefold()]):f}", bare)
        found = BETWEEN.fullmatch(bare) if ".." not in bare and not bare.startswith("-") else None
        bare = f"{found[1]}..{found[2]}" if found else bare
        bare = re.sub(r"^(-?[\d.]+)\+$", r"\1..", bare + ("+" if refused.value.endswith(" ") else ""))
        return [("value", bare)] if bare != text else None
    return None


def _meaning(refused: RefusedValue) -> ParameterPairs:
    """An id in another case or with underscores, or the name of what has an id, if only one has it."""
    token = refused.token.strip("*%") or refused.token  # gdp*
    id_ = re.sub(r"[\s_]+", "-", token.strip().casefold())
    if refused.error.kind != "unknown-id":
        if token.startswith("-"):  # fields=-id, which means all others
            return None
        alike = [one for one in refused.error.did_you_mean if plain(one).rstrip("s") == plain(token).rstrip("s")]
        return refused.replaced(alike[0]) if alike and alike[0] != token else None
    if not isinstance(refused.parameter, IdFilter):
        return refused.replaced(id_) if id_ != token and id_ in refused.error.did_you_mean else None
    if id_ != token and is_known(id_, refused.parameter.types, refused.reading):
        return refused.replaced(id_)
    found = named(token, refused.reading)
    if ids := [one for one, type_ in found.items() if type_ in refused.parameter.types]:
        return refused.replaced(ids[0]) if len(ids) == 1 else None
    elsewhere = _elsewhere(refused, [id_, *found])
    named_so = _named_so(refused, Fit.BEGINNING if elsewhere else Fit.WORDS)
    if not elsewhere or not named_so:
        return elsewhere or named_so
    is_topic = elsewhere[0][0] not in WHO_OR_WHAT  # which may be called by the first word of its name: initiative=NEV
    return named_so if is_topic else elsewhere


def _named_so(refused: RefusedValue, loosest: Fit) -> ParameterPairs:
    """The only one of its type that a search finds without a letter changed: `BYD Auto`, `Zhengzhou city`."""
    refused.reading.leave_event_loop()
    types = {*refused.parameter.types} - {"source"} if isinstance(refused.parameter, IdFilter) else {}  # has a title
    # Zhengzhou City, GDP_growth_rate; no other word may be left out.
    bare = GENERIC.sub("", refused.token.replace("_", " ").strip("*%")).strip()
    hits = [hit for hit in (meant(bare, refused.reading) if bare else []) if hit.name.type in types]
    best = min((hit.fit for hit in hits), default=Fit.TYPO)
    found = [hit for hit in hits if hit.fit == best <= loosest]
    return refused.replaced(found[0].name.entity_id) if len(found) == 1 else None


def _of_other_kind(refused: RefusedValue) -> ParameterPairs:
    """The parameter that has the value among its few: `category=plan` is a kind, and `type=csv` a format."""
    for name in ("kind", "type", "status", "frequency", "format"):
        choices = getattr(refused.model.parameters.get(name), "choices", ())
        if refused.parameter and name != refused.name and refused.value.casefold() in choices:
            return [(name, refused.value.casefold())]
    return None


def _elsewhere(refused: RefusedValue, ids: list[str]) -> ParameterPairs:
    """The parameter of what a value names, if that is not what its own takes: `source=` the name of a publisher."""
    look_up(ids, refused.reading)
    types = {id_: refused.reading.release.cache.types[id_] for id_ in ids if id_ in refused.reading.release.cache.types}
    if len(types) != 1 or refused.token != refused.value:
        return None
    ((id_, type_),) = types.items()
    names = PUBLISHED.get(refused.name, OF_TYPE).get(type_, ())
    name = next((one for one in names if one in refused.model.model_fields), None)
    return [(name, id_)] if name and name != refused.name else None


def _separated(refused: RefusedValue) -> ParameterPairs:
    """Several values that are separated by other signs than commas, or written as a list in JSON."""
    bare = refused.value.strip().strip(",")
    if LIST.fullmatch(bare):
        bare = re.sub(r"[\[\]{}'\"]", "", bare)
    written = ",".join(filter(None, re.split(r"[|;+\s]+" if refused.name == "fields" else r"[|;、]+|,\s+", bare)))
    return [(refused.name, written)] if written and written != refused.value.strip() else None


def _suggested(refused: RefusedValue) -> ParameterPairs:
    """The only suggestion there is, if little is wrong."""
    if refused.parameter is None or refused.token[:1] in ("", "-") or len(refused.error.did_you_mean) != 1:
        return None
    better = misspelled(refused.token, refused.error.did_you_mean)
    return refused.replaced(better) if better else None


READERS: tuple[Callable[[RefusedValue], ParameterPairs], ...] = (
    _word, _separated, _sorting, _dates, _without_operator, _bounded, _meaning, _of_other_kind, _suggested,
)  # fmt: skip
