"""An unclosed quote swallows the rest of a CSV file: it is found soon, however long that is, with its place."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import main
from app.seeding import csv_files
from app.seeding.csv_files import CsvEntry, read_csv, read_tables
from app.seeding.diagnostics import Diagnostic, SeedError
from tests.conftest import CITY

HEADER = "subject,metric,value,printed,period,source,note\n"
ROW = "lindow,gdp,1,1元,2017,lindow-statistics,\n"
FILE = "facts/more.csv"
# Fourfold where the cost grows in proportion, sixteenfold where it grows with the square; the best try counts.
MOST_GROWTH, TRIES = 6, 5

Check = Callable[[str], dict[tuple[int, int], str]]


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    shutil.copytree(CITY, tmp_path / "seed")
    (tmp_path / "seed" / "manifest").write_text("draft\n", encoding="utf-8")
    return tmp_path / "seed"


@pytest.fixture
def told(seed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Gives what `check` says of a table, by line and column."""
    monkeypatch.setattr(sys, "argv", ["factbook", "check", "--json", str(seed)])

    def check(table: str) -> dict[tuple[int, int], str]:
        (seed / FILE).write_text(table, encoding="utf-8")
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 1
        mistakes = json.loads(capsys.readouterr().out)["mistakes"]
        return {(one["line"], one["column"]): one["message"] for one in mistakes if one["file"].endswith(FILE)}

    return check


def test_the_quote_that_is_not_closed_is_named(told: Check) -> None:
    whole = '"a\nb",gdp,1,"1,""元""\n",2017,lindow-statistics,'
    mistakes = told(HEADER + ROW + whole + '"and so on' + "\n" * 20_000)
    message = mistakes[3, 1]
    assert "a field has over 10,000 characters" in message
    assert "the quote at line 5, column 26 is not closed" in message
    ends = told(HEADER + ROW + 'lindow,"gdp,1\n' + ROW)
    assert "the quote at line 3, column 8 is not closed" in ends[3, 1]
    behind = told(HEADER + ROW + 'lindow,"gdp,1\n' + '"x,' + ROW)
    assert "correct the quotes of this row" in behind[3, 1]


def test_a_header_that_is_too_long_is_refused(told: Check) -> None:
    assert "is not CSV" in told("年" * 400_000)[1, 1]


def test_a_field_that_is_too_long_is_a_mistake_among_others(told: Check) -> None:
    for long in ("x" * 10_001, '"' + "x\n" * 5_001 + '"'):
        rows = ROW + f"lindow,gdp,1,1元,2017,lindow-statistics,{long}\n" + "too,few\n"
        mistakes = told(HEADER + rows)
        assert [message for (line, _), message in mistakes.items() if line == 3 and "10,000" in message]


@pytest.mark.parametrize(
    "rows",
    [
        lambda count: '"' + "x\n" * count,
        # Fields of 5,000 line ends, which may be.
        lambda count: ",".join(['"' + "\n" * 5_000 + '"'] * (count // 5_000)) + "\n",
        lambda count: '"' + ("," * 10 + "\n") * (count // 10) + '"\n',
        lambda count: ROW * (count // 40) + '"' + ROW * (count // 40),
    ],
    ids=["unclosed", "long fields", "closed late", "rows"],
)
def test_a_row_of_many_lines_costs_in_proportion(told: Check, rows: Callable[[int], str]) -> None:
    def seconds(count: int) -> float:
        before = time.process_time()
        told(HEADER + rows(count))
        return time.process_time() - before

    small = large = float("inf")
    for _ in range(TRIES):
        small, large = min(small, seconds(8_000)), min(large, seconds(32_000))
        if large < MOST_GROWTH * small:
            return
    pytest.fail(f"{large / small:.1f} times the cost of a quarter of the rows")


COLUMNS = ("subject", "metric", "note")
FIELDS = ("", "x", '""', '"a,b"', '"a""b"', " y ", "城", '"c\nd"', 'e"f', '"g"h', "i\rj", "k" * 30, "l" * 10_001)
ROWS = st.lists(st.lists(st.sampled_from(FIELDS), min_size=2, max_size=4).map(",".join), max_size=12)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 40))
def test_tables_have_the_rows_that_csv_reads(rows: list[str], end: str, ends: bool, block: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "facts.csv"
        path.write_text(end.join([",".join(COLUMNS), *rows]) + end * ends, encoding="utf-8", newline="")
        patch.setattr(csv_files, "BLOCK", block)
        found: list[tuple[list[CsvEntry], list[str]]] = []
        for as_tables in (False, True):
            errors: list[Diagnostic] = []
            entries: list[CsvEntry] = []
            try:
                if as_tables:
                    for table in read_tables(path, FILE, frozenset(COLUMNS), errors, 5):
                        entries += map(table.entry, range(len(table.table)))
                        fields = table.table.select(COLUMNS).rows()
                        assert fields == [tuple(one.fields) for one in entries[-len(fields) :]]
                        assert table.table["line"].to_list() == [one.line for one in entries[-len(fields) :]]
                else:
                    entries += read_csv(path, FILE, frozenset(COLUMNS), errors)
            except SeedError as error:
                errors += error.errors
            at = [one.at(name) for one in entries for name in COLUMNS]
            entries = [one._replace(text=one.text.rstrip()) for one in entries]
            found.append((entries, [*map(str, errors), *map(str, at)]))
        assert found[0] == found[1]
