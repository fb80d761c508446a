"""The quick parts of the drills that ask for much that is odd, with their negative controls."""

from dataclasses import replace
from pathlib import Path

import pytest

from drills import drawing, hostile, parity
from drills.drawing import Asked
from drills.hostile_values import VALUES
from drills.parity import difference
from drills.runs import Run
from drills.sockets import Read
from tests.document import served
from tests.drills.conftest import short_run

JSON = {"content-type": "application/problem+json"}
TOLD = b'{"status": 400, "detail": "no"}'
YEAR = {"name": "year", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
PLACE = YEAR | {"name": "place"}


def test_hostile_values_are_refused_or_taken_literally(run: Run) -> None:
    run = replace(run, trials=600)
    hostile.hostile(run.within("right"))
    hostile.control_hostile(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.seen["requests"] == run.trials


def test_every_parameter_meets_every_value() -> None:
    document = served()
    asked = list(drawing.hostile(document))
    parameters = sum(map(len, drawing.operations(document).values()))
    assert sum(one.parameter is not None for one in asked) == parameters * len(VALUES)
    assert len({one.target + one.method + repr(one.headers).encode() for one in asked}) > 0.8 * len(asked)


def test_sqlite_and_postgresql_answer_the_same_requests_with_the_same_bytes(tmp_path: Path) -> None:
    run = replace(short_run("postgresql", tmp_path), trials=400)
    parity.parity(run.within("right"))
    parity.control_parity(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.seen["with a hostile value"] > 0
    assert run.tally.seen["of later pages"] > 0


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (Read(500, JSON, b"", closing=False), "is answered with 500"),
        (Read(422, JSON, TOLD, closing=False), "is answered with 422"),
        (Read(400, {"content-type": "text/plain"}, b"no", closing=True), "is refused with 400 as text/plain"),
        (Read(400, JSON, b'"\xff"', closing=True), "is refused with what is no JSON"),
        (Read(404, JSON, TOLD, closing=True), "is refused with 404 and tells"),
        (Read(200, {"injected": "yes"}, b"", closing=False), "has put a header into the answer"),
        (Read(200, {}, b"", closing=False), "is taken for an id"),
        (Read(400, JSON, TOLD, closing=False), ""),
        (Read(400, {"content-type": "text/plain"}, hostile.NO_REQUEST, closing=True), ""),
        (
            Read(400, {"content-type": "text/plain"}, hostile.NO_REQUEST, closing=False),
            "is refused with 400 as text/plain",
        ),
    ],
)
def test_each_wrong_answer_to_a_hostile_value_is_told(read: Read, why: str) -> None:
    asked = Asked(b"/v1/facts?place=%25", path="/v1/facts", parameter=PLACE, value=b"%25")
    assert hostile.wrong(asked, read, {}).startswith(why)
    assert bool(hostile.wrong(asked, read, {})) == bool(why)


def test_a_difference_of_status_header_or_byte_is_told() -> None:
    asked = Asked(b"/v1/facts")
    one = Read(200, {"etag": '"a"', "x-request-id": "1"}, b"abc", closing=False)
    assert difference(asked, one, one._replace(headers={"etag": '"a"', "x-request-id": "2"})) == ""
    assert difference(asked, None, None) == ""
    assert difference(asked, one, None)
    assert difference(asked, one, one._replace(status=404))
    assert difference(asked, one._replace(status=500), one._replace(status=500))
    assert difference(asked, one, one._replace(headers={"etag": '"b"'}))
    assert difference(asked, one, one._replace(body=b"abd"))
    assert difference(asked, one, one._replace(body=b"ab"))
