"""The list of facts, and the choice of the table to scan: slices, the index of words, or the facts themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Table,
    Text,
    and_,
    case,
    exists,
    func,
    literal_column,
    not_,
    select,
    true,
)

from app import tables
from app.answers import Match
from app.queries.filters import FilterExpression, Range, TagFilter
from app.queries.lists import IDENTIFIER, List, Selection
from app.queries.ordering import Key
from app.queries.parameters import Parameter
from app.queries.periods import Days, DaySpan, Year, Years
from app.queries.ranges import ValueFilter
from app.queries.reading import RequestContext
from app.queries.releases import refuse_retracted
from app.queries.searching import WORDS, Search, contains, has_words, word_position

FACT, ANSWER, SLICE, TEXT = tables.facts, tables.fact_answers, tables.slices, tables.fact_texts
COMBINED_DIMENSIONS = ("industry", "initiative", "year")  # may be combined in one slice
SINGLE_DIMENSIONS = ("event", "company", "place")  # the most selective first
SliceKeys = Mapping[str, Any]  # dimension -> the requested key
Position = ColumnElement[int]


def fixed_key(expression: FilterExpression[Any]) -> Any:
    """The requested key of a dimension, or None if the filter does not ask for exactly one."""
    if expression.missing and not (expression.any_of or expression.none_of or expression.present):
        return tables.NONE
    only = expression.only()
    return only.year if isinstance(only, DaySpan) else None if isinstance(only, Range) else only


def slice_is(keys: SliceKeys) -> ColumnElement[bool]:
    """The condition for the slice with these keys."""
    dimensions = sorted(keys)
    columns = (SLICE.c.first, SLICE.c.second, SLICE.c.third)
    where = [column == keys[name] for column, name in zip(columns, dimensions, strict=False)]
    return and_(SLICE.c.dimensions == ",".join(dimensions), *where)


FIRST_YEAR = select(func.min(SLICE.c.first)).where(SLICE.c.dimensions == "year")


@dataclass(eq=False, kw_only=True)
class FactYear(Year):
    """The years of facts, for each of which there is a slice from the first that a fact begins in. A period without a
    start goes back further: there it is looked for by its days.
    """

    def one(self, token: str, reading: RequestContext) -> Years:
        years = super().one(token, reading)
        return Range(years, years) if isinstance(years, str) and years < _first_year(reading) else years


@dataclass(eq=False, kw_only=True)
class FactDays(Days):
    """The days of facts. Those within one year are looked for in its slice."""

    def one(self, token: str, reading: RequestContext) -> DaySpan:
        days = super().one(token, reading)
        return days._replace(year=None) if days.year and days.year < _first_year(reading) else days


def _first_year(reading: RequestContext) -> str:
    """The first year that a fact begins in; empty if none does."""
    if reading.release.cache.first_year is None:
        ((first,),) = reading.run(FIRST_YEAR)
        reading.release.cache.first_year = first.decode() if first else ""
    return reading.release.cache.first_year


@dataclass(frozen=True, kw_only=True)
class FactList(List):
    """A slice, the facts of a word, and each index list facts in the default order, so any of them can be scanned."""

    sources: Table  # whose columns filter facts by the source they cite

    def match(self, filters: Mapping[str, Any]) -> ColumnElement[Any]:
        """How the value matches, if filtered by `value`."""
        if "value" not in filters:
            return super().match(filters)
        certain, possible = (literal_column(f"'{match}'", Text()) for match in Match)
        return case((self._value.certainly(filters["value"]), certain), else_=possible)

    def explain_missing(self, identifier: str, reading: RequestContext) -> None:
        """Raises FactRetracted for a fact that once existed."""
        if IDENTIFIER.fullmatch(identifier):
            refuse_retracted(identifier, reading, self.path)

    def select(
        self, filters: Mapping[str, Any], order: Sequence[Key] = (), *, rows_of_facts: bool = False
    ) -> Selection:
        parameters = self.filters.parameters
        tags = {name: one for name, one in filters.items() if isinstance(parameters[name], TagFilter | FactYear)}
        others = {name: one for name, one in filters.items() if name not in (*tags, "q", "value", "match")}
        search: Search = filters.get("q", Search())
        days = {"year": filters["period"]} if "period" in filters and "year" not in filters else {}
        keys = _slice_keys({**tags, **days}) if search.match is None else {}
        rest = {name: one for name, one in tags.items() if name not in keys}
        needs_facts = bool(others or order or rows_of_facts or "year" in rest or "value" in filters)
        source, key, where = _scanned(search, keys, needs_facts=needs_facts)
        where = and_(
            where,
            *(parameters[name].where(one) if name == "year" else _tagged(name, one, key) for name, one in rest.items()),
            *(self._condition(parameters[name], one) for name, one in others.items()),
            *(contains(TEXT.c.search, word) for word in search.contained),
        )
        if "value" in filters:
            where = and_(where, self._value.where(filters["value"], filters.get("match")))
        if needs_facts and source is not FACT:
            source = source.join(FACT, FACT.c.position == key)
        joined = source if source is ANSWER else source.join(ANSWER, ANSWER.c.position == key)
        if search.contained:
            source, joined = (one.join(TEXT, TEXT.c.position == key) for one in (source, joined))
        return Selection(source, where, key, joined, _total(filters, keys, search))

    def _condition(self, parameter: Parameter[Any], value: Any) -> ColumnElement[bool]:
        column = getattr(parameter, "column", None)
        if column is None or column.table is not self.sources:
            return parameter.where(value)
        return FACT.c.source_id.in_(select(self.sources.c.id).where(parameter.where(value)))

    @property
    def _value(self) -> ValueFilter:
        value = self.filters.parameters["value"]
        assert isinstance(value, ValueFilter)  # noqa: S101 - narrows the type for mypy
        return value


def _tagged(name: str, expression: FilterExpression[str], position: Position) -> ColumnElement[bool]:
    """The condition that the fact at a position is in one of the requested slices of a dimension."""

    def within(*keys: Any) -> ColumnElement[bool]:
        listed = tables.slice_facts.alias()
        first = SLICE.c.first == keys[0] if len(keys) == 1 else SLICE.c.first.in_(keys)
        numbers = select(SLICE.c.number).where(SLICE.c.dimensions == name, first)
        return exists().where(listed.c.slice.in_(numbers), listed.c.position == position)

    alternatives = [within(*expression.any_of)] if expression.any_of else []
    return expression.condition(alternatives, not_(within(tables.NONE)), [within(*expression.none_of)])


def _total(filters: Mapping[str, Any], keys: SliceKeys, search: Search) -> ColumnElement[int] | None:
    """The number of facts, if the loader has counted it; None otherwise."""
    if filters.keys() == keys.keys():
        return select(SLICE.c.facts).where(slice_is(keys)).scalar_subquery()
    if len(filters) == 1 and search.counted is not None:
        common = tables.common_words
        return select(common.c.facts).where(common.c.word == search.counted).scalar_subquery()
    return None


def _slice_keys(tags: Mapping[str, Any]) -> SliceKeys:
    """The keys of a slice that contains all requested facts and few others."""
    fixed = {name: key for name, one in tags.items() if (key := fixed_key(one)) is not None}
    combined = {name: fixed[name] for name in COMBINED_DIMENSIONS if name in fixed}
    return combined or next(({name: fixed[name]} for name in SINGLE_DIMENSIONS if name in fixed), {})


def _scanned(search: Search, keys: SliceKeys, *, needs_facts: bool) -> tuple[FromClause, Position, ColumnElement[bool]]:
    """The table to scan in order, its column of positions, and the condition on its rows."""
    if search.match is not None:
        return WORDS, word_position(), has_words(search.match)
    if keys:
        number = select(SLICE.c.number).where(slice_is(keys)).scalar_subquery()
        listed = tables.slice_facts
        return listed, listed.c.position, listed.c.slice == number
    if needs_facts:
        return FACT, FACT.c.position, true()
    return ANSWER, ANSWER.c.position, true()
