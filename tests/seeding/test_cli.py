"""The commands: what they print where, and the exit status with which each ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import commands, main
from app.folders import LOCK, NEW, PREFIX
from tests import forking
from tests.conftest import CITY, DATABASES, ROOT, CityDatabase
from tests.databases import change, forget_digests
from tests.seeding.breaking import append, swap
from tests.seeding.broken import ARTICLE, FIGURES

RUNNER = CliRunner()


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database that commands use: a file that is not there yet."""
    url = f"sqlite:///{tmp_path / 'city.db'}"
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", url)
    monkeypatch.setenv("FACTBOOK_SEED", str(CITY))
    return url


TOLD_TO_END_IN_A_CALLBACK = """
import ctypes, signal, sys, time
import typer
from app.exit_codes import run
commands = typer.Typer()
@commands.command()
def wait(long: bool = False) -> None:
    ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGTERM))()
    time.sleep(60)
run(commands)
"""


def test_a_command_that_is_told_to_end_within_native_code_ends() -> None:
    command = [sys.executable, "-c", TOLD_TO_END_IN_A_CALLBACK, "--long"]
    ended = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGTERM, b"")


def test_a_load_that_is_told_to_end_leaves_no_file(database: str, tmp_path: Path) -> None:
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    row = "lindow,gdp,,{0},,{0}元,,,,,2018,,,,macroeconomy,,lindow-statistics,,,,\n"
    append(FIGURES, "".join(map(row.format, range(1_000_000, 1_030_000))))(seed)
    (temporary := tmp_path / "temporary").mkdir()
    (folder := tmp_path / "database").mkdir()
    environment = os.environ | {"TMPDIR": str(temporary), "FACTBOOK_DATABASE_URL": f"sqlite:///{folder / 'city.db'}"}
    told = tmp_path / "told"
    with told.open("wb") as file:
        loading = forking.Process([sys.executable, "-m", "app", "load", seed], env=environment, stderr=file)
    while not list(folder.iterdir()):
        assert loading.poll() is None
        time.sleep(0.01)
    loading.terminate()
    assert loading.wait(timeout=60) == 128 + signal.SIGTERM, told.read_text(encoding="utf-8")
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["city.db.lock"]
    assert not list(temporary.glob("factbook-*"))


def test_what_a_command_that_was_killed_has_left_is_removed_by_the_next_load(database: str, tmp_path: Path) -> None:
    (temporary := tmp_path / "temporary").mkdir()
    script = "import time\nfrom app.folders import temporary_folder\nwith temporary_folder():\n    time.sleep(60)"
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment, cwd=ROOT) as working:
        while not list(temporary.glob(f"{PREFIX}*/{LOCK}")):
            time.sleep(0.01)
        working.kill()
    (left,) = temporary.glob(f"{PREFIX}*")
    long_ago = time.time() - 2 * NEW
    os.utime(left / LOCK, (long_ago, long_ago))
    assert forking.run([sys.executable, "-m", "app", "load"], env=environment).returncode == 0
    assert not list(temporary.iterdir())


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", "sqlite:////no/such/folder/city.db")


