"""One size of the synthetic data: its seed, our database loaded from it, the flat tables of peers, its draws."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from app.fingerprints import CODE, fingerprint
from bench import flat
from bench.draws import Draw
from bench.folders import BENCH, ROOT, WORK, digest, kept
from bench.generate import generate

GENERATOR = digest(*(BENCH / f"{name}.py" for name in ("generate", "nouns", "words", "draws")))


class Load(NamedTuple):
    """One run of `factbook load`: `megabytes` is the most memory the process held."""

    seconds: float
    megabytes: float


class DataSet:
    """So many facts, in folders of the work folder."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._home = WORK / "data" / str(size)
        self.database = self._home / "loaded" / "factbook.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    @cached_property
    def seed(self) -> Path:
        return kept(self._home / "generated", GENERATOR, lambda folder: generate(self.size, folder)) / "seed"

    def load(self, *, fresh: bool = False) -> Load:
        """Load our database, unless it need not be fresh and has what this code would load: what that load took."""
        seed = self.seed  # is generated before the clock starts

        def make(folder: Path) -> None:
            (folder / "load.json").write_text(json.dumps(load(self.url, seed)), encoding="utf-8")

        if fresh:
            shutil.rmtree(self.database.parent, ignore_errors=True)
        folder = kept(self.database.parent, f"{GENERATOR} {fingerprint(CODE)}", make)
        return Load(*json.loads((folder / "load.json").read_text(encoding="utf-8")))

    @property
    def mark(self) -> str:
        """What the data of peers is made from."""
        return f"{GENERATOR} {fingerprint(CODE)} {digest(BENCH / 'flat.py')}"

    @cached_property
    def flat(self) -> Path:
        """The SQLite file with the flat tables."""
        folder = kept(self._home / "flat", self.mark, lambda folder: flat.build(self.database, folder / "flat.db"))
        return folder / "flat.db"

    @cached_property
    def draws(self) -> list[Draw]:
        read = [Draw(**one) for one in json.loads((self.seed.parent / "params.json").read_text(encoding="utf-8"))]
        with closing(sqlite3.connect(self.database)) as connection:
            ids = dict(connection.execute("SELECT position, id FROM facts"))
        return [drawn._replace(fact_id=ids[drawn.position]) for drawn in read]

    def peer_folder(self, name: str) -> Path:
        return self._home / name


def load(url: str, seed: Path) -> Load:
    """Run `factbook load` and measure it."""
    command = [sys.executable, "-m", "app", "load", str(seed)]
    begun, environment = time.perf_counter(), os.environ | {"FACTBOOK_DATABASE_URL": url}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    if ended := os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"the load ended with status {ended}")
    return Load(time.perf_counter() - begun, used.ru_maxrss / 1000)
