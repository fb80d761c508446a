"""Identities: what holds between metrics, whatever the subject and period."""

from sqlalchemy.orm import Mapped

from app.tables.base import Base, EntityKey


class Identity(Base):
    __tablename__ = "identities"

    id: Mapped[EntityKey]
    terms: Mapped[str]  # JSON object, as in the seed
