"""Relations: the ways in which one entity can stand to another."""

from sqlalchemy.orm import Mapped

from app.tables.base import Base, EntityKey


class Relation(Base):
    __tablename__ = "relations"

    id: Mapped[EntityKey]
    statement_zh: Mapped[str]
    statement_en: Mapped[str]
