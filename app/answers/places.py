"""The response model of a place."""

from enum import StrEnum

from app.answers.entities import Entity
from app.answers.pages import Page


class PlaceKind(StrEnum):
    WORLD = "world"
    REGION = "region"
    COUNTRY = "country"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    ZONE = "zone"
    PARK = "park"
    SITE = "site"


class Place(Entity):
    kind: PlaceKind
    parent: str | None


class Places(Page[Place]):
    """A page of places."""
