"""What a field of a record may hold, and in which words a seed is told so."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)

from app.text.periods import read_period

NOWHERE = "none"
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,26})(\.[0-9]{1,12})?")
FLAGS = {"yes": True, "no": False, "true": True, "false": False}

Item = TypeVar("Item")


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


def _unique(items: list[Item]) -> list[Item]:
    seen: set[Item] = set()
    for item in items:
        if item in seen:
            raise ValueError(f"{str(item)!r} stands in the list twice; keep one of them")
        seen.add(item)
    return items


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


# What a pattern wants, in words.
TEXT, SLUG, UNIT_ID = r"^\S([^\n\r]*\S)?$", r"^[a-z0-9]+(-[a-z0-9]+)*$", r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$"
SHA256, LANGUAGE, ADDRESS = r"^[0-9a-f]{64}$", r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$", r"^https?://\S+$"
WANTED = {
    TEXT: "write one line without white space at its ends",
    SLUG: "write lower-case words joined by hyphens",
    UNIT_ID: "write words joined by hyphens",
    SHA256: "write the 64 lower-case digits of its sha256",
    LANGUAGE: "write a code such as zh, en or zh-Hant",
    ADDRESS: "write an address that starts with https:// or http://",
    f"^{NOWHERE}$": f"write the id of a place, or {NOWHERE}",
}

Text = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=TEXT)]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=SLUG)]
FactId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=SLUG)]
UnitId = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=UNIT_ID)]
Sha256 = Annotated[str, StringConstraints(min_length=1, pattern=SHA256)]
WrittenPeriod = Annotated[str, AfterValidator(_period)]
Exact = Annotated[str, AfterValidator(_exact)]
Published = Annotated[str, AfterValidator(_published)]
MeasurementTemplate = Annotated[
    Text, AfterValidator(_slots({"subject", "metric", "industry", "was", "value", "period"}))
]
RelationTemplate = Annotated[Text, AfterValidator(_slots({"subject", "object"}))]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"enum": [*FLAGS, True, False]})]
Unique = AfterValidator(_unique)

PlaceId = Annotated[Slug, To(("places",))]
IndustryIds = Annotated[list[Annotated[Slug, To(("industries",))]], Unique, Field(default_factory=list)]
InitiativeIds = Annotated[list[Annotated[Slug, To(("initiatives",))]], Unique, Field(default_factory=list)]


def id_problem(noun: str, key: str) -> str | None:
    """What is wrong with the id of an entity, if anything is."""
    try:
        TypeAdapter(UnitId if noun == "units" else Slug).validate_python(key)
    except ValidationError:
        return f"{key!r} is not an id; write lower-case words joined by hyphens, at most 60 characters"
    return None
