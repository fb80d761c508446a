"""What the last whole run of each drill has shown: docs/drills.json, and docs/drills.md made of it."""

import json
import platform
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from bench.folders import ROOT
from drills.runs import Drill
from drills.tally import Tally

KEPT = ROOT / "docs" / "drills.json"
PAGE = ROOT / "docs" / "drills.md"
LIBRARIES = ("sqlalchemy", "alembic", "psycopg", "uvicorn")
HEAD = """# What the drills have shown

Written by `make drill`; [drills/README.md](../drills/README.md) says what each does and what must hold.

Drills of the first edition that a test has replaced: `broken-seeds` is `tests/seeding/test_broken_seeds.py`, with
`test_csv_files.py` and `test_manifest.py`; `migrate` has no object any more, as the tables of a release are made in the
load that `crash` kills, and `tests/store/test_migrations.py` holds the migrations; `stop` and `docs-page` are in
`tests/http/test_server.py`; `vanish` is `tests/http/test_vanishing.py`; `schemathesis` is `tests/test_fuzz.py`; altered
cursors are in `tests/http/test_problems.py`; slow clients are the business of the proxy, in `tests/http/test_proxy.py`.

| drill | database | counts and negative controls | passed | failed | date, seed, seconds |
|---|---|---|---|---|---|
"""


def keep(tally: Tally, postgresql: str) -> None:
    """Remember a whole run in place of the one before."""
    known = asdict(tally) | {"seen": dict(tally.seen), "told": tally.told, "failed": tally.failed}
    known["postgresql"] = postgresql
    known["date"] = datetime.now(UTC).date().isoformat()
    runs = _kept() | {f"{tally.drill} on {tally.database}": known}
    KEPT.write_text(json.dumps(runs, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _kept() -> dict[str, dict[str, Any]]:
    return dict(json.loads(KEPT.read_text(encoding="utf-8"))) if KEPT.exists() else {}


def write(drills: Mapping[str, Drill]) -> None:
    """Write the page, and say of each drill that has never been run that it has not."""
    rows, servers, runs = [], set(), _kept()
    for name, drill in drills.items():
        for kind in drill.kinds:
            known = runs.get(f"{name} on {kind}")
            if not known:
                rows.append(f"{name} | {kind} | not run yet | | | ")
                continue
            servers |= {known["postgresql"]} - {""}
            told = [name, kind, "; ".join(known["told"]), f"{known['passed']:,}", f"{known['failed']:,}"]
            rows.append(" | ".join([*told, f"{known['date']}, {known['seed']}, {known['seconds']:,}"]))
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, PostgreSQL {', '.join(servers)}"
    table = "\n".join(f"| {row} |" for row in rows)
    PAGE.write_text(f"{HEAD}{table}\n\n{versions}; {libraries}.\n", encoding="utf-8")
    sys.stderr.write(f"Written to {PAGE}\n")
