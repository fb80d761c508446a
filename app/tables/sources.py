"""Sources: the documents that facts cite."""

from sqlalchemy.orm import Mapped

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
