"""Facts: one cited statement a row; beside it the JSON it is answered with, and its line of an export."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base


class Fact(Base):
    """What a fact can be found and sorted by; what is shown of it is in `FactAnswer`.

    `position` is the rank of the fact in the order of ids: the default order of a list, and a
    short key for the tables beside this one. `value_key` orders values exactly: see `decimals.sort_key`.
    """

    __tablename__ = "facts"
    __table_args__ = (
        CheckConstraint("kind IN ('measurement', 'relation', 'occurrence')", name="kind"),
        CheckConstraint("kind <> 'measurement' OR (metric_id IS NOT NULL AND value IS NOT NULL)", name="measured"),
        CheckConstraint("kind <> 'relation' OR (relation_id IS NOT NULL AND object_id IS NOT NULL)", name="related"),
        # The order of a list is the end of each index, so that no page is sorted.
        Index(None, "metric_id", "position"),
        Index(None, "subject_id", "position"),
        Index(None, "source_id", "position"),
        Index(None, "period_start", "position"),
        Index(None, "object_id", "position"),
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
    status: Mapped[str]
    period: Mapped[str]  # as written in the seed
    period_start: Mapped[str | None]
    period_end: Mapped[str | None]
    basis: Mapped[str]
    place_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"))
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    evidence: Mapped[str]


class FactAnswer(Base):
    """The JSON a fact is answered with, and the text that a search looks in."""

    __tablename__ = "fact_answers"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    json: Mapped[str]
    search: Mapped[str]


class FactLine(Base):
    """A fact as one line of an export, nested fields flattened: see `answers.flat`."""

    __tablename__ = "fact_lines"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    csv: Mapped[str]
    ndjson: Mapped[str]


class SearchWord(Base):
    """A word of ASCII letters and digits that some fact's search text holds.

    `fact_words`, which the migrations make in the dialect of each database, finds facts by whole
    words; a part of a word is looked for here first.
    """

    __tablename__ = "search_words"

    word: Mapped[str] = mapped_column(primary_key=True)
