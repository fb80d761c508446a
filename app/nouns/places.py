"""Places: the tree from the world down to districts, zones and parks."""

from enum import StrEnum

from app import tables
from app.answers.entities import Entity
from app.nouns.fields import EntityRecord, PlaceId
from app.nouns.noun import EntityFilters, Noun, kinds, parents
from app.queries.filters import Alternatives

places = tables.entity_table("places", tables.text("kind"), tables.text("parent_id", "places", null=True, index=True))


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


class PlaceRecord(EntityRecord):
    kind: PlaceKind
    parent: PlaceId | None = None


class Place(Entity):
    kind: PlaceKind
    parent: str | None


class PlaceFilters(EntityFilters):
    """Filters for the list of places."""

    kind: Alternatives = kinds(places.c.kind, PlaceKind)
    parent: Alternatives = parents(places.c.parent_id, "place", "zhengzhou")


PLACES = Noun(
    singular="place",
    table=places,
    record=PlaceRecord,
    response=Place,
    filters=PlaceFilters,
    tag="place",
    suggestion_rank=1,
    is_about_facts=True,
    is_named_in_texts=True,
    about="Places, such as those directly within a city: `curl 'http://localhost:8000/v1/places?parent=zhengzhou'`.",
    example="zhengzhou",
)
