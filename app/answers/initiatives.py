"""The response model of a city initiative."""

from app.answers.entities import Entity, Name
from app.answers.pages import Page


class Initiative(Entity):
    place: str
    summary: Name


class Initiatives(Page[Initiative]):
    """A page of initiatives."""
