"""A client that hangs up during an export leaves nothing behind: no slot, no connection, no transaction."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from starlette.types import Message

from app.main import create_app
from app.queries.formats import CsvWriter
from app.settings import Settings
from app.store.sqlite_release import SqliteRelease
from tests.conftest import DATABASES, CityDatabase
from tests.databases import path_of
from tests.http.test_logs import recorded
from tests.store.test_sqlite import open_files

PIECE_TAKES = 0.3  # seconds
IDLE = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"


def scope_of(path: str) -> dict[str, Any]:
    asked = {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": ""}
    return asked | {"type": "http", "http_version": "1.1", "headers": [(b"host", b"x")], "state": {}}


@pytest.mark.parametrize("database", DATABASES)
def test_who_hangs_up_in_the_middle_of_a_piece(
    database: str, city_database: CityDatabase, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = city_database(database)
    app = create_app(Settings(database_url=url))
    state, reading, pieces = app.state.factbook, threading.Event(), 0
    rows = CsvWriter.rows

    def slowly(self: CsvWriter, answers: Sequence[bytes]) -> bytes:
        nonlocal pieces
        pieces += 1
        if pieces == 3:
            reading.set()
            threading.Event().wait(PIECE_TAKES)
        return rows(self, answers)

    monkeypatch.setattr(CsvWriter, "rows", slowly)

    async def receive() -> Message:
        await asyncio.to_thread(reading.wait, 30)
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        """Like that of a server, which takes what it is given at once, though nobody is there."""

    async def ask() -> None:
        await app(scope_of("/v1/facts.csv"), receive, send)
        assert state.limiters.exports._present == 0  # noqa: SLF001 - while the service runs
        assert lent() == 0

    def lent() -> int:
        release = state.store.current()
        if isinstance(release, SqliteRelease):
            opened = sum(file == str(path_of(url).resolve()) for file in open_files())
            return opened - len(release._idle)  # noqa: SLF001 - the rest is lent
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                return int(connection.execute(text(IDLE)).scalar_one())
        finally:
            engine.dispose()

    with recorded() as requests, closing(state):
        asyncio.run(ask())
    assert pieces == 3, "no further piece is read for nobody"
    (told,) = requests
    assert (told.status, told.end) == (200, "client gone")
