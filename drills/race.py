"""Race: migrations or loads at once all end well, with one schema and one data set; a killed migration is undone."""

from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from random import Random

from alembic import command

from app.seeding.migrating import configuration
from drills import databases
from drills.children import Child, Job, done
from drills.contents import Contents, schema
from drills.databases import Databases
from drills.loads import Loads
from drills.marks import BEGUN
from drills.runs import Run
from drills.wrong import Variant

OLD = "0001"  # a schema with tables that later migrations make anew
LATE = 1.1  # how far beyond the end of a migration a kill may come
MOST_ROUNDS, MOST_KILLS = 20, 50  # of a control, until it was caught often enough


class Schemas:
    """Databases that are to be migrated, every other one from an old schema, and what they should come to."""

    def __init__(self, kept: Databases, folder: Path) -> None:
        self._kept, self._folder = kept, folder
        self._lengths: list[float] = []
        self._before = [schema(self.new(number)) for number in (0, 1)]
        for number in (0, 1):
            url = self.new(number)
            self._lengths.append(done(Job(url, migrates=True), folder).lasted)
        self.after = schema(url)

    def new(self, number: int) -> str:
        url = self._kept.new_database()
        if number % 2:
            command.upgrade(configuration(url), OLD)
        return url

    def before(self, number: int) -> Contents:
        return self._before[number % 2]

    def length(self, number: int) -> float:
        """Seconds that a migration takes undisturbed."""
        return self._lengths[number % 2]

    def child(self, url: str, variant: Variant | None = None) -> Child:
        return Child(Job(url, migrates=True, variant=variant), self._folder)


def migrations(run: Run) -> None:
    """N migrations of one database at once: each process ends well, and the schema is one."""
    with databases.made(run.kind, run.folder) as kept:
        schemas = Schemas(kept, run.folder)
        _rounds(run, "migrations", lambda number: _migrate_at_once(schemas, run.at_once, number))


def loads(run: Run) -> None:
    """N loads of either data set at once, the first time into a database without a schema: one of them stands."""
    with databases.made(run.kind, run.folder) as kept:
        present = Loads(kept, run)
        _rounds(run, "loads", lambda number: _load_at_once(present, run.at_once, number))


def _rounds(run: Run, what: str, race: Callable[[int], list[str]]) -> None:
    for number in range(run.trials):
        run.tally.count(run.at_once + 1, [f"round {number} of {what}: {wrong}" for wrong in race(number)])
        run.tally.seen[f"{what} at once"] += run.at_once


def control_race(run: Run) -> None:
    """The same of migrations and loads without a lock: they must be found to fail, or to leave something else."""
    with databases.made(run.kind, run.folder) as kept:
        schemas, present = Schemas(kept, run.folder), Loads(kept, run)
        ways: dict[str, Callable[[int], list[str]]] = {
            "migrations": lambda number: _migrate_at_once(schemas, run.at_once, number, Variant.UNLOCKED),
            "loads": lambda number: _load_at_once(present, run.at_once, number, Variant.UNLOCKED),
        }
        for what, race in ways.items():
            tried = caught = 0
            while caught < run.catches and tried < MOST_ROUNDS:
                caught += bool(race(tried))
                tried += 1
            run.tally.hold_control(Variant.UNLOCKED, caught, tried, run.catches, of=what)


def _migrate_at_once(schemas: Schemas, count: int, number: int, variant: Variant | None = None) -> list[str]:
    """What went wrong."""
    url = schemas.new(number)
    wrong = _at_once([schemas.child(url, variant) for _ in range(count)])
    return wrong if schema(url) == schemas.after else [*wrong, "another schema"]


def _load_at_once(present: Loads, count: int, number: int, variant: Variant | None = None) -> list[str]:
    """What went wrong."""
    if number % 2 == 0:
        present.begin_anew(migrated=False)
    names = islice(cycle(present.names), count)
    wrong = _at_once([present.child(name, variant, migrates=True) for name in names])
    found = present.found()
    return wrong if found in present.names else [*wrong, f"found {found}"]


def _at_once(children: list[Child]) -> list[str]:
    for child in children:
        child.go()
    ends = [(child, child.end()) for child in children]
    return [f"exit status {status}: {child.error.splitlines()[0]}" for child, status in ends if status]


def migrate(run: Run) -> None:
    """SIGKILL for a process that migrates: the schema is the old or the new, and the next one leads to the new."""
    with databases.made(run.kind, run.folder) as kept:
        schemas, random = Schemas(kept, run.folder), Random(run.tally.seed)
        for number in range(run.trials):
            url, child = _killed(schemas, number, random)
            run.tally.fault(landed=child.inside)
            found = schema(url)
            run.tally.seen["times the old schema"] += found == schemas.before(number)
            run.tally.seen["times the new schema"] += found == schemas.after
            whole = found in (schemas.before(number), schemas.after)
            again = schemas.child(url)
            again.go()
            status = again.end()
            told = f"trial {number}, killed after {child.last}"
            run.tally.hold(whole, f"{told}: half migrated")
            run.tally.hold(
                status == 0 and schema(url) == schemas.after, f"{told}: the next ended with {status} {again.error}"
            )


def control_migrate(run: Run) -> None:
    """The same of a migration that commits each statement: it must be found half done."""
    tried = caught = 0
    with databases.made(run.kind, run.folder) as kept:
        schemas, random = Schemas(kept, run.folder), Random(run.tally.seed)
        while caught < run.catches and tried < MOST_KILLS:
            url, _ = _killed(schemas, tried, random, Variant.PIECEMEAL)
            caught += schema(url) not in (schemas.before(tried), schemas.after)
            tried += 1
    run.tally.hold_control(Variant.PIECEMEAL, caught, tried, run.catches)


def _killed(schemas: Schemas, number: int, random: Random, variant: Variant | None = None) -> tuple[str, Child]:
    url = schemas.new(number)
    child = schemas.child(url, variant)
    child.strike(BEGUN, random.uniform(0, LATE * schemas.length(number)), child.kill)
    child.end()
    return url, child
