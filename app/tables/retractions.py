"""Retractions: facts that were taken out of the seed, each with the reason that its authors give."""

from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class Retraction(Base):
    """`successor` is a fact that is there."""

    __tablename__ = "retractions"

    id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    successor: Mapped[str | None]
