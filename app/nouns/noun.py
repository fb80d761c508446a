"""A noun: a resource that is listed at `/v1/{plural}` and shown at `/v1/{plural}/{id}`; and what all entities share."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Column, ColumnElement, Table, true

from app import tables
from app.answers.entities import Answer
from app.queries.filters import Alternatives, Choice, FilterExpression, Ids, Tag, Year, Years
from app.queries.lists import List
from app.queries.ordering import Key
from app.queries.parameters import QueryModel, described
from app.queries.searching import Text
from app.queries.vocabulary import similar_ids

ENTITY, MENTION = tables.entities, tables.mentions
BY_ID = Key(ENTITY.c.id)
Q = "Words that must all occur in its names, aliases or description; two Chinese characters are enough."
SYNONYMS = {"sector": "industry"}


@dataclass(frozen=True, kw_only=True)
class Noun:
    """`about` and `about_one` are descriptions for the documentation, `example` is the id shown there."""

    plural: str
    singular: str
    list: List
    page: type[Answer]
    about: str
    about_one: str
    example: str

    @property
    def shape(self) -> type[Answer]:
        """The response model of one item."""
        return self.list.shape


class EntityFilters(QueryModel):
    """Filters that every list of entities has."""

    synonyms = SYNONYMS

    year: Annotated[
        FilterExpression[Years] | None,
        Year(start=MENTION.c.period_start, end=MENTION.c.period_end, join_on=MENTION.c.entity_id == ENTITY.c.id),
    ] = described("It has a fact in the year or range of years; `none`: it has no dated fact.", ["2024"])
    industry: Annotated[Alternatives, Tag(("industry",))] = described(
        "Tagged with the industry or one of its sub-industries.", ["automotive"]
    )
    sector: Annotated[Alternatives, Tag(("industry",))] = described("The same as `industry`.", ["automotive"])
    initiative: Annotated[Alternatives, Tag(("initiative",))] = described("Tagged with the initiative.", ["nev-city"])
    place: Annotated[Alternatives, Tag(("place",))] = described(
        "Tagged with the place or one within it.", ["zhengzhou"]
    )
    q: Annotated[list[str] | None, Text(ENTITY.c.search)] = described(Q, "量子")


def kinds(column: Column[Any], choices: Iterable[str]) -> Any:
    """The annotation of a filter by kind."""
    known = tuple(choices)
    info = Field(description=f"Its kind: {', '.join(known)}.", examples=[[known[0]]])
    return Annotated[Alternatives, Choice(known, column), info]


def parents(column: Column[Any], type_: str, example: str) -> Any:
    """The annotation of a filter by direct parent."""
    info = Field(description=f"The {type_} directly above it; `none`: it is at the top.", examples=[[example]])
    return Annotated[Alternatives, Ids((type_,), column), info]


def own_year(table: Table) -> Any:
    """The annotation of a filter by the entity's own period."""
    about = "Its period overlaps the year or range of years; `none`: it is undated."
    year = Year(start=table.c.period_start, end=table.c.period_end)
    return Annotated[FilterExpression[Years] | None, year, Field(description=about, examples=[["2024"]])]


def entity_list(
    path: str,
    shape: type[Answer],
    table: Table,
    filters: type[EntityFilters],
    *,
    type_: str,
    base: ColumnElement[bool] | None = None,
) -> List:
    """The list of a noun: its own table joined to the table of all entities."""
    keys = {"id": BY_ID, "name.en": Key(ENTITY.c.name_en), "name.zh": Key(ENTITY.c.name_zh)}
    if "period_start" in table.c:
        keys["year"] = Key(table.c.period_start, nullable=True)
    return List(
        path=path,
        shape=shape,
        source=ENTITY.join(table, table.c.id == ENTITY.c.id),
        base=true() if base is None else base,
        answer=ENTITY.c.answer,
        crc=ENTITY.c.answer_crc,
        identifier=ENTITY.c.id,
        suggest=lambda id_, reading: similar_ids(id_, (type_,), reading),
        filters=filters,
        keys=keys,
        tie_break=BY_ID,
    )
