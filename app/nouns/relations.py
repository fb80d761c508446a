"""Relations: how one entity can be related to another, such as `makes`."""

from app import tables
from app.answers.entities import Entity, Name
from app.nouns.fields import EntityRecord, Record, RelationTemplate
from app.nouns.noun import Noun

relations = tables.entity_table("relations", *tables.texts("statement_zh", "statement_en"))


class RelationTemplates(Record):
    zh: RelationTemplate
    en: RelationTemplate


class RelationRecord(EntityRecord):
    statement: RelationTemplates


class Relation(Entity):
    """`statement` is the sentence that it makes of a subject and an object."""

    statement: Name


RELATIONS = Noun(
    singular="relation",
    table=relations,
    record=RelationRecord,
    response=Relation,
    about="Relations, the ways in which facts relate one thing to another: `curl 'http://localhost:8000/v1/relations'`.",
    example="makes",
)
