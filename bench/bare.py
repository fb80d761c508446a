"""The floor: a bare ASGI app that returns recorded responses; cost.py serves it with the same uvicorn as ours."""

import os
import pickle
from pathlib import Path
from typing import Any

Key = tuple[bytes, bytes, bytes]  # raw path, query, If-None-Match
Messages = tuple[dict[str, Any], dict[str, Any]]
MESSAGES: dict[Key, Messages] = pickle.loads(Path(os.environ["RECORDED"]).read_bytes())  # noqa: S301 - by cost.py


async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    etag = b""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            etag = value
    start, body = MESSAGES[scope["raw_path"], scope["query_string"], etag]
    await send(start)
    await send(body)
