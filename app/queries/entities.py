"""Filters that every list of entities has, and suggestions for mistyped ids."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Column, ColumnElement, Table, true

from app import tables
from app.answers.entities import Answer
from app.queries.expressions import FilterExpression
from app.queries.filters import Choice, EntityTag, Ids, Year, Years
from app.queries.lists import List, Suggest
from app.queries.paging import Key
from app.queries.parameters import Alias, Query
from app.queries.reading import Reading
from app.queries.texts import Text

ENTITY, MENTION = tables.entities, tables.mentions
BY_ID = Key(ENTITY.c.id)
INDUSTRY = EntityTag()
Q = "Words that must all occur in its names, aliases or description; two Chinese characters are enough."


class EntityFilters(Query):
    """Filters that every list of entities has."""

    year: Annotated[
        FilterExpression[Years] | None,
        Year(start=MENTION.c.period_start, end=MENTION.c.period_end, join_on=MENTION.c.entity_id == ENTITY.c.id),
        Field(
            description="It has a fact in the year or range of years; `none`: it has no dated fact.",
            examples=[["2024"]],
        ),
    ] = None
    industry: Annotated[
        FilterExpression[str] | None,
        INDUSTRY,
        Field(description="Tagged with the industry or one of its sub-industries.", examples=[["automotive"]]),
    ] = None
    sector: Annotated[
        None, Alias(INDUSTRY), Field(description="The same as `industry`.", examples=[["automotive"]])
    ] = None
    initiative: Annotated[
        FilterExpression[str] | None,
        EntityTag(),
        Field(description="Tagged with the initiative.", examples=[["nev-city"]]),
    ] = None
    place: Annotated[
        FilterExpression[str] | None,
        EntityTag(),
        Field(description="Tagged with the place or one within it.", examples=[["zhengzhou"]]),
    ] = None
    q: Annotated[list[str] | None, Text(ENTITY.c.search), Field(description=Q, examples=["量子"])] = None


def entity_list(
    path: str,
    shape: type[Answer],
    table: Table,
    asks: type[EntityFilters],
    *,
    type_: str,
    base: ColumnElement[bool] | None = None,
) -> List:
    """The list of a noun: its own table joined to the table of all entities."""
    own_period = "period_start" in table.c
    sorts = {"id": BY_ID, "name.en": Key(ENTITY.c.name_en), "name.zh": Key(ENTITY.c.name_zh)}
    return List(
        path=path,
        shape=shape,
        source=ENTITY.join(table, table.c.id == ENTITY.c.id),
        base=true() if base is None else base,
        answer=ENTITY.c.answer,
        crc=ENTITY.c.answer_crc,
        identifier=ENTITY.c.id,
        suggest=_suggest(type_),
        asks=asks,
        keys=sorts | ({"year": Key(table.c.period_start, nullable=True)} if own_period else {}),
        tie_break=BY_ID,
    )


def kinds(column: Column[Any], choices: Iterable[str]) -> Any:
    """The annotation of a filter by kind."""
    known = tuple(choices)
    info = Field(description=f"Its kind: {', '.join(known)}.", examples=[[known[0]]])
    return Annotated[FilterExpression[str] | None, Choice(column, known), info]


def parents(column: Column[Any], type_: str, example: str) -> Any:
    """The annotation of a filter by direct parent."""
    info = Field(description=f"The {type_} directly above it; `none`: it is at the top.", examples=[[example]])
    return Annotated[FilterExpression[str] | None, Ids(column, (type_,)), info]


def own_year(table: Table) -> Any:
    """The annotation of a filter by the entity's own period."""
    info = Field(
        description="Its period overlaps the year or range of years; `none`: it is undated.", examples=[["2024"]]
    )
    year = Year(start=table.c.period_start, end=table.c.period_end)
    return Annotated[FilterExpression[Years] | None, year, info]


def _suggest(type_: str) -> Suggest:
    def suggest(identifier: str, reading: Reading) -> tuple[str, ...]:
        return reading.vocabulary.nearest(identifier, (type_,), reading)

    return suggest
