"""Fairness: cheap pages beside two clients that ask the dearest legal requests again and again."""

import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import cycle
from urllib.parse import quote

from bench.datasets import DataSet
from bench.measuring import Pace, Running, spread
from bench.requests import Burst, Client, Request, Workload, write_requests, wrk
from bench.sections import Section

LIGHT, DEAR = 8, 2  # connections
HEAD = ("cheap pages", "requests/s", "p50 ms", "p99 ms", "errors")
DEAR_HEAD = ("dear request", "asked", "answers", "slowest s")


@dataclass(slots=True)
class Asked:
    """What dear requests of one kind came to."""

    answers: Counter[str] = field(default_factory=Counter)
    slowest: float = 0


def dear_requests(data: DataSet) -> list[Request]:
    """Legal, and as much work as one request may be: whole scans, whole sorts, many groups, words that never meet."""
    words = [quote(draw.word) for draw in data.draws[:3]]  # a common, a middling and a rare one
    return [
        Request("/v1/facts?sort=-value,source&limit=500&total=exact"),
        Request(f"/v1/facts?q={'%20'.join(words)}&total=exact&sort=-value"),
        Request(f"/v1/facts?q={words[0]}&total=exact&sort=subject&limit=500"),
        Request(f"/v1/facts?q={quote(data.draws[0].word[0])}&total=exact"),
        Request("/v1/facts/groups?by=company,metric,year&stat=avg,min,max&unit=CNY&limit=500"),
        Request("/v1/facts/groups?by=initiative,industry,year&limit=500"),
        Request("/v1/facts?value=..1000&status=-target&initiative=any&sort=unit,-value&total=exact"),
    ]


def share(data: DataSet, running: Running, pace: Pace) -> Section:
    pages = [running.system.request(Workload.PAGE, draw) for draw in data.draws]
    light = write_requests("light", (request for request in pages if request))
    requests = dear_requests(data)
    alone: list[Burst] = []
    beside: list[Burst] = []
    asked = {request: Asked() for request in requests}
    # Each client goes on where it was: else only the first of its requests would be asked.
    starts = range(0, len(requests), -(-len(requests) // DEAR))
    turns = [cycle(requests[start:] + requests[:start]) for start in starts]
    for _ in range(pace.repetitions):
        alone.append(wrk(running.port, light, LIGHT, pace.seconds))
        ended = threading.Event()
        clients = [threading.Thread(target=_ask, args=(running.port, turn, ended, asked)) for turn in turns]
        for client in clients:
            client.start()
        beside.append(wrk(running.port, light, LIGHT, 2 * pace.seconds))
        ended.set()
        for client in clients:
            client.join()
    return _told(alone, beside, asked)


def _ask(port: int, requests: Iterator[Request], ended: threading.Event, asked: dict[Request, Asked]) -> None:
    client = Client(port)
    while not ended.is_set():
        request = next(requests)
        begun = time.perf_counter()
        try:
            said = str(client.ask(request).status)
        except (OSError, http.client.HTTPException) as error:
            said = type(error).__name__
        asked[request].answers[said] += 1
        asked[request].slowest = max(asked[request].slowest, time.perf_counter() - begun)


def _told(alone: list[Burst], beside: list[Burst], asked: dict[Request, Asked]) -> Section:
    section = Section("Fairness")
    section.table(HEAD, [_cells("alone", alone), _cells(f"beside {DEAR} dear clients", beside)])
    section.table(
        DEAR_HEAD,
        [
            (f"`{request.path}`", sum(one.answers.values()), _answers(one), f"{one.slowest:.2f}")
            for request, one in asked.items()
        ],
    )
    kept = spread(burst.rate for burst in beside).median / spread(burst.rate for burst in alone).median
    section.figures = {
        "fair share": kept,
        "fair p99": spread(burst.p99 for burst in beside).median,
        "slowest dear request": max(one.slowest for one in asked.values()),
    }
    section.raw = {"alone": [asdict(one) for one in alone], "beside": [asdict(one) for one in beside]}
    return section


def _answers(one: Asked) -> str:
    return ", ".join(f"{count} x {status}" for status, count in one.answers.most_common())


def _cells(name: str, bursts: list[Burst]) -> tuple[object, ...]:
    return (
        name,
        spread(burst.rate for burst in bursts),
        f"{spread(burst.p50 for burst in bursts).median:.1f}",
        spread(burst.p99 for burst in bursts),
        sum(burst.errors for burst in bursts),
    )
