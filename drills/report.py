"""The page docs/drills.md: one row for the last whole run of each drill on each database."""

import fcntl
import platform
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version

from bench.work import ROOT
from drills.runs import Tally
from tests import postgres

PAGE = ROOT / "docs" / "drills.md"


def write_row(tally: Tally) -> None:
    """Replace the row of this drill, or add it; another drill may end at the same moment."""
    server = (
        f"PostgreSQL {postgres.version()}" if tally.database == "postgresql" else f"SQLite {sqlite3.sqlite_version}"
    )
    libraries = f"Python {platform.python_version()}, {server}, SQLAlchemy {version('sqlalchemy')}"
    when = f"{datetime.now(UTC):%Y-%m-%d}, seed {tally.seed}, {tally.seconds:,} s; {libraries}"
    start = f"| {tally.drill} | {tally.database} |"
    row = f"{start} {'; '.join(tally.summary)} | {tally.passed:,} | {len(tally.failures):,} | {when} |"
    with PAGE.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until it is closed
        lines = file.read().splitlines()
        place = next((number for number, line in enumerate(lines) if line.startswith(start)), len(lines))
        lines[place : place + 1] = [row]
        file.seek(0)
        file.truncate()
        file.write("\n".join(lines) + "\n")
