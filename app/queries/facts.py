"""The list of facts: along which rows the facts that are asked for are met soonest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, and_, case, exists, func, literal_column, not_, select, true
from sqlalchemy.orm import aliased

from app import tables
from app.answers import Match
from app.database import Snapshot
from app.queries.exports import Form
from app.queries.filters import Column, Tag, contains, either
from app.queries.lists import List
from app.queries.paging import Key
from app.queries.ranges import Value, Year
from app.queries.retractions import refuse_retracted
from app.queries.shapes import Found, Matching, Range, Wanted
from app.queries.walks import Walk
from app.queries.words import WORDS, found_by, has_words, word_position
from app.tables.slices import NONE

FACT, ANSWER, SLICE, TEXT = tables.Fact, tables.FactAnswer, tables.Slice, tables.FactText
CUBE = ("industry", "initiative", "year")  # fixed together in one slice
ALONE = ("event", "company", "place")  # the narrowest first
# How a row ends in each form, and how it does with one field more: what stands before that field's value, and behind.
ENDS = {
    Form.JSON: ("}", ',"match":"', '"}'),
    Form.NDJSON: ("}\n", ',"match":"', '"}\n'),
    Form.CSV: ("\r\n", ",", "\r\n"),
}
Keys = Mapping[str, Any]  # dimension -> the key that is asked for
Position = Column | ColumnElement[int]


class FactTag(Tag):
    """A dimension of the slices that has ids for keys."""

    def where(self, wanted: Wanted[str]) -> ColumnElement[bool]:
        return tagged(self.name, wanted, FACT.position)


class FactYear(Year):
    """The dimension of years."""


def fixed_key(wanted: Wanted[Any]) -> Any:
    """The one key of a dimension that is asked for, or None where it is not one."""
    if wanted.missing and not (wanted.any_of or wanted.none_of or wanted.some):
        return NONE
    only = wanted.only()
    return None if isinstance(only, Range) else only


def slice_is(keys: Keys) -> ColumnElement[bool]:
    """Whether a slice is that of these keys."""
    dimensions = sorted(keys)
    columns = (SLICE.first, SLICE.second, SLICE.third)
    where = [column == keys[name] for column, name in zip(columns, dimensions, strict=False)]
    return and_(SLICE.dimensions == ",".join(dimensions), *where)


def tagged(name: str, wanted: Wanted[str], position: Position) -> ColumnElement[bool]:
    """Whether the fact at a position is in one of the slices of a dimension that are asked for."""

    def within(*keys: Any) -> ColumnElement[bool]:
        listed = aliased(tables.SliceFact)
        first = SLICE.first == keys[0] if len(keys) == 1 else SLICE.first.in_(keys)
        numbers = select(SLICE.number).where(SLICE.dimensions == name, first)
        return exists().where(listed.slice.in_(numbers), listed.position == position)

    alternatives = [within(*wanted.any_of)] if wanted.any_of else []
    return either(wanted, alternatives, not_(within(NONE)), [within(*wanted.none_of)])


@dataclass(frozen=True, kw_only=True)
class FactList(List):
    """Facts lie in the order of a list in each slice, among those of a word, and in each index of their own."""

    def wanted(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        wanted = super().wanted(asked)
        if "match" in asked:
            possible = asked["match"] is Match.POSSIBLE
            wanted["value"] = Matching(wanted["value"], certain=not possible, possible=possible)
        return wanted

    def shown(self, answer: Column, form: Form, wanted: Mapping[str, Any]) -> Column | ColumnElement[Any]:
        """With how the value matches, as the last field, where it is asked for."""
        if "value" not in wanted:
            return answer
        asked, value = wanted["value"], self.filters["value"]
        assert isinstance(value, Value)  # noqa: S101 - narrows the type for mypy
        ranges = asked.ranges if isinstance(asked, Matching) else asked
        end, before, behind = ENDS[form]
        certain, possible = (literal_column(f"'{before}{match}{behind}'", Text()) for match in Match)
        kept = func.length(answer) - literal_column(str(len(end)))
        opened = func.substr(answer, literal_column("1"), kept, type_=Text())
        return opened + case((value.certainly(ranges), certain), else_=possible)

    def refuse_retracted(self, identifier: str, snapshot: Snapshot, root_path: str) -> None:
        refuse_retracted(identifier, snapshot, root_path + self.path)

    def prepared(self, wanted: dict[str, Any], snapshot: Snapshot) -> dict[str, Any]:
        return wanted | {"q": found_by(wanted["q"], snapshot)} if "q" in wanted else wanted

    def walk(self, wanted: Mapping[str, Any], order: Sequence[Key] = (), *, rows_of_facts: bool = False) -> Walk:
        tags = {name: one for name, one in wanted.items() if isinstance(self.filters[name], FactTag | FactYear)}
        others = {name: one for name, one in wanted.items() if name not in tags and name != "q"}
        words: Found = wanted.get("q", Found())
        keys = _slice(tags) if words.match is None else {}
        years = "year" in tags and "year" not in keys
        needs_facts = bool(others or years or order or rows_of_facts)
        source, key, where = _along(words, keys, needs_facts=needs_facts)
        conditions = [where, *self._conditions(tags, keys, key)]
        columns = [self.filters[name].where(one) for name, one in others.items()]
        if needs_facts and source is not FACT.__table__:
            source = source.join(FACT.__table__, FACT.position == key)
        shown = source if source is ANSWER.__table__ else source.join(ANSWER.__table__, ANSWER.position == key)
        if words.held:
            source, shown = (one.join(TEXT.__table__, TEXT.position == key) for one in (source, shown))
        held = [contains(TEXT.search, word) for word in words.held]
        return Walk(source, and_(*conditions, *columns, *held), key, shown, _total(wanted, keys, words))

    def _conditions(self, tags: Mapping[str, Any], keys: Keys, position: Position) -> list[ColumnElement[bool]]:
        """What is asked of the dimensions that the slice does not fix."""
        rest = {name: one for name, one in tags.items() if name not in keys}
        return [
            self.filters[name].where(one) if name == "year" else tagged(name, one, position)
            for name, one in rest.items()
        ]


def _total(wanted: Mapping[str, Any], keys: Keys, words: Found) -> ColumnElement[int] | None:
    """How many facts there are, where all that is asked for was counted by the loader."""
    if len(wanted) == len(keys):
        return select(SLICE.facts).where(slice_is(keys)).scalar_subquery()
    if len(wanted) == 1 and words.counted is not None:
        common = tables.CommonWord
        return select(common.facts).where(common.word == words.counted).scalar_subquery()
    return None


def _slice(tags: Mapping[str, Any]) -> Keys:
    """The keys of the slice that holds all facts asked for, and few others."""
    fixed = {name: key for name, one in tags.items() if (key := fixed_key(one)) is not None}
    cube = {name: fixed[name] for name in CUBE if name in fixed}
    alone = next(({name: fixed[name]} for name in ALONE if name in fixed), {})
    return cube or alone


def _along(words: Found, keys: Keys, *, needs_facts: bool) -> tuple[FromClause, Position, ColumnElement[bool]]:
    """Where the facts are met in their order: the rows, the column of positions, and which rows."""
    if words.match is not None:
        return WORDS, word_position(), has_words(words.match)
    if keys:
        number = select(SLICE.number).where(slice_is(keys)).scalar_subquery()
        listed = tables.SliceFact
        return listed.__table__, listed.position, listed.slice == number
    if needs_facts:
        return FACT.__table__, FACT.position, true()
    return ANSWER.__table__, ANSWER.position, true()
