"""The server's side of a connection: Chinese typed raw in a URL works, and a refusal is a problem."""

import re
import uuid
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.decimals import json_bytes
from app.errors import PROBLEM_JSON, BadRequest, Mistake, Problem
from app.http.headers import POLICY

NOT_ASCII = re.compile(rb"[\x80-\xff]")
REQUEST_LINE = re.compile(rb"^[A-Z]+ [^\r\n]* HTTP/1\.[01]\r?$", re.MULTILINE)
UNFINISHED_LINE = re.compile(rb"(?<=\r\n\r\n)(?:GET|HEAD) [^\r\n]*\Z")
SAFE_HEADERS = (
    b"x-content-type-options: nosniff\r\ncontent-security-policy: %b\r\ncache-control: no-store\r\n"
    b"connection: close\r\n\r\n"
) % POLICY.encode()


class RawUrlProtocol(HttpToolsProtocol):
    """Percent-encodes the bytes of a request line that are not ASCII, before the parser refuses them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._in_request_line = True
        self.refusal: Problem | None = None  # why a callback of the parser has raised

    def data_received(self, data: bytes) -> None:
        if data.isascii():
            self._in_request_line = self._in_request_line and b"\n" not in data
            super().data_received(data)
            return
        if self._in_request_line:
            line, newline, rest = data.partition(b"\n")
            self._in_request_line = not newline
            data = _encoded(line) + newline + rest
        if not data.isascii():
            # Of requests that were sent without waiting, several lie in one piece.
            data = REQUEST_LINE.sub(lambda line: _encoded(line[0]), data)
            data = UNFINISHED_LINE.sub(lambda line: _encoded(line[0]), data)
        super().data_received(data)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_request_line = True

    def send_400_response(self, msg: str) -> None:
        mistake = Mistake("invalid-request", "", "", f"{msg} Send one HTTP/1.1 request with a percent-encoded URL.")
        self.refuse(self.refusal or BadRequest([mistake]))

    def refuse(self, problem: Problem) -> None:
        """Answer for the service, and end the connection."""
        body = json_bytes(problem.body())
        headers = [f"{name.lower()}: {value}\r\n".encode() for name, value in problem.headers.items()]
        self.transport.write(
            b"".join(
                (
                    STATUS_LINE[problem.status],
                    f"content-type: {PROBLEM_JSON}\r\ncontent-length: {len(body)}\r\n".encode(),
                    f"x-request-id: {uuid.uuid4().hex}\r\n".encode(),
                    *headers,
                    SAFE_HEADERS,
                    body,
                )
            )
        )
        self.transport.close()


def _encoded(line: bytes) -> bytes:
    return line if line.isascii() else NOT_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), line)
