"""Server processes: started on a core of their own, and what they cost in CPU time and memory (Linux /proc)."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

SERVER_CORE, CLIENT_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")
PARENT, USED = 1, slice(11, 15)  # fields of /proc/PID/stat behind the name: parent; utime, stime, and those of the dead
STARTS_WITHIN, POLL, STOPS_WITHIN, SAMPLE = 300.0, 0.005, 15.0, 0.05  # seconds

# Python keeps what it compiles at the first start, even where the environment forbids it: peers come compiled.
COMPILED_ONCE = {"PYTHONDONTWRITEBYTECODE": ""}


class Server:
    """A running process tree. `started` is how long it took from exec to its first answer."""

    def __init__(self, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        self._begun = time.perf_counter()
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(SERVER_CORE), *map(str, command)],
                stdout=output,
                stderr=output,
                env=os.environ | COMPILED_ONCE | dict(environment or {}),
                start_new_session=True,
            )
        self.started = 0.0

    def wait(self, ready: Request) -> None:
        """Until it answers, whatever it answers."""
        while True:
            try:
                with urlopen(ready, timeout=STARTS_WITHIN) as answer:
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
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def take_client_core() -> None:
    """Keep this process, and the load generators it starts, off the servers' core."""
    if (os.cpu_count() or 1) > CLIENT_CORE:
        os.sched_setaffinity(0, {CLIENT_CORE})


@contextmanager
def all_cores() -> Iterator[None]:
    """For what is not measured beside a server: generators, loads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    yield
    os.sched_setaffinity(0, before)


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


def cpu_seconds(*roots: int) -> float:
    """User and system time of process trees, those of their children included that have ended."""
    ticks = 0
    for pid in (pid for root in roots for pid in tree(root)):
        ticks += sum(int(used) for used in _stat(Path(f"/proc/{pid}/stat"))[USED])
    return ticks / TICKS


def _stat(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:  # it has ended
        return []


def private_megabytes(root: int) -> float:
    """Memory that only this process tree holds; pages of files it shares with the page cache do not count."""
    kilobytes = 0
    for pid in tree(root):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
    return kilobytes / 1000


def peak_while(root: int, action: Callable[[], object]) -> float:
    """The most private memory a process tree held while something was done, in megabytes."""
    peak, ended = private_megabytes(root), threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(SAMPLE):
            peak = max(peak, private_megabytes(root))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        action()
    finally:
        ended.set()
        watcher.join()
    return peak
