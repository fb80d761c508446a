"""A load replaces all data or none; the same seed makes the same revision on any machine and either database."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert as real_insert

from app import tables
from app.cli import pin
from app.seeding import loading, writing
from app.seeding.diagnostics import SeedError
from app.seeding.exporting import export
from app.seeding.loading import load
from app.seeding.postgresql import PostgresqlSink
from app.seeding.rendering import render
from app.seeding.sqlite import SqliteSink
from app.seeding.unchanged import LoadResult
from app.store import sqlite_files
from app.store.sqlite_files import digest
from tests.conftest import CITY, DATABASES, CityDatabase, KeptDatabase, NewDatabase
from tests.databases import contents, one, path_of, rows
from tests.seeding.breaking import remove, swap
from tests.seeding.broken import ARTICLE, FIGURES, PINS, TEXT


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


def put(url: str, seed: Path, sources: Path | None = None, *, again: bool = False) -> LoadResult:
    return load(url, seed, sources, quietly, again=again)


def answer_where(url: str, condition: str, **values: Any) -> Any:
    """The answer of the one fact for whose row a condition holds."""
    query = f"SELECT json FROM fact_answers NATURAL JOIN facts WHERE {condition}"  # noqa: S608 - our own
    return one(url, query, **values)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """An empty database of each kind."""
    return new_database(request.param)


@pytest.fixture(scope="module", params=DATABASES)
def city(request: pytest.FixtureRequest, kept_database: KeptDatabase) -> str:
    """A database of each kind that has the city, for tests that only read."""
    return kept_database(request.param, CITY)


@pytest.fixture(params=DATABASES)
def own_city(request: pytest.FixtureRequest, city_database: CityDatabase) -> str:
    """A database of each kind that has the city, for tests that write."""
    return city_database(request.param)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A copy of the city, to be changed."""
    return Path(shutil.copytree(CITY, tmp_path / "seed"))


def test_the_city_loads(empty: str) -> None:
    done = put(empty, CITY)
    assert done.changed
    assert done.counts == {
        "facts": 69, "places": 7, "industries": 10, "initiatives": 3, "organizations": 12, "metrics": 14, "sources": 3,
        "comparisons": 2, "conflicts": 1, "relations": 4, "scopes": 3, "series": 35, "units": 7,
        "policies": 2, "events": 3, "companies": 5,
    }  # fmt: skip
    assert one(empty, "SELECT revision FROM revisions") == done.revision
    assert one(empty, "SELECT count(*) FROM facts") == 69


def test_the_city_has_facts_of_every_kind_bound_status_basis_and_evidence(city: str) -> None:
    for column, how_many in {"kind": 3, "bound": 7, "status": 4, "basis": 4, "evidence": 3}.items():
        assert one(city, f"SELECT count(DISTINCT {column}) FROM facts") == how_many, column  # noqa: S608


def test_loading_the_same_seed_again_changes_nothing(empty: str) -> None:
    first = put(empty, CITY)
    before = contents(empty)
    again = put(empty, CITY)
    assert again == LoadResult(first.revision, changed=False, counts=first.counts)
    assert contents(empty) == before


def test_whether_a_seed_is_loaded_is_found_out_without_the_loader_and_without_reading_the_whole_file(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, digested = new_database("sqlite"), list[Path]()
    release = put(url, CITY).revision
    path = path_of(url)
    written = path.with_suffix(".releases") / f"{release}.sha256"
    os.utime(written, (path.stat().st_ctime + 1,) * 2)  # on a file system whose clock ticks slowly

    def recorded(path: Path) -> str:
        digested.append(path)
        return digest(path)

    monkeypatch.setattr(sqlite_files, "digest", recorded)
    assert (put(url, CITY).changed, digested) == (False, [])
    os.utime(written, (path.stat().st_ctime - 1,) * 2)  # as if the file had been written to since
    assert (put(url, CITY).changed, digested) == (False, [path])
    imported = "import sys, app.cli, app.seeding.unchanged; sys.exit(bool({'polars', 'app.nouns'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", imported], check=False).returncode == 0


