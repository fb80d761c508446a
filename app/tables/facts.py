"""Facts: one cited statement a row, with the JSON it is answered with."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class Fact(Base):
    """`position` is the rank of the fact in the order of ids: the default order of a list, and a
    short key for the tables below. `value_key` orders values exactly: see `decimals.sort_key`.
    """

    __tablename__ = "facts"
    __table_args__ = (
        CheckConstraint("kind IN ('measurement', 'relation', 'occurrence')", name="kind"),
        CheckConstraint("kind <> 'measurement' OR (metric_id IS NOT NULL AND value IS NOT NULL)", name="measured"),
        CheckConstraint("kind <> 'relation' OR (relation_id IS NOT NULL AND object_id IS NOT NULL)", name="related"),
        Index(None, "metric_id", "period_start", "position"),
        Index(None, "subject_id", "position"),
        Index(None, "source_id", "position"),
        Index(None, "period_start", "position"),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_id: Mapped[str] = mapped_column(ForeignKey("entities.id"))
    metric_id: Mapped[str | None] = mapped_column(ForeignKey("metrics.id"))
    relation_id: Mapped[str | None] = mapped_column(ForeignKey("relations.id"))
    object_id: Mapped[str | None] = mapped_column(ForeignKey("entities.id"))
    value: Mapped[str | None]
    value_key: Mapped[str | None]
    unit_id: Mapped[str | None] = mapped_column(ForeignKey("units.id"))
    bound: Mapped[str | None]
    printed: Mapped[str | None]
    status: Mapped[str]
    period: Mapped[str]  # as written in the seed
    period_start: Mapped[str | None]
    period_end: Mapped[str | None]
    period_printed: Mapped[str | None]
    basis: Mapped[str]
    place_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"))
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    evidence: Mapped[str]
    quote: Mapped[str | None]
    quote_start: Mapped[int | None]
    quote_end: Mapped[int | None]
    derived: Mapped[str | None]
    note: Mapped[str | None]
    statement_zh: Mapped[str]
    statement_en: Mapped[str]
    search: Mapped[str]
    answer: Mapped[str]


class FactTag(Base):
    """An industry, initiative, place, company or event a fact is about, or an ancestor of one.

    `declared` marks those the fact names itself.
    """

    __tablename__ = "fact_tags"
    __table_args__ = (Index(None, "kind", "tag_id", "fact_position"),)

    fact_position: Mapped[int] = mapped_column(ForeignKey("facts.position"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    tag_id: Mapped[str] = mapped_column(ForeignKey("entities.id"), primary_key=True)
    declared: Mapped[bool]


class FactYear(Base):
    """A year that a fact's period overlaps."""

    __tablename__ = "fact_years"
    __table_args__ = (Index(None, "year", "fact_position"),)

    fact_position: Mapped[int] = mapped_column(ForeignKey("facts.position"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
