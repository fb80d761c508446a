"""Fixtures of these tests: a short run of a drill, on each database; nothing in it is timed."""

from pathlib import Path

import pytest

from drills.runs import Run
from drills.seeds import shortened
from drills.tally import Tally
from tests.conftest import CITY, DATABASES


def short_run(kind: str, folder: Path) -> Run:
    seeds, tally = shortened(CITY, folder), Tally("short", kind, seed=1)
    return Run(kind, seeds, folder, trials=2, catches=1, tally=tally, at_once=3, timed=False)


@pytest.fixture(params=DATABASES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    return short_run(request.param, tmp_path)
