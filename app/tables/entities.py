"""The registry all nouns share: an id is unique across them, and a fact's subject has one foreign key."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.tables.base import Base, Crc


class Entity(Base):
    __tablename__ = "entities"
    __table_args__ = (Index(None, "type", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    aliases: Mapped[str]  # JSON array
    search: Mapped[str]
    answer: Mapped[str]  # the JSON it is answered with
    answer_crc: Mapped[Crc]


class EntityTag(Base):
    """An industry, initiative, place or company an entity belongs to, or an ancestor of one.

    `declared` marks those the seed names itself, as against ancestors and what its facts are about.
    """

    __tablename__ = "entity_tags"
    __table_args__ = (Index(None, "kind", "tag_id", "entity_id"),)

    entity_id: Mapped[str] = mapped_column(ForeignKey("entities.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    tag_id: Mapped[str] = mapped_column(ForeignKey("entities.id"), primary_key=True)
    declared: Mapped[bool]


class Mention(Base):
    """A period in which there is a fact or an event about an entity."""

    __tablename__ = "mentions"

    entity_id: Mapped[str] = mapped_column(ForeignKey("entities.id"), primary_key=True)
    period_start: Mapped[str] = mapped_column(primary_key=True)
    period_end: Mapped[str] = mapped_column(primary_key=True)
