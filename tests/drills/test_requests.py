"""The quick parts of the drills that ask for much that is odd, with their negative controls."""

from dataclasses import replace
from pathlib import Path

import pytest

from drills import hostile
from drills.hostile import Hostile
from drills.hostile_values import VALUES
from drills.raw_http import RawRequest, RawResponse
from drills.runs import Run
from tests.document import OPENAPI, parameters
from tests.drills.conftest import short_run

JSON = {"content-type": "application/problem+json"}
TOLD = b'{"status": 400, "detail": "no"}'


def test_hostile_values_are_refused_or_taken_literally(run: Run) -> None:
    run = replace(run, trials=600)
    hostile.hostile(run)
    assert run.tally.failures == []
    assert run.tally.seen["requests"] == run.trials


def test_a_service_that_takes_hostile_values_as_they_come_is_caught(tmp_path: Path) -> None:
    run = short_run("sqlite", tmp_path)
    hostile.control_hostile(run)
    assert run.tally.failures == []


def test_every_parameter_meets_every_value() -> None:
    sent = hostile.requests()
    count = sum(len(parameters(path)) for path in OPENAPI["paths"])
    assert sum(bool(one.parameter) for one in sent) == count * len(VALUES)
    assert len({one.request for one in sent}) > 0.8 * len(sent)


def test_sqlite_and_postgresql_answer_the_same_requests_with_the_same_bytes(tmp_path: Path) -> None:
    run = replace(short_run("postgresql", tmp_path), trials=400)
    hostile.parity(run.within("right"))
    hostile.control_parity(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.seen["with a hostile value"] > 0


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (RawResponse(500, JSON, b"", is_last=False), "is answered with 500"),
        (RawResponse(422, JSON, TOLD, is_last=False), "is answered with 422"),
        (RawResponse(400, {"content-type": "text/plain"}, b"no", is_last=True), "is refused with 400 as text/plain"),
        (RawResponse(400, JSON, b'"\xff"', is_last=True), "is refused with what is no JSON"),
        (RawResponse(404, JSON, TOLD, is_last=True), "is refused with 404 and says"),
        (RawResponse(200, {"injected": "yes"}, b"", is_last=False), "has put a header into the response"),
        (RawResponse(200, {}, b"", is_last=False), "is taken for an id"),
        (RawResponse(400, JSON, TOLD, is_last=False), ""),
        (RawResponse(400, {"content-type": "text/plain"}, hostile.NO_REQUEST, is_last=True), ""),
        (
            RawResponse(400, {"content-type": "text/plain"}, hostile.NO_REQUEST, is_last=False),
            "is refused with 400 as text/plain",
        ),
    ],
)
def test_each_wrong_answer_to_a_hostile_value_is_told(response: RawResponse, why: str) -> None:
    sent = Hostile(RawRequest(b"/v1/facts?place=%25"), "/v1/facts", "place", b"%25")
    assert hostile.problem(sent, response, {}).startswith(why)
    assert bool(hostile.problem(sent, response, {})) == bool(why)
