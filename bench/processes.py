"""Server processes: started on a core of their own, and what they cost in CPU time and memory (Linux /proc)."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from bench.work import ROOT

HOST = "127.0.0.1"
SERVER_CORE = 0
Command = Sequence[str | Path]
# Fields of /proc/PID/stat behind the name; utime, stime, and those of children that have ended.
STATE, PARENT, USED = 0, 1, slice(11, 15)
STARTS_WITHIN, POLL, STOPS_WITHIN = 300.0, 0.005, 15.0  # seconds
# Python keeps what it compiles at the first start, even where the environment forbids it: peers come compiled.
COMPILED_ONCE = {"PYTHONDONTWRITEBYTECODE": ""}


class Server:
    """A running process tree. `started` is how long it took from exec to its first answer."""

    def __init__(self, command: Command, log: Path, environment: Mapping[str, str], *, pinned: bool = True) -> None:
        self.log, self.started = log, 0.0
        self._begun = time.perf_counter()
        arguments = [*(("taskset", "-c", str(SERVER_CORE)) if pinned else ()), *map(str, command)]
        environment = os.environ | COMPILED_ONCE | dict(environment)
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                arguments, stdout=out, stderr=out, cwd=ROOT, env=environment, start_new_session=True
            )

    def wait(self, url: str) -> None:
        """Until it answers there, whatever it answers."""
        while True:
            try:
                with urlopen(url, timeout=STARTS_WITHIN) as answer:
                    answer.read()
                break
            except HTTPError:
                break
            except OSError:
                if self.process.poll() is not None or time.perf_counter() - self._begun > STARTS_WITHIN:
                    raise RuntimeError(f"{self.process.args!r} did not start; see {self.log}") from None
                time.sleep(POLL)
        self.started = time.perf_counter() - self._begun

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                os.killpg(self.process.pid, number)
            try:
                self.process.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                continue
            return


def free_port() -> int:
    """A port that nothing listens on, so that no other server is taken for the one that was started."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def tree(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        if fields := _stat(path):
            children.setdefault(int(fields[PARENT]), []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def is_running(pid: int) -> bool:
    """Whether a process has not ended, reaped or not."""
    return (_stat(Path(f"/proc/{pid}/stat")) or "Z")[STATE] != "Z"


def cpu_seconds(root: int) -> float:
    """User and system time of a process tree, those of children included that have ended."""
    used = (int(one) for pid in tree(root) for one in _stat(Path(f"/proc/{pid}/stat"))[USED])
    return sum(used) / os.sysconf("SC_CLK_TCK")


def _stat(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it has ended
        return []


def private_megabytes(root: int) -> float:
    """Memory that only this process tree holds; pages of files it shares with the page cache do not count."""
    kilobytes = 0
    for pid in tree(root):
        with suppress(OSError):  # it has ended
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return kilobytes / 1000
