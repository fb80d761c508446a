"""Initiatives: what a city has declared it wants to become, such as 算力之城."""

from app import tables
from app.answers.entities import Entity, Name
from app.nouns.fields import EntityRecord, IndustryIds, Names, Others, PlaceId
from app.nouns.noun import Noun

initiatives = tables.entity_table(
    "initiatives", tables.text("place_id", "places"), *tables.texts("summary_zh", "summary_en")
)


class InitiativeRecord(EntityRecord):
    place: PlaceId
    industries: IndustryIds
    summary: Names

    def more_names(self, _others: Others) -> list[str | None]:
        return [self.summary.zh, self.summary.en]


class Initiative(Entity):
    place: str
    summary: Name


INITIATIVES = Noun(
    singular="initiative",
    table=initiatives,
    record=InitiativeRecord,
    response=Initiative,
    tag="initiative",
    suggestion_rank=0,
    about="The initiatives a city has declared: `curl 'http://localhost:8000/v1/initiatives'`.",
    example="nev-city",
)
