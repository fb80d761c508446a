"""Loads, and what happens to them: killed, two at once, out of disk; each leaves the old release or the new."""

import binascii
import json
import lzma
import os
import re
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.errors import NotReady
from app.seeding.exporting import export
from app.seeding.loading import load
from app.store import open_store
from tests import forking
from tests.conftest import CITY, DATABASES, ROOT, SEED, CityDatabase, NewDatabase
from tests.databases import change_file, contents, one, path_of, rows
from tests.forking import without_privileges
from tests.seeding.breaking import swap
from tests.store.tiny import until

RUNNER = CliRunner()
FIRST_EDITION = ROOT / "tests" / "first-edition.db.xz"  # the city, as version 0.1.0 loaded it
LOAD = (sys.executable, "-m", "app", "load")


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """The city, with another name in it."""
    copy = Path(shutil.copytree(CITY, tmp_path / "seed"))
    swap("places.yaml", "en: East Bank", "en: Eastbank")(copy)
    return copy


def started(url: str, seed: Path, told: Path) -> forking.Process:
    """A load in a process of its own, which tells a file how far it is."""
    with told.open("wb") as file:
        return forking.Process((*LOAD, seed), env=os.environ | {"FACTBOOK_DATABASE_URL": url}, stdout=file, stderr=file)


def ended(url: str, seed: Path, prepare: Callable[[], object] | None = None) -> tuple[int, str]:
    """The exit status of a load in a process of its own, after `prepare` there, and what it told."""
    done = forking.run((*LOAD, seed), env=os.environ | {"FACTBOOK_DATABASE_URL": url}, prepare=prepare)
    return done.returncode, done.stderr


def numbers(url: str) -> list[int]:
    with closing(open_store(url)) as store:
        for kept in store.releases():  # each of them is whole
            with store.reading(kept.id):
                pass
        return [kept.number for kept in store.releases()]


@pytest.mark.parametrize("database", DATABASES)
def test_a_load_that_is_killed_leaves_the_old_release_or_the_new(
    database: str, city_database: CityDatabase, seed: Path, tmp_path: Path
) -> None:
    url, told = city_database(database), tmp_path / "told"
    first = one(url, "SELECT revision FROM revisions")
    whole = {first: contents(url)}
    began = time.monotonic()
    load(url, seed, None, quietly)
    whole[one(url, "SELECT revision FROM revisions")] = contents(url)
    random, lasts = Random(13), time.monotonic() - began  # noqa: S311 - a fault, not a secret
    killed = 0
    for _ in range(6):
        other = seed if one(url, "SELECT revision FROM revisions") == first else CITY
        with started(url, other, told) as process:
            until(lambda: "units" in told.read_text(encoding="utf-8"))  # it runs by then
            time.sleep(random.uniform(0, 1.2 * lasts))
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        held = {name: rest for name, rest in contents(url).items() if name != "revisions"}
        name = one(url, "SELECT revision FROM revisions")
        assert held == {table: rest for table, rest in whole[name].items() if table != "revisions"}
    assert killed
    load(url, CITY, None, quietly, again=True)
    assert numbers(url) == sorted(numbers(url), reverse=True)
    if database == "sqlite":
        assert list(path_of(url).parent.rglob("*.new-*")) == []


@pytest.mark.parametrize("database", DATABASES)
def test_loads_at_once_come_one_after_the_other(
    database: str, new_database: NewDatabase, seed: Path, tmp_path: Path
) -> None:
    url = new_database(database)
    told = [tmp_path / f"told-{number}" for number in range(3)]
    loads = [started(url, folder, file) for folder, file in zip((CITY, seed, CITY), told, strict=True)]
    for process, file in zip(loads, told, strict=True):
        assert process.wait(timeout=120) == 0, file.read_text(encoding="utf-8")
    history = [number for (number,) in rows(url, "SELECT number FROM releases ORDER BY number")]
    assert history == list(range(1, len(history) + 1))
    assert len(history) in {2, 3}
    assert numbers(url)[0] == history[-1]


