"""The report: RESULTS.md with machine, versions and every section, and the raw numbers beside the data."""

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import goals, peers
from bench.folders import BENCH, ROOT, WORK
from bench.measuring import CONNECTIONS, Pace
from bench.sections import Section

OURS = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "sqlalchemy", "orjson", "psycopg")
NOTES = BENCH / "NOTES.md"


def write(path: Path, sections: Sequence[Section], size: int, pace: Pace, postgres: str) -> None:
    figures = {name: value for section in sections for name, value in section.figures.items()}
    lines = [
        "# Results",
        "",
        f"Written by `make bench`; [README.md](README.md) says how to read it. {size:,} facts, "
        f"{CONNECTIONS} connections, {pace.repetitions} repetitions of {pace.seconds} s, medians and [lowest-highest].",
    ]
    if size != goals.SIZE:
        lines += [
            "",
            f"**The goals are for {goals.SIZE:,} facts: with {size:,} this shows that the harness works.**",
        ]
    for section in (goals.judge(figures), _machine(postgres), *sections):
        lines += ["", f"## {section.title}", *section.lines]
    if NOTES.is_file():
        lines += ["", "## Notes", "", NOTES.read_text(encoding="utf-8").strip()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    raw = {section.title: section.raw for section in sections} | {"figures": figures}
    (WORK / f"results-{size}.json").write_text(json.dumps(raw, indent=1), encoding="utf-8")


def _machine(postgres: str) -> Section:
    section = Section("Machine and versions")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False) if postgres else None
    python = {name: version(name) for name in OURS}
    programs = {"SQLite": sqlite3.sqlite_version, **peers.versions()}
    if node:
        programs |= {"PostgreSQL": postgres, "Node.js": node.stdout.strip()}
    rows = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": _commit(),
        "processor": f"{_processor()}, {os.cpu_count()} cores, of which one is the server's and one the client's",
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.release()}, load {load[0]:.1f} {load[1]:.1f} {load[2]:.1f}",
        "Python": f"{platform.python_version()}, {_listed(python)}",
        "programs": _listed(programs),
    }
    section.table(("", ""), rows.items())
    return section


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _commit() -> str:
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"
