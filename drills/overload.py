"""Overload: the most expensive legal requests from many clients at once, beside one that asks for little."""

import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from http.client import OK, SERVICE_UNAVAILABLE, HTTPException
from random import Random
from typing import NamedTuple

from bench.data import DataSet
from bench.processes import private_megabytes
from drills.loads import CONTEXT, load
from drills.readers import Client
from drills.runs import Run
from drills.servers import databases, serving
from drills.wrong import SHARED

FACTS, FEWER_FACTS = 20_000, 2_000
CLIENTS, FEWER_CLIENTS = 200, 40
# What is expensive reads each tag of each fact, or sorts all of them.
PATHS = {
    "expensive": (
        "/v1/facts/groups?by=company,industry,place&limit={limit}",
        "/v1/facts/groups?by=initiative,industry,year&limit={limit}",
        "/v1/facts?sort=-value,source&total=exact&limit={limit}",
    ),
    "light": ("/v1/metrics?limit={limit}", "/v1/facts?year={year}&limit={limit}", "/v1/companies?limit={limit}"),
}
# Seconds at most for what is light, for a refusal, and for an expensive one to wait.
WAIT, AT_ONCE, SLOT = 0.25, 0.25, 3.0
SHARE = 0.99  # of the light requests and of the refusals that must be so quick: the machine is shared with the clients
WARM_UP = 1.0  # seconds of each kind of request
PAUSES, LIGHT_PAUSE = (0.2, 0.8), 0.01  # seconds after a refusal, of each client another; and between light requests
MOST_MORE = 64.0  # megabytes
SETTINGS = {"FACTBOOK_CACHE_BYTES": "0", "FACTBOOK_TIME_LIMIT": "5"}


class Seen(NamedTuple):
    """One response, and after how many seconds it came; or what was wrong with it."""

    kind: str
    status: int
    seconds: float
    problem: str = ""


def overload(run: Run) -> None:
    """Light requests do not wait for expensive ones; of those too many are refused at once, and nothing grows."""
    seen, grown = _storm(run)
    tally = run.tally
    tally.seen.update(f"{one.kind} {one.status}" for one in seen)
    tally.count(len(seen), (one.problem for one in seen if one.problem))
    tally.check(tally.seen["expensive 200"] > 0, "no expensive request was answered")
    tally.check(tally.seen["expensive 503"] > 0, "no expensive request was refused: there were too few")
    tally.check(grown < MOST_MORE, f"the server grew by {grown:.0f} MB")
    if run.timed:
        waits = sorted(one.seconds for one in seen if one.kind == "light")
        wait = waits[int(SHARE * len(waits))]
        note = f"{SHARE:.0%} of the light requests took at most {wait:.3f} s, all {waits[-1]:.3f} s"
        tally.check(wait <= WAIT, note)
        late = sum(AT_ONCE < one.seconds < SLOT for one in seen if one.status == SERVICE_UNAVAILABLE)
        note += f"; {late} refusals came neither at once nor after a wait for a slot; the server grew by {grown:.1f} MB"
        tally.check(late <= (1 - SHARE) * tally.seen["expensive 503"], note)
        tally.notes.append(note)


def control_overload(run: Run) -> None:
    """A service without limiters keeps light requests waiting."""
    waits = [one.seconds for one in _storm(run, SHARED)[0] if one.kind == "light"]
    late = sum(seconds > WAIT for seconds in waits)
    run.tally.check_control(SHARED, late, len(waits), 1 + int((1 - SHARE) * len(waits)))


def _storm(run: Run, fault: str = "") -> tuple[list[Seen], float]:
    """So many seconds of it: what all clients saw, and the megabytes that the server has grown by."""
    with databases(run.kind, run.folder) as new_database:
        url = new_database()
        load(url, DataSet(FACTS if run.timed else FEWER_FACTS).seed, run.folder)
        with (
            serving(url, run.folder / "service", 1, fault, SETTINGS) as service,
            ProcessPoolExecutor(1, CONTEXT) as others,  # shall not delay the client whose requests are timed
        ):
            for kind in ("light", "expensive"):  # what is made once is made
                _send(service.port, kind, 0, time.monotonic() + WARM_UP)
            before = private_megabytes(service.pid)
            clients, until = CLIENTS if run.timed else FEWER_CLIENTS, min(time.monotonic() + run.trials, run.until)
            expensive = others.submit(_send_many, service.port, clients, until)
            light = _send(service.port, "light", run.tally.seed, until)
            return [*light, *expensive.result()], private_megabytes(service.pid) - before


def _send_many(port: int, clients: int, until: float) -> list[Seen]:
    """Expensive requests of so many clients."""
    with ThreadPoolExecutor(clients) as pool:
        several = pool.map(lambda number: _send(port, "expensive", number, until), range(clients))
        return [one for seen in several for one in seen]


def _send(port: int, kind: str, seed: int, until: float) -> list[Seen]:
    """Requests of one client."""
    client, random, seen = Client(port), Random(seed), list[Seen]()
    while (began := time.monotonic()) < until:
        limit = random.randint(1, 50 if kind == "light" else 500)  # 500 facts with their sources are not light
        url = random.choice(PATHS[kind]).format(limit=limit, year=random.randint(2015, 2025))
        try:
            response = client.get(url)
        except (OSError, HTTPException) as error:
            seen.append(Seen(kind, 0, 0.0, f"{url}: {type(error).__name__}: {error}"))
        else:
            is_polite = kind == "expensive" and response.status == SERVICE_UNAVAILABLE and response.retry_after
            problem = "" if response.status == OK or is_polite else f"{url}: {response.status} {response.body[:150]!r}"
            seen.append(Seen(kind, response.status, time.monotonic() - began, problem))
        if kind == "light":
            time.sleep(LIGHT_PAUSE)
        elif seen[-1].status != OK:
            time.sleep(random.uniform(*PAUSES))
    client.close()
    return seen
