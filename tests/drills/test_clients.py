"""The quick parts of the drills of clients that vanish and of clients that stay, with their negative controls."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from drills import soak, vanish
from drills.runs import Run
from drills.soak import Sample


def test_clients_that_vanish_leave_nothing_held(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vanish, "FACTS", 6_000)
    run = replace(run, trials=60)
    vanish.vanish(run.within("right"))
    vanish.control_vanish(run.within("wrong"))
    assert run.tally.failures == []


def test_a_server_is_sampled_under_load(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak, "MINUTE", 3)
    soak.soak(run)
    assert run.tally.failures == []
    assert len(run.tally.notes) > soak.WORKERS, "the first process starts the workers"


FLAT = [Sample(90 + number % 3, 20 + number % 5, 12) for number in range(60)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda one, _: one, []),
        (lambda one, number: replace(one, megabytes=one.megabytes + 80 * (number < 15)), []),
        (lambda one, number: replace(one, megabytes=one.megabytes + number / 4), ["memory"]),
        (lambda one, number: replace(one, descriptors=one.descriptors + number // 3), ["descriptors"]),
        (lambda one, number: replace(one, threads=one.threads + number // 8), ["threads"]),
    ],
    ids=["flat", "flat after the warm-up", "memory", "descriptors", "threads"],
)
def test_what_grows_is_told(change: Callable[[Sample, int], Sample], told: list[str]) -> None:
    grown = soak.growing([change(one, number) for number, one in enumerate(FLAT)])
    assert [next(word for word in ("memory", "descriptors", "threads") if word in one) for one in grown] == told
