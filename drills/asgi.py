"""The service asked in this process, without a server: the same request for several databases, quickly."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes, unquote

from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from drills.drawing import Asked
from drills.reading import PATIENCE

METHOD = re.compile(rb"[A-Z]{1,20}")
IN_HEADER = re.compile(rb"[\t \x21-\x7e\x80-\xff]*")


class Answered(NamedTuple):
    """What a service has sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def can_be_sent(asked: Asked) -> bool:
    """Whether a server would let a request through to the service."""
    headers = all(IN_HEADER.fullmatch(value) for _, value in asked.headers)
    return asked.target.startswith(b"/") and METHOD.fullmatch(asked.method) is not None and headers


@contextmanager
def service(url: str) -> Iterator[FastAPI]:
    app = create_app(Settings(database_url=url, time_limit=PATIENCE))
    yield app
    app.state.responder.database.close()


async def answered(app: FastAPI, asked: Asked) -> Answered:
    """One answer, as a server would take it."""
    path, _, query = asked.target.partition(b"?")
    path, query = (quote_from_bytes(part, safe=bytes(range(0x21, 0x7F))).encode() for part in (path, query))
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "scheme": "http",
        "method": asked.method.decode(), "path": unquote(path.decode()), "raw_path": path, "query_string": query,
        "root_path": "", "headers": [(b"host", b"127.0.0.1"), *((name.lower(), sent) for name, sent in asked.headers)],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    sent: list[Any] = []
    requested = False

    async def receive() -> dict[str, Any]:
        nonlocal requested
        if requested:  # nobody hangs up
            await asyncio.Event().wait()
        requested = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Answered(sent[0]["status"], sent[0]["headers"], b"".join(one.get("body", b"") for one in sent[1:]))
