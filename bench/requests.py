"""A request of a workload, sent one at a time here or by the thousand by wrk."""

import http.client
import json
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.request import Request as HttpRequest

from bench.folders import BENCH, WORK

TIMEOUT = 120  # seconds
HOST = "127.0.0.1"


class Workload(StrEnum):
    POINT = "point"
    PAGE = "page"
    HOT = "hot"
    NOT_MODIFIED = "not-modified"
    FIRST = "first"
    DEEP = "deep"
    GROUPS = "groups"
    SEARCH = "search"


# The same request again and again.
REPEATED = {Workload.HOT, Workload.NOT_MODIFIED}


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    body: str = ""
    content_type: str = ""
    etag: str = ""
    accept: str = ""

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"

    @property
    def headers(self) -> dict[str, str]:
        named = {"Content-Type": self.content_type, "If-None-Match": self.etag, "Accept": self.accept}
        return {name: value for name, value in named.items() if value}

    def line(self) -> str:
        return f"{self.method}\t{self.path}\t{self.content_type}\t{self.etag}\t{self.body}\n"

    def to(self, port: int) -> HttpRequest:
        body = self.body.encode() or None
        return HttpRequest(f"http://{HOST}:{port}{self.path}", body, self.headers, method=self.method)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT)

    def ask(self, request: Request) -> Answer:
        body = request.body.encode() or None
        try:
            self._connection.request(request.method, request.path, body, request.headers)
            answer = self._connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next request opens it anew
            raise


@dataclass(frozen=True, slots=True)
class Burst:
    """What wrk counted. Latencies are in milliseconds; `size` is bytes an answer."""

    requests: int
    seconds: float
    size: float
    p50: float
    p99: float
    errors: int
    connections: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def write_requests(name: str, requests: Iterable[Request]) -> Path:
    """A file that wrk.lua reads."""
    path = WORK / "requests" / name.replace(" ", "-")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(request.line() for request in requests), encoding="utf-8")
    return path


def wrk(port: int, requests: Path, connections: int, seconds: int) -> Burst:
    """Ask for some seconds over kept-alive connections, from the core this process is on."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={TIMEOUT}s"]
    command += [f"--script={BENCH / 'wrk.lua'}", f"http://{HOST}:{port}"]
    environment = {"REQUESTS": str(requests), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    counted = re.search(r"@@(\{.*\})", done.stdout)
    if not counted:
        raise RuntimeError(f"wrk did not say what it counted: {(done.stdout + done.stderr)[-300:]}")
    found = json.loads(counted[1])
    return Burst(
        requests=found["requests"],
        seconds=found["microseconds"] / 1e6,
        size=found["bytes"] / max(1, found["requests"]),
        p50=found["p50"] / 1000,
        p99=found["p99"] / 1000,
        errors=found["errors"],
        connections=connections,
    )
