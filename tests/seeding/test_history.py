"""Each load records what it changed: which facts were added, withdrawn or replaced, and why."""

import shutil
from pathlib import Path

import pytest

from app.seeding.diagnostics import SeedError
from app.seeding.loading import load
from app.seeding.rendering import render
from tests.conftest import CITY, DATABASES, CityDatabase
from tests.databases import change, forget_digests, rows

FIGURES = "facts/statistics.csv"
VERSIONS = [f"{digits}00000000,,{digits}亿元" for digits in (3301, 3302, 3303)]
CORRECTED = [(VERSIONS[0], VERSIONS[1]), (VERSIONS[1], VERSIONS[2])]


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CITY, tmp_path / "seed"))


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, city_database: CityDatabase) -> str:
    return city_database(request.param)


def swap(seed: Path, old: str, new: str) -> None:
    path = seed / FIGURES
    written = path.read_text(encoding="utf-8")
    assert written.count(old) == 1
    path.write_text(written.replace(old, new), encoding="utf-8")


def ids(url: str) -> set[str]:
    return {row[0] for row in rows(url, "SELECT id FROM facts")}


def revised(url: str, seed: Path, old: str, new: str) -> tuple[str, str]:
    before = ids(url)
    swap(seed, old, new)
    load(url, seed, None, quietly)
    (gone,), (come,) = before - ids(url), ids(url) - before
    return gone, come


def test_a_first_load_stores_counts_and_no_row_of_a_change(url: str, seed: Path) -> None:
    ((answer,),) = rows(url, "SELECT answer FROM releases")
    assert '"compared":false,"facts":{"added":69,"revised":0,"retracted":0}' in answer
    assert rows(url, "SELECT count(*) FROM release_changes") == [(0,)]


def test_a_load_of_the_same_is_no_release(url: str, seed: Path) -> None:
    load(url, seed, None, quietly)
    load(url, seed, None, quietly, again=True)
    assert rows(url, "SELECT count(*) FROM releases") == [(1,)]


def test_a_corrected_fact_leads_to_the_last_of_those_that_follow_it(url: str, seed: Path) -> None:
    first, second = revised(url, seed, *CORRECTED[0])
    _, third = revised(url, seed, *CORRECTED[1])
    kinds = rows(url, "SELECT kind, id, successor FROM release_changes WHERE noun = 'facts' ORDER BY number")
    assert kinds == [("revised", first, second), ("revised", second, third)]


def test_a_fact_taken_out_says_why(url: str, seed: Path) -> None:
    before = ids(url)
    path = seed / FIGURES
    head, _, *rest = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([head, *rest]), encoding="utf-8")
    load(url, seed, None, quietly)
    (gone,) = before - ids(url)
    told = "SELECT number, kind, successor, reason FROM release_changes WHERE noun = 'facts'"
    assert rows(url, told) == [(2, "retracted", None, "No longer in the seed since release 2.")]
    successor = min(ids(url))
    given = f"{gone}:\n  reason: The table was withdrawn.\n  successor: {successor}\n"
    (seed / "retractions.yaml").write_text(given, encoding="utf-8")
    load(url, seed, None, quietly)
    assert rows(url, told) == [(2, "retracted", None, "No longer in the seed since release 2.")]
    assert rows(url, "SELECT * FROM retractions") == [(gone, "The table was withdrawn.", successor)]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("a-fact:\n  resaon: x\n", "retractions.yaml:2:3: unknown key 'resaon' (did you mean reason"),
        ("a-fact:\n  successor: b\n", "retractions.yaml:2:3: 'reason' is missing"),
        ("a-fact:\n  reason: x\n  successor: no-fact\n", "retractions.yaml:3:14: 'no-fact' is no fact of this seed"),
        ("FACT:\n  reason: x\n", "is still a fact"),
    ],
)
def test_a_retraction_is_checked(seed: Path, url: str, written: str, told: str) -> None:
    (seed / "retractions.yaml").write_text(written.replace("FACT", min(ids(url))), encoding="utf-8")
    with pytest.raises(SeedError) as raised:
        render(seed, None, quietly)
    assert told in str(raised.value)


def test_what_the_authors_say_of_a_fact_goes_before_what_the_load_finds(url: str, seed: Path) -> None:
    find = "SELECT id FROM facts JOIN fact_answers USING (position) WHERE json LIKE '%3301亿元%'"
    ((before,),) = rows(url, find)
    swap(seed, *CORRECTED[0])
    (seed / "retractions.yaml").write_text(f"{before}:\n  reason: Nobody knows it.\n", encoding="utf-8")
    load(url, seed, None, quietly)
    kinds = rows(url, "SELECT kind, successor FROM release_changes WHERE noun = 'facts' ORDER BY kind")
    assert kinds == [("added", None), ("retracted", None)]


def test_unreadable_facts_of_an_older_version_are_replaced(url: str, seed: Path) -> None:
    change(url, """UPDATE fact_answers SET json = '{"id":"x"}'""")
    if url.startswith("sqlite"):
        forget_digests(url)
    swap(seed, *CORRECTED[0])
    load(url, seed, None, quietly)
    ((answer,),) = rows(url, "SELECT answer FROM releases WHERE number = 2")
    assert '"compared":false' in answer
