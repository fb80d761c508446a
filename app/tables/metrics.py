"""Metrics: what is measured, and how one metric follows from another."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, EntityKey


class Metric(Base):
    __tablename__ = "metrics"

    id: Mapped[EntityKey]
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"))
    kind: Mapped[str]
    of_id: Mapped[str | None] = mapped_column(ForeignKey("metrics.id"))
    transform: Mapped[str | None]
    statement_zh: Mapped[str | None]
    statement_en: Mapped[str | None]
