"""The benchmark: python -m bench.run [SIZE]; it measures, holds against the goals, and writes bench/RESULTS.md."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench import bare, peers, postgres, report
from bench.agreement import Disagreement
from bench.datasets import DataSet
from bench.folders import BENCH, WORK
from bench.goals import SIZE
from bench.measuring import Pace, Running, running, started
from bench.processes import take_client_core
from bench.requests import Workload
from bench.sections import Section, comparing, exporting, loading, sharing, starting
from bench.systems import System
from bench.systems.bare import WORKLOADS as OF_BARE
from bench.systems.bare import BareApp
from bench.systems.datasette import Datasette
from bench.systems.factbook import Factbook
from bench.systems.pocketbase import PocketBase
from bench.systems.postgraphile import PostGraphile
from bench.systems.roapi import Roapi

PACE = Pace(repetitions=3, seconds=3)
QUICK_SIZE, QUICK_DRAWS, QUICK_PACE = 10_000, 300, Pace(repetitions=1, seconds=1)
SECTIONS = ("load", "start", "compare", "export", "fairness", "postgres")
ON_POSTGRES = (Workload.POINT, Workload.PAGE, Workload.GROUPS)


def measure(data: DataSet, wanted: list[str], workloads: list[Workload], pace: Pace) -> Iterator[Section]:
    """The sections of the report, in its order."""
    if "load" in wanted:
        yield loading.load_twice(data)
    else:
        data.load(fresh=False)
    data.flat  # noqa: B018 - peers' data is made before anything is measured
    if {"start", "compare", "export", "fairness"} & set(wanted):
        ours = Factbook(data)
        with running(ours) as one:
            if "fairness" in wanted:
                yield sharing.share(data, one, pace)
            recording = _record(data, one, ours) if "compare" in wanted else None
            beside: list[System] = [Datasette(data), PocketBase(data), Roapi(data)]
            beside = [BareApp(ours, recording), *beside] if recording else beside
            with started(beside) as others:
                if "start" in wanted:
                    yield starting.start(ours, others)
                if "compare" in wanted:
                    yield comparing.compare("Requests", data, [one, *others], workloads, pace)
                if "export" in wanted:
                    yield exporting.export([one, *others], data.size, pace.repetitions)
    if "postgres" in wanted:
        yield _on_postgres(data, pace)


def _record(data: DataSet, one: Running, ours: Factbook) -> Path:
    comparing.know_tags([one], data)
    requests = (ours.request(workload, draw) for workload in OF_BARE for draw in data.draws[: _asked(workload)])
    recording = WORK / f"recorded-{data.size}.jsonl"
    bare.record(one.port, requests, recording)
    return recording


def _asked(workload: Workload) -> int | None:
    return 1 if workload in {Workload.HOT, Workload.NOT_MODIFIED} else None


def _on_postgres(data: DataSet, pace: Pace) -> Section:
    with postgres.running(data) as server:
        url = server.url(postgres.FACTBOOK, "postgresql+psycopg")
        systems: list[System] = [Factbook(data, "factbook on postgres", url, server.pid), PostGraphile(server)]
        with started(systems) as both:
            section = comparing.compare("On PostgreSQL", data, both, ON_POSTGRES, pace)
    section.figures = {f"postgres {name}": value for name, value in section.figures.items()}
    return section


def _grown(data: DataSet, size: int, pace: Pace) -> Section:
    smaller, larger = sorted((data, DataSet(size)), key=lambda one: one.size)
    for one in (smaller, larger):
        one.load(fresh=False)
    systems = [Factbook(larger, f"factbook {larger.size}"), Factbook(smaller, f"factbook {smaller.size}")]
    with started(systems) as (large, small):
        return comparing.grow((smaller, small), (larger, large), pace)


def _asked_for() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("size", type=int, nargs="?", help=f"how many facts; {SIZE:,} where it is left out")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SIZE:,} facts and one short repetition")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="these sections only")
    parser.add_argument("--workloads", nargs="+", choices=list(Workload), type=Workload, help="these requests only")
    parser.add_argument("--grow", type=int, metavar="SIZE", help="also measure our server on so many facts, beside")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--seconds", type=int, help="of each repetition")
    parser.add_argument("--to", type=Path, help="file to write the report to")
    return parser.parse_args()


def main() -> None:
    asked = _asked_for()
    if lacking := peers.missing(node=not asked.only or "postgres" in asked.only):
        sys.exit(f"Please install first: apt-get install {' '.join(lacking)}")
    pace = QUICK_PACE if asked.quick else PACE
    pace = replace(pace, repetitions=asked.repetitions or pace.repetitions, seconds=asked.seconds or pace.seconds)
    data = DataSet(asked.size or (QUICK_SIZE if asked.quick else SIZE), QUICK_DRAWS if asked.quick else None)
    WORK.mkdir(parents=True, exist_ok=True)
    take_client_core()
    sections = []
    try:
        for section in measure(data, asked.only or list(SECTIONS), asked.workloads or list(Workload), pace):
            _tell(section)
            sections.append(section)
        if asked.grow:
            sections.append(_grown(data, asked.grow, pace))
            _tell(sections[-1])
    except Disagreement as error:
        sys.exit(f"The systems do not agree: {error}")
    # A partial or a quick run must not replace the results of a whole one.
    whole = data.size == SIZE and not asked.only and not asked.workloads
    path = asked.to or (BENCH / "RESULTS.md" if whole else WORK / f"results-{data.size}.md")
    on_postgres = any(section.title == "On PostgreSQL" for section in sections)
    report.write(path, sections, data.size, pace, postgres.version() if on_postgres else "")
    sys.stderr.write(f"\nWritten to {path}\n")


def _tell(section: Section) -> None:
    sys.stderr.write("\n".join(["", f"## {section.title}", *section.lines, ""]))


if __name__ == "__main__":
    main()
