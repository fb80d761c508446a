"""The shape of each noun in a seed, from which JSON Schema for editors is made too."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.json_schema import models_json_schema

from app import answers
from app.seeding.fields import (
    ADDRESS,
    LANGUAGE,
    NOWHERE,
    Exact,
    FactId,
    Flag,
    IndustryId,
    IndustryIds,
    InitiativeIds,
    MeasurementTemplate,
    MetricId,
    OrganizationId,
    PlaceId,
    Published,
    RelationTemplate,
    Sha256,
    Slug,
    SourceId,
    Text,
    To,
    Unique,
    UnitId,
    WrittenPeriod,
)
from app.text.hedges import Bound
from app.text.periods import UNDATED, Basis


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Names(Record):
    zh: Text
    en: Text


class MeasurementTemplates(Record):
    zh: MeasurementTemplate
    en: MeasurementTemplate


class RelationTemplates(Record):
    zh: RelationTemplate
    en: RelationTemplate


class EntityRecord(Record):
    zh: Text
    en: Text
    aliases: Annotated[list[Text], Unique] = []


class Unit(EntityRecord):
    symbol: Text | None = None
    printed: Annotated[
        dict[str, Exact], Field(description="Words printed behind a number, each with its scale into this unit")
    ]


class Place(EntityRecord):
    kind: answers.PlaceKind
    parent: PlaceId | None = None


class Industry(EntityRecord):
    kind: answers.IndustryKind
    parent: IndustryId | None = None


class Initiative(EntityRecord):
    place: PlaceId
    industries: IndustryIds
    summary: Names


class Organization(EntityRecord):
    """`source` is where the organization was read of, `place` where it is at home."""

    kind: answers.OrganizationKind
    parent: OrganizationId | None = None
    place: PlaceId | None = None
    industries: IndustryIds
    initiatives: InitiativeIds
    source: SourceId | None = None


class Metric(EntityRecord):
    unit: UnitId
    kind: answers.MetricKind
    of: MetricId | None = None
    transform: answers.Transform | None = None
    statement: MeasurementTemplates | None = None

    @property
    def scoped(self) -> bool:
        """Whether a value is of one industry, which its statement then names."""
        return bool(self.statement and "{industry}" in self.statement.zh + self.statement.en)


class Relation(EntityRecord):
    statement: RelationTemplates


class Policy(EntityRecord):
    kind: answers.PolicyKind
    issuer: Annotated[Slug, To(("organizations", "places"))] | None = None
    place: PlaceId | None = None
    period: WrittenPeriod = UNDATED
    industries: IndustryIds
    initiatives: InitiativeIds


class Participant(Record):
    id: Annotated[Slug, To(("organizations", "places", "policies", "events"))]
    role: Slug


class Event(EntityRecord):
    kind: answers.EventKind = answers.EventKind.OTHER
    place: PlaceId | None = None
    period: WrittenPeriod
    participants: Annotated[list[Participant], Unique] = []
    industries: IndustryIds
    initiatives: InitiativeIds


class Term(Record):
    """A metric in an identity: of an industry and place, or of the place of a kind that the subject lies within."""

    metric: MetricId
    industry: IndustryId | None = None
    place: PlaceId | None = None
    within: answers.PlaceKind | None = None


class Identity(EntityRecord):
    """What holds between metrics whatever the subject and period: a total of parts, or a share of a part in a whole."""

    total: Term | None = None
    parts: list[Term] = []
    share: Term | None = None
    part: Term | None = None
    whole: Term | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is one of the two, and all of it is there."""
        fraction = (self.share, self.part, self.whole)
        if self.total:
            return len(self.parts) > 1 and not any(fraction)
        return not self.parts and all(fraction)


class Source(EntityRecord):
    """`zh` and `en` are its title. `sha256` is that of the text its quotes are found in."""

    kind: answers.SourceKind
    publisher: Text | None = None
    author: Text | None = None
    published: Published | None = None
    language: Annotated[str, StringConstraints(min_length=1, pattern=LANGUAGE)]
    address: Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=ADDRESS)] | None = None
    republished: Flag = False
    sha256: Sha256 | None = None


class Fact(Record):
    """One cited statement: a metric with a value, a relation with an object, or an event."""

    source: SourceId
    quote: Annotated[Text, StringConstraints(max_length=120)] | None = None
    subject: Annotated[Slug, To()] | None = None
    metric: MetricId | None = None
    value: Exact | None = None
    bound: Bound = Bound.EQ
    printed: Text | None = None
    status: answers.Status = answers.Status.ACTUAL
    relation: Annotated[Slug, To(("relations",))] | None = None
    object: Annotated[Slug, To()] | None = None
    event: Annotated[Slug, To(("events",))] | None = None
    period: WrittenPeriod | None = None
    period_printed: Text | None = None
    basis: Basis | None = None
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


class FactRow(Fact):
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


# Parents before children: the order in which nouns are read, checked and written.
NOUNS: dict[str, type[EntityRecord]] = {
    "units": Unit,
    "sources": Source,
    "places": Place,
    "industries": Industry,
    "initiatives": Initiative,
    "organizations": Organization,
    "metrics": Metric,
    "relations": Relation,
    "policies": Policy,
    "events": Event,
    "identities": Identity,
}
RETRACTIONS = "retractions"  # its file, which a seed need not have
TYPES = {noun: shape.__name__.lower() for noun, shape in NOUNS.items()}
CSV_COLUMNS = frozenset(FactRow.model_fields) - {"statement"}


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each file of a seed, by its name, for completion and checks in an editor."""
    return {
        **{f"{noun}.schema.json": _of_file(shape) for noun, shape in NOUNS.items()},
        "facts.schema.json": _of_file(Fact),
        f"{RETRACTIONS}.schema.json": _of_file(Retraction),
    }


def _of_file(record: type[Record]) -> dict[str, Any]:
    """A file is a mapping of ids to records; a file of facts names its source once."""
    shapes: list[type[BaseModel]] = [*NOUNS.values(), Retraction, Fact]
    definitions = models_json_schema([(shape, "validation") for shape in shapes])[1]
    item = {"$ref": f"#/$defs/{record.__name__}"}
    file: dict[str, Any] = {"type": "object", "additionalProperties": item}
    if record is Fact:
        definitions["$defs"]["Fact"]["required"].remove("source")
        properties = {"source": {"type": "string"}, "facts": {"type": "array", "items": item}}
        required = ["source", "facts"]
        file = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **file, **definitions}
