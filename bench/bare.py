"""The floor: a bare ASGI app on the same uvicorn that returns recorded responses: python -m bench.bare FILE PORT."""

import pickle
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from bench.requests import Client, Request
from bench.systems import System

SET_BY_UVICORN = {"date", "server", "transfer-encoding", "connection"}
Key = tuple[bytes, bytes, bytes]  # raw path, query, If-None-Match
Messages = tuple[dict[str, Any], dict[str, Any]]


class Bare(System):
    """What a server of ours, which runs, answers to some requests."""

    name = "bare"

    def __init__(self, port: int, requests: Iterable[Request], recording: Path) -> None:
        client, messages = Client(port), {}
        for request in dict.fromkeys(requests):
            answer = client.ask(request)
            path, _, query = request.path.encode().partition(b"?")
            headers = [(name.encode(), value.encode()) for name, value in answer.headers if name not in SET_BY_UVICORN]
            start = {"type": "http.response.start", "status": answer.status, "headers": headers}
            body = {"type": "http.response.body", "body": answer.body}
            messages[path, query, request.etag.encode()] = start, body
            self.ready = request.path
        recording.write_bytes(pickle.dumps(messages))
        self._recording = recording

    def command(self, port: int) -> Sequence[str | Path]:
        return [sys.executable, "-m", "bench.bare", self._recording, str(port)]


def main() -> None:
    """Answer until told to stop."""
    messages: dict[Key, Messages] = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 - written by Bare

    async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        etag = b""
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                etag = value
        start, body = messages[scope["raw_path"], scope["query_string"], etag]
        await send(start)
        await send(body)

    uvicorn.run(
        app,
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
