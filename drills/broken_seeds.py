"""Thousands of spoilt seeds: each is refused with file and line, or loads to the same data.

    python -m drills.broken_seeds --trials 2000 --seed 1
    python -m drills.broken_seeds --trials 50 --seed 1 --variant "no manifest"

Each trial spoils one file of a copy of the seed and runs `factbook load` in a process of its own. What the manifest
alone refuses is loaded once more as a draft, so that the checks behind it are tried too: there, other data is no
failure but counted.
"""

import argparse
import hashlib
import re
import shutil
import sqlite3
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from app.seeding import manifest
from app.seeding.loading import load
from app.seeding.migrating import migrate
from drills.mutations import mutate
from drills.spoilt_loads import LONGEST, MOST_MEGABYTES, MOST_SECONDS, VARIANTS, Ended, loads

SEED = Path(__file__).parents[1] / "seed"
PLACED = re.compile(r"\S.*?:[1-9]\d*:[1-9]\d*: \S")
SUMMARY = re.compile(r"\d+ mistakes?( or more)?; nothing was written\.")
REFUSED, BY_THE_MANIFEST, SAME, OTHER = "refused", "refused by the manifest alone", "same data", "other data"


@dataclass
class Counts:
    """What came of all trials. `outcomes` are counted by kind of mutation, those of drafts apart."""

    seed: int
    trials: int = 0
    failures: list[str] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    drafts: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0
    megabytes: float = 0.0

    @property
    def passed(self) -> int:
        return self.trials - len(self.failures)

    def __str__(self) -> str:
        lines = [f"broken seeds, seed {self.seed}: {self.trials} trials, every one a changed seed (100 % landed)"]
        for what, counted in (("held against its manifest", self.outcomes), ("as a draft", self.drafts)):
            totals: Counter[str] = Counter()
            for (_, outcome), count in counted.items():
                totals[outcome] += count
            lines.append(f"  {what}: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(totals.items())))
        most = f"{self.seconds:.1f} s of the processor, {self.megabytes:.0f} MB more than before"
        return "\n".join([*lines, f"  at most {most}", f"{self.passed} passed, {len(self.failures)} failed"])

    def table(self) -> str:
        """How often each kind of mutation came to what, as Markdown."""
        names = sorted({outcome for counted in (self.outcomes, self.drafts) for _, outcome in counted})
        rows = [f"| kind | {' | '.join(names)} | as a draft: {OTHER} |", "|---" * (len(names) + 2) + "|"]
        for kind in sorted({kind for kind, _ in self.outcomes}):
            counts = [str(self.outcomes[kind, name] or "") for name in names]
            rows.append(f"| {kind} | {' | '.join(counts)} | {self.drafts[kind, OTHER] or ''} |")
        return "\n".join(rows)


def held(database: Path) -> str:
    """A digest of what is in a database, but for the mark by which a load knows its files again."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(database)) as connection:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'fact_words%' ORDER BY name"
        for (name,) in connection.execute(names).fetchall():
            what = "revision, loaded_at, counts" if name == "revisions" else "*"
            for row in connection.execute(f"SELECT {what} FROM {name}"):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def judged(ended: Ended, *, changed: bool, draft: bool) -> tuple[str, str]:
    """What came of a load, and why that is a failure, if it is one."""
    *told, last = [line for line in ended.said.split("\n") if line and not line.startswith("  ")] or [""]
    if ended.status is None or ended.seconds >= LONGEST:
        return "failed", "it hangs"
    if "Traceback" in ended.said or ended.status not in (0, 1):
        return "failed", f"it ended with {ended.status}: {ended.said[-600:]}"
    if ended.seconds > MOST_SECONDS:
        return "failed", f"it took {ended.seconds:.1f} s"
    if ended.megabytes > MOST_MEGABYTES:
        return "failed", f"it took {ended.megabytes:.0f} MB"
    if ended.status:
        if changed:
            return "failed", "a refused load has changed the database"
        if not told or not all(map(PLACED.match, told)) or not SUMMARY.fullmatch(last):
            return "failed", f"it does not say where: {ended.said[-600:]}"
        return (REFUSED if any("manifest" not in line for line in told) else BY_THE_MANIFEST), ""
    if changed and not draft:
        return "failed", "other data was loaded"
    return (OTHER if changed else SAME), ""


class Drill:
    """A loaded database, and the folder its trials are made in."""

    def __init__(self, seed: int, folder: Path, home: Path, variant: str | None) -> None:
        self._seed, self._folder, self._home, self._variant = seed, folder, home, variant
        self._loaded = home / "loaded.db"
        url = f"sqlite:///{self._loaded}"
        migrate(url)
        load(url, folder, None, lambda _what, _count: None)
        with closing(sqlite3.connect(self._loaded)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._bytes, self._held = self._loaded.read_bytes(), held(self._loaded)

    def trial(self, number: int, counts: Counts) -> None:
        home = self._home / str(number)
        spoilt = home / "seed"
        shutil.copytree(self._folder, spoilt)
        kind, file = mutate(Random(f"{self._seed} {number}"), spoilt)
        outcome = self._try(home, counts.outcomes, counts, f"{number}: {kind} in {file}", kind, draft=False)
        if outcome == BY_THE_MANIFEST and file != manifest.FILE:
            (spoilt / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")
            self._try(home, counts.drafts, counts, f"{number}, as a draft: {kind} in {file}", kind, draft=True)
        shutil.rmtree(home)

    def _try(
        self, home: Path, outcomes: Counter[tuple[str, str]], counts: Counts, what: str, kind: str, *, draft: bool
    ) -> str:
        database = home / "factbook.db"
        database.write_bytes(self._bytes)
        ended = loads(home / "seed", database, home, self._variant)
        changed = database.read_bytes() != self._bytes and held(database) != self._held
        outcome, why = judged(ended, changed=changed, draft=draft)
        counts.trials += 1
        outcomes[kind, outcome] += 1
        counts.seconds, counts.megabytes = max(counts.seconds, ended.seconds), max(counts.megabytes, ended.megabytes)
        if why:
            counts.failures.append(f"{what}: {why}")
            sys.stderr.write(f"  FAILED {counts.failures[-1]}\n")
        return outcome


def run(trials: int, seed: int, *, folder: Path = SEED, variant: str | None = None, workers: int = 2) -> Counts:
    """Trials by their numbers: the same seed makes the same mutations. `variant` makes the loader wrong in one way."""
    counts = Counts(seed)
    with TemporaryDirectory(prefix="factbook-drill-") as name:
        drill = Drill(seed, folder, Path(name), variant)
        with ThreadPoolExecutor(workers) as threads:
            list(threads.map(lambda number: drill.trial(number, counts), range(trials)))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=2000, help="how many seeds to spoil")
    parser.add_argument("--seed", type=int, default=1, help="number that decides how each is spoilt")
    parser.add_argument(
        "--variant", choices=sorted(VARIANTS), help="a loader that is wrong in one way, which has to be caught"
    )
    parser.add_argument("--table", action="store_true", help="also print what came of each kind, as Markdown")
    asked = parser.parse_args()
    counts = run(asked.trials, asked.seed, variant=asked.variant)
    sys.stdout.write(f"{counts.table()}\n\n" if asked.table else "")
    sys.stdout.write(f"{counts}\n")
    sys.exit(1 if counts.failures else 0)


if __name__ == "__main__":
    main()
