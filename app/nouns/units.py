"""Units: what values are counted in, with the words for them that are printed behind numbers."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from app import tables
from app.answers.entities import Entity, Name, Number
from app.nouns.fields import UNIT_ID, EntityRecord, Exact, Others, Row, Text
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

    @property
    def written(self) -> Name:
        """What is written behind a value."""
        return Name(zh=self.symbol or self.zh, en=self.symbol or self.en)

    def response_fields(self, _id: str, _others: Others) -> Row:
        return {"symbol": self.written, "printed": {word: Decimal(scale) for word, scale in self.printed.items()}}

    @classmethod
    def exported(cls, row: Mapping[Any, Any]) -> Row:
        return {"printed": json.loads(row["printed"])}


class Unit(Entity):
    """`printed` are the words that sources print behind a number, each with its scale into this unit."""

    symbol: Annotated[Name, Field(description="What is written behind a value")]
    printed: dict[str, Number]


UNITS = Noun(
    singular="unit",
    table=units,
    record=UnitRecord,
    id_pattern=UNIT_ID,
    response=Unit,
    about="Units that values are in, with the words sources print for them: `curl 'http://localhost:8000/v1/units'`.",
    example="vehicle",
)
