"""The response model of a source."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.answers.entities import Entity, Uri
from app.answers.pages import Page


class SourceKind(StrEnum):
    ARTICLE = "article"
    COMMUNIQUE = "communique"
    REPORT = "report"
    FILING = "filing"
    PAGE = "page"


class TextKept(StrEnum):
    """`stored`: the text can be read here. `verified`: quotes were found in a text with that `sha256`, which we may not
    publish; whoever has the text can check the quotes' positions in it.
    """

    STORED = "stored"
    VERIFIED = "verified"


class Source(Entity):
    """`republished`: read from a copy on another site. `sha256` is of the text in which the quotes were found."""

    kind: SourceKind
    publisher: str | None
    author: str | None
    published: Annotated[
        str | None, Field(description="Date of publication, as precise as is known", examples=["2025-07-01", "2025-07"])
    ]
    language: str
    address: Uri | None
    republished: bool
    sha256: str | None
    text: TextKept | None


class Sources(Page[Source]):
    """A page of sources."""
