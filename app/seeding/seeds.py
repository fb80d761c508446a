"""A seed folder read into records: everything that can be said of each file by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from app.nouns import NOUNS, PARENTS_FIRST
from app.nouns.fields import EntityRecord, Names
from app.seeding import records
from app.seeding.csv_files import CsvEntry, read_csv
from app.seeding.files import KEY, LARGEST_PINS, Entry, read_text, read_yaml
from app.seeding.mistakes import MOST_TOLD, Place, SeedError, SeedMistake, did_you_mean
from app.seeding.validation_errors import id_problem, in_words

Shape = TypeVar("Shape", bound=BaseModel)
FOLDERS = ("facts", "pins", "sources")
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Located:
    """A record of an entity and where it stands."""

    id: str
    noun: str
    record: EntityRecord
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


class Retracted(NamedTuple):
    """Why a fact was taken out, and where that stands."""

    record: records.Retraction
    entry: Entry
    path: tuple[str | int, ...]


@dataclass(slots=True)
class Seed:
    """A mistake is told once: `unread` are ids whose records are wrong, `unread_nouns` those whose whole files are."""

    folder: Path
    entities: dict[str, Located] = field(default_factory=dict)
    facts: list[LocatedFact] = field(default_factory=list)
    pins: dict[str, Pins] = field(default_factory=dict)
    retractions: dict[str, Retracted] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    unread_nouns: set[str] = field(default_factory=set)
    unread_pins: set[str] = field(default_factory=set)
    mistakes: list[SeedMistake] = field(default_factory=list)

    def records(self) -> dict[str, EntityRecord]:
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
    for noun in PARENTS_FIRST:
        path = folder / f"{noun}.yaml"
        if path.is_file():
            _read_entities(seed, noun, path)
        else:
            seed.mistakes.append(SeedMistake(Place(path.name, 1, 1), "is missing; write at least an empty file"))
            seed.unread_nouns.add(noun)
        progress(noun, len(seed.entities))
    _read_retractions(seed)
    _refuse_strangers(seed)
    for path in sorted((folder / "pins").glob("*.json")):
        _read_pins(seed, path)
    return seed


def read_seed(folder: Path, progress: Progress = lambda _what, _count: None) -> Seed:
    """Every record of a seed folder, facts too; what is wrong is collected in `mistakes`."""
    seed = read_entities(folder, progress)
    seed.facts += read_facts(seed, progress)
    return seed


def read_facts(seed: Seed, progress: Progress) -> Iterator[LocatedFact]:
    """The facts of a seed, in the order of files and lines; what is wrong is added to its `mistakes`."""
    count = 0
    for path in fact_files(seed.folder):
        is_csv = path.suffix == ".csv"
        rows = (read_row(seed, row) for row in read_rows(seed, path)) if is_csv else read_fact_file(seed, path)
        for fact in filter(None, rows):
            count += 1
            yield fact
            if len(seed.mistakes) >= MOST_TOLD:
                return
        progress(f"facts/{path.name}", count)


def fact_files(folder: Path) -> list[Path]:
    return sorted((folder / "facts").glob("*"))


def _refuse_strangers(seed: Seed) -> None:
    known = {f"{noun}.yaml" for noun in (*NOUNS, records.RETRACTIONS)}
    for path in sorted(seed.folder.glob("[!.]*")):
        if path.is_dir() and path.name not in FOLDERS:
            message = f"is no folder of a seed{did_you_mean(path.name, FOLDERS)}; a seed has {', '.join(FOLDERS)}"
        elif path.suffix in {".yaml", ".yml", ".csv"} and path.name not in known:
            message = f"is no noun's file{did_you_mean(path.name, known)}; facts go into facts/"
        else:
            continue
        seed.mistakes.append(SeedMistake(Place(path.name, 1, 1), message))


def _read_entities(seed: Seed, noun: str, path: Path) -> None:
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
        record = _shaped(seed, NOUNS[noun].record, data, entry, (key,))
        if record is None:
            seed.unread.add(key)
        else:
            seed.entities.setdefault(key, Located(key, noun, record, entry, (key,)))


def _read_retractions(seed: Seed) -> None:
    path = seed.folder / f"{records.RETRACTIONS}.yaml"
    if not path.exists():
        return
    try:
        entry = read_yaml(path, path.name, seed.mistakes)
    except SeedError as error:
        seed.mistakes += error.mistakes
        return
    for key, data in entry.data.items():
        if record := _shaped(seed, records.Retraction, data, entry, (key,)):
            seed.retractions[key] = Retracted(record, entry, (key,))


def _id_problem(seed: Seed, noun: str, key: str) -> str | None:
    if other := seed.entities.get(key):
        return f"the id {key!r} is already that of {other.at(KEY)}; ids are unique across all nouns"
    return id_problem(noun, key)


def read_rows(seed: Seed, path: Path) -> Iterator[CsvEntry]:
    """The rows of a CSV file of facts, as long as it can be read."""
    try:
        yield from read_csv(path, f"facts/{path.name}", records.CSV_COLUMNS, seed.mistakes)
    except SeedError as error:
        seed.mistakes += error.mistakes


def read_row(seed: Seed, entry: CsvEntry) -> LocatedFact | None:
    """The fact of a row; None if its shape is wrong."""
    row = _shaped(seed, records.FactRow, entry.data, entry, ())
    if row and row.statement_zh and row.statement_en:
        statement = Names(zh=row.statement_zh, en=row.statement_en)
        row = row.model_copy(update={"statement": statement})
    elif row and (row.statement_zh or row.statement_en):
        seed.mistakes.append(SeedMistake(entry.at(), "a statement needs both statement_zh and statement_en"))
    return LocatedFact(row, entry, ()) if row else None


def read_fact_file(seed: Seed, path: Path) -> Iterator[LocatedFact]:
    """The facts of a file that is not CSV: of YAML, or else it is a mistake."""
    file = f"facts/{path.name}"
    if path.suffix != ".yaml":
        seed.mistakes.append(SeedMistake(Place(file, 1, 1), "is neither .yaml nor .csv; facts are one or the other"))
        return
    try:
        entry = read_yaml(path, file, seed.mistakes)
    except SeedError as error:
        seed.mistakes += error.mistakes
        return
    whole = _shaped(seed, records.FactFile, entry.data, entry, ())
    if whole is None:
        return
    for index, data in enumerate(whole.facts):
        at = ("facts", index)
        if isinstance(data, dict) and "source" not in data:
            data = {"source": whole.source, **data}  # noqa: PLW2901 - the file names it once for all
            entry.marks[(*at, "source")] = entry.marks["source",]
        if record := _shaped(seed, records.Fact, data, entry, at):
            yield LocatedFact(record, entry, at)


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
        seed.mistakes += in_words(error, shape, entry, path)
        return None
