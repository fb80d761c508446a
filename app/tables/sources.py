"""Sources: the documents that facts cite."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, EntityKey


class Source(Base):
    __tablename__ = "sources"

    id: Mapped[EntityKey]
    kind: Mapped[str]
    publisher: Mapped[str | None]
    author: Mapped[str | None]
    published: Mapped[str | None]  # a year, a month or a day, as precise as it is known
    language: Mapped[str]
    address: Mapped[str | None]
    republished: Mapped[bool]
    sha256: Mapped[str | None]  # of the text its quotes were found in


class SourceText(Base):
    """The text of a source that may be published, as it stands in the seed."""

    __tablename__ = "source_texts"

    id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    text: Mapped[str]
