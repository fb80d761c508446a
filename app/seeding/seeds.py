"""A seed folder read into records: everything that can be said of each file by itself."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.seeding import fields, records
from app.seeding.files import (
    KEY,
    LARGEST_PINS,
    WHOLE,
    CsvEntry,
    Entry,
    Share,
    YamlEntry,
    read_csv,
    read_text,
    read_yaml,
)
from app.seeding.mistakes import MOST_TOLD, Place, SeedError, SeedMistake, did_you_mean

Shape = TypeVar("Shape", bound=BaseModel)
# pydantic names the member of a union in the path to a mistake; a seed does not.
UNION_MEMBER = re.compile("constrained-|function-|nullable")
FOLDERS = ("facts", "pins", "sources")
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Located:
    """A record of an entity and where it stands."""

    id: str
    noun: str
    record: records.EntityRecord
    entry: Entry
    path: tuple[str | int, ...]

    def at(self, *path: str | int) -> Place:
        return self.entry.at(*self.path, *path)


class LocatedFact(NamedTuple):
    record: records.Fact
    entry: Entry
    path: tuple[str | int, ...]

    def at(self, *path: str | int) -> Place:
        return self.entry.at(*self.path, *path)


@dataclass(frozen=True, slots=True)
class Pins:
    """Where each quote of a source stands in its text, as `factbook pin` found it."""

    file: str
    sha256: str
    quotes: dict[str, tuple[int, int]]


@dataclass(slots=True)
class Seed:
    """A mistake is told once: `unread` are ids whose records are wrong, `unread_nouns` those whose whole files are."""

    folder: Path
    entities: dict[str, Located] = field(default_factory=dict)
    facts: list[LocatedFact] = field(default_factory=list)
    pins: dict[str, Pins] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    unread_nouns: set[str] = field(default_factory=set)
    unread_pins: set[str] = field(default_factory=set)
    mistakes: list[SeedMistake] = field(default_factory=list)

    def records(self) -> dict[str, records.EntityRecord]:
        return {entity.id: entity.record for entity in self.entities.values()}

    def nouns(self) -> dict[str, str]:
        return {entity.id: entity.noun for entity in self.entities.values()}

    def of(self, noun: str) -> Iterator[Located]:
        return (entity for entity in self.entities.values() if entity.noun == noun)


def read_entities(folder: Path, progress: Progress) -> Seed:
    """Every record of a seed folder but its facts; what is wrong is collected in `mistakes`."""
    seed = Seed(folder)
    if not folder.is_dir():
        raise SeedError([SeedMistake(Place(str(folder), 1, 1), "is not a folder; set FACTBOOK_SEED to the seed")])
    for noun, shape in records.NOUNS.items():
        path = folder / f"{noun}.yaml"
        if path.is_file():
            _read_entities(seed, noun, shape, path)
        else:
            seed.mistakes.append(SeedMistake(Place(path.name, 1, 1), "is missing; write at least an empty file"))
            seed.unread_nouns.add(noun)
        progress(noun, len(seed.entities))
    _refuse_strangers(seed)
    for path in sorted((folder / "pins").glob("*.json")):
        _read_pins(seed, path)
    return seed


def read_seed(folder: Path, progress: Progress = lambda _what, _count: None) -> Seed:
    """Every record of a seed folder, facts too; what is wrong is collected in `mistakes`."""
    seed = read_entities(folder, progress)
    seed.facts += read_facts(seed, WHOLE, progress)
    return seed


def read_facts(seed: Seed, share: Share, progress: Progress) -> Iterator[LocatedFact]:
    """A share of the facts of a seed, in the order of files and lines; what is wrong is added to its `mistakes`."""
    count = 0
    for start, path in enumerate(fact_files(seed.folder)):
        mine = Share((share.number - start) % share.of, share.of)
        for fact in _read_facts(seed, path, mine):
            count += 1
            yield fact
        progress(f"facts/{path.name}", count)


def fact_files(folder: Path) -> list[Path]:
    return sorted((folder / "facts").glob("*"))


def _refuse_strangers(seed: Seed) -> None:
    known = {f"{noun}.yaml" for noun in records.NOUNS}
    for path in sorted(seed.folder.glob("[!.]*")):
        if path.is_dir() and path.name not in FOLDERS:
            message = f"is no folder of a seed{did_you_mean(path.name, FOLDERS)}; a seed has {', '.join(FOLDERS)}"
        elif path.suffix in {".yaml", ".yml", ".csv"} and path.name not in known:
            message = f"is no noun's file{did_you_mean(path.name, known)}; facts go into facts/"
        else:
            continue
        seed.mistakes.append(SeedMistake(Place(path.name, 1, 1), message))


def _read_entities(seed: Seed, noun: str, shape: type[records.EntityRecord], path: Path) -> None:
    try:
        entry = read_yaml(path, path.name, seed.mistakes)
    except SeedError as error:
        seed.mistakes += error.mistakes
        seed.unread_nouns.add(noun)
        return
    for key, data in entry.data.items():
        if len(seed.mistakes) >= MOST_TOLD:
            seed.unread_nouns.add(noun)
            break
        if problem := _id_problem(seed, noun, key):
            seed.mistakes.append(SeedMistake(entry.at(key, KEY), problem))
        record = _shaped(seed, shape, data, entry, (key,))
        if record is None:
            seed.unread.add(key)
        else:
            seed.entities.setdefault(key, Located(key, noun, record, entry, (key,)))


def _id_problem(seed: Seed, noun: str, key: str) -> str | None:
    if other := seed.entities.get(key):
        return f"the id {key!r} is already that of {other.at(KEY)}; ids are unique across all nouns"
    return fields.id_problem(noun, key)


def _read_facts(seed: Seed, path: Path, share: Share) -> Iterator[LocatedFact]:
    file = f"facts/{path.name}"
    try:
        if path.suffix == ".csv":
            for row in read_csv(path, file, records.CSV_COLUMNS, share, seed.mistakes):
                if record := _read_row(seed, row):
                    yield LocatedFact(record, row, ())
                elif len(seed.mistakes) >= MOST_TOLD:
                    return
        elif share.number:
            return  # a file that is not read row by row is part of the first share
        elif path.suffix == ".yaml":
            yield from _read_fact_file(seed, read_yaml(path, file, seed.mistakes))
        else:
            seed.mistakes.append(
                SeedMistake(Place(file, 1, 1), "is neither .yaml nor .csv; facts are one or the other")
            )
    except SeedError as error:
        seed.mistakes += error.mistakes


def _read_row(seed: Seed, entry: CsvEntry) -> records.Fact | None:
    row = _shaped(seed, records.FactRow, entry.data, entry, ())
    if row and row.statement_zh and row.statement_en:
        statement = records.Names(zh=row.statement_zh, en=row.statement_en)
        return row.model_copy(update={"statement": statement})
    if row and (row.statement_zh or row.statement_en):
        seed.mistakes.append(SeedMistake(entry.at(), "a statement needs both statement_zh and statement_en"))
    return row


def _read_fact_file(seed: Seed, entry: YamlEntry) -> Iterator[LocatedFact]:
    whole = _shaped(seed, records.FactFile, entry.data, entry, ())
    if whole is None:
        return
    for index, data in enumerate(whole.facts):
        path = ("facts", index)
        if isinstance(data, dict) and "source" not in data:
            data = {"source": whole.source, **data}  # noqa: PLW2901 - the file names it once for all
            entry.marks[(*path, "source")] = entry.marks["source",]
        if record := _shaped(seed, records.Fact, data, entry, path):
            yield LocatedFact(record, entry, path)


def _read_pins(seed: Seed, path: Path) -> None:
    file = f"pins/{path.name}"
    seed.unread_pins.add(path.stem)
    try:
        pinned = records.PinFile.model_validate_json(read_text(path, file, LARGEST_PINS))
        seed.pins[path.stem] = Pins(file, pinned.sha256, pinned.quotes)
        seed.unread_pins.discard(path.stem)
    except SeedError as error:
        seed.mistakes += error.mistakes
    except ValidationError:
        message = "is not a file of pins; run `factbook pin` to write it anew"
        seed.mistakes.append(SeedMistake(Place(file, 1, 1), message))


def _shaped(seed: Seed, shape: type[Shape], data: object, entry: Entry, path: tuple[str | int, ...]) -> Shape | None:
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        mistakes = [_shape_mistake(problem, shape, entry, path) for problem in error.errors(include_url=False)]
        seed.mistakes += _one_a_place(mistakes)
        return None


def _one_a_place(mistakes: Iterable[SeedMistake]) -> list[SeedMistake]:
    """A union reports a mistake once for each of its members; one is enough."""
    return list({mistake.place: mistake for mistake in mistakes}.values())


def _shape_mistake(
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
