"""A release as it is shown: a load that changed the data, and what it added, revised and retracted."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Count, Name, Number
from app.answers.pages import Links, Meta, Page
from app.hedges import Bound


class ChangeKind(StrEnum):
    """`revised`: another fact came in its place, or an entity is told of otherwise."""

    ADDED = "added"
    REVISED = "revised"
    RETRACTED = "retracted"


class ChangeCounts(Answer):
    added: Count
    revised: Count
    retracted: Count


class Release(Answer):
    """`compared` is false of the first load, and where nothing is left of the data before."""

    number: int
    revision: str
    loaded_at: Annotated[str, Field(examples=["2026-11-23T08:00:00+00:00"])]
    compared: bool
    facts: Annotated[ChangeCounts | None, Field(description="Null of a load by a version that did not count")]
    entities: ChangeCounts | None


class Releases(Page[Release]):
    """A page of releases."""


class Version(Answer):
    """A fact, by its statement, or an entity, by its name, as it was before a release or is since."""

    id: str
    text: Name
    value: Number | None
    unit: str | None
    bound: Bound | None
    printed: str | None
    source: str | None
    quote: str | None


class ShownVersion(Version):
    href: Annotated[
        str | None, Field(description="The same as it was: it is answered so for ever. Null where no seed is kept")
    ]


class Change(Answer):
    """`noun` is that of its path, `before` null of what was added, `after` of what was taken out."""

    kind: ChangeKind
    noun: Annotated[str, Field(examples=["facts"])]
    id: str
    successor: Annotated[str | None, Field(description="Id of the fact that came in its place")]
    reason: str | None
    before: ShownVersion | None
    after: ShownVersion | None


class ReleasePage(Answer):
    """A release, and a page of what it changed: entities first, then facts by what they are about."""

    release: Release
    data: list[Change]
    meta: Meta
    links: Links
