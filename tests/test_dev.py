"""The set-up: nothing is installed twice, and a verb works from any folder."""

import subprocess
import sys
from pathlib import Path

import pytest

import dev
from tests.conftest import ROOT


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(dev, "STAMP", tmp_path / "installed")
    monkeypatch.setattr(dev, "call", lambda *command: made.append(command))
    return made


def test_the_second_time_nothing_is_installed(calls: list[tuple[object, ...]]) -> None:
    dev.install(dev.RUNTIME)
    assert any("--require-hashes" in call for call in calls)
    dev.PYTHON.touch()
    calls.clear()
    dev.install(dev.RUNTIME)
    assert calls == []


def test_what_is_there_for_development_is_enough_to_run(calls: list[tuple[object, ...]]) -> None:
    dev.PYTHON.touch()
    dev.install(dev.DEVELOPMENT)
    calls.clear()
    dev.install(dev.RUNTIME)
    assert calls == []


def test_another_lock_is_installed(calls: list[tuple[object, ...]]) -> None:
    dev.PYTHON.touch()
    dev.STAMP.write_text("of another lock")
    dev.install(dev.RUNTIME)
    assert calls


def test_a_wrong_verb_says_which_there_are() -> None:
    done = subprocess.run([sys.executable, ROOT / "dev.py", "runn"], capture_output=True, check=False, cwd="/")
    assert done.returncode
    assert b"run|factbook|test|check|docs" in done.stderr
