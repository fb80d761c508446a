"""Units: what a value counts, and the words sources print for it."""

from sqlalchemy.orm import Mapped

from app.tables.base import Base, EntityKey


class Unit(Base):
    __tablename__ = "units"

    id: Mapped[EntityKey]
    symbol: Mapped[str | None]
    printed: Mapped[str]  # JSON object: unit word -> its scale into this unit, as decimal text
