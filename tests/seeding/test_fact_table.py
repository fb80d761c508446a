"""Facts are taken through a load as tables: in whatever pieces and by whatever way, what comes out is the same."""

import json
import random
import re
import shutil
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from app import answers
from app.seeding import fact_rows, fact_table, files, mentions, observations, rendering, slicing
from app.seeding.checks import FactChecks
from app.seeding.column_checks import HEDGES, MAGNITUDES, ColumnChecks
from app.seeding.csv_files import CsvEntry, table_of
from app.seeding.diagnostics import SeedError
from app.seeding.evidence import Texts
from app.seeding.files import read_text
from app.seeding.loading import load
from app.seeding.seeds import read_entities, read_row, read_row_tables
from app.seeding.unchanged import LoadResult
from app.store import open_store
from bench.generate import generate
from tests.conftest import CITY, DATABASES, SEED, KeptDatabase, NewDatabase, shortened
from tests.databases import contents, rows
from tests.seeding.breaking import append
from tests.seeding.broken import FIGURES

MANY = 300  # rows
SQLITE_INDEXES = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY sql"
POSTGRESQL_INDEXES = """SELECT replace(indexdef, schemaname || '.', '') FROM pg_indexes
    WHERE schemaname = current_schema() ORDER BY 1"""
ROW = "lindow,gdp,,{value},,{value}元,,,,,2018,,,,macroeconomy,,lindow-statistics,,,,\n"
TWIN = ROW.format(value=1_000_007)


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