class Later(datetime):
    """A clock that is an hour ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Later":
        return super().now(tz) + timedelta(hours=1)


def test_a_comment_in_a_seed_is_no_change_and_the_time_of_the_load_stays(
    own_city: str, seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, before = rows(own_city, "SELECT revision, loaded_at FROM revisions")[0]
    monkeypatch.setattr(loading, "datetime", Later)
    swap("places.yaml", "# A tree", "# The tree")(seed)
    again = put(own_city, seed)
    assert (again.revision, again.changed) == (first, False)
    assert one(own_city, "SELECT loaded_at FROM revisions") == before
    assert one(own_city, "SELECT count(*) FROM releases") == 1
    assert put(own_city, seed, again=True).changed
    assert one(own_city, "SELECT loaded_at FROM revisions") != before
    assert one(own_city, "SELECT count(*) FROM releases") == 1


# A revision is worked out before anything is written: one change is enough to see what a server makes of it.
@pytest.mark.parametrize(
    ("own_city", "file", "old", "new"),
    [
        ("postgresql", FIGURES, "3301亿元,,,,,2019", "3301亿元,,,,,2017"),
        ("sqlite", FIGURES, "3301亿元,,,,,2019", "3301亿元,,,,,2017"),
        ("sqlite", FIGURES, "the page says nearly (近)", "the page says almost"),
        ("sqlite", "places.yaml", "en: East Bank", "en: Eastbank"),
        ("sqlite", "units.yaml", "zh: 件", "zh: 个"),
        ("sqlite", "events.yaml", "role: organizer", "role: host"),
        ("sqlite", "initiatives.yaml", "run on its tides", "live on its tides"),
    ],
    indirect=["own_city"],
)
def test_any_change_of_the_data_is_another_revision(own_city: str, seed: Path, file: str, old: str, new: str) -> None:
    first = one(own_city, "SELECT revision FROM revisions")
    swap(file, old, new)(seed)
    second = put(own_city, seed)
    assert second.changed
    assert second.revision != first
    swap(file, new, old)(seed)
    assert put(own_city, seed).revision == first


def test_the_order_of_the_lines_of_a_seed_does_not_count(own_city: str, seed: Path) -> None:
    first = put(own_city, seed)
    head, *rows = (seed / FIGURES).read_text(encoding="utf-8").splitlines()
    (seed / FIGURES).write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    (seed / FIGURES).rename(seed / "facts" / "another-name.csv")
    assert put(own_city, seed) == first
    assert not first.changed


def test_the_revision_does_not_depend_on_the_characters_that_this_python_knows(
    seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digested: list[bytes] = []
    recorder = SimpleNamespace(update=digested.append, hexdigest=lambda: "")
    unassigned = "\U000e0fff"  # Unicode has given it to nobody yet: Python shows such characters as escapes
    swap("places.yaml", "aliases: [林渡, City of Lindow]", f"aliases: [林渡, 林{unassigned}]")(seed)
    monkeypatch.setattr(writing, "hashlib", SimpleNamespace(sha256=lambda: recorder))
    writing.write_facts(writing.NullSink(), render(seed, None, quietly))
    assert unassigned.encode() in b"".join(digested)


def test_both_databases_hold_the_same_rows_under_the_same_revision(kept_database: KeptDatabase) -> None:
    sqlite, postgresql = (kept_database(kind, CITY) for kind in DATABASES)
    one_side, other_side = contents(sqlite), contents(postgresql)
    for when in (one_side, other_side):
        when.pop("revisions")  # it has the time of the load
    assert one_side == other_side
    assert one(sqlite, "SELECT revision FROM revisions") == one(postgresql, "SELECT revision FROM revisions")


def test_an_export_holds_no_text_that_stood_beside_the_seed(empty: str, seed: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "texts"
    elsewhere.mkdir()
    shutil.move(seed / TEXT, elsewhere)
    put(empty, seed, elsewhere)
    export(empty, tmp_path / "out", quietly)
    assert not (tmp_path / "out" / "sources").exists()
    assert "本 报 讯" not in "".join(written.decode() for written in files(tmp_path / "out").values())


def fail_at(table: str, patch: pytest.MonkeyPatch) -> None:
    """Let loads find the disk full when they come to that table."""

    def failing(into: Any) -> Any:
        if into.name == table:
            raise OSError("the disk is full")
        return real_insert(into)

    def failing_at(write: Callable[..., None]) -> Callable[..., None]:
        return lambda sink, into, *what: failing(named[into]) if into == table else write(sink, into, *what)

    named = tables.METADATA.tables
    patch.setattr(loading, "insert", failing)
    for sink in (SqliteSink, PostgresqlSink):
        patch.setattr(sink, "write", failing_at(sink.write))


def test_a_load_that_fails_midway_leaves_the_old_data(
    own_city: str, seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(own_city)
    swap("places.yaml", "en: East Bank", "en: Eastbank")(seed)
    for table in ("entities", "source_texts", "facts", "fact_texts", "slices", "fact_tags", "slice_facts"):
        with monkeypatch.context() as patch:
            fail_at(table, patch)
            with pytest.raises(OSError, match="the disk is full"):
                put(own_city, seed)
        assert contents(own_city) == before, table
    assert put(own_city, seed).changed


def test_a_load_that_fails_at_its_very_end_leaves_the_old_data(
    own_city: str, seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(own_city)

    def failing(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(loading, "_write_revision", failing)
    swap("places.yaml", "en: East Bank", "en: Eastbank")(seed)
    with pytest.raises(OSError, match="the disk is full"):
        put(own_city, seed)
    assert contents(own_city) == before


def test_a_seed_without_facts_empties_the_database(own_city: str, seed: Path) -> None:
    shutil.rmtree(seed / "facts")
    shutil.rmtree(seed / "pins")
    # The pinned source is told by its quotes alone: without them it needs no pins.
    assert put(own_city, seed).counts["facts"] == 0
    for table in loading.FACTS:
        assert one(own_city, f"SELECT count(*) FROM {table}") == 0  # noqa: S608


def test_the_revision_is_the_same_whether_or_not_a_text_beside_the_seed_is_at_hand(
    city_database: CityDatabase, new_database: NewDatabase, seed: Path, tmp_path: Path
) -> None:
    stored = put(city_database("sqlite"), CITY)
    elsewhere = tmp_path / "texts"
    elsewhere.mkdir()
    shutil.move(seed / TEXT, elsewhere)
    without, beside = new_database("sqlite"), new_database("sqlite")
    assert put(without, seed).revision == put(beside, seed, elsewhere).revision
    assert put(without, seed).revision != stored.revision, "the text of a seed is part of the data"


def test_a_text_in_another_folder_is_held_against_its_quotes(
    new_database: NewDatabase, seed: Path, tmp_path: Path
) -> None:
    url = new_database("sqlite")
    remove(TEXT)(seed)
    (tmp_path / "lindow-evening-2025.txt").write_text("another text", encoding="utf-8")
    with pytest.raises(SeedError, match="review it, correct sha256"):
        put(url, seed, tmp_path)


def test_a_reason_lets_a_value_differ_from_what_is_printed(new_database: NewDatabase, seed: Path) -> None:
    url = new_database("sqlite")
    swap(ARTICLE, "value: 12.5\n", "value: 12.4\n    derived: from the vehicles themselves\n")(seed)
    put(url, seed)
    answer = json.loads(answer_where(url, "value = '12.4'"))
    assert answer["derived"] == "from the vehicles themselves"
    assert answer["printed"] == "12.5%"


def test_a_reason_does_not_let_what_is_printed_differ_from_the_quote(new_database: NewDatabase, seed: Path) -> None:
    url = new_database("sqlite")
    swap(ARTICLE, "printed: 12.5%\n", "printed: 12.6%\n    derived: because\n")(seed)
    with pytest.raises(SeedError, match="does not stand in the quote"):
        put(url, seed)


def test_a_quote_stands_where_its_pin_says(city: str) -> None:
    text_of_source = (CITY / TEXT).read_text(encoding="utf-8")
    fact = json.loads(
        answer_where(
            city, "metric_id = :id AND bound = 'below' AND evidence = 'verbatim'", id="cumulative-vehicle-output"
        )
    )
    citation = fact["citation"]
    assert citation["evidence"] == "verbatim"
    assert text_of_source[citation["start"] : citation["end"]] == "累计下线汽车近 300\n万 辆"


def test_an_english_quote_is_found_across_lines_broken_inside_its_words(city: str) -> None:
    fact = json.loads(answer_where(city, "metric_id = 'glass-output'"))
    text_of_source = (CITY / TEXT).read_text(encoding="utf-8")
    start, end = fact["citation"]["start"], fact["citation"]["end"]
    assert text_of_source[start:end] == "more th\nan 1.3 mill\nion panes of glass in 2024"


def test_pins_written_anew_are_the_pins_we_keep(seed: Path) -> None:
    remove(PINS)(seed)
    pin(seed)
    assert (seed / PINS).read_bytes() == (CITY / PINS).read_bytes()


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("vehicle-output", "0"),
        ("gdp-growth", "-0.05"),
        ("net-profit", "-1500000000.5"),
        ("tide-capacity", "0.000000000001"),
        ("gdp", "98765432101234567890.5"),
    ],
)
def test_a_value_is_kept_and_shown_with_all_its_digits(city: str, metric: str, value: str) -> None:
    answer = answer_where(city, "metric_id = :metric AND value = :value", metric=metric, value=value)
    assert f'"value":{value},' in answer
