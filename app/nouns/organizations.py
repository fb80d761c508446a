"""Organizations of every kind: companies, universities, institutes, governments, alliances."""

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list, kinds, parents


class OrganizationFilters(EntityFilters):
    """Filters for the list of organizations."""

    kind: kinds(tables.organizations.c.kind, answers.OrganizationKind) = None  # type: ignore[valid-type]
    parent: parents(tables.organizations.c.parent_id, "organization", "byd") = None  # type: ignore[valid-type]


ORGANIZATIONS = Noun(
    plural="organizations",
    singular="organization",
    list=entity_list(
        "/v1/organizations", answers.Organization, tables.organizations, OrganizationFilters, type_="organization"
    ),
    page=answers.Organizations,
    about="Organizations of every kind, including companies: `curl 'http://localhost:8000/v1/organizations?kind=university,institute'`.",
    about_one="One organization: `curl 'http://localhost:8000/v1/organizations/zhengzhou-university'`.",
    example="zhengzhou-university",
)
