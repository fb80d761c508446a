"""Initiatives: what a city has declared it wants to become, such as 算力之城."""

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list


class InitiativeFilters(EntityFilters):
    """Filters for the list of initiatives."""


INITIATIVES = Noun(
    plural="initiatives",
    singular="initiative",
    list=entity_list("/v1/initiatives", answers.Initiative, tables.initiatives, InitiativeFilters, type_="initiative"),
    page=answers.Initiatives,
    about="The initiatives a city has declared: `curl 'http://localhost:8000/v1/initiatives'`.",
    about_one="One initiative: `curl 'http://localhost:8000/v1/initiatives/nev-city'`.",
    example="nev-city",
)
