"""Server processes: started on a core of their own, and what they cost in CPU time and memory."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil

from bench.work import ROOT

HOST = "127.0.0.1"
SERVER_CORE = 0
Command = Sequence[str | Path]
MEGABYTE = 1_024_000  # a thousand of what Linux calls a kB
STARTS_WITHIN, POLL, STOPS_WITHIN = 300.0, 0.005, 15.0  # seconds


class Server:
    """A process tree behind a port; it can be started again. `started` says from exec to its first answer."""

    begin = subprocess.Popen  # tests have a quicker one

    def __init__(
        self, command: Command, port: int, log: Path, environment: Mapping[str, str], *, ready: str, pinned: bool = True
    ) -> None:
        self.port, self.started = port, 0.0
        self._url, self._log = f"http://{HOST}:{port}{ready}", log
        self._command = [*(("taskset", "-c", str(SERVER_CORE)) if pinned else ()), *map(str, command)]
        # Python keeps what it compiles at the first start, even where the environment forbids it: peers come compiled.
        self._environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | dict(environment)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Until it answers, whatever it answers."""
        begun = time.perf_counter()
        with self._log.open("ab") as out:
            self._process = self.begin(
                self._command, stdout=out, stderr=out, cwd=ROOT, env=self._environment, start_new_session=True
            )
        self.pid = self._process.pid
        while True:
            try:
                with urlopen(self._url, timeout=STARTS_WITHIN) as answer:
                    answer.read()
                break
            except HTTPError:
                break
            except OSError:
                if self._process.poll() is not None or time.perf_counter() - begun > STARTS_WITHIN:
                    self.stop()
                    raise RuntimeError(f"{self._command!r} did not start; see {self._log}") from None
                time.sleep(POLL)
        self.started = time.perf_counter() - begun

    def kill(self) -> None:
        os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end, and make it; its exit status."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
            try:
                self._process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.wait()

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")


def free_port() -> int:
    """A port that nothing listens on, so that no other server is taken for the one that was started."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def tree(pid: int) -> list[psutil.Process]:
    """A process and all that descend from it, the parent first."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree, those of children included that have ended."""
    return float(sum(sum(one.cpu_times()[:4]) for one in tree(pid)))


def private_megabytes(pid: int) -> float:
    """Memory that only this process tree holds; pages of files it shares with the page cache do not count."""
    return float(sum(one.memory_full_info().uss for one in tree(pid)) / MEGABYTE)
