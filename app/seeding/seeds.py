"""Reading a seed folder into records, with the errors that each file has by itself."""

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from app.nouns import NOUNS, PARENTS_FIRST
from app.nouns.fields import LONGEST_ID, EntityRecord, Names
from app.seeding import records
from app.seeding.csv_files import CsvEntry, CsvRows, read_tables
from app.seeding.diagnostics import MOST_ERRORS, Diagnostic, Location, SeedError, did_you_mean
from app.seeding.entities import NOUN_OF_RECORD, Entities
from app.seeding.files import KEY, LARGEST_PINS, Entry, RecordPath, YamlEntry, read_text, read_yaml
from app.seeding.validation_errors import in_words

SeedModel = TypeVar("SeedModel", bound=BaseModel)
FOLDERS = ("facts", "pins", "sources")
ROWS_READ = 20_000  # rows of a table that are read at a time
Progress = Callable[[str, int], None]


class LocatedRecord(NamedTuple, Generic[SeedModel]):
    """A record, and its place in a file. The path of an entity is its id."""

    record: SeedModel
    entry: Entry
    path: RecordPath

    @property
    def id(self) -> str:
        return str(self.path[0])

    @property
    def noun(self) -> str:
        return NOUN_OF_RECORD[type(self.record)].plural

    def at(self, *path: str | int) -> Location:
        return self.entry.at(*self.path, *path)


LocatedEntity = LocatedRecord[EntityRecord]
LocatedFact = LocatedRecord[records.FactRecord]


@dataclass(slots=True)
class Seed:
    """No error is reported twice: `invalid_ids` are ids of invalid records, `invalid_nouns` nouns of invalid files."""

    folder: Path
    entities: dict[str, LocatedEntity] = field(default_factory=dict)
    facts: list[LocatedFact] = field(default_factory=list)
    pins: dict[str, records.PinFile] = field(default_factory=dict)
    retractions: dict[str, LocatedRecord[records.Retraction]] = field(default_factory=dict)
    invalid_ids: set[str] = field(default_factory=set)
    invalid_nouns: set[str] = field(default_factory=set)
    invalid_pins: set[str] = field(default_factory=set)
    errors: list[Diagnostic] = field(default_factory=list)

    def records(self, stored_texts: Container[str] = ()) -> Entities:
        return Entities({entity.id: entity.record for entity in self.entities.values()}, stored_texts)

    def of(self, noun: str) -> Iterator[LocatedEntity]:
        return (entity for entity in self.entities.values() if entity.noun == noun)


def read_entities(folder: Path, progress: Progress) -> Seed:
    """All records of a seed folder except its facts; errors are collected in `errors`."""
    seed = Seed(folder)
    if not folder.is_dir():
        raise SeedError([Diagnostic(Location(str(folder)), "is not a folder; set FACTBOOK_SEED to the seed")])
    for noun in PARENTS_FIRST:
        path = folder / f"{noun}.yaml"
        if path.is_file():
            _read_entities(seed, noun, path)
        else:
            seed.errors.append(Diagnostic(Location(path.name), "is missing; write at least an empty file"))
            seed.invalid_nouns.add(noun)
        progress(noun, len(seed.entities))
    _read_retractions(seed)
    _refuse_unknown_files(seed)
    for path in sorted((folder / "pins").glob("*.json")):
        _read_pins(seed, path)
    return seed


def read_seed(folder: Path, progress: Progress = lambda _what, _count: None) -> Seed:
    """All records of a seed folder, facts included; errors are collected in `errors`."""
    seed = read_entities(folder, progress)
    for path in fact_files(folder):
        for fact in _read_facts(seed, path):
            seed.facts += [fact] if fact else []
            if len(seed.errors) >= MOST_ERRORS:
                return seed
        progress(f"facts/{path.name}", len(seed.facts))
    return seed


def _read_facts(seed: Seed, path: Path) -> Iterator[LocatedFact | None]:
    """The facts of a file; None for those that are invalid."""
    if path.suffix != ".csv":
        yield from read_fact_file(seed, path)
        return
    for rows in read_row_tables(seed, path, ROWS_READ):
        yield from (read_row(seed, rows.entry(number)) for number in range(len(rows.table)))


def fact_files(folder: Path) -> list[Path]:
    return sorted((folder / "facts").glob("*"))


