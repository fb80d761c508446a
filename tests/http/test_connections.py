"""Connections and their limits: slow, long, silent and too many clients, and an end that cuts no answer."""

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import pytest

from tests.conftest import CITY, SEED, KeptDatabase
from tests.http.conftest import start

REQUEST_TIMEOUT, SEND_TIMEOUT, CONNECTIONS = 1, 2, 30
WITHIN = 20.0  # seconds for what takes two, on a machine that has much else to do
GET = b"GET /v1/facts?limit=1 HTTP/1.1\r\nHost: x\r\n\r\n"


class Service:
    def __init__(self, process: "Popen[bytes]", port: int) -> None:
        self.process, self.port = process, port

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=WITHIN)

    def sockets(self) -> int:
        return sum(map(_is_socket, Path(f"/proc/{self.process.pid}/fd").iterdir()))


def _is_socket(link: Path) -> bool:
    try:
        return str(link.readlink()).startswith("socket:")
    except FileNotFoundError:  # closed meanwhile
        return False


@pytest.fixture(scope="module")
def limited(kept_database: KeptDatabase) -> Iterator[Service]:
    settings = {"request_timeout": REQUEST_TIMEOUT, "send_timeout": SEND_TIMEOUT, "connections": CONNECTIONS}
    process, port = start(kept_database("sqlite", SEED), **settings)
    try:
        yield Service(process, port)
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


def answer(connection: socket.socket) -> tuple[int, dict[str, object]]:
    read = http.client.HTTPResponse(connection)
    read.begin()
    assert read.headers["Content-Type"].startswith("application/"), read.headers
    return read.status, json.loads(read.read())


def ended(connection: socket.socket) -> bool:
    """Whether the service has let it go."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def is_cut_off(connection: socket.socket, pieces: list[bytes], pause: float = 0) -> bool:
    """Whether it was let go while it still sent."""
    try:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize(
    "sent",
    [b"G", b"GET /v1 HTTP/1.1\r\nHost: x\r\nA: ", b"POST /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234"],
    ids=["line", "headers", "body"],
)
def test_a_request_that_does_not_come_whole_is_given_up(sent: bytes, limited: Service) -> None:
    with limited.connect() as connection:
        connection.sendall(sent)
        status, problem = answer(connection)
        # A body is not waited for: nothing is written over HTTP.
        assert (status, problem["type"]) in {(408, "/problems/request-timeout"), (405, "/problems/method-not-allowed")}
        assert ended(connection)


def test_a_client_that_sends_a_byte_now_and_then_is_given_up(limited: Service) -> None:
    with limited.connect() as connection:
        assert is_cut_off(connection, [b"\r\n"] * 100, 0.2)


def test_a_silent_connection_is_closed(limited: Service) -> None:
    with limited.connect() as connection:
        assert ended(connection)


@pytest.mark.parametrize("pieces", [1, 20])
def test_headers_without_end_are_refused(pieces: int, limited: Service) -> None:
    with limited.connect() as connection:
        sent = b"GET /v1 HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n"
        step = -(-len(sent) // pieces)
        try:
            for start_ in range(0, len(sent), step):
                connection.sendall(sent[start_ : start_ + step])
                time.sleep(0.01)
        except ConnectionError:
            pass  # it was refused before it was sent whole
        assert answer(connection)[0] == 431


def test_a_body_without_end_is_not_read(limited: Service) -> None:
    with limited.connect() as connection:
        connection.sendall(b"GET /v1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert answer(connection)[0] == 200
        assert is_cut_off(connection, [b"8000\r\n" + b"a" * 0x8000 + b"\r\n"] * 1000)


def test_a_client_that_takes_nothing_of_its_answers_is_let_go(limited: Service) -> None:
    before = limited.sockets()
    with ExitStack() as opened:
        for _ in range(5):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", limited.port))
            opened.enter_context(connection)
            connection.sendall(b"GET /v1/facts.csv HTTP/1.1\r\nHost: x\r\n\r\n" * 8)
        until = time.monotonic() + WITHIN
        while limited.sockets() > before and time.monotonic() < until:
            time.sleep(0.1)
        assert limited.sockets() <= before
        with limited.connect() as other:
            other.sendall(GET)
            assert answer(other)[0] == 200


def test_of_too_many_connections_the_one_idle_longest_is_closed(limited: Service) -> None:
    with ExitStack() as opened:
        first = opened.enter_context(limited.connect())
        first.sendall(GET)
        assert answer(first)[0] == 200
        for _ in range(CONNECTIONS):
            one = opened.enter_context(limited.connect())
            one.sendall(GET)
            assert answer(one)[0] == 200
        assert ended(first)


def test_a_service_that_is_told_to_stop_cuts_no_answer(kept_database: KeptDatabase) -> None:
    process, port = start(kept_database("sqlite", CITY))
    service = Service(process, port)
    counts: dict[str, int] = {"whole": 0, "cut": 0, "unanswered": 0}
    told = threading.Event()

    def ask() -> None:
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=WITHIN)
                connection.connect()
            except ConnectionError:
                return  # the service has gone
            try:
                while True:
                    connection.request("GET", "/v1/facts?limit=100")
                    read = connection.getresponse()
                    read.read()
                    counts["whole"] += 1
                    if read.will_close:
                        break
            except http.client.IncompleteRead:
                counts["cut"] += 1
            except (ConnectionError, http.client.HTTPException):
                counts["unanswered" if told.is_set() else "cut"] += 1

    clients = [threading.Thread(target=ask) for _ in range(8)]
    for client in clients:
        client.start()
    time.sleep(1)
    told.set()
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    for client in clients:
        client.join()
    assert counts["whole"] > 50
    assert counts["cut"] == 0
    assert counts["unanswered"] <= 1, "at most one that the system had accepted in the moment of the end"
