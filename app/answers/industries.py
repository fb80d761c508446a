"""The response model of an industry."""

from enum import StrEnum

from app.answers.entities import Entity
from app.answers.pages import Page


class IndustryKind(StrEnum):
    LEADING = "leading"
    EMERGING = "emerging"
    FUTURE = "future"
    CHAIN = "chain"
    SEGMENT = "segment"


class Industry(Entity):
    kind: IndustryKind
    parent: str | None


class Industries(Page[Industry]):
    """A page of industries."""
