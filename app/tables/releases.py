"""Releases: each load that changed the data, what it changed, and the files it was made of, kept for ever."""

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class Release(Base):
    """The last of them brought what is there."""

    __tablename__ = "releases"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[str]
    loaded_at: Mapped[str]  # UTC, ISO 8601
    answer: Mapped[str | None]  # JSON, as it is answered; no load writes none


class ReleaseChange(Base):
    """What was added has no `before`, what was retracted no `after`; a fact that was revised has its new id in
    `successor`. `id` is the old one, and the new one of what was added. Facts that went have a `reason`.
    """

    __tablename__ = "release_changes"
    __table_args__ = (Index(None, "id"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # of the release
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1
    kind: Mapped[str]
    noun: Mapped[str]
    id: Mapped[str]
    successor: Mapped[str | None]
    reason: Mapped[str | None]
    before: Mapped[str | None]  # JSON, as it is answered
    after: Mapped[str | None]


class ReleaseFile(Base):
    """A file of the seed of a release."""

    __tablename__ = "release_files"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # of the release
    path: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]


class SeedFile(Base):
    """A piece of a file, known by what the file holds: one that stays the same is kept once."""

    __tablename__ = "seed_files"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    piece: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 0
    packed: Mapped[bytes] = mapped_column(LargeBinary)  # zlib
