"""HTTP over a bare socket: requests that no client library would send, and answers read to the letter."""

import re
import socket
from http.client import NOT_MODIFIED
from typing import NamedTuple

from drills.drawing import Asked
from drills.reading import HOST, PATIENCE

LINE = re.compile(rb"[!#-'*+.^-z|~0-9A-Z-]+:[\t \x21-\x7e]*")
STATUS = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) [ -~]*")
PIECE = 1 << 16


class NoAnswer(Exception):
    """The connection ended, or what came is no HTTP."""


class Read(NamedTuple):
    """An answer as it came. `closing` where it says that the connection ends with it."""

    status: int
    headers: dict[str, str]
    body: bytes
    closing: bool


class Asking:
    """One kept connection, and another whenever the server has ended it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection((HOST, self._port), timeout=PATIENCE)
        self._rest = b""

    def close(self) -> None:
        self._socket.close()

    def ask(self, asked: Asked) -> Read:
        """Raises NoAnswer."""
        lines = b"".join(b"%b: %b\r\n" % header for header in asked.headers)
        host = b"" if any(name.lower() == b"host" for name, _ in asked.headers) else b"Host: 127.0.0.1\r\n"
        ended = True
        try:
            self._socket.sendall(b"%b %b HTTP/1.1\r\n%b%b\r\n" % (asked.method, asked.target, host, lines))
            read = self._read(asked.method)
            ended = read.closing
        except OSError as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        finally:
            if ended:
                self.close()
                self._connect()
        return read

    def _read(self, method: bytes) -> Read:
        first, *lines = self._until(b"\r\n\r\n").split(b"\r\n")
        if not (found := STATUS.fullmatch(first)):
            raise NoAnswer(f"no status line: {first[:100]!r}")
        status, headers = int(found[1]), {}
        for line in lines:
            if not LINE.fullmatch(line):
                raise NoAnswer(f"no header: {line[:100]!r}")
            name, _, value = line.decode("ascii").partition(":")
            headers[name.lower()] = value.strip()
        closing = headers.get("connection", "").lower() == "close"
        if method == b"HEAD" or status == NOT_MODIFIED:
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self._count(int(headers.get("content-length", "0")))
        return Read(status, headers, body, closing)

    def _chunks(self) -> list[bytes]:
        chunks = []
        while length := int(self._until(b"\r\n"), 16):
            chunks.append(self._count(length))
            self._until(b"\r\n")
        self._until(b"\r\n")
        return chunks

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            self._more()
        found, _, self._rest = self._rest.partition(end)
        return found

    def _count(self, length: int) -> bytes:
        while len(self._rest) < length:
            self._more()
        found, self._rest = self._rest[:length], self._rest[length:]
        return found

    def _more(self) -> None:
        piece = self._socket.recv(PIECE)
        if not piece:
            raise NoAnswer("the connection ended")
        self._rest += piece
