"""Fixtures of these tests: a short run of a drill, on each database; nothing in it is timed."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from drills.contents import NOTHING
from drills.readers import Known
from drills.runs import Run, Tally, generated
from tests.conftest import CITY, DATABASES

# Learning costs more than a short run. Either database answers the same.
KNOWN: Known = {}
CLEAN = {kind: {"": NOTHING} for kind in DATABASES}


def short_run(kind: str, folder: Path) -> Run:
    seeds, tally = dict(islice(generated().items(), 2)), Tally("short", kind, seed=1)
    run = Run(kind, seeds, folder, trials=2, tally=tally, catches=1, at_once=3, timed=False, real=CITY)
    return replace(run, known=KNOWN, clean=CLEAN[kind])


@pytest.fixture(params=DATABASES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    return short_run(request.param, tmp_path)
