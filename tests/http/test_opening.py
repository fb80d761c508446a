"""A SQLite file is opened and compared with its digest on threads; meanwhile other requests are answered."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from app.store.sqlite_files import ReleaseFiles
from tests.conftest import CITY, KeptDatabase, NewDatabase, loaded, no_progress
from tests.databases import path_of

PATIENCE = 30  # seconds; nobody waits so long but for what never happens
LIST = "/v1/companies?limit=1"


class Digests:
    """How digests are taken: each only once it may, and where."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.threads: list[int] = []
        self.waited_in_vain = False

    def wait(self) -> None:
        self.threads.append(threading.get_ident())
        self.waited_in_vain |= not self.may_end.wait(PATIENCE)


@pytest.fixture
def digests(monkeypatch: pytest.MonkeyPatch) -> Iterator[Digests]:
    real, found = ReleaseFiles.check_digest, Digests()

    def slow(self: ReleaseFiles, path: Path, release_id: str) -> None:
        found.wait()
        real(self, path, release_id)

    monkeypatch.setattr(ReleaseFiles, "check_digest", slow)
    yield found
    found.may_end.set()
    assert not found.waited_in_vain
    assert threading.get_ident() not in found.threads, "that is the thread of the event loop"


def client_of(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test", timeout=PATIENCE)


def beyond(cursor: str) -> str:
    """The same of a release with a higher number than there is."""
    release, number, *rest = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    content = json.dumps([release, number + 1, *rest]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_a_cursor_of_a_load_that_is_being_opened_waits_on_a_thread(new_database: NewDatabase, digests: Digests) -> None:
    url = new_database("sqlite")
    digests.may_end.set()
    app = create_app(Settings(database_url=loaded(url, CITY)))

    async def ask() -> None:
        async with app.router.lifespan_context(app), client_of(app) as client:
            after = parse_qs(urlsplit((await client.get(LIST)).json()["links"]["next"]).query)["after"][0]
            await asyncio.to_thread(load, url, CITY, None, no_progress, again=True)
            digests.may_end.clear()
            digests.threads.clear()
            asked = asyncio.create_task(client.get(LIST, params={"after": beyond(after)}))
            checked = asyncio.create_task(client.get("/readyz"))
            while not digests.threads:
                await asyncio.sleep(0.01)
            assert (await client.get(LIST)).status_code == 200, "of what is open"
            assert not asked.done()
            digests.may_end.set()
            assert (await asked).status_code == 200
            assert (await checked).status_code == 200

    asyncio.run(ask())


def test_the_file_is_opened_on_a_thread_at_start(kept_database: KeptDatabase, digests: Digests) -> None:
    app = create_app(Settings(database_url=kept_database("sqlite", CITY)))
    digests.may_end.set()

    async def ask() -> None:
        async with app.router.lifespan_context(app), client_of(app) as client:
            assert len(digests.threads) == 1, "before anybody asks"
            assert (await client.get(LIST)).status_code == 200

    asyncio.run(ask())
    assert len(digests.threads) == 1


def test_a_file_that_comes_later_is_opened_while_others_are_answered(
    new_database: NewDatabase, kept_database: KeptDatabase, digests: Digests
) -> None:
    url = new_database("sqlite")
    app = create_app(Settings(database_url=url))

    async def ask() -> None:
        async with app.router.lifespan_context(app), client_of(app) as client:
            for path in (LIST, "/readyz"):
                assert (await client.get(path)).status_code == 503
            path_of(url).hardlink_to(path_of(kept_database("sqlite", CITY)))
            asked = asyncio.create_task(client.get(LIST))
            while not digests.threads:
                await asyncio.sleep(0.01)
            assert (await client.get("/livez")).status_code == 200
            assert not asked.done()
            digests.may_end.set()
            assert (await asked).status_code == 200
            assert (await client.get("/readyz")).status_code == 200

    asyncio.run(ask())
