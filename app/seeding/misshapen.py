"""What is wrong with the shape of a record, as whoever wrote it is told."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from app.seeding import fields
from app.seeding.files import KEY, Entry
from app.seeding.mistakes import SeedMistake, did_you_mean

# pydantic names the member of a union in the path to a mistake; a seed does not.
UNION_MEMBER = re.compile("constrained-|function-|nullable")


def one_a_place(mistakes: Iterable[SeedMistake]) -> list[SeedMistake]:
    """A union reports a mistake once for each of its members; one is enough."""
    return list({mistake.place: mistake for mistake in mistakes}.values())


def shape_mistake(
    problem: ErrorDetails, shape: type[BaseModel], entry: Entry, path: tuple[str | int, ...]
) -> SeedMistake:
    location = tuple(part for part in problem["loc"] if not UNION_MEMBER.match(str(part)))
    name = str(location[-1]) if location else ""
    match problem["type"]:
        case "extra_forbidden":
            known = _fields_at(shape, location[:-1])
            return SeedMistake(entry.at(*path, *location, KEY), f"unknown key {name!r}{did_you_mean(name, known)}")
        case "missing":
            return SeedMistake(entry.at(*path, *location[:-1]), f"{name!r} is missing; add it")
        case "enum":
            allowed = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            hint = did_you_mean(str(problem["input"]), allowed)
            return SeedMistake(
                entry.at(*path, *location), f"{problem['input']!r} is not one of {', '.join(allowed)}{hint}"
            )
        case "value_error":
            return SeedMistake(entry.at(*path, *location), str(problem["ctx"]["error"]))
        case "string_too_short":
            return SeedMistake(
                entry.at(*path, *location), f"{_what(location)} is empty; give it a value or leave it out"
            )
        case "string_pattern_mismatch":
            message = f"{problem['input']!r} does not fit here; {fields.WANTED[problem['ctx']['pattern']]}"
            return SeedMistake(entry.at(*path, *location), message)
        case "string_too_long":
            allowed = problem["ctx"]["max_length"]
            message = f"has {len(problem['input'])} characters, at most {allowed} are allowed; shorten it"
            return SeedMistake(entry.at(*path, *location), message)
        case "string_type":
            return SeedMistake(entry.at(*path, *location), "must be one value; write it plainly behind its key")
        case "list_type":
            return SeedMistake(entry.at(*path, *location), "must be a list; write [a, b] or a line `- a` for each")
        case _:  # model_type, dict_type
            return SeedMistake(entry.at(*path, *location), "must be a mapping; write a `key: value` line for each key")


def _what(location: tuple[int | str, ...]) -> str:
    return f"an item of {location[-2]!r}" if isinstance(location[-1], int) else repr(location[-1])


def _fields_at(shape: Any, location: tuple[str | int, ...]) -> list[str]:
    """The keys a record may have at a place inside it."""
    for part in location:
        if isinstance(part, str) and part in getattr(shape, "model_fields", {}):
            shape = shape.model_fields[part].annotation
            arguments = [item for item in getattr(shape, "__args__", ()) if hasattr(item, "model_fields")]
            shape = arguments[0] if arguments else shape
    return list(getattr(shape, "model_fields", ()))
