"""Comparisons: facts held against each other, a row a comparison, with the JSON it is answered with."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, Crc


class Comparison(Base):
    """`position` is its rank in the order of ids. The period is that of what was compared."""

    __tablename__ = "comparisons"
    __table_args__ = (Index(None, "verdict", "position"), Index(None, "subject_id", "position"))

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    verdict: Mapped[str]
    subject_id: Mapped[str] = mapped_column(ForeignKey("entities.id"))
    metric_id: Mapped[str] = mapped_column(ForeignKey("metrics.id"))
    unit_id: Mapped[str] = mapped_column(ForeignKey("units.id"))
    place_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"))
    period_start: Mapped[str]
    period_end: Mapped[str]
    search: Mapped[str]
    answer: Mapped[str]
    answer_crc: Mapped[Crc]
