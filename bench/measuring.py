"""Cases measured side by side, A B C A B C ...: CPU time of the server a request, and the ratios of each round."""

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import Request as UrlRequest

from bench.folders import WORK
from bench.processes import Server, cpu_seconds, free_port
from bench.requests import HOST, Burst, Request, write_requests, wrk
from bench.systems import System

CONNECTIONS = 32
WARM_UP = 1  # seconds
# What is cut off at the end of a burst was paid for and is not counted: keep it below 2 %.
REQUESTS_A_CONNECTION = 50


class Pace(NamedTuple):
    """How long a measurement takes: so many rounds, and seconds of each burst in them."""

    rounds: int
    seconds: int


class Running(NamedTuple):
    system: System
    server: Server
    port: int


class Case(NamedTuple):
    """Requests to a running system, under the name that the report gives it."""

    name: str
    running: Running
    requests: Sequence[Request]


class Sample(NamedTuple):
    """One burst and what it cost the server: microseconds of CPU a request."""

    burst: Burst
    cost: float


def spread(values: Iterable[float]) -> str:
    """The median, and the lowest and the highest."""
    known = list(values)
    return f"{short(statistics.median(known))} [{short(min(known))}-{short(max(known))}]"


def short(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1e2 else f"{value:.3g}"  # noqa: PLR2004


@contextmanager
def started(systems: Iterable[System]) -> Iterator[list[Running]]:
    """Systems that serve side by side, each on a port of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(running(system)) for system in systems]


@contextmanager
def running(system: System) -> Iterator[Running]:
    """A system that serves as long as the block runs."""
    system.prepare()
    port, logs = free_port(), WORK / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{system.name.replace(' ', '-')}.log"
    server = Server(system.command(port), log, system.environment, folder=system.folder)
    try:
        server.wait(UrlRequest(f"http://{HOST}:{port}{system.ready}"))
        system.serves(port)
        yield Running(system, server, port)
    finally:
        server.stop()


def interleave(cases: Sequence[Case], pace: Pace) -> dict[str, list[Sample]]:
    """The samples of each case, one a round, by its name."""
    files = {case.name: write_requests(case.name, case.requests) for case in cases}
    connections = {case.name: _connections(case, files[case.name], pace) for case in cases}
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for _ in range(pace.rounds):
        for case in cases:
            pid = case.running.server.process.pid
            before = cpu_seconds(pid)
            burst = wrk(case.running.port, files[case.name], connections[case.name], pace.seconds)
            samples[case.name].append(Sample(burst, (cpu_seconds(pid) - before) * 1e6 / max(1, burst.requests)))
    return samples


def ratio(samples: Mapping[str, Sequence[Sample]], one: str, other: str) -> float:
    """The cost of one case as a multiple of another's: the median over the rounds."""
    return statistics.median(a.cost / b.cost for a, b in zip(samples[one], samples[other], strict=True))


def _connections(case: Case, requests: Path, pace: Pace) -> int:
    """As many as are usual, but fewer where the system is too slow to answer them all several times."""
    rate = wrk(case.running.port, requests, 1, WARM_UP).rate
    return max(1, min(CONNECTIONS, int(rate * pace.seconds / REQUESTS_A_CONNECTION)))
