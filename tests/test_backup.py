"""Backup and restore with the commands in docs/operating.md, run as printed while a service is running."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests import forking
from tests.conftest import CITY, ROOT, NewDatabase, loaded, shortened
from tests.postgres import Server
from tests.store.tiny import until

COMMANDS = re.findall(
    r"^    ((?:cp|mv|pg_\w+|createdb|vacuumdb) .*)$", (ROOT / "docs/operating.md").read_text("utf-8"), re.MULTILINE
)
PATHS = ["/v1", "/v1/facts?limit=500", "/v1/sources.csv", "/v1/releases"]

Answers = dict[str, bytes]


@contextmanager
def service(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=url, access_log=False))) as client:
        yield client


def answers(client: TestClient) -> Answers:
    found = {path: client.get(path) for path in PATHS}
    assert {one.status_code for one in found.values()} == {200}
    return {path: one.content for path, one in found.items()}


def hold_healthy(url: str) -> None:
    environment = os.environ | {"FACTBOOK_DATABASE_URL": url, "FACTBOOK_SEED": str(CITY)}
    done = forking.run([sys.executable, "-m", "app", "doctor"], env=environment)
    assert done.returncode == 0, done.stdout


def run(command: str, cwd: Path, **environment: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stderr)


def test_the_operating_guide_has_the_commands() -> None:
    words = [command.split()[0] for command in COMMANDS]
    assert words == ["cp", "cp", "mv", "pg_dump", "createdb", "pg_restore", "vacuumdb"]


def test_a_sqlite_file_is_backed_up_and_brought_back_while_it_is_served(tmp_path: Path) -> None:
    url = loaded(f"sqlite:///{tmp_path}/factbook.db", CITY)
    with service(url) as client:
        before = answers(client)
        run(COMMANDS[0], tmp_path)
        loaded(url, shortened(tmp_path))
        until(lambda: answers(client)[PATHS[1]] != before[PATHS[1]])
        for command in COMMANDS[1:3]:
            run(command, tmp_path)
        until(lambda: answers(client) == before)
    hold_healthy(url)
    copied = tmp_path / "elsewhere"
    copied.mkdir()
    (tmp_path / "backup.db").rename(copied / "factbook.db")
    with service(f"sqlite:///{copied}/factbook.db") as client:
        assert answers(client) == before


def test_a_postgresql_database_is_backed_up_and_brought_back(
    new_database: NewDatabase, postgresql: Server, tmp_path: Path
) -> None:
    url = loaded(new_database("postgresql"), shortened(tmp_path))
    with service(url) as client:
        (first,) = (one["revision"] for one in client.get("/v1/releases").json()["data"])
        earlier = client.get(f"/v1/facts?as_of={first}")
        loaded(url, CITY)
        until(lambda: client.get("/v1").json()["revision"] != first)
        before = answers(client)
        named = make_url(url).database or ""
        folder = os.pathsep.join([str(postgresql.binaries), os.environ["PATH"]])
        for command in COMMANDS[3:]:
            asked = re.sub(r"\bfactbook\b(?!\.)", named if "pg_dump" in command else "restored", command)
            run(asked, tmp_path, PGHOST=postgresql.socket, PGUSER="postgres", PATH=folder)
        assert answers(client) == before
    restored = url.replace(named, "restored")
    hold_healthy(restored)
    with service(restored) as client:
        assert answers(client) == before
        kept = client.get(f"/v1/facts?as_of={first}")
        assert kept.status_code == earlier.status_code == 200
        assert kept.content == earlier.content
        loaded(restored, shortened(tmp_path / "again"))
        until(lambda: len(client.get("/v1/releases").json()["data"]) == 3)
