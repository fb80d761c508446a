"""Validation errors of records, in the words and at the places that whoever wrote a seed needs."""

import re
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app import tables
from app.nouns.fields import ADDRESS, LANGUAGE, SHA256, SLUG, TEXT, UNIT_ID
from app.seeding.diagnostics import Diagnostic, did_you_mean
from app.seeding.files import KEY, Entry
from app.seeding.records import NOWHERE

# pydantic names the member of a union in the path to an error; a seed does not.
UNION_MEMBER = re.compile("constrained-|function-|nullable")
# Patterns of fields, and in words what fits them.
WANTED = {
    TEXT: "write one line without white space at its ends",
    SLUG: "write lower-case words joined by hyphens",
    UNIT_ID: "write words joined by hyphens",
    SHA256: "write the 64 lower-case digits of its sha256",
    LANGUAGE: "write a code such as zh, en or zh-Hant",
    ADDRESS: "write an address that starts with https:// or http://",
    f"^{NOWHERE}$": f"write the id of a place, or {NOWHERE}",
    f"^{tables.NONE}$": f"write the id of a scope, or {tables.NONE}",
}


def in_words(
    error: ValidationError, shape: type[BaseModel], entry: Entry, path: tuple[str | int, ...]
) -> list[Diagnostic]:
    """The validation errors of a record, one a place: a union reports an error once for each of its members."""
    wrong = [_in_words(problem, shape, entry, path) for problem in error.errors(include_url=False)]
    return list({error.place: error for error in wrong}.values())


def _in_words(problem: ErrorDetails, shape: type[BaseModel], entry: Entry, path: tuple[str | int, ...]) -> Diagnostic:
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
