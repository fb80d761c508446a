"""The quick part of the drill with broken seeds, and that it catches each way in which a loader may be wrong."""

import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from app.seeding.pinning import pin
from drills.broken_seeds import (
    AS_A_DRAFT,
    BY_THE_MANIFEST,
    OTHER,
    REFUSED,
    SAME,
    broken_seeds,
    control_broken_seeds,
    judged,
)
from drills.mutations import KINDS, mutate
from drills.runs import Run
from drills.spoilt_loads import LONGEST, MOST_MEGABYTES, MOST_SECONDS, VARIANTS, Ended
from tests.conftest import CITY
from tests.drills.conftest import short_run

TRIALS = 40
TOLD = "  places: 1\nseed/places.yaml:1:1: is not YAML\n1 mistake; nothing was written.\n"


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A copy of the city that is no draft."""
    copied = Path(shutil.copytree(CITY, tmp_path / "seed"))
    pin(copied, None)
    return copied


@pytest.fixture
def spoiling(seed: Path, tmp_path: Path) -> Run:
    return replace(short_run("sqlite", tmp_path), trials=TRIALS, real=seed)


def test_some_tens_of_broken_seeds_are_refused_with_their_places_or_load_the_same_data(spoiling: Run) -> None:
    broken_seeds(spoiling.within("right"))
    tally = spoiling.tally
    assert tally.failures == []
    assert tally.faults == tally.landed == TRIALS < tally.passed  # the others are drafts
    assert {one for one in tally.seen if not one.startswith(AS_A_DRAFT)} <= {REFUSED, BY_THE_MANIFEST, SAME}
    assert tally.seen[REFUSED] > TRIALS / 2
    assert tally.seen[BY_THE_MANIFEST] > 0


def test_a_loader_that_is_wrong_is_caught(spoiling: Run) -> None:
    control_broken_seeds(spoiling)
    assert spoiling.tally.failures == []
    assert spoiling.tally.passed == len(spoiling.tally.controls) == len(VARIANTS)


@pytest.mark.parametrize("number", range(20))
def test_the_same_number_breaks_a_seed_in_the_same_way(number: int, seed: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(seed, tmp_path / "other"))
    first, second = Random(f"1 {number}"), Random(f"1 {number}")  # noqa: S311 - a fault, not a secret
    assert mutate(first, seed) == mutate(second, other)
    assert contents(seed) == contents(other)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.stat().st_size < MOST_MEGABYTES * 1e6 else b""
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_kind_of_file_of_a_seed_is_broken() -> None:
    assert {suffix: len(kinds) > 30 for suffix, kinds in KINDS.items()} == dict.fromkeys(
        (".yaml", ".csv", ".json", ".txt", ".md", ""), True
    )


@pytest.mark.parametrize(
    ("ended", "changed", "why"),
    [
        (Ended(None, "", 0, 0), False, "it hangs"),
        (Ended(1, "", LONGEST, 0), False, "it hangs"),
        (Ended(3, "The database cannot be used", 0, 0), False, "it ended with 3"),
        (Ended(1, f"Traceback\n{TOLD}", 0, 0), False, "it ended with 1"),
        (Ended(1, TOLD, MOST_SECONDS + 1, 0), False, "it took 6.0 s"),
        (Ended(1, TOLD, 0, MOST_MEGABYTES + 1), False, "it took 101 MB"),
        (Ended(1, TOLD, 0, 0), True, "a refused load has changed the database"),
        (Ended(1, "1 mistake; nothing was written.\n", 0, 0), False, "it does not say where"),
        (Ended(1, "places.yaml is wrong\n1 mistake; nothing was written.\n", 0, 0), False, "it does not say where"),
        (Ended(1, "", 0, 0), False, "it does not say where"),
        (Ended(0, "Revision r-1 loaded 69 facts.", 0, 0), True, "other data was loaded"),
    ],
)
def test_each_failure_is_told_as_one(ended: Ended, changed: bool, why: str) -> None:
    outcome, told = judged(ended, changed=changed, draft=False)
    assert outcome == "failed"
    assert told.startswith(why)


def test_what_is_as_it_should_be_is_no_failure() -> None:
    assert judged(Ended(1, TOLD, 1, 1), changed=False, draft=False) == (REFUSED, "")
    by_the_manifest = TOLD.replace("not YAML", "not what line 3 of the manifest says")
    assert judged(Ended(1, by_the_manifest, 1, 1), changed=False, draft=False) == (BY_THE_MANIFEST, "")
    assert judged(Ended(0, "", 1, 1), changed=False, draft=False) == (SAME, "")
    assert judged(Ended(0, "", 1, 1), changed=True, draft=True) == (OTHER, "")
