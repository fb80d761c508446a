"""Policies: plans, measures, programmes and funds."""

from typing import Annotated

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list, kinds, own_year
from app.queries.filters import Alternatives, Ids
from app.queries.parameters import described


class PolicyFilters(EntityFilters):
    """Filters for the list of policies."""

    year: own_year(tables.policies) = None  # type: ignore[valid-type]
    kind: kinds(tables.policies.c.kind, answers.PolicyKind) = None  # type: ignore[valid-type]
    issuer: Annotated[Alternatives, Ids(("organization", "place"), tables.policies.c.issuer_id)] = described(
        "The organization or place that issued it.", ["zhengzhou-government"]
    )


POLICIES = Noun(
    plural="policies",
    singular="policy",
    list=entity_list("/v1/policies", answers.Policy, tables.policies, PolicyFilters, type_="policy"),
    page=answers.Policies,
    about="Policies, such as those in force in a range of years: `curl 'http://localhost:8000/v1/policies?year=2024..2026'`.",
    about_one="One policy: `curl 'http://localhost:8000/v1/policies/zhengkedai'`.",
    example="zhengkedai",
)
