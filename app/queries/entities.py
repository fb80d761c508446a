"""What every list of entities can be asked, and which ids a mistyped one may have meant."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, true

from app import tables
from app.answers.entities import Answer
from app.database import Snapshot
from app.queries.filters import Choice, Column, EntityTag, Filter, Ids, Text
from app.queries.lists import List, Suggest, by_name
from app.queries.paging import Key
from app.queries.ranges import Year
from app.queries.vocabulary import Vocabulary

ENTITY = tables.Entity
BY_ID = Key(ENTITY.id)
Q = "Words that its names, aliases or description hold, each of them; two Chinese characters are enough."


def entity_list(
    path: str,
    shape: type[Answer],
    table: Any,
    *,
    type_: str,
    base: ColumnElement[bool] | None = None,
    more: Iterable[Filter[Any]] = (),
) -> List:
    """The list of a noun: its own table beside the registry, with the questions all nouns share."""
    own_period = hasattr(table, "period_start")
    sorts = {"id": BY_ID, "name.en": Key(ENTITY.name_en), "name.zh": Key(ENTITY.name_zh)}
    filters: list[Filter[Any] | Text] = [
        _own_year(table) if own_period else _year_of_mention(),
        entity_tag("industry", "sector"),
        entity_tag("initiative"),
        entity_tag("place"),
        *more,
        Text("q", Q, "量子", ENTITY.search),
    ]
    return List(
        path=path,
        shape=shape,
        source=ENTITY.__table__.join(table.__table__, table.id == ENTITY.id),
        base=true() if base is None else base,
        answer=ENTITY.answer,
        identifier=ENTITY.id,
        suggest=_suggest(type_),
        filters=by_name(filters),
        keys=sorts | ({"year": Key(table.period_start, nullable=True)} if own_period else {}),
        tie_break=BY_ID,
    )


def kinds(column: Column, choices: Iterable[str]) -> Choice:
    known = tuple(choices)
    listed = ", ".join(known)
    return Choice("kind", f"Of which kind: {listed}.", known[0], column, known)


def parents(column: Column, type_: str, example: str) -> Ids:
    description = f"The {type_} directly above it; `none` for those at the top."
    return Ids("parent", description, example, column, (type_,))


def entity_tag(kind: str, *aliases: str, description: str = "") -> EntityTag:
    return EntityTag(
        name=kind,
        aliases=aliases,
        description=description or f"Tagged with the {kind}{'' if kind == 'initiative' else ' or one within it'}.",
        example={"industry": "automotive", "initiative": "nev-city", "place": "zhengzhou", "company": "byd"}[kind],
    )


def _year_of_mention() -> Year:
    mention = tables.Mention
    return Year(
        name="year",
        description="There is a fact about it in the year or range of years; `none`: no dated one.",
        example="2024",
        start=mention.period_start,
        end=mention.period_end,
        joined=mention.entity_id == ENTITY.id,
    )


def _own_year(table: Any) -> Year:
    return Year(
        name="year",
        description="Its period overlaps the year or range of years; `none`: it has no date.",
        example="2024",
        start=table.period_start,
        end=table.period_end,
    )


def _suggest(type_: str) -> Suggest:
    def suggest(identifier: str, _snapshot: Snapshot, vocabulary: Vocabulary) -> tuple[str, ...]:
        return vocabulary.nearest(identifier, (type_,))

    return suggest
