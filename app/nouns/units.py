"""Units: what values are counted in, with the words for them that are printed behind numbers."""

import json
from typing import Annotated

from pydantic import Field

from app import tables
from app.nouns.fields import EntityRecord, Exact, Row, Text
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


UNITS = Noun(singular="unit", table=units, record=UnitRecord)
