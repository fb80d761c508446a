"""Runs `python -m app` and the like in processes forked from one that has imported it all: they start at once.

A process that is begun anew takes a second to import the service, and two to import the loader. What a test has to say
of imports, of memory or of a start itself it says of such a process; all others take these.
"""

import ctypes
import gc
import os
import pickle
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, NamedTuple, Self

ROOT = Path(__file__).parents[1]
IMPORTED = ("app.main", "app.http.server", "app.doctor", "app.seeding.postgresql", "app.seeding.sqlite", "drills.loads")
MOST = 1 << 17  # bytes of a request
STARTED, ENDED = b"started", b"ended"
OVERRIDE, READ_SEARCH, DROP, VERSION = 1, 2, 24, 0x20080522  # of Linux: capabilities(7), prctl(2), capget(2)

Command = Sequence[str | Path]
Prepare = Callable[[], object]
Output = int | IO[bytes]  # as `subprocess` has it, without PIPE


class Request(NamedTuple):
    """What is to be run, and how."""

    arguments: list[str]  # of the module, whose name is the first
    environment: dict[str, str]
    folder: str
    in_session: bool
    prepare: Prepare | None


@cache
def _origin() -> "tuple[socket.socket, subprocess.Popen[bytes]]":
    """The process that the others are forked from, and where requests go."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        return ours, subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])


def end() -> None:
    """End that process, if there is one."""
    if _origin.cache_info().currsize:
        requests, process = _origin()
        requests.close()
        process.wait()
        _origin.cache_clear()


class Process:
    """A process of a module, with what is used of `subprocess.Popen`."""

    def __init__(  # noqa: PLR0913 - as there
        self,
        command: Command,
        *,
        env: Mapping[str, str],
        cwd: Path = ROOT,
        stdout: Output = subprocess.DEVNULL,
        stderr: Output = subprocess.DEVNULL,
        preexec_fn: Prepare | None = None,
        start_new_session: bool = False,
    ) -> None:
        """`preexec_fn` is a function of a module, which the process imports."""
        program, option, *arguments = map(str, command)
        if (program, option) != (sys.executable, "-m"):
            raise ValueError(f"{program} {option} is not `python -m`")
        request = pickle.dumps(Request(arguments, dict(env), str(cwd), start_new_session, preexec_fn))
        self._told, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with Path(os.devnull).open("wb") as nowhere:
            files = [nowhere if one == subprocess.DEVNULL else one for one in (stdout, stderr)]
            outputs = [one if isinstance(one, int) else one.fileno() for one in files]
            socket.send_fds(_origin()[0], [request], [*outputs, theirs.fileno()])
        theirs.close()
        self.returncode: int | None = None
        what, _, number = self._told.recv(MOST).partition(b" ")
        if what != STARTED:
            raise RuntimeError(f"{arguments} did not start")
        self.pid = int(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wait()

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._told.settimeout(timeout)
            try:
                _, _, status = self._told.recv(MOST).partition(b" ")
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0) from None
            self.returncode = int(status)
            self._told.close()
        return self.returncode

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(
    command: Command, *, env: Mapping[str, str], prepare: Prepare | None = None, timeout: float = 120
) -> "subprocess.CompletedProcess[str]":
    """What it ended with, and what it printed."""
    pipes = [os.pipe(), os.pipe()]
    process = Process(command, env=env, stdout=pipes[0][1], stderr=pipes[1][1], preexec_fn=prepare)
    for _, writing in pipes:
        os.close(writing)
    with ThreadPoolExecutor(len(pipes)) as reading:
        printed = [reading.submit(_read, pipe[0]) for pipe in pipes]
        try:
            status = process.wait(timeout)
        finally:
            process.kill()
            process.wait()
        return subprocess.CompletedProcess(list(command), status, *(one.result() for one in printed))


def _read(descriptor: int) -> str:
    with os.fdopen(descriptor, encoding="utf-8") as file:
        return file.read()


def without_privileges() -> None:
    """Rights count for root too, once it has lost those to pass over them: for now, and for what it may execute."""
    if os.geteuid() == 0:
        system = ctypes.CDLL(None, use_errno=True)
        header, rights = (ctypes.c_uint32 * 2)(VERSION), (ctypes.c_uint32 * 6)()
        failed = system.capget(header, rights)
        for capability in (OVERRIDE, READ_SEARCH):
            rights[0] &= ~(1 << capability)
            failed = failed or system.prctl(DROP, capability, 0, 0, 0)
        if failed or system.capset(header, rights):
            raise OSError(ctypes.get_errno(), "a capability cannot be dropped")


def main() -> None:
    """Fork a process for each request, and another that waits for it."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    for name in IMPORTED:
        import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, MOST, 3)
        if not message:
            return
        if os.fork() == 0:
            break
        for one in descriptors:
            os.close(one)
    requests.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *outputs, told = descriptors
    with socket.socket(fileno=told) as telling:
        if child := os.fork():
            for one in outputs:
                os.close(one)
            _, status = os.waitpid(child, 0)
            with suppress(OSError):  # nobody may be there any more
                telling.send(b"%b %d" % (ENDED, os.waitstatus_to_exitcode(status)))
            os._exit(0)
        _become(pickle.loads(message), outputs)  # noqa: S301 - it is our own
        telling.send(b"%b %d" % (STARTED, os.getpid()))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _reap(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _become(request: Request, outputs: Sequence[int]) -> None:
    for number, one in enumerate(outputs, 1):
        os.dup2(one, number)
        os.close(one)
    if request.in_session:
        os.setsid()
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    sys.argv = request.arguments
    tempfile.tempdir = None  # that was found in another environment
    if request.prepare:
        request.prepare()


if __name__ == "__main__":
    main()
