"""Events: something that happened on a date, and who took part."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, EntityKey


class Event(Base):
    __tablename__ = "events"

    id: Mapped[EntityKey]
    kind: Mapped[str]
    place_id: Mapped[str | None] = mapped_column(ForeignKey("places.id"))
    period: Mapped[str]  # as written in the seed
    period_start: Mapped[str | None]
    period_end: Mapped[str | None]


class Participant(Base):
    __tablename__ = "participants"

    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"), primary_key=True)
    entity_id: Mapped[str] = mapped_column(ForeignKey("entities.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
