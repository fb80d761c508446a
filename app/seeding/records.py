"""The shape of each noun in a seed, from which JSON Schema for editors is made too."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)

from app import answers
from app.periods import UNDATED, Basis, read_period
from app.printed import Bound

NOWHERE = "none"


@dataclass(frozen=True, slots=True)
class To:
    """Marks a field that names entities of these nouns; of any noun where none is given."""

    nouns: tuple[str, ...] = ()


def _exact(text: str) -> str:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,26})(\.[0-9]{1,12})?", text):
        raise ValueError(f"{text!r} is not a plain decimal; write digits and a point only, such as 11787000000 or 0.5")
    return text


def _period(text: str) -> str:
    read_period(text)
    return text


def _published(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
        raise ValueError(f"{text!r} is not a date of publication; write 2025, 2025-07 or 2025-07-02")
    return _period(text)


def _slots(allowed: set[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        unknown = set(re.findall(r"[{}]|\{(.*?)\}", re.sub(r"\{(\w+)\}", _known_slot(allowed), text)))
        if unknown:
            listed = " ".join(f"{{{slot}}}" for slot in sorted(allowed))
            raise ValueError(f"{text!r} has a slot that is not known; the slots are {listed}")
        return text

    return check


def _known_slot(allowed: set[str]) -> Callable[[re.Match[str]], str]:
    return lambda slot: "" if slot[1] in allowed else slot[0]


Text = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"^\S(.*\S)?$")]
Slug = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
UnitId = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
WrittenPeriod = Annotated[str, AfterValidator(_period)]
Exact = Annotated[str, AfterValidator(_exact)]
MeasurementTemplate = Annotated[
    Text, AfterValidator(_slots({"subject", "metric", "industry", "was", "value", "period"}))
]
RelationTemplate = Annotated[Text, AfterValidator(_slots({"subject", "object"}))]
Flag = Annotated[bool, WithJsonSchema({"enum": ["yes", "no", True, False]})]

PlaceId = Annotated[Slug, To(("places",))]
IndustryIds = Annotated[list[Annotated[Slug, To(("industries",))]], Field(default_factory=list)]
InitiativeIds = Annotated[list[Annotated[Slug, To(("initiatives",))]], Field(default_factory=list)]


def id_problem(noun: str, key: str) -> str | None:
    """What is wrong with the id of an entity, if anything is."""
    try:
        TypeAdapter(UnitId if noun == "units" else Slug).validate_python(key)
    except ValidationError:
        return f"{key!r} is not an id; write lower-case words joined by hyphens, at most 60 characters"
    return None


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
    aliases: list[Text] = []


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
    parent: Annotated[Slug, To(("industries",))] | None = None


class Initiative(EntityRecord):
    place: PlaceId
    industries: IndustryIds
    summary: Names


class Organization(EntityRecord):
    kind: answers.OrganizationKind
    parent: Annotated[Slug, To(("organizations",))] | None = None
    place: PlaceId | None = None
    industries: IndustryIds
    initiatives: InitiativeIds


class Metric(EntityRecord):
    unit: Annotated[UnitId, To(("units",))]
    kind: answers.MetricKind
    of: Annotated[Slug, To(("metrics",))] | None = None
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
    kind: Slug = "other"
    place: PlaceId | None = None
    period: WrittenPeriod
    participants: list[Participant] = []
    industries: IndustryIds
    initiatives: InitiativeIds


class Source(EntityRecord):
    """`zh` and `en` are its title. `sha256` is that of the text its quotes are found in."""

    kind: answers.SourceKind
    publisher: Text | None = None
    author: Text | None = None
    published: Annotated[str, AfterValidator(_published)] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")]
    address: Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=2000)] | None = None
    republished: Flag = False
    sha256: Sha256 | None = None


class Fact(Record):
    """One cited statement: a metric with a value, a relation with an object, or an event."""

    source: Annotated[Slug, To(("sources",))]
    quote: Annotated[Text, StringConstraints(max_length=120)] | None = None
    subject: Annotated[Slug, To()] | None = None
    metric: Annotated[Slug, To(("metrics",))] | None = None
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

    industries: Annotated[list[Annotated[Slug, To(("industries",))]], BeforeValidator(_split)] = []
    initiatives: Annotated[list[Annotated[Slug, To(("initiatives",))]], BeforeValidator(_split)] = []
    statement_zh: Text | None = None
    statement_en: Text | None = None


class FactFile(Record):
    """A YAML file of facts that cite one source."""

    source: Annotated[Slug, To(("sources",))]
    facts: list[Any]


# Parents before children: the order in which nouns are read, checked and written.
NOUNS: dict[str, type[EntityRecord]] = {
    "units": Unit,
    "places": Place,
    "industries": Industry,
    "initiatives": Initiative,
    "organizations": Organization,
    "metrics": Metric,
    "relations": Relation,
    "sources": Source,
    "policies": Policy,
    "events": Event,
}
TYPES = {
    "units": "unit",
    "places": "place",
    "industries": "industry",
    "initiatives": "initiative",
    "organizations": "organization",
    "metrics": "metric",
    "relations": "relation",
    "sources": "source",
    "policies": "policy",
    "events": "event",
}
CSV_COLUMNS = frozenset(FactRow.model_fields) - {"statement"}
