"""What the records of a seed are made of: the types of their fields, and what the records of all nouns share."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from app.answers.entities import Name, Ref
from app.text.periods import read_period
from app.text.verbs import SLOTS

DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,26})(\.[0-9]{1,12})?")
LONGEST_ID = 60
FLAGS = {"yes": True, "no": False, "true": True, "false": False}

ListItem = TypeVar("ListItem")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class To:
    """Marks a field that names entities of these nouns; of any noun where none is given."""

    nouns: tuple[str, ...] = ()


def _exact(text: str) -> str:
    if not DECIMAL.fullmatch(text):
        raise ValueError(f"{text!r} is not a plain decimal; write digits and a point only, such as 11787000000 or 0.5")
    return text


def _period(text: str) -> str:
    read_period(text)
    return text


def _published(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
        raise ValueError(f"{text!r} is not a date of publication; write 2025, 2025-07 or 2025-07-02")
    return _period(text)


def _flag(text: object) -> object:
    if text not in FLAGS:
        raise ValueError(f"{text!r} is neither yes nor no; write one of them")
    return FLAGS[str(text)]


def _unique(items: list[ListItem]) -> list[ListItem]:
    seen: set[ListItem] = set()
    for item in items:
        if item in seen:
            raise ValueError(f"{str(item)!r} stands in the list twice; keep one of them")
        seen.add(item)
    return items


def _only_slots(*names: str) -> AfterValidator:
    known = [f"{{{name}}}" for name in sorted(names)]

    def check(text: str) -> str:
        if re.search("[{}]", re.sub("|".join(map(re.escape, known)), "", text)):
            raise ValueError(f"{text!r} has a slot that is not known; the slots are {' '.join(known)}")
        return text

    return AfterValidator(check)


TEXT, SLUG, UNIT_ID = r"^\S([^\n\r]*\S)?$", r"^[a-z0-9]+(-[a-z0-9]+)*$", r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"
SHA256, LANGUAGE, ADDRESS = r"^[0-9a-f]{64}$", r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$", r"^https?://\S+$"

Text = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=TEXT)]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=SLUG)]
FactId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=SLUG)]
Sha256 = Annotated[str, StringConstraints(min_length=1, pattern=SHA256)]
WrittenPeriod = Annotated[str, AfterValidator(_period)]
Exact = Annotated[str, AfterValidator(_exact)]
Published = Annotated[str, AfterValidator(_published)]
MeasurementTemplate = Annotated[
    Text, _only_slots("subject", "metric", "scope", "value", "count", "period", "by", *SLOTS)
]
EventTemplate = Annotated[Text, _only_slots("period")]
RelationTemplate = Annotated[Text, _only_slots("subject", "object")]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"enum": [*FLAGS, True, False]})]
Unique = AfterValidator(_unique)

PlaceId = Annotated[Slug, To(("places",))]
UnitId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=UNIT_ID), To(("units",))]
SourceId = Annotated[Slug, To(("sources",))]
MetricId = Annotated[Slug, To(("metrics",))]
IndustryId = Annotated[Slug, To(("industries",))]
ScopeId = Annotated[Slug, To(("industries", "scopes"))]
OrganizationId = Annotated[Slug, To(("organizations",))]
IndustryIds = Annotated[list[IndustryId], Unique, Field(default_factory=list)]
InitiativeIds = Annotated[list[Annotated[Slug, To(("initiatives",))]], Unique, Field(default_factory=list)]


class Record(BaseModel):
    # In JSON Schema a record is named as what it describes. It is built when it is first used: servers read no seeds.
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        defer_build=True,
        model_title_generator=lambda record: record.__name__.removesuffix("Record"),
    )


class Names(Record):
    zh: Text
    en: Text


class Others(Protocol):
    """What the response for an entity says of others: their names, and which sources have their text stored here."""

    @property
    def stored_texts(self) -> Container[str]: ...

    def ref(self, entity_id: str) -> Ref: ...


class EntityRecord(Record):
    """A column `x` or `x_id` is stored, and a field `x` of the response is taken, from the field `x` of the record.

    Texts in two languages have the columns `x_zh` and `x_en`; a period is shown, and stored, by its days too. What a
    noun has beyond that is what these methods return.
    """

    zh: Text
    en: Text
    aliases: Annotated[list[Text], Unique] = []

    @property
    def name(self) -> Name:
        return Name(zh=self.zh, en=self.en)

    @property
    def names(self) -> list[str]:
        """Its name in both languages, and its aliases."""
        return [self.zh, self.en, *self.aliases]

    def columns(self) -> Row:
        """Columns of its table that no rule gives."""
        return {}

    @classmethod
    def exported(cls, _row: Mapping[Any, Any]) -> Row:
        """Fields of the record that no rule takes from its row, in the words of a seed."""
        return {}

    def more_rows(self, _id: str) -> Mapping[str, list[Row]]:
        """Rows of the other tables of the noun."""
        return {}

    def response_fields(self, _id: str, _others: Others) -> Row:
        """Fields of the response that no rule gives."""
        return {}

    def more_names(self, _others: Others) -> list[str | None]:
        """What a search finds it by besides its names."""
        return []
