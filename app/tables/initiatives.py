"""Initiatives: what a city has declared it will become."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, EntityKey


class Initiative(Base):
    __tablename__ = "initiatives"

    id: Mapped[EntityKey]
    place_id: Mapped[str] = mapped_column(ForeignKey("places.id"))
    summary_zh: Mapped[str]
    summary_en: Mapped[str]
