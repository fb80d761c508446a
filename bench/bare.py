"""The floor: a bare ASGI app on the same uvicorn that returns recorded responses: python -m bench.bare FILE PORT."""

import pickle
import sys
from pathlib import Path
from typing import Any

import uvicorn

Key = tuple[bytes, bytes, bytes]  # raw path, query, If-None-Match
Messages = tuple[dict[str, Any], dict[str, Any]]


def main() -> None:
    """Answer until it is stopped."""
    messages: dict[Key, Messages] = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - written by cost.py

    async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        etag = b""
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                etag = value
        start, body = messages[scope["raw_path"], scope["query_string"], etag]
        await send(start)
        await send(body)

    quiet: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False}
    uvicorn.run(app, port=int(sys.argv[2]), loop="uvloop", http="httptools", ws="none", lifespan="off", **quiet)


if __name__ == "__main__":
    main()