@pytest.fixture
def broken(tmp_path: Path) -> tuple[Path, list[str]]:
    """A city with two mistakes, and their places."""
    seed = Path(shutil.copytree(CITY, tmp_path / "broken"))
    edits = [swap(ARTICLE, "value: 12.5\n", "value: «12.6\n"), swap("places.yaml", "kind: city", "kind: «citty")]
    return seed, [edit(seed) for edit in edits]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run as from a shell, in this process; gives the exit status."""
    monkeypatch.setattr(sys, "argv", ["factbook", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def shell(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run as from a shell, in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FACTBOOK_")}
    return forking.run([sys.executable, "-m", "app", *arguments], env=kept | environment)


def test_load_tells_progress_on_stderr_and_the_revision_on_stdout(database: str) -> None:
    done = RUNNER.invoke(commands, ["load"], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.startswith("Revision r-")
    assert done.stdout.endswith("loaded: 69 facts.\n")
    assert "places" in done.stderr
    assert "writing facts: 69" in done.stderr
    again = RUNNER.invoke(commands, ["load"], catch_exceptions=False)
    assert again.stdout == done.stdout.replace("loaded:", "is already loaded:")


def test_load_prints_one_json_object(database: str) -> None:
    done = RUNNER.invoke(commands, ["load", "--json"], catch_exceptions=False)
    shown = json.loads(done.stdout)
    assert set(shown) == {"revision", "changed", "counts", "held_against"}
    assert shown["changed"]
    assert shown["counts"]["facts"] == 69
    assert done.stderr == ""
    assert json.loads(RUNNER.invoke(commands, ["load", "--json"]).stdout) == shown | {"changed": False}


@pytest.mark.usefixtures("no_database")
def test_check_needs_no_database_and_tells_the_revision_that_load_will_give(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checked = RUNNER.invoke(commands, ["check", str(CITY), "--json"], catch_exceptions=False)
    assert checked.exit_code == 0
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", f"sqlite:///{tmp_path / 'city.db'}")
    shown = json.loads(RUNNER.invoke(commands, ["load", str(CITY), "--json"]).stdout)
    assert json.loads(checked.stdout) == {
        "mistakes": [],
        "revision": shown["revision"],
        "counts": shown["counts"],
        "quotes_held": 25,
        "held_against": "draft",
    }


@pytest.mark.usefixtures("no_database")
def test_check_says_that_everything_holds() -> None:
    done = RUNNER.invoke(commands, ["check", str(CITY)], catch_exceptions=False)
    assert done.stdout.startswith("Everything holds: 69 facts, revision r-")


@pytest.mark.parametrize("command", ["check", "load"])
def test_mistakes_are_told_a_line_each_and_end_with_status_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    database: str,
    broken: tuple[Path, list[str]],
    command: str,
) -> None:
    seed, places = broken
    assert run(monkeypatch, command, str(seed)) == 1
    told = capsys.readouterr()
    assert told.out == ""
    lines = [line for line in told.err.splitlines() if not line.startswith(("  ", "INFO"))]
    assert [line.split(": ")[0] for line in lines[:2]] == [f"{seed}/{place}" for place in sorted(places)]
    assert lines[2:] == ["2 mistakes; nothing was written."]


def test_a_single_mistake_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    (seed / "events.yaml").unlink()
    assert run(monkeypatch, "check", str(seed)) == 1
    told = capsys.readouterr().err.splitlines()
    assert any(line.endswith("events.yaml:1:1: is missing; write at least an empty file") for line in told)
    assert told[-1] == "1 mistake; nothing was written."


def test_check_prints_its_mistakes_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: tuple[Path, list[str]]
) -> None:
    seed, places = broken
    assert run(monkeypatch, "check", str(seed), "--json") == 1
    mistakes = json.loads(capsys.readouterr().out)["mistakes"]
    assert [f"{one['file']}:{one['line']}:{one['column']}" for one in mistakes] == [
        f"{seed}/{place}" for place in sorted(places)
    ]
    assert all(set(one) == {"file", "line", "column", "message"} for one in mistakes)


@pytest.mark.parametrize("command", ["check", "load"])
def test_mistakes_are_told_without_a_traceback(command: str, broken: tuple[Path, list[str]], tmp_path: Path) -> None:
    seed, places = broken
    ended = shell(command, str(seed), FACTBOOK_DATABASE_URL=f"sqlite:///{tmp_path / 'a.db'}")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert all(place in ended.stderr for place in places)
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["lod"],
        ["check", "--jason"],
        ["export"],
        ["check", "a", "b"],
        ["serve", "--port", "0"],
        ["serve", "--port", "x"],
    ],
)
def test_a_wrong_command_line_ends_with_status_2(arguments: list[str]) -> None:
    assert RUNNER.invoke(commands, arguments).exit_code == 2


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("FACTBOOK_PORT", "eighty", "FACTBOOK_PORT: Input should be a valid integer"),
        ("FACTBOOK_PORT", "70000", "FACTBOOK_PORT: Input should be less than or equal to 65535"),
        ("FACTBOOK_LOG_LEVEL", "loud", "FACTBOOK_LOG_LEVEL: Input should be 'debug'"),
        ("FACTBOOK_CORS_ORIGINS", "[", 'field "cors_origins"'),
        ("FACTBOOK_DATABASE_URL", "mysql://localhost/city", "mysql is none of sqlite"),
        ("FACTBOOK_DATABASE_URL", "city.db", "is no database URL; write sqlite:///FILE or postgresql://"),
        ("FACTBOOK_DATABASE_URL", "postgresql://me:secret@db:port/city", "is no database URL; write sqlite:///FILE or"),
        ("FACTBOOK_DATABASE_URL", "", "is no database URL"),
        ("FACTBOOK_DATABASE_URL", "sqlite://", "names no file; write sqlite:///FILE"),
        ("FACTBOOK_DATABASE_URL", "sqlite:///:memory:", "names no file"),
        (
            "FACTBOOK_DATABASE_URL",
            "sqlite:////no/such/folder/city.db",
            "The database cannot be used: [Errno 2] No such file or directory",
        ),
    ],
)
def test_a_wrong_setting_is_one_clear_line_and_status_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    assert run(monkeypatch, "load", str(CITY)) == 3
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]


def test_a_wrong_setting_is_told_without_a_traceback() -> None:
    ended = shell("check", FACTBOOK_PORT="eighty")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith("FACTBOOK_PORT: ")
    assert ended.stderr.count("\n") == 1


def test_a_database_that_does_not_answer_ends_with_status_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", "postgresql+psycopg://reader:secret@127.0.0.1:1/city")
    assert run(monkeypatch, "load", str(CITY)) == 3
    told = capsys.readouterr().err
    assert told.startswith("The database cannot be reached: ")
    assert "secret" not in told


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://reader:secret@db/city", "postgresql://reader:***@db/city"),
        ("postgresql:///city?host=db&password=secret", "postgresql:///city?host=db&password=***"),
    ],
)
def test_config_hides_passwords(monkeypatch: pytest.MonkeyPatch, url: str, shown: str) -> None:
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", url)
    for arguments in (["config"], ["config", "--json"]):
        done = RUNNER.invoke(commands, arguments, catch_exceptions=False)
        assert done.exit_code == 0
        assert "secret" not in done.stdout
        assert shown in done.stdout


def test_config_shows_each_setting_by_the_name_that_sets_it() -> None:
    lines = RUNNER.invoke(commands, ["config"]).stdout.splitlines()
    assert "FACTBOOK_PORT=8000" in lines
    assert json.loads(RUNNER.invoke(commands, ["config", "--json"]).stdout)["port"] == 8000


def test_an_audit_counts_anew_and_tells_what_the_service_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database: str
) -> None:
    assert RUNNER.invoke(commands, ["load"]).exit_code == 0
    counted = RUNNER.invoke(commands, ["audit", "--json"])
    assert counted.exit_code == 0, counted.output
    known = json.loads(counted.stdout)
    assert known["differences"] == []
    assert known["facts"] == sum(known["standings"].values()) > 0
    change(database, "UPDATE facts SET standing = 'corroborated' WHERE standing = 'alone'")
    change(database, """UPDATE revisions SET audit = replace(audit, '"alone":', '"alone":1')""")
    assert run(monkeypatch, "audit") == 3, "a file that is not the one that was written is not read at all"
    assert "is damaged" in capsys.readouterr().err
    forget_digests(database)
    told = RUNNER.invoke(commands, ["audit"])
    assert told.exit_code == 1
    assert "WRONG: the audit says" in told.stdout
    assert "WRONG: facts has rows that are not what the facts make" in told.stdout


@pytest.mark.parametrize("kind", DATABASES)
def test_export_writes_a_seed_that_holds(
    monkeypatch: pytest.MonkeyPatch, city_database: CityDatabase, tmp_path: Path, kind: str
) -> None:
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", city_database(kind))
    folder = tmp_path / "a" / "seed"
    done = RUNNER.invoke(commands, ["export", str(folder), "--json"], catch_exceptions=False)
    assert json.loads(done.stdout) == {"folder": str(folder), "facts": 69}
    assert RUNNER.invoke(commands, ["check", str(folder)]).exit_code == 0


def test_export_refuses_a_folder_that_is_not_empty(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database: str, tmp_path: Path
) -> None:
    RUNNER.invoke(commands, ["load"])
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "mine.txt").write_text("mine", encoding="utf-8")
    for target in (kept, kept / "mine.txt"):
        assert run(monkeypatch, "export", str(target)) == 2
        assert "empty" in capsys.readouterr().err
    assert [path.name for path in kept.iterdir()] == ["mine.txt"]
    assert (kept / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_export_from_a_database_without_tables_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch, database: str, tmp_path: Path
) -> None:
    assert run(monkeypatch, "export", str(tmp_path / "seed")) == 3
    assert not (tmp_path / "seed").exists()


def test_pin_tells_what_it_pinned_and_what_it_needs(database: str, tmp_path: Path) -> None:
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    done = RUNNER.invoke(commands, ["pin", str(seed)], catch_exceptions=False)
    assert done.stdout.startswith("pins/lindow-evening-2025.json: 23 quotes\nmanifest: 16 files\n")
    shutil.rmtree(seed / "sources")
    assert "FACTBOOK_SOURCES" in RUNNER.invoke(commands, ["pin", str(seed)]).stdout


def test_pin_does_not_pin_a_seed_or_a_text_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    (seed / "sources" / "lindow-evening-2025.txt").write_bytes("林渡".encode("gbk"))
    assert run(monkeypatch, "pin", str(seed)) == 1
    assert "sources/lindow-evening-2025.txt:1:1: is not UTF-8" in capsys.readouterr().err
    swap("places.yaml", "kind: city", "kind: citty")(seed)
    assert run(monkeypatch, "pin", str(seed)) == 1
    assert "'citty' is not one of" in capsys.readouterr().err


def test_help_names_every_command() -> None:
    shown = shell("--help")
    assert shown.returncode == 0
    for command in ("serve", "load", "releases", "use", "check", "pin", "export", "schema", "config", "doctor"):
        assert command in shown.stdout
