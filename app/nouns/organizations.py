"""Organizations of every kind: companies, universities, institutes, governments, alliances."""

from enum import StrEnum

from app import tables
from app.answers.entities import Entity
from app.nouns.fields import EntityRecord, IndustryIds, InitiativeIds, OrganizationId, PlaceId, SourceId
from app.nouns.noun import EntityFilters, Noun, kinds, parents
from app.queries.filters import Alternatives

organizations = tables.entity_table(
    "organizations",
    tables.text("kind", index=True),
    tables.text("parent_id", "organizations", null=True, index=True),
    tables.text("place_id", "places", null=True),
    tables.text("source_id", "sources", null=True),
)


class OrganizationKind(StrEnum):
    COMPANY = "company"
    UNIVERSITY = "university"
    INSTITUTE = "institute"
    GOVERNMENT = "government"
    ALLIANCE = "alliance"
    MEDIA = "media"


class OrganizationRecord(EntityRecord):
    """`source` is where the organization was read of, `place` where it is at home."""

    kind: OrganizationKind
    parent: OrganizationId | None = None
    place: PlaceId | None = None
    industries: IndustryIds
    initiatives: InitiativeIds
    source: SourceId | None = None


class Organization(Entity):
    """`place` is where it is based, `source` the source that names it."""

    kind: OrganizationKind
    parent: str | None
    place: str | None
    source: str | None


class OrganizationFilters(EntityFilters):
    """Filters for the list of organizations."""

    kind: Alternatives = kinds(organizations.c.kind, OrganizationKind)
    parent: Alternatives = parents(organizations.c.parent_id, "organization", "byd")


ORGANIZATIONS = Noun(
    singular="organization",
    table=organizations,
    record=OrganizationRecord,
    response=Organization,
    filters=OrganizationFilters,
    tag="company",
    suggestion_rank=1,
    is_named_in_texts=True,
    about="Organizations of every kind, including companies: `curl 'http://localhost:8000/v1/organizations?kind=university,institute'`.",
    example="zhengzhou-university",
)
