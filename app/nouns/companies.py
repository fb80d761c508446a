"""Companies: the organizations that make, supply and finance."""

from app.nouns.noun import EntityFilters, parents
from app.nouns.organizations import ORGANIZATIONS, OrganizationKind, organizations
from app.queries.filters import Alternatives


class CompanyFilters(EntityFilters):
    """Filters for the list of companies."""

    parent: Alternatives = parents(organizations.c.parent_id, "organization", "byd")


COMPANIES = ORGANIZATIONS.part(
    "companies",
    "company",
    CompanyFilters,
    about="Companies, such as those in one sector that are tagged with an initiative: `curl 'http://localhost:8000/v1/companies?sector=automotive&initiative=nev-city'`.",
    example="xfusion",
    where=organizations.c.kind == OrganizationKind.COMPANY,
    page_of="organizations of kind company",
)
