"""The commands by which README backs a database up and brings it back, run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sqlalchemy import make_url

from tests.conftest import CITY, ROOT, NewDatabase, loaded
from tests.postgres import Server

COMMANDS = re.findall(
    r"^    ((?:sqlite3|cp|pg_\w+|createdb|vacuumdb) .*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
)
READING = """
import sqlite3, sys
one = sqlite3.connect(sys.argv[1])
one.execute("BEGIN")
one.execute("SELECT count(*) FROM facts").fetchone()
print("reading", flush=True)
sys.stdin.read()
"""


def doctor(url: str) -> str:
    environment = os.environ | {"FACTBOOK_DATABASE_URL": url, "FACTBOOK_SEED": str(CITY)}
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return next(line for line in done.stdout.splitlines() if "revision:" in line)


def run(command: str, cwd: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stderr)


def test_readme_says_how() -> None:
    assert [command.split()[0] for command in COMMANDS] == [
        "sqlite3",
        "cp",
        "pg_dump",
        "createdb",
        "pg_restore",
        "vacuumdb",
    ]


def test_a_sqlite_file_is_backed_up_while_it_is_read_and_brought_back(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    url = loaded(new_database("sqlite"), CITY)
    before, path = doctor(url), Path(make_url(url).database or "").rename(tmp_path / "factbook.db")
    tools = tmp_path / "tools"
    tools.mkdir()
    if not shutil.which("sqlite3"):  # the shell is not needed for what is shown here
        write_shell(tools / "sqlite3")
    environment = {"PATH": f"{os.environ['PATH']}:{tools}"}
    with subprocess.Popen(
        [sys.executable, "-c", READING, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reading:
        assert reading.stdout
        assert reading.stdout.readline() == b"reading\n"
        run(COMMANDS[0], tmp_path, environment)
    for file in tmp_path.glob("factbook.db*"):
        file.unlink()
    run(COMMANDS[1], tmp_path, environment)
    assert doctor(f"sqlite:///{path}") == before


def write_shell(path: Path) -> None:
    """A `sqlite3` that knows what README asks of it."""
    path.write_text(
        f"#!{sys.executable}\nimport sqlite3, sys\nsqlite3.connect(sys.argv[1]).execute(sys.argv[2])\n",
        encoding="utf-8",
    )
    path.chmod(0o755)


def test_a_postgresql_database_is_backed_up_and_brought_back(
    new_database: NewDatabase, postgresql: Server, tmp_path: Path
) -> None:
    url = loaded(new_database("postgresql"), CITY)
    before = doctor(url)
    environment = {"PGHOST": postgresql.socket, "PGUSER": "postgres"}
    environment["PATH"] = f"{postgresql.binaries}:{os.environ['PATH']}"
    renamed = re.escape(make_url(url).database or "")
    restored = "restored"
    for command in COMMANDS[2:]:
        asked = re.sub(r"\bfactbook\b(?!\.)", renamed if "pg_dump" in command else restored, command)
        run(asked, tmp_path, environment)
    assert doctor(url.replace(renamed, restored)) == before
