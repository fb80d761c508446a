"""Companies: the organizations that make, supply and finance."""

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list, parents

IS_COMPANY = tables.organizations.c.kind == answers.OrganizationKind.COMPANY


class CompanyFilters(EntityFilters):
    """Filters for the list of companies."""

    parent: parents(tables.organizations.c.parent_id, "organization", "byd") = None  # type: ignore[valid-type]


COMPANIES = Noun(
    plural="companies",
    singular="company",
    list=entity_list(
        "/v1/companies",
        answers.Organization,
        tables.organizations,
        CompanyFilters,
        type_="organization",
        base=IS_COMPANY,
    ),
    page=answers.Companies,
    about="Companies, such as those in one sector that are tagged with an initiative: `curl 'http://localhost:8000/v1/companies?sector=automotive&initiative=nev-city'`.",
    about_one="One company: `curl 'http://localhost:8000/v1/companies/xfusion'`.",
    example="xfusion",
)