def put(url: str, seed: Path) -> LoadResult:
    return load(url, seed, None, quietly)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """The city with so many figures that two processes have rows of the same file to read."""
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    append(FIGURES, "".join(ROW.format(value=1_000_000 + number) for number in range(MANY)))(seed)
    return seed


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seed as the benchmarks load it."""
    folder = tmp_path_factory.mktemp("generated")
    generate(2000, folder)
    return folder / "seed"


def stored(url: str) -> dict[str, str]:
    """What tables hold, but for the time of the load."""
    return {name: digest for name, digest in contents(url).items() if name != "revisions"}


@pytest.mark.parametrize("folder", [CITY, SEED, None], ids=["city", "seed", "generated"])
def test_pieces_ways_and_long_values_make_no_difference(
    folder: Path | None,
    generated: Path,
    kept_database: KeptDatabase,
    new_database: NewDatabase,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seed = folder or generated
    whole, cut = kept_database("sqlite", seed), new_database("sqlite")
    first = put(whole, seed)
    for module in (fact_rows, fact_table, mentions, rendering):
        monkeypatch.setattr(module, "PIECE", 13 if folder else 700)
    # Each row is read by itself, each fact is compared, and sums are worked out one by one.
    monkeypatch.setattr(
        ColumnChecks, "surely_valid", lambda _, table: pl.Series([False] * len(table), dtype=pl.Boolean)
    )
    monkeypatch.setattr(observations, "_related", list)
    monkeypatch.setattr(slicing, "WHOLE_DIGITS", 0)
    assert put(cut, seed) == replace(first, changed=True)
    assert stored(cut) == stored(whole)


def test_most_facts_are_plain(generated: Path) -> None:
    assert plain_share(generated) == 1
    assert plain_share(SEED) > 0.5  # many have a sentence of their own, which is read by itself


def plain_share(folder: Path) -> float:
    seed = read_entities(folder, quietly)
    plain = ColumnChecks(seed, Texts(seed, []))
    tables = [
        fact_table.of_rows(rows, 0)
        for path in sorted((folder / "facts").glob("*.csv"))
        if path.name != "events.csv"
        for rows in read_row_tables(seed, path, MANY)
    ]
    told = [plain.surely_valid(table) for table in tables]
    return float(sum(one.sum() for one in told) / sum(map(len, told)))


BEFORE, BEHIND = (
    ("", "今年", "不", "签", "约", "第", "附近", "不超过", "，", "3", "从5辆到", "-", "US$", "下降"),
    (*("", "，", "。", "以上", "左右", "多", "、3", "个百分点", "余", "-7", "技术", "万", " "),),
)


def test_what_is_plain_is_right() -> None:
    """Rows put together by lot from all that makes printed numbers hard: none is plain that is wrong."""
    seed = read_entities(CITY, quietly)
    checks, plain, lots = FactChecks(seed, Texts(seed, [])), ColumnChecks(seed, Texts(seed, [])), random.Random(1)  # noqa: S311 - lots
    units = {
        "gdp": ["元", "人民币"],
        "vehicle-output": ["辆", "台"],
        "gdp-growth": ["%", "个百分点"],
        "employees": ["人"],
    }
    lines = []
    for _ in range(4000):
        metric = lots.choice(list(units))
        hedge, magnitude, unit = lots.choice(HEDGES), lots.choice([*MAGNITUDES, "", ""]), lots.choice(units[metric])
        number = lots.choice(["5", "12", "0.5", "3.50", "1,200", "007", "2024", "100000", "1.5.2"])
        bound = lots.choice(["", "eq", "gt", "ge", "approx", "below", "no"])
        power = {"": 0, "万": 4, "亿": 8}[magnitude]
        value = lots.choice(
            [
                Decimal(
                    number.replace(",", "").replace(".5.", "."),
                ).scaleb(power),
                Decimal(5),
            ]
        )
        printed = f"{hedge}{number}{magnitude}{unit}"
        quote = lots.choice(["", lots.choice(BEFORE) + printed + lots.choice(BEHIND), f"产量{printed}，上年3辆"])
        lines.append(["lindow", metric, f"{value:f}", bound, printed, "2024", "lindow-statistics", quote])
    columns = ("subject", "metric", "value", "bound", "printed", "period", "source", "quote")
    entries = [
        CsvEntry("facts/x.csv", columns, fields, number, ",".join(fields)) for number, fields in enumerate(lines, 2)
    ]
    told = plain.surely_valid(fact_table.of_rows(table_of(entries), 0))
    assert 100 < told.sum() < len(lines)
    for entry, is_plain in zip(entries, told, strict=True):
        if is_plain:
            fact = read_row(seed, entry)
            assert fact, entry
            assert list(checks.errors(fact)) == [], entry


def test_twins_are_both_named(seed: Path, new_database: NewDatabase) -> None:
    first = (seed / FIGURES).read_text(encoding="utf-8").splitlines(keepends=True).index(TWIN) + 1
    append(FIGURES, TWIN)(seed)
    (seed / "facts" / "x.csv").write_text(
        (seed / FIGURES).read_text(encoding="utf-8").splitlines(keepends=True)[0] + TWIN, encoding="utf-8"
    )
    url = new_database("sqlite")
    with pytest.raises(SeedError) as refused:
        put(url, seed)
    last = (seed / FIGURES).read_text(encoding="utf-8").count("\n")
    says = f"says what {FIGURES}:{first}:1 says already; keep one of them"
    assert [(str(one.place), one.message) for one in refused.value.errors] == [
        (f"{FIGURES}:{last}:1", says),
        ("facts/x.csv:2:1", says),
    ]


def test_the_mistakes_of_a_large_file_are_told_at_once_and_once_each(seed: Path, new_database: NewDatabase) -> None:
    lines = (seed / FIGURES).read_text(encoding="utf-8").splitlines(keepends=True)
    wrong = list(range(100, len(lines), 100))
    for line in wrong:
        lines[line - 1] = lines[line - 1].replace(",gdp,", ",gpd,")
    (seed / FIGURES).write_text("".join(lines) + 'lindow,"gdp\n', encoding="utf-8")
    with pytest.raises(SeedError) as refused:
        put(new_database("sqlite"), seed)
    told = {one.place.line: one.message for one in refused.value.errors}
    assert list(told) == [*wrong, len(lines) + 1]
    assert "did you mean gdp" in told[100]
    assert told[len(lines) + 1].startswith("is not CSV")


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (b"a,b\nc\x07d\n", "1:2:2: has the control character U+0007"),
        ("甲\n\n乙\u2028".encode(), "1:3:2: has the control character U+2028"),
        ("\ufeffa".encode(), "1:1:1: starts with a byte order mark"),
        ("甲\n乙\n".encode() + b"\xff", "1:3:1: is not UTF-8"),
        ("甲\x01\n".encode() + b"\xff", "1:2:1: is not UTF-8"),
        ("甲\n乙".encode()[:-1], "1:2:1: is not UTF-8"),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, 3, 4, 1000])
def test_odd_text_is_told_wherever_pieces_of_it_meet(
    written: bytes, place: str, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIECE", piece)
    (tmp_path / "text").write_bytes(written)
    with pytest.raises(SeedError, match=re.escape(place)):
        read_text(tmp_path / "text", "1")


@pytest.mark.parametrize("folder", [CITY, SEED, None], ids=["city", "seed", "generated"])
def test_a_fact_is_stored_as_its_shape_writes_it_byte_for_byte(
    folder: Path | None, generated: Path, kept_database: KeptDatabase
) -> None:
    found = rows(kept_database("sqlite", folder or generated), "SELECT json FROM fact_answers")
    assert len(found) > 50
    for (shown,) in found:
        assert answers.Fact.model_validate(json.loads(shown, parse_float=Decimal)).json_text() == shown


@pytest.mark.parametrize("database", DATABASES)
def test_a_load_leaves_the_indexes_of_the_migrations(database: str, new_database: NewDatabase, tmp_path: Path) -> None:
    url = new_database(database)
    with closing(open_store(url)) as store, store.drafting() as draft:
        queries = {"sqlite": SQLITE_INDEXES, "postgresql": POSTGRESQL_INDEXES}
        made = draft.connection.execute(text(queries[database])).scalars().all()
    assert len(made) > 10
    for load_over in (CITY, shortened(tmp_path)):
        put(url, load_over)
        assert [row[0] for row in rows(url, queries[database])] == made
