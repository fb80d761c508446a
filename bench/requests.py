"""A request, sent one at a time here or by the thousand by wrk."""

import http.client
import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from bench.folders import BENCH, WORK

HOST, TIMEOUT = "127.0.0.1", 120  # seconds
CLIENT_CORE = 1  # servers have another: see bench.processes


class Request(NamedTuple):
    path: str
    etag: str = ""


class Answer(NamedTuple):
    """`headers` have names in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT)

    def ask(self, request: Request) -> Answer:
        self._connection.request("GET", request.path, headers={"If-None-Match": request.etag} if request.etag else {})
        answer = self._connection.getresponse()
        return Answer(answer.status, [(name.lower(), value) for name, value in answer.getheaders()], answer.read())


class Burst(NamedTuple):
    """What wrk counted. Latencies are in milliseconds; `size` is bytes a response."""

    requests: int
    rate: float  # requests a second
    size: float
    p50: float
    p99: float
    errors: int


def write_requests(name: str, requests: Iterable[Request]) -> Path:
    """A file that wrk.lua reads."""
    path = WORK / "requests" / name.replace(" ", "-")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{request.path}\t{request.etag}\n" for request in requests), encoding="utf-8")
    return path


def wrk(port: int, requests: Path, connections: int, seconds: int) -> Burst:
    """Ask for some seconds over connections that are kept, from a core of its own."""
    command = [
        "taskset",
        "-c",
        str(CLIENT_CORE),
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        f"--timeout={TIMEOUT}s",
    ]
    command += [f"--script={BENCH / 'wrk.lua'}", f"http://{HOST}:{port}"]
    environment = {"REQUESTS": str(requests), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    counted = re.search(r"@@(\{.*\})", done.stdout)
    if not counted:
        raise RuntimeError(f"wrk did not say what it counted: {(done.stdout + done.stderr)[-300:]}")
    found = json.loads(counted[1])
    answered = max(1, found["requests"])
    rate, size = answered / found["microseconds"] * 1e6, found["bytes"] / answered
    return Burst(found["requests"], rate, size, found["p50"] / 1000, found["p99"] / 1000, found["errors"])
