"""Several readers at once, each a process, and what they have told so far."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from urllib.request import Request

from bench.folders import ROOT
from bench.processes import Server, free_port
from drills import reading
from drills.children import CONTEXT, LONGEST
from drills.reading import HOST, Known
from drills.wrong import SERVICES

READERS, POLL = 4, 0.01
Command = list[str | Path]


def command(port: int, workers: int = 1, fault: str = "") -> Command:
    """What serves as people start it, or with a fault of `wrong`."""
    module = ["drills.wrong", fault] if fault in SERVICES else ["app"]
    return [sys.executable, "-m", *module, "serve", "--port", str(port), "--workers", str(workers)]


@contextmanager
def serving(
    url: str, log: Path, workers: int = 1, fault: str = "", settings: Mapping[str, str] | None = None
) -> Iterator[tuple[int, Server]]:
    """A server in a process of its own, and its port; `settings` are further variables of its environment."""
    port = free_port()
    environment = {"FACTBOOK_DATABASE_URL": url, "PYTHONPATH": str(ROOT), **(settings or {})}
    server = Server(command(port, workers, fault), log, environment, pinned=False)
    try:
        server.wait(Request(f"http://{HOST}:{port}/readyz"))
        yield port, server
    finally:
        server.stop()


class Readers:
    """They read as long as the context lasts."""

    def __init__(
        self, ports: Sequence[int], known: Known, lot: str, *, count: int = READERS, **more: float | bool
    ) -> None:
        """They share the `ports` between them; `more` is for each `Reader`."""
        self._pipes: list[Connection] = []
        self._stopped = False
        self._ports, self._known, self._lot, self._count, self._more = ports, known, lot, count, more
        self._newest: dict[Connection, int] = {}
        self.releases: dict[int, str] = {}  # that were shown to any of them, by number
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        self.slowest = 0.0  # seconds

    def __enter__(self) -> "Readers":
        for number in range(self._count):
            ours, theirs = CONTEXT.Pipe()
            port = self._ports[number % len(self._ports)]
            arguments = (port, self._known, f"{self._lot} {number}", theirs, self._more)
            CONTEXT.Process(target=reading.work, args=arguments, daemon=True).start()
            theirs.close()
            self._pipes.append(ours)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._stopped = True
        for pipe in self._pipes:
            with suppress(BrokenPipeError):
                pipe.send("stop")
        while self._pipes and self._hear(LONGEST):
            pass

    def published(self, number: int, release: str) -> None:
        """Hold what they are shown to what was loaded."""
        if self.releases.setdefault(number, release) != release:
            self.failures.append(f"{number} is {release}, and {self.releases[number]} was shown")

    def wait_for(self, number: int, seconds: float = LONGEST) -> float:
        """Seconds until each of them has been shown this release or a newer one; at most so many."""
        began = time.monotonic()
        while time.monotonic() < began + seconds and not self.failures:
            self.hear()
            if self._pipes and all(self._newest.get(pipe, 0) >= number for pipe in self._pipes):
                break
            time.sleep(POLL)
        return time.monotonic() - began

    def hear(self) -> None:
        """Take down what they have to tell by now."""
        while self._hear(0):
            pass

    def _hear(self, seconds: float) -> bool:
        """Wait so long for one of them; False where none had anything to tell."""
        ready = wait(self._pipes, seconds)
        for pipe in [one for one in self._pipes if one in ready]:
            try:
                told: reading.Report = pipe.recv()
            except EOFError:
                self._pipes.remove(pipe)
                if not self._stopped:
                    self.failures.append("a reader has died")
                continue
            self.counts += told.counts
            self.failures += told.failures
            self.slowest = max(self.slowest, told.slowest)
            self._newest[pipe] = told.newest
            for number, release in told.releases.items():
                self.published(number, release)
        return bool(ready)
