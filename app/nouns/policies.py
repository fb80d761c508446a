"""Policies: plans, measures, programmes and funds."""

from enum import StrEnum
from typing import Annotated

from app import tables
from app.answers.entities import Entity
from app.answers.facts import Timespan
from app.nouns.fields import EntityRecord, IndustryIds, InitiativeIds, PlaceId, Slug, To, WrittenPeriod
from app.nouns.noun import EntityFilters, Noun, kinds, own_year
from app.queries.filters import Alternatives, FilterExpression, IdFilter
from app.queries.periods import Years
from app.text.periods import UNDATED

policies = tables.entity_table(
    "policies",
    tables.text("kind"),
    tables.text("issuer_id", "entities", null=True),
    tables.text("place_id", "places", null=True),
    *tables.period(null=True),
)


class PolicyKind(StrEnum):
    PLAN = "plan"
    MEASURES = "measures"
    PROGRAMME = "programme"
    FUND = "fund"


class PolicyRecord(EntityRecord):
    kind: PolicyKind
    issuer: Annotated[Slug, To(("organizations", "places"))] | None = None
    place: PlaceId | None = None
    period: WrittenPeriod = UNDATED
    industries: IndustryIds
    initiatives: InitiativeIds


class Policy(Entity):
    kind: PolicyKind
    issuer: str | None
    place: str | None
    period: Timespan


class PolicyFilters(EntityFilters):
    """Filters for the list of policies."""

    year: FilterExpression[Years] | None = own_year(policies)
    kind: Alternatives = kinds(policies.c.kind, PolicyKind)
    issuer: Alternatives = IdFilter(("organization", "place"), policies.c.issuer_id).described(
        "The organization or place that issued it.", "zhengzhou-government"
    )


POLICIES = Noun(
    singular="policy",
    table=policies,
    record=PolicyRecord,
    response=Policy,
    filters=PolicyFilters,
    about="Policies, such as those in force in a range of years: `curl 'http://localhost:8000/v1/policies?year=2024..2026'`.",
    example="zhengkedai",
)
