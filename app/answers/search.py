"""The response models of searches: what was found, best first, and names that begin so."""

from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Href, Name


class Snippet(Answer):
    """Where the question stands in what was found."""

    before: str
    match: str
    after: str


class SearchHit(Answer):
    """An entity, a series or a fact. The name of a fact is its statement."""

    type: Annotated[str, Field(examples=["organization", "series", "fact"])]
    id: str
    name: Name
    alias: Annotated[str | None, Field(description="The alias or other spelling that matched, if not the name")]
    snippet: Annotated[Snippet | None, Field(description="Null where the match is not word for word, as for a typo")]
    href: Href


class SuggestMeta(Answer):
    limit: Annotated[int, Field(ge=1, le=100)]
    revision: Annotated[str, Field(examples=["r-3f9c0a5d1b27e684"])]


class SearchMeta(SuggestMeta):
    did_you_mean: Annotated[list[str], Field(description="Names that are similar, if nothing was found")]


class SearchLinks(Answer):
    self: Href


class SearchResults(Answer):
    """What was found, best first: entities, then series, then sources by their titles, then facts."""

    data: list[SearchHit]
    meta: SearchMeta
    links: SearchLinks


class Suggestion(Answer):
    type: Annotated[str, Field(examples=["place"])]
    id: str
    name: Name
    alias: Annotated[str | None, Field(description="The alias or other spelling that begins so, if not the name")]
    href: Href


class Suggestions(Answer):
    """Names that begin so: initiatives, then organizations and places, then all others; shorter ones first."""

    data: list[Suggestion]
    meta: SuggestMeta
    links: SearchLinks
