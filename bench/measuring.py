"""Cases measured side by side by wrk, A B C A B C ...: CPU time of the server a request, and ratios of each round."""

import json
import re
import statistics
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2

from bench.processes import HOST, Server, cpu_seconds, free_port
from bench.systems import Request, System
from bench.work import BENCH, WORK

CLIENT_CORE, TIMEOUT = 1, 120  # servers have another core: see bench.processes; seconds
CLIENT = httpx2.Client(timeout=TIMEOUT)
CONNECTIONS = 32
WARM_UP = 1  # seconds
# What is cut off at the end of a burst was paid for and is not counted: keep it below 2 %.
REQUESTS_A_CONNECTION = 50


def ask(system: System, request: Request) -> httpx2.Response:
    headers = {"Accept-Encoding": "identity"} | ({"If-None-Match": request.etag} if request.etag else {})
    return CLIENT.get(f"http://{HOST}:{system.server.port}{request.path}", headers=headers)


class Pace(NamedTuple):
    """How long a measurement takes: so many rounds, and seconds of each burst in them."""

    rounds: int
    seconds: int


class Case(NamedTuple):
    """Requests to a running system, under the name that the report gives it."""

    name: str
    system: System
    requests: Sequence[Request]


class Sample(NamedTuple):
    """One burst as wrk counted it, and its `cost`: microseconds of CPU a request. Latencies are in milliseconds."""

    requests: int
    rate: float  # requests a second
    size: float  # bytes a response
    p50: float
    p99: float
    errors: int
    cost: float = 0.0


def short(value: float) -> str:
    """Three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1e2 else f"{value:.3g}"  # noqa: PLR2004


def spread(values: Iterable[float]) -> str:
    """The median, and the lowest and the highest."""
    known = list(values)
    return f"{short(statistics.median(known))} [{short(min(known))}-{short(max(known))}]"


def ratio(samples: Mapping[str, Sequence[Sample]], one: str, other: str) -> float:
    """The cost of one case as a multiple of another's: the median over the rounds."""
    return statistics.median(a.cost / b.cost for a, b in zip(samples[one], samples[other], strict=True))


@contextmanager
def running(*systems: System) -> Iterator[None]:
    """Systems that serve side by side as long as the block runs, each on a port of its own."""
    with ExitStack() as stack:
        for system in systems:
            system.prepare()
            port, log = free_port(), WORK / "logs" / f"{system.name.replace(' ', '-')}.log"
            server = Server(system.command(port), port, log, system.environment, ready=system.ready)
            system.server = stack.enter_context(server)
            system.learn(ask(system, Request(system.ready)).content)
        yield


def interleave(cases: Sequence[Case], pace: Pace) -> dict[str, list[Sample]]:
    """The samples of each case, one a round, by its name."""
    files = {case.name: _write_requests(case) for case in cases}
    connections = {case.name: _connections(case, files[case.name], pace) for case in cases}
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for _ in range(pace.rounds):
        for case in cases:
            pid = case.system.server.pid
            before = cpu_seconds(pid)
            burst = _wrk(case.system.server.port, files[case.name], connections[case.name], pace.seconds)
            cost = (cpu_seconds(pid) - before) * 1e6 / max(1, burst.requests)
            samples[case.name].append(burst._replace(cost=cost))
    return samples


def _connections(case: Case, requests: Path, pace: Pace) -> int:
    """As many as are usual, but fewer where the system is too slow to answer them all several times."""
    rate = _wrk(case.system.server.port, requests, 1, WARM_UP).rate
    return max(1, min(CONNECTIONS, int(rate * pace.seconds / REQUESTS_A_CONNECTION)))


def _write_requests(case: Case) -> Path:
    """A file that wrk.lua reads."""
    path = WORK / "requests" / case.name.replace(" ", "-")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{request.path}\t{request.etag}\n" for request in case.requests), encoding="utf-8")
    return path


def _wrk(port: int, requests: Path, connections: int, seconds: int) -> Sample:
    """Ask for some seconds over connections that are kept, from a core of its own."""
    options = f"-t1 -c{connections} -d{seconds}s --timeout={TIMEOUT}s --script={BENCH / 'wrk.lua'}".split()
    command = ["taskset", "-c", str(CLIENT_CORE), "wrk", *options, f"http://{HOST}:{port}"]
    environment = {"REQUESTS": str(requests), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    counted = re.search(r"@@(\{.*\})", done.stdout)
    if not counted:
        raise RuntimeError(f"wrk did not say what it counted: {(done.stdout + done.stderr)[-300:]}")
    found = json.loads(counted[1])
    answered = max(1, found["requests"])
    rate, size = answered / found["microseconds"] * 1e6, found["bytes"] / answered
    return Sample(found["requests"], rate, size, found["p50"] / 1000, found["p99"] / 1000, found["errors"])
