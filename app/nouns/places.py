"""Places: the tree from the world down to districts, zones and parks."""

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list, kinds, parents


class PlaceFilters(EntityFilters):
    """Filters for the list of places."""

    kind: kinds(tables.places.c.kind, answers.PlaceKind) = None  # type: ignore[valid-type]
    parent: parents(tables.places.c.parent_id, "place", "zhengzhou") = None  # type: ignore[valid-type]


PLACES = Noun(
    plural="places",
    singular="place",
    list=entity_list("/v1/places", answers.Place, tables.places, PlaceFilters, type_="place"),
    page=answers.Places,
    about="Places, such as those directly within a city: `curl 'http://localhost:8000/v1/places?parent=zhengzhou'`.",
    about_one="One place: `curl 'http://localhost:8000/v1/places/zhengzhou'`.",
    example="zhengzhou",
)
