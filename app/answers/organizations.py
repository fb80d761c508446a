"""The response model of an organization, companies included."""

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
    """`place` is where it is based, `source` the source that names it."""

    kind: OrganizationKind
    parent: str | None
    place: str | None
    source: str | None


class Organizations(Page[Organization]):
    """A page of organizations."""


class Companies(Page[Organization]):
    """A page of organizations of kind company."""
