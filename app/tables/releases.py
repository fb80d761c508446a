"""Releases: each load that changed the data, in their order; the last of them brought what is there."""

from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class Release(Base):
    __tablename__ = "releases"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[str]
    loaded_at: Mapped[str]  # UTC, ISO 8601
