"""Loads beside readers: each answer is of one revision, and nothing is refused."""

import shutil
import threading
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from tests.conftest import CITY, DATABASES, NewDatabase, loaded

LOADS, READERS = 6, 3
PATIENCE = 60  # seconds until a reader has come by, on a machine that has much else to do
PATHS = ["/v1/facts?limit=200&sort=-value", "/v1/facts/groups?by=initiative,year&limit=500", "/v1/companies", "/v1"]


@pytest.mark.parametrize("database", DATABASES)
def test_a_reader_sees_one_revision_or_the_other(database: str, new_database: NewDatabase, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(CITY, other)
    bulk = next((other / "facts").glob("*.csv"))
    bulk.write_text("".join(bulk.read_text(encoding="utf-8").splitlines(keepends=True)[:-5]), encoding="utf-8")
    url = loaded(new_database(database), CITY)
    seen: dict[tuple[str, str], set[bytes]] = {}
    revisions: set[str] = set()
    wrong: list[str] = []
    done = threading.Event()

    with TestClient(create_app(Settings(database_url=url))) as client:

        def read() -> None:
            while not done.is_set():
                for path in PATHS:
                    answer = client.get(path)
                    if answer.status_code != 200:
                        wrong.append(answer.text)
                        continue
                    body = answer.json()
                    revision = body.get("revision") or body["meta"]["revision"]
                    revisions.add(revision)
                    seen.setdefault((path, revision), set()).add(
                        answer.content.replace(body.get("loaded_at", "-").encode(), b"")
                    )

        readers = [threading.Thread(target=read) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        for number in range(LOADS):
            loaded_now = load(url, other if number % 2 else CITY, None, lambda _what, _count: None).revision
            patient_until = time.monotonic() + PATIENCE
            while loaded_now not in revisions and time.monotonic() < patient_until:
                time.sleep(0.01)  # each revision is read at least once, then loads and readers race
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert len(revisions) == 2
    assert all(len(bodies) == 1 for bodies in seen.values())
