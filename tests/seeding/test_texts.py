"""Texts of sources: those of the seed are stored and exported, those of FACTBOOK_SOURCES never are."""

import shutil
from pathlib import Path

import pytest

from app.seeding import manifest
from app.seeding.diagnostics import SeedError
from app.seeding.exporting import export
from app.seeding.loading import load
from tests.conftest import CITY, DATABASES, NewDatabase
from tests.databases import rows

NAME = "lindow-evening-2025"


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


def stored(url: str) -> dict[str, str]:
    return dict(rows(url, "SELECT id, text FROM source_texts"))


@pytest.mark.parametrize("database", DATABASES)
def test_a_text_of_the_seed_is_stored_and_comes_out_byte_for_byte(
    database: str, new_database: NewDatabase, tmp_path: Path
) -> None:
    url = new_database(database)
    load(url, CITY, None, quietly)
    original = (CITY / "sources" / f"{NAME}.txt").read_bytes()
    assert stored(url) == {NAME: original.decode()}
    export(url, tmp_path / "out", quietly)
    assert (tmp_path / "out" / "sources" / f"{NAME}.txt").read_bytes() == original
    assert f" sources/{NAME}.txt\n" in (tmp_path / "out" / manifest.FILE).read_text(encoding="utf-8")


def test_a_text_beside_the_seed_verifies_and_is_not_stored(new_database: NewDatabase, tmp_path: Path) -> None:
    seed, elsewhere = Path(shutil.copytree(CITY, tmp_path / "seed")), tmp_path / "elsewhere"
    (seed / "sources").rename(elsewhere)
    url, with_text = new_database("sqlite"), new_database("sqlite")
    for database, folder in ((url, seed), (with_text, CITY)):
        load(database, folder, elsewhere, quietly)
    assert stored(url) == {}
    assert stored(with_text).keys() == {NAME}


def test_a_text_that_cannot_be_stored_is_refused_with_its_place(new_database: NewDatabase, tmp_path: Path) -> None:
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    with (seed / "sources" / f"{NAME}.txt").open("a", encoding="utf-8") as file:
        file.write("\0")
    url = new_database("sqlite")
    with pytest.raises(SeedError, match=r"sources/lindow-evening-2025.txt:1:1: has a character U\+0000"):
        load(url, seed, None, quietly)
