"""Facts: one cited statement a row; beside it the JSON it is answered with, and its text."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, Crc


class Fact(Base):
    """What a fact can be found and sorted by; what is shown of it is in `FactAnswer`.

    `position` is the rank of the fact in the order of ids: the default order of a list, and a
    short key for the tables beside this one. `value_key` orders values exactly: see `decimals.sort_key`;
    `value_low_key` and `value_high_key` are the ends of what its bound allows, where they are not the value
    itself: see `intervals.ends`. `quote_mark` is the same for the facts of one quote of a source.
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
        Index(None, "standing", "position"),
        Index(None, "source_id", "span_start"),
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
    industry_id: Mapped[str | None] = mapped_column(ForeignKey("industries.id"))  # that its metric is measured of
    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    evidence: Mapped[str]
    standing: Mapped[str]
    value_low_key: Mapped[str | None]
    value_high_key: Mapped[str | None]
    # Where the quote stands in the text of its source: code points, the end excluded.
    span_start: Mapped[int | None]
    span_end: Mapped[int | None]
    quote_mark: Mapped[int | None] = mapped_column(BigInteger)


class FactAnswer(Base):
    """The JSON a fact is answered with."""

    __tablename__ = "fact_answers"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    json: Mapped[str]
    crc: Mapped[Crc]


class FactText(Base):
    """The text that a search looks in, where the index of words alone cannot tell."""

    __tablename__ = "fact_texts"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    search: Mapped[str]


class SearchWord(Base):
    """A word of ASCII letters and digits that some fact's search text holds.

    `fact_words`, which the migrations make in the dialect of each database, finds facts by whole
    words; a part of a word is looked for here first.
    """

    __tablename__ = "search_words"

    word: Mapped[str] = mapped_column(primary_key=True)


class CommonWord(Base):
    """A word of `fact_words` that many facts hold: how many, counted once, at load."""

    __tablename__ = "common_words"

    word: Mapped[str] = mapped_column(primary_key=True)
    facts: Mapped[int]
