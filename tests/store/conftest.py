"""Fixtures: a store over a file that is not there yet."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.store.sqlite import SqliteStore
from tests.store.writing import url_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """In a folder whose name means something in a URL."""
    folder = tmp_path / "郑州 100%?a=b#c"
    folder.mkdir()
    return folder / "factbook.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(url_of(path), keep=3)) as opened:
        yield opened
