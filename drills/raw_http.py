"""HTTP over a bare socket: requests that no client library would send, and responses parsed by the letter (h11)."""

import socket
from typing import NamedTuple

import h11

from bench.processes import HOST
from drills.readers import PATIENCE

Headers = tuple[tuple[bytes, bytes], ...]
PIECE = 1 << 16
WITHOUT_BODY = (204, 304)
ENDS = {"content-length", "transfer-encoding", "connection"}  # one of them says where a body ends


class NoResponse(Exception):
    """The connection ended, or what came is no HTTP."""


class RawRequest(NamedTuple):
    """What is sent, byte by byte."""

    target: bytes
    method: bytes = b"GET"
    headers: Headers = ()


class RawResponse(NamedTuple):
    """A response as it came. `is_last` where it says that the connection ends with it."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_last: bool


class RawClient:
    """One connection that is kept, and another whenever the server has ended it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection((HOST, self._port), timeout=PATIENCE)

    def close(self) -> None:
        self._socket.close()

    def send(self, request: RawRequest) -> RawResponse:
        """Raises NoResponse."""
        lines = b"".join(b"%b: %b\r\n" % header for header in request.headers)
        host = b"" if any(name.lower() == b"host" for name, _ in request.headers) else b"Host: 127.0.0.1\r\n"
        is_last = True
        try:
            self._socket.sendall(b"%b %b HTTP/1.1\r\n%b%b\r\n" % (request.method, request.target, host, lines))
            response = self._receive(request.method)
            is_last = response.is_last
        except (OSError, h11.RemoteProtocolError) as error:
            raise NoResponse(f"{type(error).__name__}: {error}") from error
        finally:
            if is_last:
                self.close()
                self._connect()
        return response

    def _receive(self, method: bytes) -> RawResponse:
        parser = h11.Connection(h11.CLIENT)
        known = "HEAD" if method == b"HEAD" else "GET"  # which only matters for the length of the response
        parser.send(h11.Request(method=known, target="/", headers=[("Host", HOST)]))
        parser.send(h11.EndOfMessage())
        status, headers, body = 0, dict[str, str](), bytearray()
        while True:
            match parser.next_event():
                case h11.NEED_DATA:
                    parser.receive_data(self._socket.recv(PIECE))
                case h11.Response(status_code=status) as head:
                    headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
                    if known == "GET" and status not in WITHOUT_BODY and not ENDS.intersection(headers):
                        raise NoResponse(f"a response that does not say where it ends: {headers}")
                case h11.Data(data=data):
                    body += data
                case h11.EndOfMessage():
                    break
                case other:
                    raise NoResponse(f"{other!r}")
        if parser.trailing_data[0]:
            raise NoResponse(f"more than one response: {parser.trailing_data[0][:100]!r}")
        is_last = headers.get("connection", "").lower() == "close"
        return RawResponse(status, headers, bytes(body), is_last)
