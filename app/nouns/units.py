"""Units: what values are counted in, with the words for them that are printed behind numbers."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from app import tables
from app.nouns.fields import UNIT_ID, EntityRecord, Exact, Row, Text
from app.nouns.noun import Noun

units = tables.entity_table(
    "units",
    tables.text("symbol", null=True),
    tables.text("printed"),  # JSON object: unit word -> its scale into this unit, as decimal text
)


class UnitRecord(EntityRecord):
    symbol: Text | None = None
    printed: Annotated[
        dict[str, Exact], Field(description="Words printed behind a number, each with its scale into this unit")
    ]

    def columns(self) -> Row:
        return {"printed": json.dumps(self.printed, ensure_ascii=False)}

    @classmethod
    def exported(cls, row: Mapping[Any, Any]) -> Row:
        return {"printed": json.loads(row["printed"])}


UNITS = Noun(singular="unit", table=units, record=UnitRecord, id_pattern=UNIT_ID)
