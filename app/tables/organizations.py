"""Organizations: companies, universities, institutes, governments and alliances."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, EntityKey


class Organization(Base):
    __tablename__ = "organizations"

    id: Mapped[EntityKey]
    kind: Mapped[str] = mapped_column(index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    place_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("sources.id"))
