"""From the record of an entity to its rows and its response."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

from app import answers
from app.nouns import NOUNS, TYPES
from app.nouns.fields import EntityRecord, Row
from app.nouns.noun import timespan
from app.seeding.tags import Tags

__all__ = ["EntityRow", "EntityRows", "name_of", "timespan"]


@dataclass(frozen=True, slots=True)
class EntityRow:
    """`more_names` is what a search finds the entity by besides its names; `more_rows` are those of other tables."""

    row: Row
    answer: answers.Entity | None
    more_names: list[str | None]
    more_rows: Mapping[str, list[Row]]


@dataclass(frozen=True, slots=True)
class EntityRows:
    """Makes the rows of entities; `facts` counts the facts each appears in."""

    entities: Mapping[str, EntityRecord]
    nouns: Mapping[str, str]
    facts: Mapping[str, int]
    stored_texts: Container[str]

    def ref(self, entity_id: str) -> answers.Ref:
        return answers.Ref(type=TYPES[self.nouns[entity_id]], id=entity_id, name=name_of(self.entities[entity_id]))

    def make(self, entity_id: str, tags: Tags) -> EntityRow:
        record, noun = self.entities[entity_id], NOUNS[self.nouns[entity_id]]
        shared: Row = {
            "id": entity_id,
            "type": noun.singular,
            "name": name_of(record),
            "aliases": record.aliases,
            "industries": list(tags.industry.declared),
            "initiatives": list(tags.initiative.declared),
            "facts": self.facts.get(entity_id, 0),
        }
        return EntityRow(
            noun.row(entity_id, record),
            noun.shown(entity_id, record, shared, self),
            record.more_names(self),
            record.more_rows(entity_id),
        )


def name_of(record: EntityRecord) -> answers.Name:
    return answers.Name(zh=record.zh, en=record.en)
