"""What an operator can put right ends a command with one line, which says what to do, and with exit status 2 or 3."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

import dev
from tests import forking
from tests.conftest import CITY, ROOT, KeptDatabase
from tests.forking import without_privileges
from tests.postgres import Server

WORKERS: list[list[str]] = [[], ["--workers", "2"]]
PASSWORD = "sesame-4c1e"  # noqa: S105 - of a role of these tests


def error_of(*arguments: str, prepare: Callable[[], None] | None = None, status: int = 3, **settings: str) -> str:
    """The one line with which a command ends."""
    environment = os.environ | {"FACTBOOK_SEED": str(CITY), **settings}
    done = forking.run([sys.executable, "-m", "app", *arguments], env=environment, prepare=prepare)
    assert (done.returncode, done.stdout) == (status, ""), done
    lines = [line for line in done.stderr.splitlines() if not line.startswith("  ")]  # progress is indented
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def database(kept_database: KeptDatabase) -> str:
    return kept_database("sqlite", CITY)


@pytest.fixture
def port_in_use() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


@pytest.mark.parametrize("workers", WORKERS, ids=len)
def test_a_port_in_use(workers: list[str], port_in_use: str, database: str) -> None:
    error = error_of("serve", "--port", port_in_use, *workers, FACTBOOK_DATABASE_URL=database)
    assert error.startswith(f"Cannot listen on 127.0.0.1:{port_in_use}: Address already in use; choose another with")
    assert "FACTBOOK_PORT" in error


@pytest.mark.parametrize("workers", WORKERS, ids=len)
@pytest.mark.parametrize("host", ["192.0.2.7", "no such host"])
def test_a_host_that_is_not_this_machine(host: str, workers: list[str], database: str) -> None:
    error = error_of("serve", "--host", host, *workers, FACTBOOK_DATABASE_URL=database)
    assert error.startswith(f"Cannot listen on {host}:8000: ")
    assert "choose another with --host" in error


@pytest.mark.parametrize("port", ["0", "70000", "abc"])
def test_a_wrong_port(port: str) -> None:
    assert error_of("serve", "--port", port, status=2).startswith("Invalid value for '--port': Input should be ")
    assert error_of("serve", FACTBOOK_PORT=port).startswith("FACTBOOK_PORT: Input should be ")


@pytest.mark.skipif(not (shutil.which("make") and dev.STAMP.exists()), reason="needs make, and what it installs")
@pytest.mark.parametrize(("given", "settings"), [(["PORT=abc"], {}), ([], {"PORT": "70000"})], ids=len)
def test_make_run_with_a_wrong_port(given: list[str], settings: dict[str, str]) -> None:
    command = ["make", "--no-print-directory", "run", f"PYTHON={sys.executable}", *given]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    environment = kept | {"FACTBOOK_SEED": str(CITY), **settings}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    ours = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
    assert [line.partition(" be ")[0] for line in ours] == ["FACTBOOK_PORT: Input should"]


@pytest.mark.parametrize(
    ("arguments", "said"), [(["lod"], "No such command 'lod'"), (["export"], "Missing argument 'folder'")]
)
def test_a_wrong_command_line(arguments: list[str], said: str) -> None:
    error = error_of(*arguments, status=2)
    assert error.startswith(said)
    assert error.endswith("(see --help)")


def test_an_unknown_setting() -> None:
    assert error_of("serve", FACTBOOK_PROT="1") == "FACTBOOK_PROT: is not a setting; did you mean FACTBOOK_PORT?"


@pytest.mark.parametrize("workers", WORKERS, ids=len)
def test_a_file_of_keys_with_a_line_that_is_none(workers: list[str], database: str, tmp_path: Path) -> None:
    (keys := tmp_path / "keys").write_text("sesame\n", encoding="utf-8")
    error = error_of("serve", *workers, FACTBOOK_API_KEYS=str(keys), FACTBOOK_DATABASE_URL=database)
    assert error == f"{keys}:1: write NAME sha256:DIGEST, as `factbook key NAME` prints it"


@pytest.mark.parametrize("command", ["load", "check", "pin"])
def test_a_seed_folder_that_does_not_exist(command: str, tmp_path: Path) -> None:
    missing = str(tmp_path / "nowhere")
    expected = f"{missing} is not a folder; name the seed folder, or set FACTBOOK_SEED to it."
    assert error_of(command, missing) == error_of(command, FACTBOOK_SEED=missing) == expected


@pytest.mark.parametrize("command", ["load", "serve"])
@pytest.mark.parametrize(
    ("path", "loading", "serving"),
    [
        ("folder", "is a folder; ", "see that it is a file"),
        ("nowhere/city.db", "see that its folder is there", "run `factbook load`"),
        ("closed/city.db", "this user may read and write it", "run `factbook load`"),
    ],
    ids=["a folder", "in no folder", "not writable"],
)
def test_a_file_that_cannot_be_used(path: str, loading: str, serving: str, command: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "closed").mkdir(mode=0o555)
    url = f"sqlite:///{tmp_path / path}"
    error = error_of(command, prepare=without_privileges, FACTBOOK_DATABASE_URL=url)
    assert (loading if command == "load" else serving) in error


def test_a_server_that_cannot_be_reached() -> None:
    """A service starts, and waits for it."""
    error = error_of("load", FACTBOOK_DATABASE_URL="postgresql://me:secret@127.0.0.1:1/city")
    assert error.endswith("see that the server runs, and that FACTBOOK_DATABASE_URL says where.")
    assert "secret" not in error


@pytest.fixture(scope="module")
def guarded(postgresql: Server) -> str:
    """The URL of a database, for a role that needs a password."""
    url = make_url(postgresql.new_database())
    postgresql.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{PASSWORD}'")
    rules = Path(postgresql.execute("SHOW hba_file")[0][0])
    rules.write_text("local all guarded scram-sha-256\n" + rules.read_text(encoding="utf-8"), encoding="utf-8")
    postgresql.execute("SELECT pg_reload_conf()")
    for _ in range(100):
        try:
            psycopg.connect(host=postgresql.socket, user="guarded", dbname=url.database).close()
        except psycopg.OperationalError:
            return f"postgresql://guarded:%s@/{url.database}?host={postgresql.socket}"
        time.sleep(0.1)
    raise RuntimeError("the server does not read its rules again")


@pytest.mark.parametrize("command", ["load", "serve"])
def test_a_wrong_password(command: str, guarded: str) -> None:
    error = error_of(command, FACTBOOK_DATABASE_URL=guarded % "secret")
    assert error.startswith("The database cannot be reached: ")
    assert error.endswith("; correct user and password in FACTBOOK_DATABASE_URL.")
    assert "secret" not in error


@pytest.mark.parametrize("command", ["load", "serve"])
def test_an_unknown_database(command: str, postgresql: Server) -> None:
    error = error_of(command, FACTBOOK_DATABASE_URL=f"postgresql://postgres@/nowhere?host={postgresql.socket}")
    assert error.startswith("The database cannot be reached: ")
    assert error.endswith("or correct its name in FACTBOOK_DATABASE_URL.")
