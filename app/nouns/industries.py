"""Industries, also called sectors: the tree that facts and companies are tagged with."""

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list, kinds, parents


class IndustryFilters(EntityFilters):
    """Filters for the list of industries."""

    kind: kinds(tables.industries.c.kind, answers.IndustryKind) = None  # type: ignore[valid-type]
    parent: parents(tables.industries.c.parent_id, "industry", "automotive") = None  # type: ignore[valid-type]


INDUSTRIES = Noun(
    plural="industries",
    singular="industry",
    list=entity_list("/v1/industries", answers.Industry, tables.industries, IndustryFilters, type_="industry"),
    page=answers.Industries,
    about="Industries, such as those at the top of the tree: `curl 'http://localhost:8000/v1/industries?parent=none'`.",
    about_one="One industry: `curl 'http://localhost:8000/v1/industries/automotive'`.",
    example="automotive",
)
