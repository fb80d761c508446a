"""An unclosed quote swallows the rest of a CSV file: it is found soon, however long that is, with its place."""

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
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
