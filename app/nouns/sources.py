"""Sources: the documents that facts cite."""

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list, kinds


class SourceFilters(EntityFilters):
    """Filters for the list of sources."""

    kind: kinds(tables.sources.c.kind, answers.SourceKind) = None  # type: ignore[valid-type]


SOURCES = Noun(
    plural="sources",
    singular="source",
    list=entity_list("/v1/sources", answers.Source, tables.sources, SourceFilters, type_="source"),
    page=answers.Sources,
    about="Sources, such as those with facts about a given year: `curl 'http://localhost:8000/v1/sources?year=2024'`.",
    about_one="One source: `curl 'http://localhost:8000/v1/sources/zhengzhou-feature-2025'`.",
    example="zhengzhou-feature-2025",
)
