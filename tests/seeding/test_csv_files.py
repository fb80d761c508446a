"""An unclosed quote swallows the rest of a CSV file: it is found soon, however long that is, with its place."""

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CITY, ROOT

HEADER = "subject,metric,value,printed,period,source,note\n"
ROW = "lindow,gdp,1,1元,2017,lindow-statistics,\n"
FILE = "facts/more.csv"


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    shutil.copytree(CITY, tmp_path / "seed")
    (tmp_path / "seed" / "manifest").write_text("draft\n", encoding="utf-8")
    return tmp_path / "seed"


def told(seed: Path, table: str) -> dict[tuple[int, int], str]:
    """What `check` says of a table, by line and column."""
    (seed / FILE).write_text(table, encoding="utf-8")
    command = [sys.executable, "-m", "app", "check", "--json", str(seed)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert checked.returncode == 1, checked.stderr.decode()
    mistakes = json.loads(checked.stdout)["mistakes"]
    return {(one["line"], one["column"]): one["message"] for one in mistakes if one["file"].endswith(FILE)}


def seconds() -> float:
    """Of the processor that all children took which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_quote_that_is_not_closed_is_named(seed: Path) -> None:
    whole = '"a\nb",gdp,1,"1,""元""\n",2017,lindow-statistics,'
    mistakes = told(seed, HEADER + ROW + whole + '"and so on' + "\n" * 20_000)
    message = mistakes[3, 1]
    assert "a field has over 10,000 characters" in message
    assert "the quote at line 5, column 26 is not closed" in message
    ends = told(seed, HEADER + ROW + 'lindow,"gdp,1\n' + ROW)
    assert "the quote at line 3, column 8 is not closed" in ends[3, 1]
    behind = told(seed, HEADER + ROW + 'lindow,"gdp,1\n' + '"x,' + ROW)
    assert "correct the quotes of this row" in behind[3, 1]


def test_a_field_that_is_too_long_is_a_mistake_among_others(seed: Path) -> None:
    for long in ("x" * 10_001, '"' + "x\n" * 5_001 + '"'):
        rows = ROW + f"lindow,gdp,1,1元,2017,lindow-statistics,{long}\n" + "too,few\n"
        mistakes = told(seed, HEADER + rows)
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
def test_a_row_of_many_lines_costs_in_proportion(seed: Path, rows: object) -> None:
    assert callable(rows)
    used = []
    for count in (8_000, 32_000):
        before = seconds()
        told(seed, HEADER + rows(count))
        used.append(seconds() - before)
    assert used[1] < 3 * used[0]  # most of it is the start of the command; by the square it would be 9
