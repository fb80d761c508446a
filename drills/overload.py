"""The dearest legal requests from many clients at once, beside one that asks for little."""

import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from bench.datasets import DataSet
from bench.processes import tree
from drills import databases
from drills.children import CONTEXT, Job, done
from drills.reading import HOST, PATIENCE
from drills.runs import Run
from drills.serving import RIGHT, serving
from drills.wrong import Variant

SHARED = "drills.wrong_services.unlaned"  # serves what takes long where all else is
FACTS, FEWER_FACTS = 20_000, 2_000
CLIENTS, FEWER_CLIENTS = 200, 40
# What reads each tag of each fact, or puts all of them in order.
DEAR = (
    "/v1/facts/groups?by=company,industry,place&limit={lot}",
    "/v1/facts/groups?by=initiative,industry,year&limit={lot}",
    "/v1/facts?sort=-value,source&total=exact&limit={lot}",
)
LIGHT = ("/v1/metrics?limit={lot}", "/v1/facts?year={year}&limit={lot}", "/v1/companies?limit={lot}")
WAITS_FOR, AT_ONCE = 0.25, 0.25  # seconds at most for what is light, and for a refusal
TURN = 3.0  # seconds that a dear request may wait for its turn, after which it is refused
PAUSES, LIGHT_PAUSE = (0.2, 0.8), 0.01  # seconds after a refusal, of each another; and between two light requests
MOST_MORE = 64.0  # megabytes
ENV = {"FACTBOOK_CACHE_BYTES": "0", "FACTBOOK_TIME_LIMIT": "5"}


@dataclass
class Seen:
    """What dear and light clients were answered."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        return max(self.waits, default=0.0)


def overload(run: Run) -> None:
    """Light requests do not wait for dear ones; what is too much of those is refused at once, and nothing grows."""
    with databases.made(run.kind, run.folder) as kept:
        seen, grown = _storm(run, _loaded(run, kept), run.folder / "right.log", RIGHT)
    tally = run.tally
    tally.seen.update(seen.counts)
    tally.count(sum(seen.counts.values()), seen.wrong)
    tally.hold(seen.counts["dear 200"] > 0, "no dear request was answered")
    tally.hold(seen.counts["dear 503"] > 0, "no dear request was refused: there were too few")
    tally.hold(grown < MOST_MORE, f"the server grew by {grown:.0f} MB")
    if run.timed:
        tally.hold(seen.slowest <= WAITS_FOR, f"a light request waited {seen.slowest:.3f} s")
        late = sum(AT_ONCE < seconds < TURN for seconds in seen.refusals)
        tally.hold(not late, f"{late} refusals came neither at once nor when a turn had been waited for")
        tally.notes.append(
            f"light requests took {seen.slowest * 1000:.0f} ms at most; the server grew by {grown:.1f} MB"
        )


def control_overload(run: Run) -> None:
    """A server without lanes keeps light requests waiting."""
    with databases.made(run.kind, run.folder) as kept:
        seen, _ = _storm(run, _loaded(run, kept), run.folder / "wrong.log", SHARED)
    late = sum(seconds > WAITS_FOR for seconds in seen.waits)
    run.tally.hold_control(Variant.SHARED, late, len(seen.waits), 1)


def _loaded(run: Run, kept: databases.Databases) -> str:
    url = kept.new_database()
    done(Job(url, DataSet(FACTS if run.timed else FEWER_FACTS).seed, migrates=True), run.folder)
    return url


def _storm(run: Run, url: str, log: Path, module: str) -> tuple[Seen, float]:
    """So many seconds of it; what was seen, and how many megabytes the server has grown by."""
    with serving(url, log, module=module, settings=ENV) as (port, server):
        warm = _Client(port, f"{run.tally.seed} warm", Seen())
        for _ in range(50):
            warm.light()
        for _ in range(10):
            warm.dear()
        seen = warm.start_anew()
        before = megabytes(server.process.pid)
        ours, theirs = CONTEXT.Pipe()
        clients = CLIENTS if run.timed else FEWER_CLIENTS
        # In a process of their own: they shall not keep the one waiting who measures.
        CONTEXT.Process(target=_ask_dearly, args=(port, clients, run.tally.seed, theirs), daemon=True).start()
        theirs.close()
        ours.recv()
        until = time.monotonic() + run.trials
        while time.monotonic() < until:
            warm.light()
            time.sleep(LIGHT_PAUSE)
        warm.close()
        ours.send("stop")
        told: Seen = ours.recv()
        seen.counts += told.counts
        seen.wrong += told.wrong
        seen.refusals += told.refusals
        return seen, megabytes(server.process.pid) - before


def _ask_dearly(port: int, clients: int, seed: int, pipe: Connection) -> None:
    """So many clients that ask dearly until they are told to stop; then tell what they have seen."""
    seen, ended = Seen(), threading.Event()
    sys.setswitchinterval(0.0005)  # an answer's time ends when it has come, not when its thread has its turn

    def ask(number: int) -> None:
        client = _Client(port, f"{seed} {number}", seen)
        while not ended.is_set():
            client.dear()
        client.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    pipe.send("started")
    pipe.recv()
    ended.set()
    for thread in threads:
        thread.join()
    pipe.send(seen)


class _Client:
    """One kept connection, and the lots it draws."""

    def __init__(self, port: int, seed: str, seen: Seen) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
        self._lot = random.Random(seed)
        self._seen = seen

    def close(self) -> None:
        self._connection.close()

    def start_anew(self) -> Seen:
        """Forget what was seen so far."""
        self._seen = Seen()
        return self._seen

    def light(self) -> None:
        path = self._lot.choice(LIGHT).format(lot=self._lot.randint(1, 20), year=self._lot.randint(2015, 2025))
        status, seconds = self._ask("light", path, {int(http.client.OK)})
        if status == http.client.OK:
            self._seen.waits.append(seconds)

    def dear(self) -> None:
        path = self._lot.choice(DEAR).format(lot=self._lot.randint(1, 500))
        status, seconds = self._ask("dear", path, {int(http.client.OK), int(http.client.SERVICE_UNAVAILABLE)})
        if status == http.client.SERVICE_UNAVAILABLE:
            self._seen.refusals.append(seconds)
            time.sleep(self._lot.uniform(*PAUSES))

    def _ask(self, kind: str, path: str, right: set[int]) -> tuple[int, float]:
        begun = time.perf_counter()
        try:
            self._connection.request("GET", path)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            if kind == "light":
                self._seen.waits.append(time.perf_counter() - begun)
            self._seen.wrong.append(f"{path}: {type(error).__name__}: {error}")
            return 0, 0.0
        self._seen.counts[f"{kind} {answer.status}"] += 1
        refused = answer.status == http.client.SERVICE_UNAVAILABLE
        if answer.status not in right or (refused and not (answer.headers["Retry-After"] and json.loads(body)["type"])):
            self._seen.wrong.append(f"{path}: {answer.status} {body[:150]!r}")
        return answer.status, time.perf_counter() - begun


def megabytes(pid: int) -> float:
    """Memory of a server's processes that nobody else has."""
    lines = [line for one in tree(pid) for line in Path(f"/proc/{one}/smaps_rollup").read_text("ascii").splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty:")) / 1024
