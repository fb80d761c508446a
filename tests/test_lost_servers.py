"""PostgreSQL goes away under a service: reads are tried again, what cannot be answered is 503, and nothing is wrong.

Each fault is real. Those that are not to be noticed have a control: without the second try, callers do notice.
"""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
import uvicorn
from anyio import to_thread
from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import NotReady
from app.http.server import BoundedProtocol
from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from app.store import postgresql_hosts, postgresql_pointer, postgresql_sessions
from bench.processes import free_port
from drills.servers import kill_tree
from tests import postgres
from tests.conftest import CITY, loaded, no_progress
from tests.standbys import Pair, running_pair
from tests.store.tiny import until

READERS = 4
FREED_AFTER = 1.0  # seconds
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
PATHS = ["/v1/facts?limit=20&sort=-value", "/v1/companies", "/v1/facts/groups?by=year", "/v1/places/lindow",
         "/v1/facts.csv", "/v1/organizations.ndjson"]  # fmt: skip


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """A primary and a standby that have the city."""
    with running_pair() as servers:
        found = servers.with_new_database()
        loaded(found.url(), CITY)
        found.settle()
        yield found


@contextmanager
def service(url: str) -> Iterator[TestClient]:
    settings = Settings(database_url=url, cache_bytes=0, export_limit=READERS, access_log=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@contextmanager
def asked_all_the_time(url: str) -> Iterator[list[Response]]:
    """What a service answers to several readers for as long as this lasts, and until all is well again."""
    answers: list[Response] = []
    done = threading.Event()
    with service(url) as client:

        def read(first: int) -> None:
            while not done.is_set():
                answers.extend(client.get(path) for path in PATHS[first:] + PATHS[:first])

        readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
        for reader in readers:
            reader.start()
        try:
            until(lambda: len(answers) > READERS * len(PATHS))
            yield answers
            until(lambda: all(one.status_code == 200 for one in answers[-READERS * len(PATHS) :]))
        finally:
            done.set()
            for reader in readers:
                reader.join()


def refused(answer: Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"


def refusals(answers: list[Response]) -> int:
    """How many were refused, as a caller is to be told; any other answer is whole and right."""
    right: dict[str, set[bytes]] = {}
    wrong = [one for one in answers if one.status_code != 200]
    for one in wrong:
        refused(one)
    for one in answers:
        if one.status_code == 200:
            right.setdefault(str(one.url), set()).add(one.content)
    assert {len(bodies) for bodies in right.values()} == {1}
    return len(wrong)


@contextmanager
def frequent_asking(answers: list[Response]) -> Iterator[None]:
    """Until each reader was answered after what is done within this."""
    yield
    seen = len(answers)
    until(lambda: len(answers) > seen + 2 * READERS)


@pytest.fixture(params=["tried again", "control"])
def tried_again(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether reads are tried again, as they should be, or not."""
    if request.param == "control":
        monkeypatch.setattr(postgresql_hosts, "TRIED_FOR", 0.0)
        monkeypatch.setattr(postgresql_pointer, "LOOK", 0.05)
        monkeypatch.setattr(postgresql_pointer, "FRESH_FOR", 0.05)
    return bool(request.param != "control")


def lose_sessions(server: postgres.Server) -> None:
    server.execute(TERMINATE)


def restart(server: postgres.Server) -> None:
    server.stop()
    server.start()


@pytest.mark.parametrize("fault", [lose_sessions, restart])
def test_a_moment_without_a_server_is_not_noticed(
    fault: Callable[[postgres.Server], None], pair: Pair, tried_again: bool
) -> None:
    with asked_all_the_time(pair.url(pair.primary)) as answers:
        for _ in range(3):
            with frequent_asking(answers):
                fault(pair.primary)
    assert (refusals(answers) == 0) is tried_again


def test_a_killed_server_causes_503_until_it_is_back(pair: Pair) -> None:
    with asked_all_the_time(pair.url(pair.primary)) as answers:
        kill_tree(pair.primary)
        until(lambda: answers[-1].status_code == 503)
        pair.primary.start()
    assert refusals(answers) > 0
    pair.settle()


def test_readyz_follows_the_state_of_the_database(pair: Pair) -> None:
    with service(pair.url(pair.primary)) as client:
        assert client.get("/readyz").status_code == 200
        pair.primary.stop()
        try:
            refused(client.get("/readyz"))
            assert client.get("/livez").status_code == 200
            assert client.get("/metrics").status_code == 200
            until(lambda: client.get(PATHS[0]).status_code != 200)
            for path in PATHS[-3:]:  # each waits for a server to come back
                refused(client.get(path))
        finally:
            pair.primary.start()
        assert client.get("/readyz").status_code == 200, "at once"
        assert {client.get(path).status_code for path in PATHS} == {200}


@pytest.mark.parametrize("lost", ["primary", "standby"])
def test_one_server_of_two_that_is_killed_is_not_noticed(lost: str, pair: Pair) -> None:
    server: postgres.Server = getattr(pair, lost)
    with asked_all_the_time(pair.url()) as answers, service(pair.url()) as client:
        try:
            with frequent_asking(answers):
                kill_tree(server)
            assert client.get("/readyz").status_code == 200
            if lost == "primary":
                with pytest.raises(NotReady):
                    load(pair.url(), CITY, None, no_progress, again=True)
        finally:
            server.start()
    assert refusals(answers) == 0
    load(pair.url(), CITY, None, no_progress, again=True)
    pair.settle()


@pytest.mark.parametrize("path", ["/v1/facts.csv", "/v1/companies.ndjson"])
def test_an_export_begins_again_until_its_first_row(path: str, pair: Pair) -> None:
    with service(pair.url(pair.primary)) as client:
        whole = client.get(path).content
        pair.primary.stop()
        starting = threading.Timer(FREED_AFTER, pair.primary.start)
        starting.start()
        try:
            answer = client.get(path)
        finally:
            starting.join()
    assert answer.status_code == 200
    assert answer.content == whole


@contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """The port of a real server of an app, in a thread."""
    port = free_port()
    settings = uvicorn.Config(app, "127.0.0.1", port, http=BoundedProtocol, log_config=None, lifespan="on")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        yield port
    finally:
        server.should_exit = True
        thread.join()


def interrupted(app: ASGIApp, fault: Callable[[], object]) -> ASGIApp:
    """The app, with a fault after the first piece of each body."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            await send(message)
            if message["type"] == "http.response.body" and not begun:
                begun = True
                await to_thread.run_sync(fault)

        await app(scope, receive, sent)

    return called


@pytest.mark.parametrize("right", [True, False], ids=["lost", "control"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("path", ["/v1/facts.csv", "/v1/facts.ndjson"])
def test_an_export_that_loses_its_server_does_not_end_as_a_whole_one_does(
    path: str, encoding: str, right: bool, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_sessions, "STREAMED", 5)
    app = create_app(Settings(database_url=pair.url(pair.primary), access_log=False))
    fault = partial(lose_sessions, pair.primary) if right else time.monotonic
    with listening(interrupted(app, fault)) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", path, headers={"Accept-Encoding": encoding})
        answer = connection.getresponse()
        assert answer.status == 200
        if right:
            with pytest.raises(http.client.IncompleteRead):
                answer.read()
        else:
            assert answer.read()
        connection.close()
