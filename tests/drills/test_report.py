"""What a drill says of itself, and its row of the page that shows all."""

import sys
from pathlib import Path

import pytest

from drills import runs
from drills.__main__ import DRILLS, main
from drills.runs import Tally
from drills.wrong import UNLOCKED


def test_a_drill_shows_its_seed_its_share_and_what_failed() -> None:
    tally = Tally("crash", "sqlite", seed=7)
    for landed in (True, False):
        tally.fault(landed=landed)
    tally.check(True, "")
    tally.check_control(UNLOCKED, caught=0, tried=9, least=1)
    assert str(tally).splitlines()[0] == "crash on sqlite, seed 7, 0 s"
    assert "2 faults, 50% landed" in str(tally)
    assert str(tally).endswith("1 passed, 1 failed")
    assert len(tally.failures) == 1


def test_the_page_has_a_row_for_every_drill_on_every_database() -> None:
    lines = runs.PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ")[:2] for line in lines if line.startswith("| ")][1:]
    assert rows == [[f"| {name}", kind] for name, drill in DRILLS.items() for kind in drill.kinds]


def test_a_drill_replaces_its_own_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Drills\n\n| drill | database |\n|---|---|\n| race | sqlite | not run yet |\n", encoding="utf-8")
    monkeypatch.setattr(runs, "PAGE", page)
    for seed, database in ((3, "sqlite"), (4, "postgresql"), (5, "sqlite")):
        tally = Tally("race", database, seed)
        tally.check(True, "")
        tally.seen["loads"] += 80
        tally.write_row()
    first, second = page.read_text(encoding="utf-8").splitlines()[4:]
    assert first.startswith("| race | sqlite | 80 loads | 1 | 0 |")
    assert ", seed 5, " in first
    assert second.startswith("| race | postgresql | 80 loads | 1 | 0 |")


def test_an_unknown_drill_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["drills", "none"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert "crash" in capsys.readouterr().err
