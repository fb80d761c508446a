"""The response model of a source's quotes: each with its position in the text and the facts that cite it."""

from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Count, Href, Name
from app.answers.facts import Evidence
from app.answers.pages import Links, Meta


class CitingFact(Answer):
    id: str
    statement: Name
    href: Annotated[Href, Field(description="URL of the whole fact", examples=["/v1/facts/lindow-gdp-2024-abcdefgh"])]


class Quote(Answer):
    """`quote` is as typed in the seed, `text` is the source's text from `start` to `end`: the same but for layout.

    `start` and `end` are offsets in code points of the source's text, from 0, end excluded; null for a quote that was
    never located. `text` is null if the source's text is not stored.
    """

    quote: Annotated[str, Field(max_length=120)]
    text: str | None
    evidence: Evidence
    start: int | None
    end: int | None
    facts: list[CitingFact]


class EvidenceMeta(Meta):
    figures: Annotated[Count, Field(description="Facts that cite the source without a quote; they are not listed")]


class EvidencePage(Answer):
    data: list[Quote]
    meta: EvidenceMeta
    links: Links
