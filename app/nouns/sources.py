"""Sources: the documents that facts cite."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import Boolean, Column, Table

from app import tables
from app.answers.entities import Entity, Name, Ref, Uri
from app.answers.facts import SourceKind
from app.nouns.fields import (
    ADDRESS,
    LANGUAGE,
    EntityRecord,
    Flag,
    Names,
    OrganizationId,
    Others,
    Published,
    Row,
    Sha256,
    Text,
)
from app.nouns.noun import EntityFilters, Noun, kinds
from app.queries.filters import Alternatives, IdFilter

sources = tables.entity_table(
    "sources",
    tables.text("kind"),
    tables.text("publisher_id", "entities", null=True),  # who published it first
    *tables.texts("author", "published", null=True),  # published: a year, a month or a day
    tables.text("language"),
    tables.text("address", null=True),
    Column("republished", Boolean, nullable=False),
    *tables.texts("note_zh", "note_en", "sha256", null=True),  # sha256: of the text of its quotes
)
# The text of a source that may be published, as in the seed.
source_texts = Table("source_texts", tables.METADATA, tables.text("id", "sources", key=True), tables.text("text"))


class TextKept(StrEnum):
    """`stored`: the text can be read here. `verified`: quotes were found in a text with that `sha256`, which we may not
    publish; whoever has the text can check the quotes' positions in it.
    """

    STORED = "stored"
    VERIFIED = "verified"


class SourceRecord(EntityRecord):
    """`zh` and `en` are its title, `kind` and `publisher` those of who published it first. `sha256` is that of the text
    its quotes are found in.
    """

    kind: SourceKind
    publisher: OrganizationId | None = None
    author: Text | None = None
    published: Published | None = None
    language: Annotated[str, StringConstraints(min_length=1, pattern=LANGUAGE)]
    address: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=ADDRESS)] | None = None
    republished: Flag = False
    sha256: Sha256 | None = None
    note: Names | None = None

    @classmethod
    def exported(cls, row: Mapping[Any, Any]) -> Row:
        return {"republished": "yes" if row["republished"] else None}

    def response_fields(self, id_: str, others: Others) -> Row:
        stored = id_ in others.stored_texts
        return {
            "publisher": others.ref(self.publisher) if self.publisher else None,
            "text": TextKept.STORED if stored else TextKept.VERIFIED if self.sha256 else None,
        }

    def more_names(self, others: Others) -> list[str | None]:
        publisher = others.ref(self.publisher).name if self.publisher else Name(zh=None, en=None)
        return [publisher.zh, publisher.en, self.author]


class Source(Entity):
    """`republished`: read from a copy on another site. `sha256` is of the text in which the quotes were found."""

    kind: SourceKind
    publisher: Ref | None
    author: str | None
    published: Annotated[
        str | None, Field(description="Date of publication, as precise as is known", examples=["2025-07-01", "2025-07"])
    ]
    language: str
    address: Uri | None
    republished: bool
    sha256: str | None
    text: TextKept | None
    note: Name | None


class SourceFilters(EntityFilters):
    """Filters for the list of sources."""

    kind: Alternatives = kinds(sources.c.kind, SourceKind)
    publisher: Alternatives = IdFilter(("organization",), sources.c.publisher_id).described(
        "Who published it first.", "zhengzhou-daily"
    )


SOURCES = Noun(
    singular="source",
    table=sources,
    more_tables=(source_texts,),
    record=SourceRecord,
    response=Source,
    filters=SourceFilters,
    is_about_facts=True,
    about="Sources, such as those with facts about a given year: `curl 'http://localhost:8000/v1/sources?year=2024'`.",
    example="zhengzhou-feature-2025",
)
