"""Runs uvicorn, and adds to its HTTP protocol: raw Chinese in a URL works, messages are bounded, trailers are refused.

Slow clients and idle connections are left to the proxy. Only a request line is ever altered, and only where it is
certain to be one: an altered body would be longer than its Content-Length, and its end would be read as another
request. The parser says where a message ends; it is not guessed.
"""

import errno
import os
import re
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.database_errors import described, refused
from app.errors import PROBLEM_JSON, ApiError, ContentTooLarge, HeadersTooLarge, NotReady
from app.folders import temporary_folder
from app.http import logs
from app.http.admission import ApiKeys
from app.http.problems import problem_body
from app.http.telemetry import SHARED_IN
from app.settings import Settings
from app.store.releases import UNREACHABLE, Store

LONGEST_WAIT = 5.0  # seconds for a database
MAX_HEAD, MAX_BODY = 32 * 1024, 64 * 1024  # bytes: request line and headers; body, framing included
PIECE = 4 * 1024  # bytes; what follows a message in the same piece is not counted: limits are exact to two pieces
NOT_ASCII = re.compile(rb"[\x80-\xff]+")
# Where the next byte belongs, as the pattern of the next piece there; UNCUT: in a body, or unknown.
BETWEEN = re.compile(rb"[\r\n]*")
LINE = re.compile(rb"[^\n]*\n?")
HEAD = re.compile(rb"[\r\n]+|[^\n]*(?:\n(?!\r\n)[^\n]*)*(?:\n\r\n)?")
UNCUT = re.compile(rb".{1,%d}" % PIECE, re.DOTALL)
HEAD_TOO_LARGE = HeadersTooLarge(f"The URL and the headers are over {MAX_HEAD // 1024} kB; ask for less at a time.")
BODY_TOO_LARGE = ContentTooLarge(f"A body of over {MAX_BODY // 1024} kB is not read; send a text in parts.")
HEADERS = f"content-type: {PROBLEM_JSON}\r\nx-content-type-options: nosniff\r\ncache-control: no-store\r\n".encode()
HEADERS += b"connection: close\r\ncontent-length: %d\r\n\r\n"


NO_TRAILERS: Any = ()  # uvicorn would append them to the headers of the request; to a tuple it cannot, and answers 400


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `size` counts the bytes of the head, then of the body, of the message that is arriving."""

    place, size, in_body, refused = BETWEEN, 0, False, False

    def data_received(self, data: bytes) -> None:
        """Feed the parser in pieces that end where a request line or a head ends."""
        if self.place is BETWEEN and len(data) <= PIECE and data.isascii() and data.endswith(b"\r\n\r\n"):
            self._feed(data)  # nearly always: a whole head
            return
        at = 0
        while at < len(data) and not (self.refused or self.transport.is_closing()):
            if self.place is BETWEEN and data[at] not in b"\r\n":
                self.place = LINE
            until = self.place.match(data, at).end()  # type: ignore[union-attr]  # they always match
            piece, at = data[at:until], until
            if self.place is LINE:
                self.place = HEAD if piece.endswith(b"\n") else LINE
                piece = NOT_ASCII.sub(lambda run: b"%" + run[0].hex("%").upper().encode(), piece)
            self._feed(piece)

    def _feed(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.place is UNCUT or self.size <= MAX_HEAD:  # else all of it belongs to a head that is too long
            super().data_received(piece)
        # A message that begins in the middle of a piece: where its request line ends is unknown.
        if self.place is BETWEEN and isinstance(self.headers, list):
            self.place = UNCUT
        if self.size > (MAX_BODY if self.in_body else MAX_HEAD) and not self.refused:
            self._refuse(BODY_TOO_LARGE if self.in_body else HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.headers = NO_TRAILERS
        self.place, self.size, self.in_body = UNCUT, 0, True

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.place, self.size, self.in_body = BETWEEN, 0, False

    def send_400_response(self, msg: str) -> None:
        if self._may_refuse():
            super().send_400_response(msg)

    def _refuse(self, problem: ApiError) -> None:
        body = problem_body(problem, _root_path_of(self.app))
        if self._may_refuse():
            self.transport.write(STATUS_LINE[problem.status] + HEADERS % len(body) + body)
            self.transport.close()

    def _may_refuse(self) -> bool:
        """Stop parsing and end the connection. Return whether a refusal may be sent: it must neither be taken for the
        response to another request nor cut one off.
        """
        self.refused, self.place, cycle = True, UNCUT, self.cycle
        if cycle is None or (cycle.response_complete and not self.in_body):
            return True
        if not self.in_body:  # uvicorn finishes the earlier response, then closes the connection
            cycle.keep_alive = False
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        if self.pipeline or cycle.response_started:
            self.transport.close()
        return not self.transport.is_closing()


def _root_path_of(app: Any) -> str:
    """That of the service which a server runs, perhaps within applications of the server's own."""
    while not hasattr(app, "state") and hasattr(app, "app"):
        app = app.app
    return str(app.state.factbook.settings.root_path) if hasattr(app, "state") else ""


def serve(create_app: Callable[..., Any], settings: Settings, store: Store) -> None:
    """Serve until told to stop. Raises OSError if it cannot listen there, NotReady for a wrong file of keys."""
    host, port, workers = settings.host, settings.port, settings.workers
    _check_address(host, port)
    if settings.api_keys:
        try:
            ApiKeys(settings.api_keys)  # workers that cannot read them would be started again and again
        except ValueError as error:
            raise NotReady(str(error)) from error
    if sys.stderr and sys.stderr.isatty():  # it may be closed
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        sys.stderr.write(f"\n  The docs:   {url}/docs\n  A question: curl '{url}/v1/facts?limit=1'\n\n")
    app: str | Callable[[], Any] = partial(create_app, settings, store)
    with ExitStack() as stack:
        if workers > 1:
            store.close()  # each worker opens it, and makes an application of its own
            app = "app.main:create_app"
            # The workers inherit it, and share their metrics there.
            os.environ[SHARED_IN] = str(stack.enter_context(temporary_folder()))
        uvicorn.run(
            app,
            factory=True,
            host=host,
            port=port,
            workers=workers,
            http=BoundedProtocol,
            ws="none",
            log_config=logs.configuration(settings.log_level),
            log_level=settings.log_level,
            access_log=False,  # see app/http/logs.py
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_keep_alive=settings.keep_alive,
            timeout_graceful_shutdown=settings.grace,
        )


def _check_address(host: str, port: int) -> None:
    """Raises OSError if it cannot be listened on: uvicorn would start everything first, and then log it."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in addresses:
            try:
                socket.create_server(address, family=family).close()
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL or len(addresses) == 1:  # such as localhost without IPv6
                    raise
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # the address is named already
        todo = "choose another with --host and --port, or FACTBOOK_HOST and FACTBOOK_PORT"
        raise OSError(f"Cannot listen on {host}:{port}: {reason}; {todo}.") from error


def check_database(store: Store) -> str | None:
    """A warning if the database cannot be reached yet. Raises NotReady for any other problem, such as a wrong password:
    the service must not start with a database that it cannot use.
    """
    try:
        store.check(LONGEST_WAIT)
    except NotReady as error:
        if error.detail != UNREACHABLE:
            raise
        reason: BaseException = error
        while reason.__cause__:
            reason = reason.__cause__
        if refused(reason):
            raise NotReady(f"The database cannot be reached: {described(reason)}") from error
        return f"{error.detail} Not ready until it can. {described(reason)}"
    return None
