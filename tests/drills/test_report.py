"""What a drill says of itself, and the page that tells of all."""

import subprocess
import sys
from pathlib import Path

import pytest

from drills import report
from drills.__main__ import DRILLS
from drills.tally import Tally
from drills.wrong import UNLOCKED
from tests.conftest import ROOT


def test_a_drill_tells_its_seed_its_share_and_what_failed() -> None:
    tally = Tally("crash", "sqlite", seed=7)
    for landed in (True, False):
        tally.fault(landed=landed)
    tally.hold(True, "")
    tally.hold_share(0.7)
    tally.hold_control(UNLOCKED, caught=0, tried=9, wanted=1)
    assert str(tally).splitlines()[0] == "crash on sqlite, seed 7"
    assert "2 faults, 50% landed" in str(tally)
    assert str(tally).endswith("1 passed, 2 failed")
    assert len(tally.failures) == 2


def test_the_page_tells_of_every_drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "KEPT", tmp_path / "runs.json")
    monkeypatch.setattr(report, "PAGE", tmp_path / "page.md")
    report.write(DRILLS)
    assert "| crash | sqlite | not run yet |" in (tmp_path / "page.md").read_text(encoding="utf-8")
    for name, drill in DRILLS.items():
        for kind in drill.kinds:
            tally = Tally(name, kind, seed=3)
            tally.hold(True, "")
            tally.seen["answers"] += 1
            report.keep(tally, postgresql="15.0")
    report.write(DRILLS)
    rows = [line for line in (tmp_path / "page.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + sum(len(drill.kinds) for drill in DRILLS.values())


def test_an_unknown_drill_is_refused() -> None:
    ended = subprocess.run([sys.executable, "-m", "drills", "none"], cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == 2
    assert b"crash" in ended.stderr
