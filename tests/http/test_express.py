"""The short way and the long way give the same answer, byte for byte; what takes long is given up in time."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.errors import TimedOut
from app.http.express import Express
from app.main import create_app
from app.readers import Readers
from app.settings import Settings
from tests.conftest import DATABASES, SEED, KeptDatabase
from tests.test_parity import question, questions

ASKED = [
    {"Accept-Encoding": "identity"},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "gzip", "Accept": "application/json"},
    {"Accept-Encoding": "identity", "If-None-Match": '"no-such-tag", *'},
]


@pytest.fixture(scope="module", params=DATABASES)
def ways(request: pytest.FixtureRequest, kept_database: KeptDatabase) -> Iterator[tuple[TestClient, TestClient]]:
    """A service, and the same without its short way."""
    app = create_app(Settings(database_url=kept_database(request.param, SEED)))
    express = app.middleware_stack
    assert isinstance(express, Express)

    async def long_way(scope: Scope, receive: Receive, send: Send) -> None:
        await express.app({**scope, "app": app}, receive, send)

    with ExitStack() as stack:
        short = stack.enter_context(TestClient(app, raise_server_exceptions=False))
        yield short, TestClient(long_way, raise_server_exceptions=False)


def shown(answer: Any) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("headers", ASKED, ids=lambda headers: " ".join(headers.values()))
def test_both_ways_lead_to_the_same_answer(headers: dict[str, str], ways: tuple[TestClient, TestClient]) -> None:
    short, long = ways
    answered = 0
    for url in questions()[::5]:
        first, again, other = (way.get(url, headers=headers) for way in (short, short, long))
        assert shown(first) == shown(other), url
        assert shown(first) == shown(again), "an answer of the cache is the same too"
        answered += first.status_code == 200
    assert answered > 50 or "*" in headers.get("If-None-Match", "")


HEADERS = st.fixed_dictionaries(
    {"Accept-Encoding": st.sampled_from(["gzip", "identity", "gzip;q=0", "*", "br, gzip;q=0.5"])},
    optional={
        "Accept": st.sampled_from(["*/*", "application/json", "text/csv", "text/html", "application/*;q=0.5", ""]),
        "If-None-Match": st.sampled_from(["*", '"x"', 'W/"x", "y"', "", "not a tag"]),
        "Origin": st.just("https://other.example"),
        "X-Request-ID": st.sampled_from(["one-2", "not valid", "x" * 200]),
    },
)


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False), headers=HEADERS)
def test_any_question_is_answered_alike_on_both_ways(
    chance: Random, headers: dict[str, str], ways: tuple[TestClient, TestClient]
) -> None:
    url = question(chance)
    first, other = (way.get(url, headers=headers) for way in ways)
    assert shown(first) == shown(other)


def test_both_ways_know_what_the_caller_has(ways: tuple[TestClient, TestClient]) -> None:
    for way in ways:
        for encoding in ("gzip", "identity"):
            asked = {"Accept-Encoding": encoding}
            tag = way.get("/v1/facts?limit=9", headers=asked).headers["ETag"]
            for other in ways:
                again = other.get("/v1/facts?limit=9", headers={**asked, "If-None-Match": f'W/{tag}, "x"'})
                assert again.status_code == 304
                assert not again.content


def test_postgres_ends_what_takes_too_long(kept_database: KeptDatabase) -> None:
    readers = Readers(kept_database("postgresql", SEED))
    reader = readers.of_thread()
    reader.allow(1, hurried=False)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        reader.rows(readers.statement(text("SELECT pg_sleep(30)")), {})
    assert time.monotonic() - began < 20
    assert reader.rows(readers.statement(text("SELECT 1")), {})
    readers.close()
