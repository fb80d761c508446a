"""An organization, and so a company, as it is shown."""

from enum import StrEnum

from app.answers.entities import Entity
from app.answers.pages import Page


class OrganizationKind(StrEnum):
    COMPANY = "company"
    UNIVERSITY = "university"
    INSTITUTE = "institute"
    GOVERNMENT = "government"
    ALLIANCE = "alliance"


class Organization(Entity):
    """`place` is where it is at home, `source` where it was read of."""

    kind: OrganizationKind
    parent: str | None
    place: str | None
    source: str | None


class Organizations(Page[Organization]):
    """A page of organizations."""


class Companies(Page[Organization]):
    """A page of organizations of kind company."""
