"""Places: a tree from the world down to parks and sites."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, EntityKey


class Place(Base):
    __tablename__ = "places"

    id: Mapped[EntityKey]
    kind: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"), index=True)
