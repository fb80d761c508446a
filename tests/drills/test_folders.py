"""Folders that the benchmark and the drills keep are made once, however many processes want them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep

from bench.work import kept


def test_a_folder_that_several_want_at_once_is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "seed").mkdir()  # fails where another makes it, too
        sleep(0.1)

    with ThreadPoolExecutor(4) as threads:
        folders = list(threads.map(lambda _: kept(tmp_path / "data", "v1", make), range(4)))

    assert folders == [tmp_path / "data"] * 4
    assert len(made) == 1


def test_a_folder_made_from_something_else_is_made_again(tmp_path: Path) -> None:
    kept(tmp_path / "data", "v1", lambda folder: (folder / "old").touch())
    kept(tmp_path / "data", "v2", lambda folder: (folder / "new").touch())

    assert not (tmp_path / "data" / "old").exists()
