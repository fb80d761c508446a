"""Slices: the facts that share a year, an industry, an initiative ..., listed and counted once, at load.

These tables, and those beside `facts`, are made of the facts by the loader and read by nobody else: they have no
foreign keys, whose checks would cost more than the rest of a load.
"""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base

NONE = "none"  # the key of facts that have none in a dimension; no id can be asked for by this name
TAGS = ("company", "event", "industry", "initiative", "place", "year")
# The dimensions that are fixed together. Of these the facts are listed, in the order of a list ...
LISTED = (
    *((tag,) for tag in TAGS),
    ("industry", "initiative"),
    ("industry", "year"),
    ("initiative", "year"),
    ("industry", "initiative", "year"),
)
# ... and of these they are only counted, their values summed up where the metric is one.
COUNTED = ((), ("metric",), ("industry", "metric"), ("metric", "year"), ("industry", "metric", "year"))


class Slice(Base):
    """The facts with these keys in these dimensions (a slice of a data cube: some dimensions fixed).

    `dimensions` are their names, in the order of the alphabet, joined by commas; `first`, `second`
    and `third` the key of each: an id, a year, or `none` for facts without one. Ancestors count: a
    fact of a city is in the slice of its province. `sum`, `min` and `max` are exact decimals, where
    the metric is fixed.
    """

    __tablename__ = "slices"
    __table_args__ = (UniqueConstraint("dimensions", "first", "second", "third"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    dimensions: Mapped[str]
    first: Mapped[str]
    second: Mapped[str]
    third: Mapped[str]
    facts: Mapped[int]
    sum: Mapped[str | None]
    min: Mapped[str | None]
    max: Mapped[str | None]


class SliceFact(Base):
    """A fact of a slice, in the order in which a list shows them."""

    __tablename__ = "slice_facts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it from the class

    slice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class FactTag(Base):
    """The same the other way round, for slices of one dimension: what facts are grouped by."""

    __tablename__ = "fact_tags"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it from the class

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
