"""Industries, also called sectors: the tree that facts and companies are tagged with."""

from enum import StrEnum

from app import tables
from app.answers.entities import Entity
from app.nouns.fields import EntityRecord, IndustryId
from app.nouns.noun import EntityFilters, Noun, kinds, parents
from app.queries.filters import Alternatives

industries = tables.entity_table(
    "industries", tables.text("kind"), tables.text("parent_id", "industries", null=True, index=True)
)


class IndustryKind(StrEnum):
    LEADING = "leading"
    EMERGING = "emerging"
    FUTURE = "future"
    CHAIN = "chain"
    SEGMENT = "segment"


class IndustryRecord(EntityRecord):
    kind: IndustryKind
    parent: IndustryId | None = None


class Industry(Entity):
    kind: IndustryKind
    parent: str | None


class IndustryFilters(EntityFilters):
    """Filters for the list of industries."""

    kind: Alternatives = kinds(industries.c.kind, IndustryKind)
    parent: Alternatives = parents(industries.c.parent_id, "industry", "automotive")


INDUSTRIES = Noun(
    singular="industry",
    table=industries,
    record=IndustryRecord,
    response=Industry,
    filters=IndustryFilters,
    tag="industry",
    is_about_facts=True,
    about="Industries, such as those at the top of the tree: `curl 'http://localhost:8000/v1/industries?parent=none'`.",
    example="automotive",
)
