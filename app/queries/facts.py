"""The list of facts, and the choice of the table to scan: slices, the index of words, or the facts themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, FromClause, Text, and_, case, exists, literal_column, not_, select, true

from app import tables
from app.answers import Match
from app.queries.expressions import FilterExpression, Found, Matching, Range
from app.queries.filters import Tag, Year, either
from app.queries.lists import List
from app.queries.paging import Key
from app.queries.parameters import Query
from app.queries.ranges import Value
from app.queries.reading import Reading
from app.queries.retractions import refuse_retracted
from app.queries.selection import Selection
from app.queries.texts import contains
from app.queries.words import WORDS, found_by, has_words, word_position

FACT, ANSWER, SLICE, TEXT = tables.facts, tables.fact_answers, tables.slices, tables.fact_texts
CUBE = ("industry", "initiative", "year")  # may be combined in one slice
ALONE = ("event", "company", "place")  # the most selective first
Keys = Mapping[str, Any]  # dimension -> the requested key
Position = ColumnElement[int]


class FactTag(Tag):
    """A dimension of the slices whose keys are ids."""

    def where(self, wanted: FilterExpression[str]) -> ColumnElement[bool]:
        return tagged(self.name, wanted, FACT.c.position)


class FactYear(Year):
    """The dimension of years."""


def fixed_key(wanted: FilterExpression[Any]) -> Any:
    """The requested key of a dimension, or None if the filter does not ask for exactly one."""
    if wanted.missing and not (wanted.any_of or wanted.none_of or wanted.present):
        return tables.NONE
    only = wanted.only()
    return None if isinstance(only, Range) else only


def slice_is(keys: Keys) -> ColumnElement[bool]:
    """The condition for the slice with these keys."""
    dimensions = sorted(keys)
    columns = (SLICE.c.first, SLICE.c.second, SLICE.c.third)
    where = [column == keys[name] for column, name in zip(columns, dimensions, strict=False)]
    return and_(SLICE.c.dimensions == ",".join(dimensions), *where)


def tagged(name: str, wanted: FilterExpression[str], position: Position) -> ColumnElement[bool]:
    """The condition that the fact at a position is in one of the requested slices of a dimension."""

    def within(*keys: Any) -> ColumnElement[bool]:
        listed = tables.slice_facts.alias()
        first = SLICE.c.first == keys[0] if len(keys) == 1 else SLICE.c.first.in_(keys)
        numbers = select(SLICE.c.number).where(SLICE.c.dimensions == name, first)
        return exists().where(listed.c.slice.in_(numbers), listed.c.position == position)

    alternatives = [within(*wanted.any_of)] if wanted.any_of else []
    return either(wanted, alternatives, not_(within(tables.NONE)), [within(*wanted.none_of)])


@dataclass(frozen=True, kw_only=True)
class FactList(List):
    """A slice, the facts of a word, and each index list facts in the default order, so any of them can be scanned."""

    adapted: ClassVar[frozenset[str]] = frozenset({"match", "q"})

    def adapt(self, wanted: dict[str, Any], query: Query, reading: Reading) -> dict[str, Any]:
        if "q" in wanted:
            wanted["q"] = found_by(wanted["q"], reading)
        if query.given("match"):
            possible = getattr(query, "match", None) is Match.POSSIBLE
            wanted["value"] = Matching(wanted["value"], certain=not possible, possible=possible)
        return wanted

    def mark(self, wanted: Mapping[str, Any]) -> ColumnElement[Any]:
        """How the value matches, if filtered by `value`."""
        if "value" not in wanted:
            return super().mark(wanted)
        asked, value = wanted["value"], self.filters["value"]
        assert isinstance(value, Value)  # noqa: S101 - narrows the type for mypy
        ranges = asked.ranges if isinstance(asked, Matching) else asked
        certain, possible = (literal_column(f"'{match}'", Text()) for match in Match)
        return case((value.certainly(ranges), certain), else_=possible)

    def refuse_retracted(self, identifier: str, reading: Reading) -> None:
        refuse_retracted(identifier, reading, self.path)

    def select(self, wanted: Mapping[str, Any], order: Sequence[Key] = (), *, rows_of_facts: bool = False) -> Selection:
        tags = {name: one for name, one in wanted.items() if isinstance(self.filters[name], FactTag | FactYear)}
        others = {name: one for name, one in wanted.items() if name not in tags and name != "q"}
        words: Found = wanted.get("q", Found())
        keys = _slice(tags) if words.match is None else {}
        years = "year" in tags and "year" not in keys
        needs_facts = bool(others or years or order or rows_of_facts)
        source, key, where = _along(words, keys, needs_facts=needs_facts)
        conditions = [where, *self._conditions(tags, keys, key)]
        columns = [self.filters[name].where(one) for name, one in others.items()]
        if needs_facts and source is not FACT:
            source = source.join(FACT, FACT.c.position == key)
        shown = source if source is ANSWER else source.join(ANSWER, ANSWER.c.position == key)
        if words.held:
            source, shown = (one.join(TEXT, TEXT.c.position == key) for one in (source, shown))
        held = [contains(TEXT.c.search, word) for word in words.held]
        return Selection(source, and_(*conditions, *columns, *held), key, shown, _total(wanted, keys, words))

    def _conditions(self, tags: Mapping[str, Any], keys: Keys, position: Position) -> list[ColumnElement[bool]]:
        """Conditions on the dimensions that the slice does not fix."""
        rest = {name: one for name, one in tags.items() if name not in keys}
        return [
            self.filters[name].where(one) if name == "year" else tagged(name, one, position)
            for name, one in rest.items()
        ]


def _total(wanted: Mapping[str, Any], keys: Keys, words: Found) -> ColumnElement[int] | None:
    """The number of facts, if the loader has counted it; None otherwise."""
    if len(wanted) == len(keys):
        return select(SLICE.c.facts).where(slice_is(keys)).scalar_subquery()
    if len(wanted) == 1 and words.counted is not None:
        common = tables.common_words
        return select(common.c.facts).where(common.c.word == words.counted).scalar_subquery()
    return None


def _slice(tags: Mapping[str, Any]) -> Keys:
    """The keys of a slice that contains all requested facts and few others."""
    fixed = {name: key for name, one in tags.items() if (key := fixed_key(one)) is not None}
    cube = {name: fixed[name] for name in CUBE if name in fixed}
    alone = next(({name: fixed[name]} for name in ALONE if name in fixed), {})
    return cube or alone


def _along(words: Found, keys: Keys, *, needs_facts: bool) -> tuple[FromClause, Position, ColumnElement[bool]]:
    """The table to scan in order, its column of positions, and the condition on its rows."""
    if words.match is not None:
        return WORDS, word_position(), has_words(words.match)
    if keys:
        number = select(SLICE.c.number).where(slice_is(keys)).scalar_subquery()
        listed = tables.slice_facts
        return listed, listed.c.position, listed.c.slice == number
    if needs_facts:
        return FACT, FACT.c.position, true()
    return ANSWER, ANSWER.c.position, true()
