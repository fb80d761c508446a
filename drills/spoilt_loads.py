"""One load of a spoilt seed in a process of its own, by the real loader or by one that is wrong in one way."""

import json
import multiprocessing
import os
import resource
import signal
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import cli, exits
from app.seeding import loading, manifest, rendering
from app.seeding.checks import check_entities
from app.seeding.mistakes import SeedError, SeedMistake
from app.seeding.seeds import Seed

MOST_SECONDS, MOST_MEGABYTES = 5.0, 100.0  # of the processor, and more than before
LONGEST = 60.0  # by the clock, after which it hangs
# Forked from a process that has imported all this: a load starts at once.
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload([__name__])


@dataclass(frozen=True, slots=True)
class Ended:
    """How a load ended: its exit status, what it said, seconds of the processor, and megabytes more than before."""

    status: int | None
    said: str
    seconds: float
    megabytes: float


def _slow(seed: Seed) -> list[SeedMistake]:
    until = time.process_time() + MOST_SECONDS
    while time.process_time() < until:
        pass
    return list(check_entities(seed))


def _large(seed: Seed) -> list[SeedMistake]:
    kept = os.urandom(1) * int(2 * MOST_MEGABYTES * 1_000_000)
    return list(check_entities(seed))[: len(kept)]


def _failing(seed: Seed) -> list[SeedMistake]:
    raise KeyError(seed.folder)


def _placeless(error: SeedError) -> None:
    sys.stderr.write(f"{len(error.mistakes)} mistakes; nothing was written.\n")


def _writing(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
        connection.execute("DELETE FROM fact_answers WHERE position = 1")


# Wrong loaders, each of which the drill has to catch: whose part is another's.
VARIANTS: dict[str, tuple[Any, str, Any]] = {
    "no manifest": (manifest, "mistakes", lambda _folder: iter(())),
    "a traceback": (rendering, "check_entities", _failing),
    "a mistake without a place": (exits, "_tell_mistakes", _placeless),
    "written before it is checked": (loading, "_present", _writing),
    "slow": (rendering, "check_entities", _slow),
    "large": (rendering, "check_entities", _large),
}


def _work(folder: Path, database: Path, said: Path, used: Path, variant: str | None) -> None:
    os.setsid()  # what it starts ends with it
    with said.open("wb") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    sys.argv = ["factbook", "load", str(folder)]
    os.environ["FACTBOOK_DATABASE_URL"] = f"sqlite:///{database}"
    before = resource.getrusage(resource.RUSAGE_SELF)
    if variant:
        setattr(*VARIANTS[variant])
    status: object = None
    try:
        cli.main()
        status = 0
    except SystemExit as end:
        status = end.code
        raise
    finally:
        mine, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        seconds = sum(one.ru_utime + one.ru_stime for one in (mine, others)) - before.ru_utime - before.ru_stime
        megabytes = (max(mine.ru_maxrss, others.ru_maxrss) - before.ru_maxrss) / 1000
        used.write_text(json.dumps([status, seconds, megabytes]))


def loads(folder: Path, database: Path, home: Path, variant: str | None) -> Ended:
    said, used = home / "said", home / "used"
    used.unlink(missing_ok=True)
    process = CONTEXT.Process(target=_work, args=(folder, database, said, used, variant))
    process.start()
    process.join(LONGEST)
    if process.is_alive() and process.pid:
        os.killpg(process.pid, signal.SIGKILL)
        process.join()
    # Several threads ask for the exit status of a process here, of which one gets it: the load tells its own.
    status, seconds, megabytes = json.loads(used.read_text()) if used.is_file() else (None, LONGEST, 0.0)
    return Ended(status, said.read_text(encoding="utf-8", errors="replace"), seconds, megabytes)
