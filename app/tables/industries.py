"""Industries: a tree of leading, emerging and future industries, chains and segments."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, EntityKey


class Industry(Base):
    __tablename__ = "industries"

    id: Mapped[EntityKey]
    kind: Mapped[str]
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("industries.id"), index=True)
