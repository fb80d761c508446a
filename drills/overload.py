"""Overload: the most expensive legal requests from many clients at once, beside one that asks for little."""

import http.client
import random
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from bench.datasets import DataSet
from bench.processes import private_megabytes
from drills import databases
from drills.children import CONTEXT, Job, done
from drills.readers import serving
from drills.reading import Client
from drills.runs import Run
from drills.wrong import SHARED

FACTS, FEWER_FACTS = 20_000, 2_000
CLIENTS, FEWER_CLIENTS = 200, 40
# What reads each tag of each fact, or puts all of them in order.
EXPENSIVE = (
    "/v1/facts/groups?by=company,industry,place&limit={lot}",
    "/v1/facts/groups?by=initiative,industry,year&limit={lot}",
    "/v1/facts?sort=-value,source&total=exact&limit={lot}",
)
LIGHT = ("/v1/metrics?limit={lot}", "/v1/facts?year={year}&limit={lot}", "/v1/companies?limit={lot}")
WAITS_FOR, AT_ONCE = 0.25, 0.25  # seconds at most for what is light, and for a refusal
SLOT = 3.0  # seconds that an expensive request may wait for a slot, after which it is refused
PAUSES, LIGHT_PAUSE = (0.2, 0.8), 0.01  # seconds after a refusal, of each another; and between two light requests
MOST_MORE = 64.0  # megabytes
ENV = {"FACTBOOK_CACHE_BYTES": "0", "FACTBOOK_TIME_LIMIT": "5"}


@dataclass
class Seen:
    """What clients were answered, and after how many seconds."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)

    def ask(self, client: Client, lot: random.Random, kind: str) -> bool:
        """Whether it was answered, and not refused."""
        path = lot.choice(LIGHT if kind == "light" else EXPENSIVE)
        url, began = path.format(lot=lot.randint(1, 500), year=lot.randint(2015, 2025)), time.perf_counter()
        try:
            answer = client.ask(url)
        except (OSError, http.client.HTTPException) as error:
            client.connect()
            self.wrong.append(f"{url}: {type(error).__name__}: {error}")
            return False
        seconds, is_refused = time.perf_counter() - began, answer.status == http.client.SERVICE_UNAVAILABLE
        self.counts[f"{kind} {answer.status}"] += 1
        (self.refusals if is_refused else self.waits).append(seconds)
        right = answer.retry_after if is_refused and kind == "expensive" else answer.status == http.client.OK
        if not right:
            self.wrong.append(f"{url}: {answer.status} {answer.body[:150]!r}")
        return not is_refused


def overload(run: Run) -> None:
    """Light requests do not wait for expensive ones; of those too many are refused at once, and nothing grows."""
    light, expensive, grown = _storm(run)
    tally, slowest = run.tally, max(light.waits, default=0.0)
    for seen in (light, expensive):
        tally.seen.update(seen.counts)
        tally.count(seen.counts.total() + len(seen.wrong), seen.wrong)
    tally.hold(tally.seen["expensive 200"] > 0, "no expensive request was answered")
    tally.hold(tally.seen["expensive 503"] > 0, "no expensive request was refused: there were too few")
    tally.hold(grown < MOST_MORE, f"the server grew by {grown:.0f} MB")
    if run.timed:
        tally.hold(slowest <= WAITS_FOR, f"a light request waited {slowest:.3f} s")
        late = sum(AT_ONCE < seconds < SLOT for seconds in expensive.refusals)
        tally.hold(not late, f"{late} refusals came neither at once nor after a wait for a slot")
        tally.notes.append(f"light requests took {slowest * 1000:.0f} ms at most; the server grew by {grown:.1f} MB")


def control_overload(run: Run) -> None:
    """A service without limiters keeps light requests waiting."""
    light, _, _ = _storm(run, SHARED)
    late = sum(seconds > WAITS_FOR for seconds in light.waits)
    run.tally.hold_control(SHARED, late, len(light.waits), 1)


def _storm(run: Run, fault: str = "") -> tuple[Seen, Seen, float]:
    """So many seconds of it; what was seen, and how many megabytes the server has grown by."""
    with databases.made(run.kind, run.folder) as kept:
        url = kept.new_database()
        done(Job(url, DataSet(FACTS if run.timed else FEWER_FACTS).seed), run.folder)
        with serving(url, run.folder / "log", fault=fault, settings=ENV) as (port, server):
            client, lot, seen = Client(port), random.Random(run.tally.seed), Seen()
            for kind in ("light", "expensive") * 20:  # what is made once is made
                Seen().ask(client, lot, kind)
            before = private_megabytes(server.process.pid)
            ours, theirs = CONTEXT.Pipe()
            clients = CLIENTS if run.timed else FEWER_CLIENTS
            # In a process of their own: they shall not keep the one waiting who measures.
            CONTEXT.Process(target=_ask_much, args=(port, clients, run.tally.seed, theirs), daemon=True).start()
            theirs.close()
            ours.recv()
            until = time.monotonic() + run.trials
            while time.monotonic() < until:
                seen.ask(client, lot, "light")
                time.sleep(LIGHT_PAUSE)
            client.close()
            ours.send("stop")
            told: Seen = ours.recv()
            return seen, told, private_megabytes(server.process.pid) - before


def _ask_much(port: int, clients: int, seed: int, pipe: Connection) -> None:
    """So many clients that ask for much until they are told to stop; then tell what they have seen."""
    seen, ended = Seen(), threading.Event()

    def ask(number: int) -> None:
        client, lot = Client(port), random.Random(f"{seed} {number}")
        while not ended.is_set():
            if not seen.ask(client, lot, "expensive"):
                ended.wait(lot.uniform(*PAUSES))
        client.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    pipe.send("started")
    with suppress(EOFError):
        pipe.recv()
    ended.set()
    for thread in threads:
        thread.join()
    pipe.send(seen)