def at_most(size: int) -> Callable[[], object]:
    """No file of the process may become larger, as where the disk has no more room."""
    return partial(resource.setrlimit, resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_without_room_leaves_what_was_there(city_database: CityDatabase, seed: Path) -> None:
    url = city_database("sqlite")
    before, size = contents(url), path_of(url).stat().st_size
    for room in (1, size // 3, size // 2, size // 10 * 9):
        status, told = ended(url, seed, at_most(room))
        assert status == 3, told
        assert "then run this again; the data is what it was" in told
        assert "Traceback" not in told
        assert contents(url) == before
        assert list(path_of(url).parent.rglob("*.new-*")) == []
    assert ended(url, seed)[0] == 0
    assert numbers(url) == [2, 1]


@pytest.fixture
def closed(city_database: CityDatabase) -> Iterator[str]:
    """A database in a folder that nobody may write."""
    url = city_database("sqlite")
    path_of(url).parent.chmod(0o555)
    yield url
    path_of(url).parent.chmod(0o755)


def test_a_folder_that_may_not_be_written_is_told_before_anything_is_read(closed: str) -> None:
    before = contents(closed)
    status, told = ended(closed, SEED, without_privileges)
    assert status == 3
    assert "see that its folder is there and that this user may read and write it" in told
    assert told.count("\n") == 1
    assert contents(closed) == before


@pytest.mark.parametrize("where", ["/proc/city.db", "/nowhere/city.db", "/dev/null/city.db", "{folder}"])
def test_a_file_that_cannot_be_made_is_told(where: str, tmp_path: Path) -> None:
    status, told = ended(f"sqlite:///{where.format(folder=tmp_path)}", CITY)
    assert status == 3
    assert "see that its folder is there and that this user may read and write it" in told


def test_a_database_of_the_first_edition_is_replaced_by_the_next_load(new_database: NewDatabase, seed: Path) -> None:
    url = new_database("sqlite")
    path = path_of(url)
    path.write_bytes(lzma.decompress(FIRST_EDITION.read_bytes()))
    path.with_name(f"{path.name}-wal").write_bytes(b"what that edition wrote last")
    with closing(open_store(url)) as store:
        with pytest.raises(NotReady, match=r"older schema 0009.*run `factbook load`"):
            store.current()
        assert store.releases() == []
    before = path.read_bytes()
    swap("places.yaml", "kind: city", "kind: citty")(seed)
    assert ended(url, seed)[0] == 1
    assert path.read_bytes() == before, "a refused seed leaves it as it is, whatever its schema"
    load(url, CITY, None, quietly)
    assert numbers(url) == [1]
    assert not list(path.parent.glob("*-wal"))


@pytest.mark.parametrize("database", DATABASES)
def test_a_release_is_gone_back_to_and_numbers_go_on(
    database: str, new_database: NewDatabase, seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database(database)
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", url)
    first, second = (load(url, folder, None, quietly).revision for folder in (CITY, seed))
    listed = json.loads(RUNNER.invoke(commands, ["releases", "--json"], catch_exceptions=False).stdout)["releases"]
    assert [(one["id"], one["number"], one["is_current"]) for one in listed] == [(second, 2, True), (first, 1, False)]
    assert RUNNER.invoke(commands, ["use", first], catch_exceptions=False).exit_code == 0
    assert one(url, "SELECT revision FROM revisions") == first
    assert f"* {first}" in RUNNER.invoke(commands, ["releases"]).stdout
    exported = tmp_path / "exported"
    assert RUNNER.invoke(commands, ["export", str(exported), "--release", second]).exit_code == 0
    assert "Eastbank" in (exported / "places.yaml").read_text(encoding="utf-8")
    swap("places.yaml", "en: Eastbank", "en: Bank")(seed)
    load(url, seed, None, quietly)
    (_, before), (last, third) = rows(url, "SELECT number, revision FROM releases ORDER BY number")
    assert before == first, "the history is that of what it follows"
    assert (last, third) == (numbers(url)[0], one(url, "SELECT revision FROM revisions"))
    assert last > 2
    for command in (["use", "r-0123456789abcdef"], ["export", str(tmp_path / "x"), "--release", "no"]):
        refused = RUNNER.invoke(commands, command)
        assert refused.exit_code == 2
        assert "not a kept release" in " ".join(re.findall(r"[\w`.-]+", refused.output))


@pytest.mark.parametrize("database", DATABASES)
def test_what_was_loaded_before_has_a_number_of_its_own_when_it_comes_again(
    database: str, new_database: NewDatabase, seed: Path
) -> None:
    url = new_database(database)
    ids = [load(url, folder, None, quietly).revision for folder in (CITY, seed, CITY)]
    assert ids[0] == ids[2] != ids[1]
    assert rows(url, "SELECT number, revision FROM releases ORDER BY number") == [*zip((1, 2, 3), ids, strict=True)]
    assert numbers(url) == [3, 2]


def test_so_many_releases_are_kept_as_the_setting_says(new_database: NewDatabase, seed: Path) -> None:
    url = new_database("sqlite")
    for name in "abcd":
        swap("places.yaml", "zh: 林渡市", f"zh: 林渡市{name}")(seed)
        load(url, seed, None, quietly, keep=2)
        swap("places.yaml", f"zh: 林渡市{name}", "zh: 林渡市")(seed)
    assert numbers(url) == [4, 3]


def test_a_damaged_release_is_followed_by_one_that_goes_on_from_the_last_that_is_whole(
    new_database: NewDatabase, seed: Path, tmp_path: Path
) -> None:
    url = new_database("sqlite")
    for folder in (CITY, seed):
        load(url, folder, None, quietly)
    change_file(path_of(url), "UPDATE fact_texts SET search = 'x'")
    swap("places.yaml", "en: Eastbank", "en: Bank")(seed)
    load(url, seed, None, quietly)
    assert rows(url, "SELECT number FROM releases ORDER BY number") == [(1,), (3,)]
    assert one(url, "SELECT count(*) FROM release_changes WHERE number = 3") > 0
    export(url, tmp_path / "out", quietly)


def test_each_answer_has_its_checksum(city_database: CityDatabase) -> None:
    url = city_database("sqlite")
    for table, answer, crc in (
        ("fact_answers", "json", "crc"),
        *((table, "answer", "answer_crc") for table in ("entities", "comparisons", "releases")),
    ):
        found = rows(url, f"SELECT {answer}, {crc} FROM {table}")  # noqa: S608 - names of our own
        assert found
        assert all(known == binascii.crc32(text.encode()) for text, known in found)


@pytest.mark.parametrize("asked", ["sqlite:///{}", "sqlite:///file:{}?mode=ro&immutable=1&uri=true"])
def test_what_a_later_version_loaded_and_what_is_said_to_be_read_only_is_not_replaced(
    asked: str, city_database: CityDatabase
) -> None:
    path = path_of(city_database("sqlite"))
    change_file(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    status, told = ended(asked.format(path), SEED)
    assert (status, told.count("\n")) == (3, 1)
    assert "newer than this version reads" in told or "mode=ro" in told
    assert path.read_bytes() == before
