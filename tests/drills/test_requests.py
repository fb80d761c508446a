"""The quick parts of the drills that ask for much that is odd, with their negative controls."""

from dataclasses import replace
from pathlib import Path

import pytest

from drills import documented, drawing, hostile, parity
from drills.asgi import Answered
from drills.drawing import Asked
from drills.hostile_values import VALUES
from drills.parity import difference
from drills.runs import Run
from drills.sockets import Read
from tests.conftest import SEED
from tests.drills.conftest import short_run
from tests.test_house import OPENAPI

JSON = {"content-type": "application/problem+json"}
TOLD = b'{"status": 400, "detail": "no"}'
YEAR = {"name": "year", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}


def test_hostile_values_are_refused_or_taken_literally(run: Run) -> None:
    run = replace(run, trials=600, real=SEED)
    hostile.hostile(run.within("right"))
    hostile.control_hostile(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.seen["requests"] > run.trials


def test_schemathesis_finds_the_service_as_documented_and_another_not(tmp_path: Path) -> None:
    run = replace(short_run("sqlite", tmp_path), real=SEED)
    documented.control_schemathesis(run)
    assert run.tally.failures == []


def test_every_parameter_meets_every_value() -> None:
    asked = list(drawing.hostile(OPENAPI))
    parameters = sum(len(one.get("get", {}).get("parameters", [])) for one in OPENAPI["paths"].values())
    assert sum(one.parameter is not None for one in asked) == parameters * len(VALUES)
    assert len({one.target + one.method + repr(one.headers).encode() for one in asked}) > 0.8 * len(asked)


def test_sqlite_and_postgresql_answer_the_same_requests_with_the_same_bytes(tmp_path: Path) -> None:
    run = replace(short_run("postgresql", tmp_path), trials=400, real=SEED)
    parity.parity(run.within("right"))
    assert run.tally.failures == []
    assert run.tally.seen["with a hostile value"] > 0
    assert run.tally.seen["of later pages"] > 0


def test_a_database_that_is_not_quite_the_same_is_told_from_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = "one row changed"  # the other takes some thousand requests
    monkeypatch.setattr(parity, "WRONG", {what: parity.WRONG[what]})
    run = replace(short_run("postgresql", tmp_path), real=SEED)
    parity.control_parity(run)
    assert run.tally.failures == []


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (Read(500, JSON, b"", closing=False), "is answered with 500"),
        (Read(422, JSON, TOLD, closing=False), "is answered with 422"),
        (Read(400, {"content-type": "text/plain"}, b"no", closing=True), "is refused with 400 as text/plain"),
        (Read(400, JSON, b'"\xff"', closing=True), "is refused with what is no JSON"),
        (Read(404, JSON, TOLD, closing=True), "is refused with 404 and tells"),
        (Read(200, {"injected": "yes"}, b"", closing=False), "has put a header into the answer"),
        (Read(200, {}, b"", closing=False), "is taken for a value of year"),
        (Read(400, JSON, TOLD, closing=False), ""),
    ],
)
def test_each_wrong_answer_to_a_hostile_value_is_told(read: Read, why: str) -> None:
    truth = object.__new__(hostile.Truth)
    asked = Asked(b"/v1/facts?year=x", path="/v1/facts", parameter=YEAR, value=b"x")
    assert hostile.wrong(asked, read, truth).startswith(why)
    assert bool(hostile.wrong(asked, read, truth)) == bool(why)


def test_a_difference_of_status_header_or_byte_is_told() -> None:
    one = Answered(200, [(b"etag", b'"a"'), (b"x-request-id", b"1")], b"abc")
    assert difference(one, one._replace(headers=[(b"etag", b'"a"'), (b"x-request-id", b"2")])) == ""
    assert difference(one, one._replace(status=404))
    assert difference(one._replace(status=500), one._replace(status=500))
    assert difference(one, one._replace(headers=[(b"etag", b'"b"')]))
    assert difference(one, one._replace(body=b"abd"))
    assert difference(one, one._replace(body=b"ab"))
