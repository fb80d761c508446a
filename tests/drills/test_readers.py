"""A few trials of the drills that serve readers, with their negative controls."""

from pathlib import Path

from drills import overload, serve, slow, stop
from drills.runs import Run
from tests.drills.conftest import short_run


def test_readers_see_one_revision_while_another_is_loaded(run: Run) -> None:
    serve.serve(run.within("right"))
    serve.control_serve(run.within("wrong"))
    assert run.tally.failures == []
    assert run.tally.seen["answers"] > run.trials * serve.ANSWERS_A_LOAD


def test_what_is_light_is_answered_beside_what_is_dear(run: Run) -> None:
    overload.overload(run.within("right"))
    assert run.tally.failures == []


def test_slow_clients_are_let_go(tmp_path: Path) -> None:
    run = short_run("sqlite", tmp_path)
    slow.slow(run.within("right"))
    slow.control_slow(run.within("wrong"))
    assert run.tally.failures == []


def test_a_service_told_to_stop_cuts_no_answer(tmp_path: Path) -> None:
    run = short_run("sqlite", tmp_path)
    stop.stop(run.within("right"))
    stop.control_stop(run.within("wrong"))
    assert run.tally.failures == []
