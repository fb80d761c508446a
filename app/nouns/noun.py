"""A noun: one kind of entity, and all that is said of it: what is stored, seeded, shown, and asked for in lists."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import create_model
from pydantic.alias_generators import to_pascal
from sqlalchemy import Column, ColumnElement, FromClause, Table, true

from app import tables
from app.answers.entities import Answer, Entity, Name, Page
from app.answers.facts import Timespan
from app.nouns.fields import SLUG, EntityRecord, Others, Record, Row
from app.queries.entities import EntityList
from app.queries.filters import Alternatives, ChoiceFilter, FilterExpression, IdFilter, TagFilter
from app.queries.lists import List
from app.queries.ordering import Key
from app.queries.parameters import QueryModel
from app.queries.periods import Year, Years
from app.queries.searching import WordsFilter
from app.queries.vocabulary import similar_ids
from app.text.periods import Basis, Period, read_period

ENTITY, MENTION = tables.entities, tables.mentions
BY_ID = Key(ENTITY.c.id)
Q = "Words that must all occur in its names, aliases or description; two Chinese characters are enough."
SYNONYMS = {"sector": "industry"}


class EntityFilters(QueryModel):
    """Filters that every list of entities has."""

    synonyms = SYNONYMS

    year: FilterExpression[Years] | None = Year(
        start=MENTION.c.period_start, end=MENTION.c.period_end, join_on=MENTION.c.entity_id == ENTITY.c.id
    ).described("It has a fact in the year or range of years; `none`: it has no dated fact.", "2024")
    industry: Alternatives = TagFilter(("industry",)).described(
        "Tagged with the industry or one of its sub-industries.", "automotive"
    )
    sector: Alternatives = TagFilter(("industry",)).described("The same as `industry`.", "automotive")
    initiative: Alternatives = TagFilter(("initiative",)).described("Tagged with the initiative.", "nev-city")
    place: Alternatives = TagFilter(("place",)).described("Tagged with the place or one within it.", "zhengzhou")
    q: list[str] | None = WordsFilter(ENTITY.c.search).described(Q, "量子")


@dataclass(frozen=True, kw_only=True)
class ListedNoun:
    """What is listed at `/v1/{plural}` and shown at `/v1/{plural}/{id}`.

    `about` and `about_one` are descriptions for the documentation, `example` is the id shown there.
    """

    plural: str
    singular: str
    list: List
    page: type[Answer]
    about: str
    about_one: str
    example: str


@dataclass(frozen=True, kw_only=True)
class Noun:
    """One kind of entity; its plural names its table, its file in a seed and its path.

    A noun without `response` has no list of its own. `tag` is what an entity tags itself with, so that asking for it or
    an ancestor finds it. `is_about_facts`: an entity is about whatever its facts are about. `is_named_in_texts`: where
    a text has its name, it is taken for what is spoken of. `suggestion_rank`: lower ones are suggested first. `listed`
    are the tables and the condition of its list, where that has other entities too.
    """

    singular: str
    table: Table
    record: type[EntityRecord]
    id_pattern: str = SLUG
    response: type[Entity] | None = None
    filters: type[EntityFilters] = EntityFilters
    more_tables: tuple[Table, ...] = ()
    listed: tuple[FromClause, ColumnElement[bool]] | None = None
    tag: str | None = None
    is_about_facts: bool = False
    is_named_in_texts: bool = False
    suggestion_rank: int = 2
    about: str = ""
    example: str = ""

    @property
    def plural(self) -> str:
        return self.table.name

    @cached_property
    def collection(self) -> ListedNoun | None:
        """Its list, if it has one."""
        if self.response is None:
            return None
        return self.part(self.plural, self.singular, self.filters, about=self.about, example=self.example)

    def part(  # noqa: PLR0913 - all that a list has of its own
        self,
        plural: str,
        singular: str,
        filters: type[EntityFilters],
        *,
        about: str,
        example: str,
        where: ColumnElement[bool] | None = None,
        page_of: str | None = None,
    ) -> ListedNoun:
        """A list of its entities, or of some of them: its table joined to the table of all entities."""
        assert self.response is not None  # noqa: S101 - what is listed is shown
        keys = {"id": BY_ID, "name.en": Key(ENTITY.c.name_en), "name.zh": Key(ENTITY.c.name_zh)}
        if "period_start" in self.table.c:
            keys["year"] = Key(self.table.c.period_start, nullable=True)
        every = ENTITY.join(self.table, self.table.c.id == ENTITY.c.id), true() if where is None else where
        source, base = self.listed or every
        listed = EntityList(
            type=self.singular,
            path=f"/v1/{plural}",
            shape=self.response,
            source=source,
            base=base,
            answer=ENTITY.c.answer,
            crc=ENTITY.c.answer_crc,
            identifier=ENTITY.c.id,
            suggest=lambda id_, reading: similar_ids(id_, (self.singular,), reading),
            filters=filters,
            keys=keys,
            tie_break=BY_ID,
        )
        generic: Any = Page
        doc, url = f"A page of {page_of or plural}.", f"http://localhost:8000/v1/{plural}/{example}"
        return ListedNoun(
            plural=plural,
            singular=singular,
            list=listed,
            page=create_model(to_pascal(plural), __base__=generic[self.response], __doc__=doc),
            about=about,
            about_one=f"One {singular}: `curl '{url}'`.",
            example=example,
        )

    def row(self, entity_id: str, record: EntityRecord) -> Row:
        """The row of its table."""
        special = record.columns()
        return {"id": entity_id} | {
            name: special[name] if name in special else _column(record, name) for name in self.table.c.keys()[1:]
        }

    def exported(self, row: Mapping[Any, Any]) -> Row:
        """The record that a row was made of, as a seed has it; `row` has the names and the response too."""
        record = {str(name).removesuffix("_id"): value for name, value in row.items()}
        record |= {"zh": row["name_zh"], "en": row["name_en"], "aliases": json.loads(row["aliases"])}
        for name in self.record.model_fields:
            if row.get(f"{name}_zh"):
                record[name] = {"zh": row[f"{name}_zh"], "en": row[f"{name}_en"]}
        return record | self.record.exported(row)

    def shown(self, entity_id: str, record: EntityRecord, shared: Row, others: Others) -> Entity | None:
        """The response; `shared` has the fields that every noun has."""
        if self.response is None:
            return None
        fields = shared | record.response_fields(entity_id, others)
        return self.response(
            **{name: fields[name] if name in fields else _field(record, name) for name in self.response.model_fields}
        )


def _column(record: EntityRecord, name: str) -> Any:
    field = name.removesuffix("_id")
    if field in type(record).model_fields:
        return getattr(record, field)
    field, _, part = name.rpartition("_")
    value = getattr(record, field)
    return getattr(_period(value) if field == "period" else value, part, None)


def _field(record: EntityRecord, name: str) -> Any:
    value = getattr(record, name)
    if name == "period":
        return _period(value)
    return Name(**value.model_dump()) if isinstance(value, Record) else value  # texts in two languages


def _period(written: str) -> Timespan:
    period = read_period(written)
    return timespan(period, None, Basis.STATED if period else Basis.UNDATED)


def timespan(period: Period | None, printed: str | None, basis: Basis) -> Timespan:
    """A period as it is shown."""
    return Timespan(
        start=period.first_day if period else None,
        end=period.end.isoformat() if period else None,
        precision=period.precision if period else None,
        printed=printed,
        basis=basis,
    )


def kinds(column: Column[Any], choices: Iterable[str]) -> Any:
    """A filter by kind."""
    known = tuple(choices)
    return ChoiceFilter(known, column).described(f"Its kind: {', '.join(known)}.", known[0])


def parents(column: Column[Any], type_: str, example: str) -> Any:
    """A filter by direct parent."""
    about = f"The {type_} directly above it; `none`: it is at the top."
    return IdFilter((type_,), column).described(about, example)


def own_year(table: Table) -> Any:
    """A filter by the entity's own period."""
    about = "Its period overlaps the year or range of years; `none`: it is undated."
    return Year(start=table.c.period_start, end=table.c.period_end).described(about, "2024")
