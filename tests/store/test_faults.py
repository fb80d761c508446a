"""Files that rot, go missing or are written by halves: the release that is open goes on, or nothing is answered."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import NotReady, Unusable
from app.store.releases import ReleaseNotKept
from app.store.schema import SCHEMA
from app.store.sqlite import SqliteStore
from tests.databases import change_file
from tests.store.test_sqlite import eventually, numbers
from tests.store.writing import LOADED_AT, id_of, url_of, write

Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that has been loaded twice, and the folder of its releases."""
    path = tmp_path_factory.mktemp("written") / "factbook.db"
    with closing(SqliteStore(url_of(path))) as store:
        write(store, 1)
        write(store, 2)
    return path


def copied(written: Path, folder: Path) -> Path:
    shutil.copytree(written.parent, folder)
    return folder / written.name


def replace(path: Path, content: bytes) -> None:
    """As `mv` does."""
    spare = path.with_name("spare")
    spare.write_bytes(content)
    spare.replace(path)


@settings(max_examples=60)
@given(share=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_a_file_that_was_damaged_before_it_is_opened_is_refused(
    written: Path, tmp_path_factory: pytest.TempPathFactory, share: float, bits: int
) -> None:
    path = copied(written, tmp_path_factory.mktemp("damaged") / "copy")
    whole = path.read_bytes()
    at = int(share * len(whole))
    replace(path, whole[:at] + bytes([whole[at] ^ bits]) + whole[at + 1 :])
    with closing(SqliteStore(url_of(path))) as store:
        for ask in (store.current, lambda: store.check(60), store.reading().__enter__):
            with pytest.raises(NotReady):
                ask()
        store.use(id_of(1))
        assert numbers(store, store.check(60)) == {1}, "the way back"


def into_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def test_a_file_that_is_damaged_in_what_it_says_of_itself_is_refused(written: Path, tmp_path: Path) -> None:
    path = copied(written, tmp_path / "copy")
    whole = path.read_bytes()
    told = (id_of(2).encode(), LOADED_AT.encode(), SCHEMA.encode())
    near = {at + by for text in told for at in places(whole, text) for by in range(-12, len(text) + 3)}
    for at in sorted({*range(100), *near}):
        replace(path, whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        with closing(SqliteStore(url_of(path))) as store:
            with pytest.raises(NotReady):
                store.check(60)
            assert store.releases()
    assert len(near) > 100


def places(whole: bytes, text: bytes) -> list[int]:
    return [at for at in range(len(whole) - len(text)) if whole.startswith(text, at)]


USELESS: dict[str, Damage] = {
    "removed": lambda path: path.unlink(),
    "empty": lambda path: replace(path, b""),
    "a table of text": lambda path: replace(path, b"id,name\nlindow,Lindow\n" * 1000),
    "noise": lambda path: replace(path, Random(1).randbytes(100_000)),  # noqa: S311 - a fault, not a secret
    "half of it": lambda path: replace(path, path.read_bytes()[: path.stat().st_size // 2]),
    "a bit": lambda path: replace(path, path.read_bytes()[:-1] + b"\x01"),
    "a folder": into_folder,
}


@pytest.mark.parametrize("damage", USELESS.values(), ids=USELESS)
def test_what_is_open_goes_on_and_readiness_says_what_is_wrong(damage: Damage, written: Path, tmp_path: Path) -> None:
    path = copied(written, tmp_path / "copy")
    with closing(SqliteStore(url_of(path))) as store, closing(SqliteStore(url_of(path))) as late:
        assert store.check(60).number == 2
        damage(path)
        for _ in range(3):
            with pytest.raises(NotReady, match=r"factbook load|bring back a copy"):
                store.check(60)
            assert numbers(store, store.current()) == {2}
        with pytest.raises(NotReady):
            late.current()
        assert late.known() is None
        if path.is_dir():
            path.rmdir()
        replace(path, (path.parent / "factbook.releases" / f"{id_of(1)}.db").read_bytes())
        eventually(lambda: store.current().number == 1)
        assert store.check(60).number == late.current().number == 1


def test_a_file_that_is_moved_over_the_current_one_is_noticed(written: Path, tmp_path: Path) -> None:
    path = copied(written, tmp_path / "copy")
    with closing(SqliteStore(url_of(tmp_path / "other.db"))) as other:
        write(other, 9)
    with closing(SqliteStore(url_of(path))) as store:
        assert store.current().number == 2
        (tmp_path / "other.db").replace(path)
        eventually(lambda: store.current().number == 9)
        write(store, 10)
        assert [one.number for one in store.releases()] == [10, 9, 2, 1], "it is kept, whoever has put it there"


@pytest.mark.parametrize(("schema", "told"), [("0009", "older schema 0009"), ("9999", "newer than this version reads")])
def test_a_release_of_another_schema_is_not_read(schema: str, told: str, written: Path, tmp_path: Path) -> None:
    path = copied(written, tmp_path / "copy")
    strange = tmp_path / "strange.db"
    shutil.copy(path, strange)
    change_file(strange, f"UPDATE alembic_version SET version_num = '{schema}'")  # noqa: S608 - our own
    with closing(SqliteStore(url_of(path))) as store:
        assert store.current().number == 2
        strange.replace(path)
        with pytest.raises(Unusable if schema > SCHEMA else NotReady, match=told):
            store.check(60)
        assert numbers(store, store.current()) == {2}
        write(store, 3)
        assert store.check(60).number == 3


def test_a_kept_release_that_rots_is_not_read_and_not_used(written: Path, tmp_path: Path) -> None:
    path = copied(written, tmp_path / "copy")
    with closing(SqliteStore(url_of(path))) as store:
        kept = store.files.kept(id_of(1))
        replace(kept, kept.read_bytes()[:-1] + b"\x01")
        for ask in (store.kept, store.kept, store.use):
            with pytest.raises(Unusable):
                ask(id_of(1))
        assert numbers(store, store.check(60)) == {2}
        kept.unlink()
        with pytest.raises(ReleaseNotKept):
            store.kept(id_of(1))


class Killed(BaseException):
    """The process ends here, whatever it was about to do."""


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Nothing happens to files from a step on."""
    steps: list[str] = []

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*what: Any, **how: Any) -> Any:
            if len(steps) >= step:
                raise Killed
            steps.append(name)
            return real(*what, **how)

        return act

    with monkeypatch.context() as patched:
        for name in ("replace", "hardlink_to", "unlink", "write_text", "chmod", "mkdir"):
            patched.setattr(Path, name, counted(name, getattr(Path, name)))
        patched.setattr(os, "fsync", counted("fsync", os.fsync))
        yield steps


def publishing(path: Path, again: bool, monkeypatch: pytest.MonkeyPatch, step: int) -> list[str]:
    with killed_at(step, monkeypatch) as steps, closing(SqliteStore(url_of(path), keep=2)) as store:
        write(store, 3, id_of(1) if again else id_of(3))
    return steps


@pytest.mark.parametrize("again", [False, True], ids=["new", "known content"])
def test_a_load_that_is_killed_at_any_step_leaves_the_old_release_or_the_new(
    again: bool, written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = publishing(copied(written, tmp_path / "whole"), again, monkeypatch, 1000)
    assert len(steps) > 10
    seen = set()
    for step in range(len(steps)):
        path = copied(written, tmp_path / f"at-{step}")
        with pytest.raises(Killed):
            publishing(path, again, monkeypatch, step)
        with closing(SqliteStore(url_of(path), keep=2)) as store:
            seen.add(store.check(60).number)
            assert numbers(store, store.current()) in ({2}, {3})
            for one in store.releases():
                assert numbers(store, store.kept(one.id)) == {one.number}, (step, steps[step])
            write(store, 4)
            assert store.check(60).number == 4
            assert list(path.parent.rglob("*.new-*")) == []
    assert seen == {2, 3}


def test_the_release_of_before_is_on_disk_before_the_new_file_is_current(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a power cut between the two may leave it nowhere."""
    path, happened = copied(written, tmp_path / "copy"), list[Path]()
    synced, renamed = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        happened.extend(one for one in (path.parent, folder) if os.path.sameopenfile(descriptor, opened[one]))
        synced(descriptor)

    def rename(self: Path, target: Path) -> Path:
        happened.append(target)
        return renamed(self, target)

    with closing(SqliteStore(url_of(path))) as store:
        folder = store.files.folder
        opened = {one: os.open(one, os.O_RDONLY) for one in (path.parent, folder)}
        try:
            monkeypatch.setattr(os, "fsync", sync)
            monkeypatch.setattr(Path, "replace", rename)
            write(store, 3)
        finally:
            for descriptor in opened.values():
                os.close(descriptor)
        before, kept = store.files.kept(id_of(2)), store.files.kept(id_of(3))
    digest = kept.with_suffix(".sha256")
    assert happened == [before, digest, folder, path, path.parent, kept, digest, folder]


def test_where_the_file_system_has_no_links_releases_are_copied(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    with closing(SqliteStore(url_of(copied(written, tmp_path / "copy")))) as store:
        write(store, 3)
        store.use(id_of(1))
        assert numbers(store, store.check(60)) == {1}
        assert numbers(store, store.kept(id_of(3))) == {3}
