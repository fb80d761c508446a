"""The response model of a release: a load that changed the data, with what it added, revised and retracted."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Count, DateTime, Href, Links, Meta, Name, Number, Page
from app.text.hedges import Bound


class ChangeKind(StrEnum):
    """`revised`: another fact replaced it, or the entity's description changed."""

    ADDED = "added"
    REVISED = "revised"
    RETRACTED = "retracted"


class ChangeCounts(Answer):
    added: Count
    revised: Count
    retracted: Count


class Release(Answer):
    """`compared` is false for the first load, and where the previous data is not available."""

    number: int
    revision: str
    loaded_at: Annotated[DateTime, Field(examples=["2026-11-23T08:00:00+00:00"])]
    compared: bool
    facts: Annotated[ChangeCounts | None, Field(description="Null if loaded by a version that did not count changes")]
    entities: ChangeCounts | None


class Releases(Page[Release]):
    """A page of releases."""


class Version(Answer):
    """A fact (its statement) or an entity (its name) as it was before or after a release."""

    id: str
    text: Name
    value: Number | None
    unit: str | None
    bound: Bound | None
    printed: str | None
    source: str | None
    quote: str | None


class ShownVersion(Version):
    href: Annotated[Href | None, Field(description="URL of this version, valid as long as its release is kept")]


class Change(Answer):
    """`noun` is the noun in its path. `before` is null for additions, `after` for retractions."""

    kind: ChangeKind
    noun: Annotated[str, Field(examples=["facts"])]
    id: str
    successor: Annotated[str | None, Field(description="Id of the fact that replaced it")]
    reason: str | None
    before: ShownVersion | None
    after: ShownVersion | None


class ReleasePage(Answer):
    """A release, and a page of its changes: entities first, then facts by subject."""

    release: Release
    data: list[Change]
    meta: Meta
    links: Links
