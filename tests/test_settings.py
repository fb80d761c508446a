"""A variable that is not a setting, or is none any more, stops every command and says what to do."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import commands, main
from app.settings import OTHER_VARIABLES, REPLACED, Settings
from tests.conftest import CITY

DOCUMENT = str(CITY / "sources.yaml")
COMMANDS = [
    ["serve"], ["load"], ["check"], ["pin"], ["audit"], ["draft", DOCUMENT, "--source", "x"], ["verify", DOCUMENT],
    ["export", "new"], ["releases"], ["use", "r-0123456789abcdef"], ["key", "me"], ["schema"], ["config"], ["doctor"],
]  # fmt: skip


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command; gives its exit status and what it says, errors first."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["factbook", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), "".join(reversed(capsys.readouterr()))

    return run


def test_each_command_is_tried_here() -> None:
    assert {one[0] for one in COMMANDS} == {
        one.name or getattr(one.callback, "__name__", "") for one in commands.registered_commands
    }


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_no_command_runs_with_a_variable_that_is_not_a_setting(
    run: Run, arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACTBOOK_SEND_TIMEOUT", "5")
    monkeypatch.setenv("FACTBOOK_PROT", "8000")
    status, told = run(*arguments)
    assert status != 0
    assert "FACTBOOK_PROT: is not a setting; did you mean FACTBOOK_PORT?" in told
    assert "FACTBOOK_SEND_TIMEOUT: is gone" in told
    assert "deploy/nginx.conf" in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [name for name in REPLACED if name not in Settings.model_fields])
def test_a_setting_that_is_gone_names_what_replaces_it(run: Run, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"FACTBOOK_{name.upper()}", "1")
    _, told = run("config")
    assert told.startswith(f"FACTBOOK_{name.upper()}: {REPLACED[name]}"), told


@pytest.mark.parametrize("name", ["factbook_port", "Factbook_Port", *sorted(OTHER_VARIABLES), "FACTBOOKISH", "FACT"])
def test_what_is_a_setting_or_none_of_our_business_is_taken(
    run: Run, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "8001")
    assert run("config")[0] == 0


def test_what_resembles_no_setting_is_to_be_unset(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACTBOOK_XYZZY", "1")
    assert "FACTBOOK_XYZZY: is not a setting; unset it" in run("config")[1]
