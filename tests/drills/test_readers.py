"""A few trials of the drills that serve readers, with their negative controls."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drills import overload, serve
from drills.runs import Run
from drills.serve import Sample
from tests.drills.conftest import short_run


def test_readers_see_one_release_while_another_is_loaded(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "ANSWERS_A_LOAD", 50)
    monkeypatch.setattr(serve, "WORKERS", (2,))  # each control has one
    serve.serve(run)
    assert run.tally.failures == []
    assert run.tally.seen["loads"] >= run.trials


def test_readers_tell_what_mixes_releases(tmp_path: Path) -> None:
    """What is wrong with these services is wrong before any database is asked."""
    run = short_run("sqlite", tmp_path)
    serve.control_serve(run)
    assert run.tally.failures == []


def test_what_is_light_is_answered_beside_what_is_expensive(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload, "WARM_UP", 0.2)
    overload.overload(run.within("right"))
    assert run.tally.failures == []


def test_a_server_is_sampled_under_load(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "MINUTE", 1)
    serve.soak(replace(run, trials=1))
    assert run.tally.failures == []
    assert len(run.tally.notes) > 2, "the first process starts the workers"


FLAT = [Sample(90 + number % 3, 20 + number % 5, 12) for number in range(60)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one, _: one, []),
        (lambda one, number: one._replace(megabytes=one.megabytes + 80 * (number < 15)), []),
        (lambda one, number: one._replace(megabytes=one.megabytes + number / 4), ["memory"]),
        (lambda one, number: one._replace(descriptors=one.descriptors + number // 3), ["descriptors"]),
        (lambda one, number: one._replace(threads=one.threads + number // 8), ["threads"]),
    ],
    ids=["flat", "flat after the warm-up", "memory", "descriptors", "threads"],
)
def test_what_grows_is_told(change: Callable[[Sample, int], Sample], told: list[str]) -> None:
    grown = serve.growth([change(one, number) for number, one in enumerate(FLAT)])
    assert [one.partition(" ")[0] for one in grown] == told
