"""Clients that vanish: in a request, in an answer, in an export; nothing of the server stays held by them."""

import socket
import sqlite3
import struct
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import OK
from pathlib import Path
from random import Random

import psycopg
from sqlalchemy import make_url

from bench.datasets import DataSet
from drills import databases
from drills.children import Job, done
from drills.reading import HOST, PATIENCE, Client, Question
from drills.runs import Run
from drills.serving import CLINGING, RIGHT, serving

FACTS = 10_000  # some ten megabytes of lines, more than a connection takes before anybody reads
EXPORT = Question("/v1/facts.ndjson")
REQUEST = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /v1/facts HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"x" * 5_000
ASKED = (
    b"/v1/facts?limit=500",
    b"/v1/facts.csv",
    EXPORT.url.encode(),
    b"/v1/facts/groups?by=industry,year",
    b"/v1/facts?q=a",
)
AT_ONCE = 16  # clients that are there at a time
TURNS = {"FACTBOOK_EXPORTS": str(2 * AT_ONCE)}  # none of them waits for one that does not read
ROOM = 4_096  # bytes that a client takes before it has read them
RESET = struct.pack("ii", 1, 0)  # linger for no time: what is closed is reset
MOST_FDS, MOST_THREADS = 32, 48  # more than before; a thread of a finished export waits a while for another
SETTLED_WITHIN, CONTROL_SETTLED_WITHIN, POLL = 20.0, 3.0, 0.2  # seconds
CONTROL_TRIALS = 80


class Leaver:
    """A client, from its request until it is gone."""

    def __init__(self, port: int, lot: Random) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        self._socket.settimeout(PATIENCE)
        self._socket.connect((HOST, port))
        self._lot = lot
        way: Callable[[], None] = lot.choice(
            (self._asks, self._half, self._posts, self._reads, self._exports, self._exports)
        )
        with suppress(OSError):  # the server may refuse what is not whole
            way()

    def _asks(self) -> None:
        self._socket.sendall(REQUEST % self._lot.choice(ASKED))

    def _half(self) -> None:
        request = REQUEST % self._lot.choice(ASKED)
        self._socket.sendall(request[: self._lot.randrange(1, len(request))])

    def _posts(self) -> None:
        self._socket.sendall(POST[: self._lot.randrange(1, len(POST))])

    def _reads(self) -> None:
        self._asks()
        self._socket.recv(self._lot.randrange(1, ROOM))

    def _exports(self) -> None:
        """Slowly, and not to the end."""
        self._socket.sendall(REQUEST % EXPORT.url.encode())
        for _ in range(self._lot.randrange(1, 6)):
            self._socket.recv(self._lot.randrange(1, ROOM))
            time.sleep(self._lot.uniform(0, 0.01))

    def vanish(self) -> None:
        if self._lot.randrange(2):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._socket.close()


@dataclass(frozen=True, slots=True)
class Held:
    """What a server holds: descriptors, threads, and transactions at its database."""

    descriptors: int
    threads: int
    transactions: int


def held(pid: int, url: str) -> Held:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    threads = next(int(line.split()[1]) for line in status if line.startswith("Threads:"))
    transactions = _of_sqlite(url) if url.startswith("sqlite") else _of_postgresql(url)
    return Held(len(list(Path(f"/proc/{pid}/fd").iterdir())), threads, transactions)


def _of_sqlite(url: str) -> int:
    """Whether anybody still reads what was there before a write: the log cannot be emptied then."""
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {version + 1}")  # a write that changes no data
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return int(busy)


def _of_postgresql(url: str) -> int:
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(False)) as connection:
        busy = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> %s"
        )
        found = connection.execute(busy, [connection.info.backend_pid]).fetchone()
    return int(found[0]) if found else 0


def _too_much(before: Held, after: Held) -> list[str]:
    """What is held still."""
    told = []
    if after.descriptors > before.descriptors + MOST_FDS:
        told.append(f"{after.descriptors} descriptors are open, {before.descriptors} were before")
    if after.threads > before.threads + MOST_THREADS:
        told.append(f"{after.threads} threads run, {before.threads} did before")
    if after.transactions:
        told.append(f"{after.transactions} transactions are open")
    return told


def _vanish(run: Run, url: str, module: str, trials: int) -> list[str]:
    """What is held when so many have vanished, or else is wrong."""
    log, lot = run.folder / f"{module}.log", Random(run.tally.seed)
    with serving(url, log, module=module, settings=TURNS) as (port, server):
        with closing(Client(port)) as client:
            client.ask(EXPORT)
        before, there = held(server.process.pid, url), deque[Leaver]()
        for _ in range(trials):
            there.append(Leaver(port, lot))
            if len(there) > AT_ONCE:
                there.popleft().vanish()
        for one in there:
            one.vanish()
        deadline = time.monotonic() + (SETTLED_WITHIN if module == RIGHT else CONTROL_SETTLED_WITHIN)
        while (told := _too_much(before, held(server.process.pid, url))) and time.monotonic() < deadline:
            time.sleep(POLL)
        with closing(Client(port)) as client:
            told += [f"{one.url} is answered with {answer.status}" for one in (Question("/v1/facts"), EXPORT)
                     if (answer := client.ask(one)).status != OK]  # fmt: skip
    if "Traceback" in (said := log.read_text(encoding="utf-8", errors="replace")):
        told.append(f"the log has a traceback: {said[-600:]}")
    return told


def _loaded(kept: databases.Databases, run: Run) -> str:
    url = kept.new_database()
    done(Job(url, DataSet(FACTS).seed, migrates=True), run.folder)
    return url


def vanish(run: Run) -> None:
    """So many clients."""
    with databases.made(run.kind, run.folder) as kept:
        failures = _vanish(run, _loaded(kept, run), RIGHT, run.trials)
    for _ in range(run.trials):
        run.tally.fault(landed=True)
    run.tally.count(6, failures)  # descriptors, threads, transactions, two answers, the log


def control_vanish(run: Run) -> None:
    """A service that holds on to exports."""
    with databases.made(run.kind, run.folder) as kept:
        failures = _vanish(run, _loaded(kept, run), CLINGING, CONTROL_TRIALS)
    caught = sum("transactions" in one for one in failures)
    run.tally.hold_control("exports are held on to", caught, 1, 1)