def _refuse_unknown_files(seed: Seed) -> None:
    known = {f"{noun}.yaml" for noun in (*NOUNS, records.RETRACTIONS)}
    for path in sorted(seed.folder.glob("[!.]*")):
        if path.is_dir() and path.name not in FOLDERS:
            message = f"is no folder of a seed{did_you_mean(path.name, FOLDERS)}; a seed has {', '.join(FOLDERS)}"
        elif path.suffix in {".yaml", ".yml", ".csv"} and path.name not in known:
            message = f"is no noun's file{did_you_mean(path.name, known)}; facts go into facts/"
        else:
            continue
        seed.errors.append(Diagnostic(Location(path.name), message))


def _read_yaml(seed: Seed, path: Path) -> YamlEntry | None:
    try:
        return read_yaml(path, path.relative_to(seed.folder).as_posix(), seed.errors)
    except SeedError as error:
        seed.errors += error.errors
        return None


def _read_entities(seed: Seed, noun: str, path: Path) -> None:
    entry = _read_yaml(seed, path)
    if entry is None:
        seed.invalid_nouns.add(noun)
        return
    for key, data in entry.data.items():
        if len(seed.errors) >= MOST_ERRORS:
            seed.invalid_nouns.add(noun)
            break
        if problem := _id_problem(seed, noun, key):
            seed.errors.append(Diagnostic(entry.at(key, KEY), problem))
        if located := _located(seed, NOUNS[noun].record, data, entry, (key,)):
            seed.entities.setdefault(key, located)
        else:
            seed.invalid_ids.add(key)


def _read_retractions(seed: Seed) -> None:
    path = seed.folder / f"{records.RETRACTIONS}.yaml"
    entry = _read_yaml(seed, path) if path.exists() else None
    if entry is None:
        return
    for key, data in entry.data.items():
        if located := _located(seed, records.Retraction, data, entry, (key,)):
            seed.retractions[key] = located


def _id_problem(seed: Seed, noun: str, key: str) -> str | None:
    if other := seed.entities.get(key):
        return f"the id {key!r} is already that of {other.at(KEY)}; ids are unique across all nouns"
    if len(key) > LONGEST_ID or not re.fullmatch(NOUNS[noun].id_pattern, key):
        return f"{key!r} is not an id; write lower-case words joined by hyphens, at most {LONGEST_ID} characters"
    return None


def read_row_tables(seed: Seed, path: Path, most: int) -> Iterator[CsvRows]:
    """The rows of a CSV file of facts: see `csv_files.read_tables`."""
    return read_tables(path, f"facts/{path.name}", records.CSV_COLUMNS, seed.errors, most)


def read_row(seed: Seed, entry: CsvEntry) -> LocatedFact | None:
    """The fact of a row; None if it is invalid."""
    fact = _located(seed, records.FactRow, entry.data, entry, ())
    if fact is None:
        return None
    row = fact.record
    if row.statement_zh and row.statement_en:
        row = row.model_copy(update={"statement": Names(zh=row.statement_zh, en=row.statement_en)})
    elif row.statement_zh or row.statement_en:
        seed.errors.append(Diagnostic(entry.at(), "a statement needs both statement_zh and statement_en"))
    return LocatedFact(row, entry, ())


def read_fact_file(seed: Seed, path: Path) -> Iterator[LocatedFact]:
    """The facts of a YAML file; a file of any other kind is an error."""
    if path.suffix != ".yaml":
        place = Location(f"facts/{path.name}")
        seed.errors.append(Diagnostic(place, "is neither .yaml nor .csv; facts are one or the other"))
        return
    entry = _read_yaml(seed, path)
    whole = _located(seed, records.FactFile, entry.data, entry, ()) if entry else None
    if entry is None or whole is None:
        return
    for index, data in enumerate(whole.record.facts):
        at = ("facts", index)
        if isinstance(data, dict) and "source" not in data:
            data = {"source": whole.record.source, **data}  # noqa: PLW2901 - the file names it once for all
            entry.marks[(*at, "source")] = entry.marks["source",]
        if fact := _located(seed, records.FactRecord, data, entry, at):
            yield fact


def _read_pins(seed: Seed, path: Path) -> None:
    file = f"pins/{path.name}"
    seed.invalid_pins.add(path.stem)
    try:
        seed.pins[path.stem] = records.PinFile.model_validate_json(read_text(path, file, LARGEST_PINS))
        seed.invalid_pins.discard(path.stem)
    except SeedError as error:
        seed.errors += error.errors
    except ValidationError:
        message = "is not a file of pins; run `factbook pin` to write it anew"
        seed.errors.append(Diagnostic(Location(file), message))


def _located(
    seed: Seed, shape: type[SeedModel], data: object, entry: Entry, path: RecordPath
) -> LocatedRecord[SeedModel] | None:
    try:
        return LocatedRecord(shape.model_validate(data), entry, path)
    except ValidationError as error:
        seed.errors += in_words(error, shape, entry, path)
        return None
