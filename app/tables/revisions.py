"""Revisions: which release this is, in one row."""

from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class Revision(Base):
    __tablename__ = "revisions"

    revision: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]  # of the seed files and of the code that renders them
    loaded_at: Mapped[str]  # UTC, ISO 8601
    counts: Mapped[str]  # JSON object: collection -> how many
    audit: Mapped[str]  # JSON, as it is answered
