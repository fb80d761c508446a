"""The report: goals beside what was measured, machine and versions, and every section as tables."""

import os
import platform
import sqlite3
import statistics
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from bench import peers
from bench.folders import ROOT
from bench.measuring import CONNECTIONS, Pace, Sample, short, spread

OURS = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "sqlalchemy", "orjson")
HEAD = ("", "CPU us/request", "requests/s", "p50 ms", "p99 ms", "bytes", "errors")
TWICE, HALF = 2, 0.5


@dataclass(slots=True)
class Section:
    """A part of the report, and the figures that goals name."""

    title: str
    lines: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        self.lines += ["", _row(head), _row(["---"] * len(head)), *map(_row, rows)]

    def samples(self, name: str, samples: Mapping[str, Sequence[Sample]]) -> None:
        """What cases cost, under a heading."""
        self.lines += ["", f"### {name}"]
        self.table(HEAD, [_cells(case, taken) for case, taken in samples.items()])


class Goal(NamedTuple):
    """The figure of a section that must be at most so much."""

    figure: str
    most: float
    unit: str = " x"

    def row(self, measured: float) -> tuple[object, ...]:
        """The goal beside what was measured."""
        off = measured / self.most
        missed = f"**missed** by {short((off - 1) * 100)} %" if off < TWICE else f"**missed** {short(off)} times over"
        return self.figure, self._shown(self.most), self._shown(measured), "met" if off <= 1 else missed

    def _shown(self, value: float) -> str:
        """A ratio below a half as a fraction of one."""
        fraction = self.unit == " x" and 0 < value < HALF
        return (f"1/{short(1 / value)}" if fraction else short(value)) + self.unit


GOALS = (
    Goal("hot page, ours / bare", 1.7),
    Goal("304, ours / bare", 1.5),
    Goal("one fact, ours / bare", 1.7),
    Goal("one fact, ours without a cache / bare", 3.8),
    Goal("distinct page, ours without a cache / older", 1),
    Goal("one fact / datasette", 1 / 14),
    Goal("one fact / pocketbase", 1 / 5),
    Goal("page / datasette", 1 / 5),
    Goal("page / pocketbase", 1 / 5),
    Goal("groups / datasette", 1 / 7),
    Goal("q= / datasette", 1 / 45),
    Goal("deep / first", 1.2),
    Goal("growth of one fact", 1.25),
    Goal("growth of page of a year", 1.25),
    Goal("growth of deep page", 1.25),
    Goal("first answer", 1.0, " s"),
    Goal("idle memory", 60, " MB"),
)


def write(path: Path, title: str, sections: Sequence[Section], pace: Pace) -> None:
    """Write the report of some sections, with the goals that they have figures for."""
    figures = {name: value for section in sections for name, value in section.figures.items()}
    goals = Section("Goals")
    rows = [goal.row(figures.pop(goal.figure)) for goal in GOALS if goal.figure in figures]
    rows += [(name, "", f"{short(value)} x", "") for name, value in figures.items()]
    goals.table(("figure", "at most", "measured", ""), rows)
    lines = [
        f"# {title}",
        "",
        f"Written by the benchmark; [README.md](README.md) says how to read it. {CONNECTIONS} connections, "
        f"{pace.rounds} rounds of {pace.seconds} s; medians and [lowest-highest], ratios are medians of the rounds'.",
    ]
    for section in (goals, _machine(), *sections):
        lines += ["", f"## {section.title}", *section.lines]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _machine() -> Section:
    section, load = Section("Machine and versions"), os.getloadavg()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    git = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    libraries = [f"{name} {version(name)}" for name in OURS]
    others = [f"{name} {number}" for name, number in peers.versions().items()]
    rows = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}, commit {commit or 'unknown'}",
        "machine": f"{os.cpu_count()} cores, one for servers and one for the client; {memory:.0f} GB",
        "load": f"{load[0]:.1f} in the last minute, {load[1]:.1f} in 5 and {load[2]:.1f} in 15 (1 is the client's own)",
        "ours": f"Python {platform.python_version()}, {', '.join(libraries)}",
        "others": f"SQLite {sqlite3.sqlite_version}, {', '.join(others)}",
    }
    section.table(("", ""), rows.items())
    return section


def _cells(name: str, samples: Sequence[Sample]) -> tuple[object, ...]:
    bursts = [sample.burst for sample in samples]
    return (
        name,
        spread(sample.cost for sample in samples),
        spread(burst.rate for burst in bursts),
        *(short(statistics.median(burst.p50 for burst in bursts)), short(statistics.median(b.p99 for b in bursts))),
        f"{statistics.median(burst.size for burst in bursts):,.0f}",
        sum(burst.errors for burst in bursts),
    )


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
