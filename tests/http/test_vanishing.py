"""Clients that vanish during an export leave no slot and no connection in use."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message

from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, DATABASES, KeptDatabase

VANISHING = 40  # more than there are slots for exports and places in their queue
PATH = "/v1/facts.ndjson"
SCOPE: dict[str, Any] = {
    "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
    "scheme": "http", "path": PATH, "raw_path": PATH.encode(), "query_string": b"", "root_path": "",
    "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
}  # fmt: skip


async def ask(app: Callable[..., Any], *, vanishes: bool) -> tuple[int, bytes]:
    """Status and body; who vanishes is gone as soon as the first bytes of the body are there."""
    gone, sent = asyncio.Event(), list[Message]()
    requests = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        if request := next(requests, None):
            return request
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if vanishes and message["type"] == "http.response.body":
            gone.set()
            await asyncio.sleep(60)  # nobody takes it; the service need not wait that long

    async with asyncio.timeout(30):
        await app({**SCOPE, "state": {}}, receive, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


@pytest.mark.parametrize("kind", DATABASES)
def test_exports_of_clients_that_vanish_free_their_slots_and_their_connections(
    kind: str, kept_database: KeptDatabase
) -> None:
    app = create_app(Settings(database_url=kept_database(kind, CITY)))

    async def all_of_them() -> tuple[tuple[int, bytes], tuple[int, bytes]]:
        before = await ask(app, vanishes=False)
        for _ in range(VANISHING):
            await ask(app, vanishes=True)
        return before, await ask(app, vanishes=False)

    try:
        before, after = asyncio.run(all_of_them())
    finally:
        app.state.factbook.close()
    assert before[0] == 200
    assert after == before
