"""No broken seed gets in: every mistake is told with its place and what to do, and the data stays as it was."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from app.seeding.diagnostics import MOST_ERRORS, Diagnostic, SeedError
from app.seeding.loading import load
from app.store.sqlite_files import digest
from tests.conftest import CITY, DATABASES, CityDatabase
from tests.databases import contents, path_of
from tests.seeding.breaking import Edit, append, swap
from tests.seeding.broken import ARTICLE, BROKEN, FIGURES, KINDS, QUOTES, VALUES, YAML


class Loaded(NamedTuple):
    """A database that has the city, and what it holds."""

    url: str
    contents: dict[str, str]


def held(url: str) -> dict[str, str]:
    """Digests of each file of a SQLite database, but for the lock that each load makes, and of a server's tables."""
    if not url.startswith("sqlite"):
        return contents(url)
    files = [path for path in path_of(url).parent.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {path.name: digest(path) for path in files}


@pytest.fixture(scope="session")
def sqlite_city(city_database: CityDatabase) -> Loaded:
    return Loaded(url := city_database("sqlite"), held(url))


@pytest.fixture(scope="session")
def postgresql_city(city_database: CityDatabase) -> Loaded:
    return Loaded(url := city_database("postgresql"), held(url))


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A copy of the city, to be broken."""
    return Path(shutil.copytree(CITY, tmp_path / "seed"))


def refused(city: Loaded, seed: Path) -> list[Diagnostic]:
    """The mistakes for which a load is refused, the data being as before."""
    with pytest.raises(SeedError) as refusal:
        load(city.url, seed, None, lambda _what, _count: None)
    assert held(city.url) == city.contents, "a refused load has changed the data"
    return refusal.value.errors


def assert_told(mistakes: list[Diagnostic], place: str, message: str) -> None:
    told = [str(mistake) for mistake in mistakes]
    assert any(one.startswith(f"{place}: ") and message in one for one in told), (
        f"expected {place}: ... {message}\ngot " + "\n    ".join(told[:9])
    )


@pytest.mark.parametrize(("edit", "message"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_seed_is_refused_with_place_and_reason(
    sqlite_city: Loaded, seed: Path, edit: Edit, message: str
) -> None:
    place = edit(seed)
    mistakes = refused(sqlite_city, seed)
    assert_told(mistakes, place, message)


SOME = [table[0] for table in (KINDS, VALUES, QUOTES, YAML)]


@pytest.mark.parametrize(("edit", "message"), [case[1:] for case in SOME], ids=[case[0] for case in SOME])
def test_postgresql_is_left_as_it_was_too(postgresql_city: Loaded, seed: Path, edit: Edit, message: str) -> None:
    place = edit(seed)
    assert_told(refused(postgresql_city, seed), place, message)


def test_each_way_to_break_a_seed_has_a_name_of_its_own() -> None:
    names = [name for name, _, _ in BROKEN]
    assert len(names) == len(set(names))
    assert len(names) >= 75


def test_a_mistake_in_one_record_is_no_second_mistake_elsewhere(sqlite_city: Loaded, seed: Path) -> None:
    swap("places.yaml", "  kind: city", "  kind: village")(seed)  # Lindow, which half the seed names
    assert len(refused(sqlite_city, seed)) == 1


@pytest.mark.parametrize("text", ["- a list", "lindow: {", "\tlindow: {}"])
def test_a_file_that_cannot_be_read_is_one_mistake_however_often_it_is_named(
    sqlite_city: Loaded, seed: Path, text: str
) -> None:
    (seed / "places.yaml").write_text(text, encoding="utf-8")
    assert len(refused(sqlite_city, seed)) == 1


def test_many_mistakes_in_several_files_are_all_told_in_the_order_of_their_places(
    sqlite_city: Loaded, seed: Path
) -> None:
    edits = [
        append(ARTICLE, "  - «quote: 东 岸 区\n    subject: lindow\n"),
        swap(ARTICLE, "value: 12.5\n", "value: «12.6\n"),
        append(FIGURES, "«too,few\n"),
        append(FIGURES, "lindow,gdp,,«1e9,,10亿元,,,,,2017,,,,macroeconomy,,lindow-statistics,,,,\n"),
        append("places.yaml", "«lindow: {zh: 怀, en: Wye, kind: site}\n"),
        swap("events.yaml", "period: undated", "period: «2021-13"),
        swap("organizations.yaml", "parent: marlow-group", "parent: «marlow-grp"),
        swap("metrics.yaml", "unit: vehicle,", "unit: «vehicel,"),
    ]
    places = [edit(seed) for edit in edits]
    mistakes = refused(sqlite_city, seed)
    assert {str(mistake.place) for mistake in mistakes} >= set(places)
    assert mistakes == sorted(mistakes)
    assert len(str(SeedError(mistakes)).splitlines()) == len(mistakes)


WRONG = {  # by the file that has a mistake a line or two
    "organizations.yaml": "".join(f"k{number}: {{zh: x, en: y}}\n" for number in range(3 * MOST_ERRORS)),
    FIGURES: "too,few\n" * 3 * MOST_ERRORS,
    "facts/wide.csv": "subject,metric\n" + "lindow,x\n" * 3 * MOST_ERRORS,
}


@pytest.mark.parametrize("file", WRONG)
def test_after_a_thousand_mistakes_a_file_is_read_no_further(sqlite_city: Loaded, seed: Path, file: str) -> None:
    with (seed / file).open("a", encoding="utf-8") as written:
        written.write(WRONG[file])
    assert MOST_ERRORS <= len(refused(sqlite_city, seed)) < 2 * MOST_ERRORS


@pytest.mark.parametrize("kind", DATABASES)
def test_nothing_is_loaded_from_a_folder_that_is_not_there(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    city: Loaded = request.getfixturevalue(f"{kind}_city")
    missing = tmp_path / "nowhere"
    assert_told(refused(city, missing), f"{missing}:1:1", "is not a folder; set FACTBOOK_SEED to the seed")
