"""What a field of a record may hold, and the error that is reported where it holds something else."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import ErrorDetails

from app.seeding.diagnostics import Diagnostic, did_you_mean
from app.seeding.files import KEY, Entry
from app.text.periods import read_period

NOWHERE = "none"
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,26})(\.[0-9]{1,12})?")
LONGEST_ID = 60
# pydantic names the member of a union in the path to an error; a seed does not.
UNION_MEMBER = re.compile("constrained-|function-|nullable")
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


def _only_slots(*names: str) -> AfterValidator:
    known = [f"{{{name}}}" for name in sorted(names)]

    def check(text: str) -> str:
        if re.search("[{}]", re.sub("|".join(map(re.escape, known)), "", text)):
            raise ValueError(f"{text!r} has a slot that is not known; the slots are {' '.join(known)}")
        return text

    return AfterValidator(check)


# Patterns, and in words what fits them.
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
Slug = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=SLUG)]
FactId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=SLUG)]
Sha256 = Annotated[str, StringConstraints(min_length=1, pattern=SHA256)]
WrittenPeriod = Annotated[str, AfterValidator(_period)]
Exact = Annotated[str, AfterValidator(_exact)]
Published = Annotated[str, AfterValidator(_published)]
MeasurementTemplate = Annotated[Text, _only_slots("subject", "metric", "industry", "was", "value", "period")]
RelationTemplate = Annotated[Text, _only_slots("subject", "object")]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"enum": [*FLAGS, True, False]})]
Unique = AfterValidator(_unique)

PlaceId = Annotated[Slug, To(("places",))]
UnitId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ID, pattern=UNIT_ID), To(("units",))]
SourceId = Annotated[Slug, To(("sources",))]
MetricId = Annotated[Slug, To(("metrics",))]
IndustryId = Annotated[Slug, To(("industries",))]
OrganizationId = Annotated[Slug, To(("organizations",))]
IndustryIds = Annotated[list[IndustryId], Unique, Field(default_factory=list)]
InitiativeIds = Annotated[list[Annotated[Slug, To(("initiatives",))]], Unique, Field(default_factory=list)]


def id_problem(noun: str, key: str) -> str | None:
    """What is wrong with the id of an entity, if anything is."""
    if len(key) <= LONGEST_ID and re.fullmatch(UNIT_ID if noun == "units" else SLUG, key):
        return None
    return f"{key!r} is not an id; write lower-case words joined by hyphens, at most {LONGEST_ID} characters"


def one_a_place(errors: Iterable[Diagnostic]) -> list[Diagnostic]:
    """A union reports an error once for each of its members; one is enough."""
    return list({error.place: error for error in errors}.values())


def schema_error(
    problem: ErrorDetails, shape: type[BaseModel], entry: Entry, path: tuple[str | int, ...]
) -> Diagnostic:
    """A validation error of pydantic, in the words and at the place that whoever wrote the record needs."""
    location = tuple(part for part in problem["loc"] if not UNION_MEMBER.match(str(part)))
    name, given, context = str(location[-1]) if location else "", problem["input"], problem.get("ctx", {})
    at = location
    match problem["type"]:
        case "extra_forbidden":
            at = (*location, KEY)
            message = f"unknown key {name!r}{did_you_mean(name, _fields_at(shape, location[:-1]))}"
        case "missing":
            at = location[:-1]
            message = f"{name!r} is missing; add it"
        case "enum":
            allowed = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            message = f"{given!r} is not one of {', '.join(allowed)}{did_you_mean(str(given), allowed)}"
        case "value_error":
            message = str(context["error"])
        case "string_too_short":
            what = f"an item of {location[-2]!r}" if isinstance(location[-1], int) else repr(name)
            message = f"{what} is empty; give it a value or leave it out"
        case "string_pattern_mismatch":
            message = f"{given!r} does not fit here; {WANTED[context['pattern']]}"
        case "string_too_long":
            message = f"has {len(given)} characters, at most {context['max_length']} are allowed; shorten it"
        case "string_type":
            message = "must be one value; write it plainly behind its key"
        case "list_type":
            message = "must be a list; write [a, b] or a line `- a` for each"
        case _:  # model_type, dict_type
            message = "must be a mapping; write a `key: value` line for each key"
    return Diagnostic(entry.at(*path, *at), message)


def _fields_at(shape: Any, location: tuple[str | int, ...]) -> list[str]:
    """The keys a record may have at a place inside it."""
    for part in location:
        if isinstance(part, str) and part in getattr(shape, "model_fields", {}):
            shape = shape.model_fields[part].annotation
            arguments = [item for item in getattr(shape, "__args__", ()) if hasattr(item, "model_fields")]
            shape = arguments[0] if arguments else shape
    return list(getattr(shape, "model_fields", ()))
