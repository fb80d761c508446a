"""The ceiling: a bare ASGI app that returns recorded answers, run as python -m bench.bare RECORDING PORT."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import uvicorn

from bench.requests import Answer, Client, Request

Headers = list[tuple[bytes, bytes]]
Key = tuple[bytes, bytes]  # raw path, query
SET_BY_UVICORN = {"date", "server", "transfer-encoding", "connection"}


def record(port: int, requests: Iterable[Request], recording: Path) -> None:
    """Write down what a server answers to each request."""
    client = Client(port)
    with recording.open("w", encoding="utf-8") as file:
        for request in dict.fromkeys(requests):
            answer = client.ask(request)
            line = [request.path, request.etag, answer.status, _kept(answer), answer.body.decode()]
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _kept(answer: Answer) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in answer.headers if name.lower() not in SET_BY_UVICORN]


class Bare:
    def __init__(self, recording: Path) -> None:
        self._answers: dict[Key, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._unmodified: dict[tuple[Key, tuple[bytes, bytes]], tuple[dict[str, Any], dict[str, Any]]] = {}
        with recording.open(encoding="utf-8") as file:
            for line in file:
                path, etag, status, headers, body = json.loads(line)
                raw_path, _, query = path.encode().partition(b"?")
                start = {"type": "http.response.start", "status": status}
                start["headers"] = [(name.encode(), value.encode()) for name, value in headers]
                answer = start, {"type": "http.response.body", "body": body.encode()}
                if etag:
                    self._unmodified[(raw_path, query), (b"if-none-match", etag.encode())] = answer
                else:
                    self._answers[raw_path, query] = answer

    async def __call__(self, scope: dict[str, Any], _receive: Any, send: Any) -> None:
        key = scope["raw_path"], scope["query_string"]
        start, body = self._answers.get(key) or NOT_FOUND
        for header in scope["headers"]:
            if header[0] == b"if-none-match":
                start, body = self._unmodified.get((key, header), (start, body))
        await send(start)
        await send(body)


NOT_FOUND = {"type": "http.response.start", "status": 404, "headers": []}, {"type": "http.response.body", "body": b""}


def main() -> None:
    recording, port = Path(sys.argv[1]), int(sys.argv[2])
    uvicorn.run(  # as `factbook serve` does
        Bare(recording),
        port=port,
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
