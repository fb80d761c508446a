"""Servers for these tests, each a process that gets requests over HTTP and is stopped as an operator would."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from bench.processes import free_port
from tests import forking
from tests.forking import Output


def wait(port: int, process: forking.Process | subprocess.Popen[bytes]) -> None:
    """Until the server answers."""
    while process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}/livez").close()
        except URLError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server has ended")


@contextmanager
def serving(
    environment: Mapping[str, str],
    *arguments: str,
    stdout: Output = subprocess.DEVNULL,
    stderr: Output = subprocess.DEVNULL,
) -> Iterator[tuple[forking.Process, int]]:
    """A server and its port; afterwards it must end well, whatever was done to it."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FACTBOOK_")}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port), *arguments]
    process = forking.Process(command, env=kept | dict(environment), stdout=stdout, stderr=stderr)
    try:
        wait(port, process)
        yield process, port
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
