"""Releases: each load that changed the data, and what it changed, carried from one release to the next."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, Crc


class Release(Base):
    """The last of them brought what is there."""

    __tablename__ = "releases"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[str]
    loaded_at: Mapped[str]  # UTC, ISO 8601
    answer: Mapped[str]  # JSON, as it is answered
    answer_crc: Mapped[Crc]


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
