"""Clients that hold connections: slow headers, slow bodies, answers that nobody takes, and many that only wait."""

import http.client
import resource
import socket
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.datasets import DataSet
from bench.processes import tree
from drills import databases
from drills.children import Job, done
from drills.overload import megabytes
from drills.reading import HOST, PATIENCE
from drills.runs import Run
from drills.serving import RIGHT, serving
from drills.wrong import Variant

UNLIMITED = "drills.wrong_services.unlimited"  # serves as uvicorn does by itself
FACTS = 400
TIMEOUT, SHORT_TIMEOUT = 5, 1  # seconds
KEEP_ALIVE = 8  # times as long, so that what is let go is not only idle
IDLE = 2.5  # times as many connections only wait
PROBED_EVERY, PROBE_WITHIN = 1.0, 1.0  # seconds
LATER = 3.0  # seconds until the last of them is gone
MOST_MORE = 400.0  # megabytes
GET = b"GET %b HTTP/1.1\r\nHost: x\r\n"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a client sends first, and what it sends again each second."""

    first: bytes
    then: bytes = b""
    takes_nothing: bool = False
    share: float = 1.0  # of the trials

    def clients(self, trials: int) -> int:
        return max(1, int(self.share * trials))


HELD = {
    "slow headers": Kind(GET % b"/v1" + b"X-A: ", b"a"),
    "slow bodies": Kind(GET % b"/v1" + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    # More than the system keeps for a client; of so much fewer do.
    "answers nobody takes": Kind((GET % b"/v1/facts?limit=500" + b"\r\n") * 20, takes_nothing=True, share=0.1),
    "silent connections": Kind(b""),
}


def slow(run: Run) -> None:
    """Others are answered meanwhile, and nothing is held when the time is over."""
    held, slowest, grown, idle = _held(run, RIGHT)
    tally = run.tally
    for name, count in held.items():
        clients = HELD[name].clients(run.trials)
        tally.seen[name] = clients
        tally.count(clients, [f"one of the {name} is still held"] * count)
    tally.seen["idle connections"] = idle
    if run.timed:
        tally.hold(slowest <= PROBE_WITHIN, f"somebody else waited {slowest:.1f} s")
        tally.notes.append(
            f"others waited {slowest * 1000:.0f} ms at most, the server grew by {grown:.0f} MB meanwhile"
        )
    tally.hold(grown < MOST_MORE, f"the server grew by {grown:.0f} MB")


def control_slow(run: Run) -> None:
    """Without limits they are held for as long as the clients like."""
    held = _held(run, UNLIMITED)[0]
    clients = sum(kind.clients(run.trials) for kind in HELD.values())
    run.tally.hold_control(Variant.UNLIMITED, sum(held.values()), clients, run.trials)


def _held(run: Run, module: str) -> tuple[dict[str, int], float, float, int]:
    """How many of each kind are held when all should be gone, the slowest answer to others, megabytes, idle ones."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with databases.made(run.kind, run.folder) as kept, ExitStack() as opened:
            url = kept.new_database()
            done(Job(url, DataSet(FACTS).seed, migrates=True), run.folder)
            log = run.folder / f"{module}.log"
            timeout = TIMEOUT if run.timed else SHORT_TIMEOUT
            with serving(url, log, module=module, settings=_settings(timeout)) as (port, server):
                before = megabytes(server.process.pid)
                idle = [_ask(port, opened) for _ in range(int(IDLE * run.trials))]
                clients = {
                    name: [_open(port, kind, opened) for _ in range(kind.clients(run.trials))]
                    for name, kind in HELD.items()
                }
                slowest = _go_on(port, clients, 2 * timeout + LATER)
                grown = megabytes(server.process.pid) - before
                theirs = _served(port, server.process.pid)
                held = {
                    name: sum(one.getsockname()[1] in theirs for one in connections)
                    for name, connections in clients.items()
                }
            return held, slowest, grown, len(idle)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _settings(timeout: int) -> dict[str, str]:
    seconds = {"REQUEST_TIMEOUT": timeout, "SEND_TIMEOUT": timeout, "KEEP_ALIVE": KEEP_ALIVE * timeout}
    return {f"FACTBOOK_{name}": str(value) for name, value in {**seconds, "CONNECTIONS": 10_000}.items()}


def _open(port: int, kind: Kind, opened: ExitStack) -> socket.socket:
    connection = opened.enter_context(socket.socket())
    if kind.takes_nothing:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(PATIENCE)
    connection.connect((HOST, port))
    connection.sendall(kind.first)
    return connection


def _ask(port: int, opened: ExitStack) -> socket.socket:
    connection = _open(port, Kind(GET % b"/livez" + b"\r\n"), opened)
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    answer.read()
    return connection


def _go_on(port: int, clients: dict[str, list[socket.socket]], seconds: float) -> float:
    """Send on as slow clients do until they should be gone; the longest that somebody else had to wait meanwhile."""
    slowest, until, number = 0.0, time.monotonic() + seconds, 0
    while time.monotonic() < until:
        begun = time.perf_counter()
        probe = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
        probe.request("GET", f"/v1/facts?limit={number % 20 + 1}")
        if probe.getresponse().status == http.client.OK:
            slowest = max(slowest, time.perf_counter() - begun)
        probe.close()
        number += 1
        for name, kind in HELD.items():
            for connection in clients[name] if kind.then else ():
                with suppress(OSError):  # it has been let go
                    connection.send(kind.then)
        time.sleep(max(0.0, PROBED_EVERY - (time.perf_counter() - begun)))
    return slowest


def _served(port: int, pid: int) -> set[int]:
    """The ports of the clients whose connections the server's processes hold."""
    sockets = set()
    for one in tree(pid):
        for link in Path(f"/proc/{one}/fd").iterdir():
            try:
                sockets.add(str(link.readlink()))
            except OSError:  # closed meanwhile
                continue
    lines = (line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:])
    return {
        int(fields[2].partition(":")[2], 16)
        for fields in lines
        if int(fields[1].partition(":")[2], 16) == port and f"socket:[{fields[9]}]" in sockets
    }
