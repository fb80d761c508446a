"""Policies: plans, measures, programmes and funds."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, EntityKey


class Policy(Base):
    __tablename__ = "policies"

    id: Mapped[EntityKey]
    kind: Mapped[str]
    issuer_id: Mapped[str | None] = mapped_column(ForeignKey("entities.id"))
    place_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"))
    period: Mapped[str | None]  # as written in the seed
    period_start: Mapped[str | None]
    period_end: Mapped[str | None]
