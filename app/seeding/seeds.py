"""Reading a seed folder into records, with the errors that each file has by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from app.nouns import NOUNS, PARENTS_FIRST
from app.nouns.fields import EntityRecord, Names
from app.seeding import records
from app.seeding.csv_files import CsvEntry, CsvRows, read_csv, read_tables
from app.seeding.diagnostics import MOST_ERRORS, Diagnostic, Location, SeedError, did_you_mean
from app.seeding.files import KEY, LARGEST_PINS, Entry, read_text, read_yaml
from app.seeding.validation_errors import id_problem, in_words

SeedModel = TypeVar("SeedModel", bound=BaseModel)
FOLDERS = ("facts", "pins", "sources")
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Located:
    """The record of an entity, and its place in a file."""

    id: str
    noun: str
    record: EntityRecord
    entry: Entry
    path: tuple[str | int, ...]

    def at(self, *path: str | int) -> Location:
        return self.entry.at(*self.path, *path)


class LocatedFact(NamedTuple):
    record: records.FactRecord
    entry: Entry
    path: tuple[str | int, ...]

    def at(self, *path: str | int) -> Location:
        return self.entry.at(*self.path, *path)


@dataclass(frozen=True, slots=True)
class Pins:
    """The span of each quote of a source in its text, as found by `factbook pin`."""

    file: str
    sha256: str
    quotes: dict[str, tuple[int, int]]


class RetractionInFile(NamedTuple):
    """Why a fact was retracted, and the place of that in its file."""

    record: records.Retraction
    entry: Entry
    path: tuple[str | int, ...]


@dataclass(slots=True)
class Seed:
    """No error is reported twice: `invalid_ids` are ids of invalid records, `invalid_nouns` nouns of invalid files."""

    folder: Path
    entities: dict[str, Located] = field(default_factory=dict)
    facts: list[LocatedFact] = field(default_factory=list)
    pins: dict[str, Pins] = field(default_factory=dict)
    retractions: dict[str, RetractionInFile] = field(default_factory=dict)
    invalid_ids: set[str] = field(default_factory=set)
    invalid_nouns: set[str] = field(default_factory=set)
    invalid_pins: set[str] = field(default_factory=set)
    errors: list[Diagnostic] = field(default_factory=list)

    def records(self) -> dict[str, EntityRecord]:
        return {entity.id: entity.record for entity in self.entities.values()}

    def nouns(self) -> dict[str, str]:
        return {entity.id: entity.noun for entity in self.entities.values()}

    def of(self, noun: str) -> Iterator[Located]:
        return (entity for entity in self.entities.values() if entity.noun == noun)


def read_entities(folder: Path, progress: Progress) -> Seed:
    """All records of a seed folder except its facts; errors are collected in `errors`."""
    seed = Seed(folder)
    if not folder.is_dir():
        raise SeedError([Diagnostic(Location(str(folder), 1, 1), "is not a folder; set FACTBOOK_SEED to the seed")])
    for noun in PARENTS_FIRST:
        path = folder / f"{noun}.yaml"
        if path.is_file():
            _read_entities(seed, noun, path)
        else:
            seed.errors.append(Diagnostic(Location(path.name, 1, 1), "is missing; write at least an empty file"))
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
    seed.facts += read_facts(seed, progress)
    return seed


def read_facts(seed: Seed, progress: Progress) -> Iterator[LocatedFact]:
    """The facts of a seed, by file and line; errors are added to its `errors`."""
    count = 0
    for path in fact_files(seed.folder):
        is_csv = path.suffix == ".csv"
        rows = (read_row(seed, row) for row in read_rows(seed, path)) if is_csv else read_fact_file(seed, path)
        for fact in filter(None, rows):
            count += 1
            yield fact
            if len(seed.errors) >= MOST_ERRORS:
                return
        progress(f"facts/{path.name}", count)


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
        seed.errors.append(Diagnostic(Location(path.name, 1, 1), message))


def _read_entities(seed: Seed, noun: str, path: Path) -> None:
    try:
        entry = read_yaml(path, path.name, seed.errors)
    except SeedError as error:
        seed.errors += error.errors
        seed.invalid_nouns.add(noun)
        return
    for key, data in entry.data.items():
        if len(seed.errors) >= MOST_ERRORS:
            seed.invalid_nouns.add(noun)
            break
        if problem := _id_problem(seed, noun, key):
            seed.errors.append(Diagnostic(entry.at(key, KEY), problem))
        record = _validated(seed, NOUNS[noun].record, data, entry, (key,))
        if record is None:
            seed.invalid_ids.add(key)
        else:
            seed.entities.setdefault(key, Located(key, noun, record, entry, (key,)))


def _read_retractions(seed: Seed) -> None:
    path = seed.folder / f"{records.RETRACTIONS}.yaml"
    if not path.exists():
        return
    try:
        entry = read_yaml(path, path.name, seed.errors)
    except SeedError as error:
        seed.errors += error.errors
        return
    for key, data in entry.data.items():
        if record := _validated(seed, records.Retraction, data, entry, (key,)):
            seed.retractions[key] = RetractionInFile(record, entry, (key,))


def _id_problem(seed: Seed, noun: str, key: str) -> str | None:
    if other := seed.entities.get(key):
        return f"the id {key!r} is already that of {other.at(KEY)}; ids are unique across all nouns"
    return id_problem(noun, key)


def read_rows(seed: Seed, path: Path) -> Iterator[CsvEntry]:
    """The rows of a CSV file of facts, up to the first that cannot be read."""
    try:
        yield from read_csv(path, f"facts/{path.name}", records.CSV_COLUMNS, seed.errors)
    except SeedError as error:
        seed.errors += error.errors


def read_row_tables(seed: Seed, path: Path, most: int) -> Iterator[CsvRows]:
    """The same rows as tables: see `csv_files.read_tables`."""
    try:
        yield from read_tables(path, f"facts/{path.name}", records.CSV_COLUMNS, seed.errors, most)
    except SeedError as error:
        seed.errors += error.errors


def read_row(seed: Seed, entry: CsvEntry) -> LocatedFact | None:
    """The fact of a row; None if it is invalid."""
    row = _validated(seed, records.FactRow, entry.data, entry, ())
    if row and row.statement_zh and row.statement_en:
        statement = Names(zh=row.statement_zh, en=row.statement_en)
        row = row.model_copy(update={"statement": statement})
    elif row and (row.statement_zh or row.statement_en):
        seed.errors.append(Diagnostic(entry.at(), "a statement needs both statement_zh and statement_en"))
    return LocatedFact(row, entry, ()) if row else None


def read_fact_file(seed: Seed, path: Path) -> Iterator[LocatedFact]:
    """The facts of a YAML file; a file of any other kind is an error."""
    file = f"facts/{path.name}"
    if path.suffix != ".yaml":
        seed.errors.append(Diagnostic(Location(file, 1, 1), "is neither .yaml nor .csv; facts are one or the other"))
        return
    try:
        entry = read_yaml(path, file, seed.errors)
    except SeedError as error:
        seed.errors += error.errors
        return
    whole = _validated(seed, records.FactFile, entry.data, entry, ())
    if whole is None:
        return
    for index, data in enumerate(whole.facts):
        at = ("facts", index)
        if isinstance(data, dict) and "source" not in data:
            data = {"source": whole.source, **data}  # noqa: PLW2901 - the file names it once for all
            entry.marks[(*at, "source")] = entry.marks["source",]
        if record := _validated(seed, records.FactRecord, data, entry, at):
            yield LocatedFact(record, entry, at)


def _read_pins(seed: Seed, path: Path) -> None:
    file = f"pins/{path.name}"
    seed.invalid_pins.add(path.stem)
    try:
        pinned = records.PinFile.model_validate_json(read_text(path, file, LARGEST_PINS))
        seed.pins[path.stem] = Pins(file, pinned.sha256, pinned.quotes)
        seed.invalid_pins.discard(path.stem)
    except SeedError as error:
        seed.errors += error.errors
    except ValidationError:
        message = "is not a file of pins; run `factbook pin` to write it anew"
        seed.errors.append(Diagnostic(Location(file, 1, 1), message))


def _validated(
    seed: Seed, shape: type[SeedModel], data: object, entry: Entry, path: tuple[str | int, ...]
) -> SeedModel | None:
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        seed.errors += in_words(error, shape, entry, path)
        return None
