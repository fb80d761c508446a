"""The report: goals beside what was measured, machine and versions, and every section as tables."""

import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

from bench.measuring import CONNECTIONS, Pace, Sample, short, spread
from bench.work import PINS, ROOT

OURS = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "sqlalchemy", "orjson")
HEAD = ("", "CPU us/request", "requests/s", "p50 ms", "p99 ms", "bytes", "errors")
# What each figure must be at most: ratios, and what has a unit.
GOALS = {
    "hot page, ours / bare": 1.7,
    "304, ours / bare": 1.5,
    "one fact, ours / bare": 1.7,
    "one fact, ours without a cache / bare": 3.8,
    "one fact / datasette": 1 / 14,
    "one fact / pocketbase": 1 / 5,
    "page / datasette": 1 / 5,
    "page / pocketbase": 1 / 5,
    "groups / datasette": 1 / 7,
    "q= / datasette": 1 / 45,
    "deep / first": 1.2,
    "growth of one fact": 1.25,
    "growth of page of a year": 1.25,
    "growth of deep page": 1.25,
    "first answer": 1.0,
    "idle memory": 60.0,
}
HALF = 0.5
UNITS = {"first answer": "s", "idle memory": "MB"}


@dataclass(slots=True)
class Section:
    """A part of the report, and the figures that goals name."""

    title: str
    lines: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def table(self, *rows: Iterable[object]) -> None:
        """The head first."""
        head, *others = (f"| {' | '.join(map(str, row))} |" for row in rows)
        self.lines += ["", head, "|" + " --- |" * len(list(rows[0])), *others]

    def samples(self, name: str, samples: Mapping[str, Sequence[Sample]]) -> None:
        """What cases cost, under a heading."""
        self.lines += ["", f"### {name}"]
        self.table(HEAD, *(_cells(case, some) for case, some in samples.items()))


def _cells(case: str, samples: Sequence[Sample]) -> tuple[object, ...]:
    quick, slow, size = (median(getattr(one, name) for one in samples) for name in ("p50", "p99", "size"))
    cost, rate = spread(one.cost for one in samples), spread(one.rate for one in samples)
    return case, cost, rate, short(quick), short(slow), f"{size:,.0f}", sum(one.errors for one in samples)


def _goal(figure: str, measured: float) -> tuple[str, ...]:
    """A figure beside its goal, if it has one."""
    most, unit = GOALS.get(figure), UNITS.get(figure, "x")

    def shown(value: float) -> str:
        return f"{short(value)} {unit}" if value >= HALF or unit != "x" else f"1/{short(1 / value)} x"

    verdict = "" if most is None else "met" if measured <= most else "**missed**"
    return figure, shown(most) if most else "", shown(measured), verdict


def write(path: Path, title: str, sections: Sequence[Section], pace: Pace) -> None:
    """Write the report of some sections, with the goals that they have figures for."""
    figures = {name: value for section in sections for name, value in section.figures.items()}
    goals = Section("Goals")
    order = [*(name for name in GOALS if name in figures), *(name for name in figures if name not in GOALS)]
    goals.table(("figure", "at most", "measured", ""), *(_goal(name, figures[name]) for name in order))
    how = f"Written by the benchmark; [README.md](README.md) says how to read it. {CONNECTIONS} connections, "
    how += f"{pace.rounds} rounds of {pace.seconds} s; medians and [lowest-highest], ratios are medians of the rounds'."
    lines = [f"# {title}", "", how]
    for section in (goals, _machine(), *sections):
        lines += ["", f"## {section.title}", *section.lines]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _machine() -> Section:
    section, load = Section("Machine and versions"), os.getloadavg()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    git = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    libraries = ", ".join(f"{name} {version(name)}" for name in OURS)
    others = ", ".join(re.findall(r"^\w.*==.*", PINS.read_text(encoding="utf-8"), re.MULTILINE)).replace("==", " ")
    section.table(
        ("", ""),
        ("date", f"{datetime.now(UTC):%Y-%m-%d}, commit {commit or 'unknown'}"),
        ("machine", f"{os.cpu_count()} cores, one for servers and one for the client; {memory:.0f} GB"),
        ("load", f"{load[0]:.1f} in the last minute, {load[1]:.1f} in 5, {load[2]:.1f} in 15 (1 is the client's own)"),
        ("ours", f"Python {platform.python_version()}, {libraries}"),
        ("others", f"SQLite {sqlite3.sqlite_version}, {others}"),
    )
    return section
