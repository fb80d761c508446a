"""Relations: how one entity can be related to another, such as `makes`."""

from app import tables
from app.nouns.fields import EntityRecord, Record, RelationTemplate
from app.nouns.noun import Noun

relations = tables.entity_table("relations", *tables.texts("statement_zh", "statement_en"))


class RelationTemplates(Record):
    zh: RelationTemplate
    en: RelationTemplate


class RelationRecord(EntityRecord):
    statement: RelationTemplates


RELATIONS = Noun(singular="relation", table=relations, record=RelationRecord)
