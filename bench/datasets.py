"""One size of the synthetic data: its seed, our database loaded from it, the flat tables of peers, its draws."""

import hashlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from app.fingerprints import CODE, fingerprint
from bench import draws, flat
from bench.draws import Draw
from bench.folders import BENCH, ROOT, WORK, digest, kept
from bench.generate import generate
from bench.processes import all_cores

GENERATOR = digest(*(BENCH / f"{name}.py" for name in ("generate", "nouns", "words", "draws")))


@dataclass(frozen=True, slots=True)
class Load:
    """One run of `factbook load`: `megabytes` is the most memory the process held."""

    seconds: float
    megabytes: float
    changed: bool
    revision: str


class DataSet:
    """So many facts, in folders of the work folder. Workloads take no more draws than `most_draws`."""

    def __init__(self, size: int, most_draws: int | None = None) -> None:
        self.size = size
        self._most_draws = most_draws
        self._home = WORK / "data" / str(size)
        self.database = self._home / "loaded" / "factbook.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    @cached_property
    def seed(self) -> Path:
        with all_cores():
            return kept(self._home / "generated", GENERATOR, lambda folder: generate(self.size, folder)) / "seed"

    def load(self, *, fresh: bool) -> Load | None:
        """Load our database; not at all where it need not be fresh and has what this code would load."""
        self.seed  # noqa: B018 - it is generated before the clock starts
        measured: list[Load] = []
        mark = loaded_from() + (f" {time.time()}" if fresh else "")

        def make(_folder: Path) -> None:
            measured.append(load(self.url, self.seed))

        kept(self.database.parent, mark, make)
        if fresh:
            (self.database.parent / "made-from").write_text(loaded_from(), encoding="utf-8")
        return measured[0] if measured else None

    @cached_property
    def revision(self) -> str:
        with closing(sqlite3.connect(self.database)) as connection:
            return str(connection.execute("SELECT revision FROM revisions").fetchone()[0])

    @cached_property
    def mark(self) -> str:
        """What peers' data is made from: an id says all of its fact, whatever else a revision may have changed."""
        ids = hashlib.sha256()
        with closing(sqlite3.connect(self.database)) as connection:
            for (fact_id,) in connection.execute("SELECT id FROM facts ORDER BY position"):
                ids.update(fact_id.encode())
        return f"{ids.hexdigest()} {digest(BENCH / 'flat.py')}"

    @cached_property
    def flat(self) -> Path:
        """The SQLite file with the flat tables."""
        with all_cores():
            folder = kept(self._home / "flat", self.mark, lambda folder: flat.build(self.database, folder / "flat.db"))
        return folder / "flat.db"

    @cached_property
    def draws(self) -> list[Draw]:
        read = draws.read(self.seed.parent / "params.json")[: self._most_draws]
        with closing(sqlite3.connect(self.database)) as connection:
            ids = {one: self._id_at(connection, one) for one in {drawn.position for drawn in read}}
        return [replace(drawn, fact_id=ids[drawn.position]) for drawn in read]

    def peer_folder(self, name: str) -> Path:
        return self._home / name

    @staticmethod
    def _id_at(connection: sqlite3.Connection, position: int) -> str:
        return str(connection.execute("SELECT id FROM facts WHERE position = ?", (position,)).fetchone()[0])


def loaded_from() -> str:
    """What a loaded database is made from: the data and the code that loads it."""
    return f"{GENERATOR} {fingerprint(CODE)}"


def load(url: str, seed: Path) -> Load:
    """Run `factbook load` and measure it; it has all cores."""
    command = [sys.executable, "-m", "app", "load", str(seed), "--json"]
    with all_cores():
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ | {"FACTBOOK_DATABASE_URL": url}
        )
        said = process.stdout.read() if process.stdout else b""
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the load ended with status {process.returncode}")
    told: dict[str, Any] = json.loads(said)
    return Load(seconds, _megabytes(used), told["changed"], told["revision"])


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / 1000
