"""The records of facts in a seed, and JSON Schema for editors, which is made of the records of all nouns."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from app import answers
from app.nouns import NOUNS
from app.nouns.fields import (
    Exact,
    FactId,
    IndustryIds,
    InitiativeIds,
    MetricId,
    Names,
    PlaceId,
    Record,
    ScopeId,
    Sha256,
    Slug,
    SourceId,
    Text,
    To,
    WrittenPeriod,
)
from app.text.hedges import Bound
from app.text.periods import Basis

NOWHERE = "none"


class FactRecord(Record):
    """One cited statement: a metric with a value, a relation with an object, or an event."""

    source: SourceId
    quote: Annotated[Text, StringConstraints(max_length=120)] | None = None
    subject: Annotated[Slug, To()] | None = None
    metric: MetricId | None = None
    scope: ScopeId | None = None
    value: Exact | None = None
    bound: Bound = Bound.EQ
    printed: Text | None = None
    measure: Annotated[Text, StringConstraints(max_length=20)] | None = None
    status: answers.Status = answers.Status.ACTUAL
    vintage: answers.Vintage | None = None
    relation: Annotated[Slug, To(("relations",))] | None = None
    object: Annotated[Slug, To()] | None = None
    event: Annotated[Slug, To(("events",))] | None = None
    period: WrittenPeriod | None = None
    period_printed: Text | None = None
    basis: Basis | None = None
    market: PlaceId | None = None
    place: PlaceId | Annotated[str, StringConstraints(pattern=f"^{NOWHERE}$")] | None = None
    industries: IndustryIds
    initiatives: InitiativeIds
    statement: Names | None = None
    derived: Annotated[Text | None, Field(description="Why the value is not the one printed")] = None
    note: Text | None = None

    @property
    def number(self) -> Decimal:
        """The value of a measurement."""
        return Decimal(self.value or "0")


def _split(field: str) -> list[str]:
    return field.split(";")


class FactRow(FactRecord):
    """A fact as a row of CSV: lists are joined by `;`, the statement takes two columns."""

    industries: Annotated[IndustryIds, BeforeValidator(_split)]
    initiatives: Annotated[InitiativeIds, BeforeValidator(_split)]
    statement_zh: Text | None = None
    statement_en: Text | None = None


class FactFile(Record):
    """A YAML file of facts that cite one source."""

    source: SourceId
    facts: list[Any]


class Retraction(Record):
    """Why a fact was taken out, and which stands in its place where they do not tell that themselves."""

    reason: Text
    successor: FactId | None = None


# Of a character in a text: what tables can hold.
Offset = Annotated[int, Field(ge=0, lt=2**31)]


class PinFile(Record):
    """Where each quote from a text stands in it: start and end, in code points."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sha256: Sha256
    quotes: dict[Text, tuple[Offset, Annotated[Offset, Field(gt=0)]]]


RETRACTIONS = "retractions"  # its file, which a seed need not have
CSV_COLUMNS = frozenset(FactRow.model_fields) - {"statement"}


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each file of a seed, by its name, for completion and checks in an editor."""
    return {
        **{f"{plural}.schema.json": _of_file(noun.record) for plural, noun in NOUNS.items()},
        "facts.schema.json": _of_file(FactRecord),
        f"{RETRACTIONS}.schema.json": _of_file(Retraction),
    }


class Schema(GenerateJsonSchema):
    """JSON Schema in which a record is named as what it describes."""

    def normalize_name(self, name: str) -> str:
        return super().normalize_name(name).removesuffix("Record")


def _of_file(record: type[Record]) -> dict[str, Any]:
    """A file is a mapping of ids to records; a file of facts names its source once."""
    shapes: list[type[BaseModel]] = [*(noun.record for noun in NOUNS.values()), Retraction, FactRecord]
    definitions = models_json_schema([(shape, "validation") for shape in shapes], schema_generator=Schema)[1]
    item = {"$ref": f"#/$defs/{record.__name__.removesuffix('Record')}"}
    file: dict[str, Any] = {"type": "object", "additionalProperties": item}
    if record is FactRecord:
        definitions["$defs"]["Fact"]["required"].remove("source")
        properties = {"source": {"type": "string"}, "facts": {"type": "array", "items": item}}
        required = ["source", "facts"]
        file = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **file, **definitions}
