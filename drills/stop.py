"""A service that is told to stop under load: what it has begun to answer it ends, then it has gone."""

import http.client
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import count

from bench.datasets import DataSet
from bench.processes import tree
from drills import databases
from drills.children import Job, done
from drills.reading import HOST, PATIENCE
from drills.runs import Run
from drills.serve import WORKERS
from drills.serving import serving
from drills.wrong import Variant

FACTS, FEWER_FACTS = 20_000, 2_000
GRACE = 10.0  # seconds
CLIENTS = 8
KEPT = 0.5  # share of clients that keep their connection
PATHS = ("/v1/facts?limit=200", "/v1/facts?limit=5&sort=-value", "/v1/facts/groups?by=year", "/v1/metrics")
EXPORT = "/v1/facts.ndjson"  # in the middle of which a client is at the end
READ_AT_ONCE, PAUSE = 50_000, 0.02  # bytes, and seconds between two pieces
EARLIEST, LATEST = 0.3, 1.0  # seconds of load before the end


# Answers that came whole, that were cut, and requests that got none.
Seen = Counter[str]


def stop(run: Run) -> None:
    """No answer is cut, all processes have gone within the grace time, with status 0."""
    tally = run.tally
    for workers in WORKERS:
        for seen, status, seconds in _stops(run, workers, signal.SIGTERM):
            tally.seen.update(seen)
            tally.count(seen["whole"] + seen["cut"], ["an answer was cut"] * seen["cut"])
            tally.hold(status == 0, f"it ended with {status}")
            tally.hold(seconds < GRACE, f"it took {seconds:.1f} s to end")


def control_stop(run: Run) -> None:
    """A service that is killed cuts answers, or leaves them out where the system still sends what it was given."""
    caught, tried = 0, 0
    for seen, _, _ in _stops(run, 1, signal.SIGKILL):
        caught += seen["cut"] + seen["not answered"] > 0
        tried += 1
    run.tally.hold_control(Variant.KILLED, caught, tried, 1)


def _stops(run: Run, workers: int, number: signal.Signals) -> list[tuple[Seen, int, float]]:
    found = []
    lot = random.Random(f"{run.tally.seed} {workers} {number}")
    with databases.made(run.kind, run.within(f"{workers} {number.name}").folder) as kept:
        url = kept.new_database()
        done(Job(url, DataSet(FACTS if run.timed else FEWER_FACTS).seed, migrates=True), run.folder)
        for trial in range(run.trials):
            log = run.folder / f"{workers} {number.name} {trial}.log"
            with serving(url, log, workers, settings={"FACTBOOK_GRACE": f"{GRACE:g}"}) as (port, server):
                seen = Seen()
                clients = [threading.Thread(target=_ask, args=(port, seen, lot.random())) for _ in range(CLIENTS)]
                clients.append(threading.Thread(target=_export, args=(port, seen)))
                for client in clients:
                    client.start()
                time.sleep(lot.uniform(EARLIEST, LATEST))
                begun = time.monotonic()
                for pid in tree(server.process.pid) if number == signal.SIGKILL else [server.process.pid]:
                    os.kill(pid, number)
                status = server.process.wait(timeout=PATIENCE)
                found.append((seen, status, time.monotonic() - begun))
                for client in clients:
                    client.join()
    return found


def _connections(port: int) -> Iterator[http.client.HTTPConnection]:
    """One after the other, until nobody listens any more."""
    while True:
        with closing(http.client.HTTPConnection(HOST, port, timeout=PATIENCE)) as connection:
            try:
                connection.connect()
            except OSError:
                return
            yield connection


def _ask(port: int, seen: Seen, lot: float) -> None:
    """One question after the other, until nobody listens any more."""
    numbers = count()
    for connection in _connections(port):
        try:
            while True:
                connection.request("GET", PATHS[next(numbers) % len(PATHS)])
                answer = connection.getresponse()
                answer.read()
                seen["whole"] += 1
                if answer.will_close or lot > KEPT:
                    break
        except http.client.RemoteDisconnected:  # nothing of an answer had come: it can be asked for elsewhere
            seen["not answered"] += 1
        except http.client.HTTPException:
            seen["cut"] += 1
        except ConnectionError:
            seen["not answered"] += 1


def _export(port: int, seen: Seen) -> None:
    """One long answer after the other, read slowly, until nobody listens any more."""
    for connection in _connections(port):
        try:
            connection.request("GET", EXPORT, headers={"Accept-Encoding": "identity"})
            answer = connection.getresponse()
            while answer.read(READ_AT_ONCE):
                time.sleep(PAUSE)
            seen["whole"] += 1
        except http.client.RemoteDisconnected:
            seen["not answered"] += 1
        except (http.client.HTTPException, ConnectionError):
            seen["cut"] += 1
