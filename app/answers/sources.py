"""A source as it is shown."""

from enum import StrEnum

from app.answers.entities import Entity
from app.answers.pages import Page


class SourceKind(StrEnum):
    ARTICLE = "article"
    COMMUNIQUE = "communique"
    REPORT = "report"
    FILING = "filing"
    PAGE = "page"


class TextKept(StrEnum):
    """`stored`: the text can be read here. `verified`: quotes were found in a text of that `sha256`, which is not
    ours to publish; whoever has it can hold the spans against it.
    """

    STORED = "stored"
    VERIFIED = "verified"


class Source(Entity):
    """`republished`: we read a copy on another's page. `sha256` is that of the text quotes were found in."""

    kind: SourceKind
    publisher: str | None
    author: str | None
    published: str | None
    language: str
    address: str | None
    republished: bool
    sha256: str | None
    text: TextKept | None


class Sources(Page[Source]):
    """A page of sources."""
