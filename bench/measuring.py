"""Cases measured side by side: A B C A B C ..., CPU time per request beside requests a second and latency."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.draws import Draw
from bench.folders import WORK
from bench.processes import Server, cpu_seconds, free_port
from bench.requests import REPEATED, Burst, Request, Workload, write_requests, wrk
from bench.systems import System

CONNECTIONS = 32
WARM_UP = 1  # seconds
# What is cut off at the end of a burst was paid for and is not counted: keep it below 2 %.
REQUESTS_A_CONNECTION = 50
HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a measurement takes."""

    repetitions: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Running:
    system: System
    server: Server
    port: int

    def cpu(self) -> float:
        return cpu_seconds(self.server.process.pid, *self.system.roots)


@dataclass(frozen=True, slots=True)
class Case:
    """A workload of a running system. `name` is what the report calls it."""

    name: str
    workload: Workload
    running: Running
    draws: list[Draw]

    def requests(self) -> list[Request]:
        draws = self.draws[:1] if self.workload in REPEATED else self.draws
        asked = (self.running.system.request(self.workload, draw) for draw in draws)
        return [request for request in asked if request]


@dataclass(frozen=True, slots=True)
class Sample:
    """One burst and what it cost: CPU microseconds a request."""

    burst: Burst
    cost: float


@dataclass(frozen=True, slots=True)
class Spread:
    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{short(self.median)} [{short(self.low)}-{short(self.high)}]"


def spread(values: Iterable[float]) -> Spread:
    known = list(values)
    return Spread(statistics.median(known), min(known), max(known))


def short(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= HUNDRED else f"{value:.3g}"


@contextmanager
def started(systems: Iterable[System]) -> Iterator[list[Running]]:
    """Systems that serve side by side, each on a port of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(running(system)) for system in systems]


@contextmanager
def running(system: System) -> Iterator[Running]:
    system.prepare()
    port = free_port()
    logs = WORK / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    server = Server(system.command(port), logs / f"{system.name}.log".replace(" ", "-"), system.environment)
    try:
        server.wait(system.ready.to(port))
        yield Running(system, server, port)
    finally:
        server.stop()


def interleave(cases: Sequence[Case], pace: Pace) -> dict[str, list[Sample]]:
    """The samples of each case, by its name."""
    files = {case.name: write_requests(f"{case.workload} {case.name}", case.requests()) for case in cases}
    connections = {case.name: _connections(case, files[case.name], pace) for case in cases}
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for _ in range(pace.repetitions):
        for case in cases:
            samples[case.name].append(_sample(case, files[case.name], connections[case.name], pace.seconds))
    return samples


def _connections(case: Case, requests: Path, pace: Pace) -> int:
    """As many as are usual, but fewer where the system is too slow to answer them all several times."""
    rate = wrk(case.running.port, requests, 1, WARM_UP).rate
    return max(1, min(CONNECTIONS, int(rate * pace.seconds / REQUESTS_A_CONNECTION)))


def _sample(case: Case, requests: Path, connections: int, seconds: int) -> Sample:
    before = case.running.cpu()
    burst = wrk(case.running.port, requests, connections, seconds)
    return Sample(burst, (case.running.cpu() - before) * 1e6 / max(1, burst.requests))
