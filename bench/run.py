"""The benchmark at a million facts, against peers: python -m bench.run [SIZE]; it writes bench/RESULTS.md."""

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench import agreement, peers, report
from bench.datasets import DataSet, Load
from bench.folders import BENCH, WORK
from bench.measuring import Case, Pace, Running, interleave, ratio, running, spread, started
from bench.pocketbase import PocketBase
from bench.processes import private_megabytes
from bench.report import Section
from bench.requests import Request
from bench.systems import Datasette, Factbook, Workload

SIZE, SMALLER = 1_000_000, 10_000
PACE, QUICK = Pace(rounds=5, seconds=2), Pace(rounds=1, seconds=1)
STARTS, SETTLED_AFTER = 5, 0.5  # times, seconds
COMPARED = (Workload.POINT, Workload.PAGE, Workload.GROUPS, Workload.SEARCH)
GROWING = (Workload.POINT, Workload.YEAR, Workload.DEEP)  # as many rows in an answer whatever the size is


def measure(data: DataSet, smaller: DataSet, pace: Pace, *, fresh: bool) -> Iterator[Section]:
    """The sections of the report, in its order."""
    load = data.load(fresh=fresh)
    smaller.load()
    data.flat, smaller.flat  # noqa: B018 - made before anything is measured
    ours = Factbook("factbook", data.url)
    yield _start(ours, load, data.size)
    with started([ours, Datasette(data), PocketBase(data)]) as systems:
        yield _compare(systems, data, pace)
    grown = [Factbook(f"{one.size:,} facts", one.url, cached=False) for one in (data, smaller)]
    with started(grown) as (large, small):
        yield _grow((large, data), (small, smaller), pace)


def _start(ours: Factbook, load: Load, size: int) -> Section:
    """Of a load, and from exec to the first answer; the private memory is that of a server nobody asks anything."""
    seconds, megabytes = [], []
    for _ in range(STARTS):
        with running(ours) as one:
            time.sleep(SETTLED_AFTER)
            seconds.append(one.server.started)
            megabytes.append(private_megabytes(one.server.process.pid))
    section = Section("Load, start and idle")
    loaded = f"{load.seconds:.0f}", f"{size / load.seconds:,.0f}", f"{load.megabytes:,.0f}"
    head = ("load from CSV s", "facts/s", "most memory MB", "first answer s", "idle private MB")
    section.table(head, [(*loaded, spread(seconds), spread(megabytes))])
    section.figures = {"first answer": median(seconds), "idle memory": median(megabytes)}
    return section


def _compare(systems: Sequence[Running], data: DataSet, pace: Pace) -> Section:
    """Ours first."""
    section, ours = Section("Requests"), systems[0]
    for workload in (*COMPARED, Workload.FIRST, Workload.DEEP):
        agreement.check(data.flat, workload, data.draws, systems)
    for workload in COMPARED:
        cases = [Case(one.system.name, one, asked) for one in systems if (asked := _asked(one, workload, data))]
        samples = interleave(cases, pace)
        section.samples(str(workload), samples)
        for case in cases[1:]:
            section.figures[f"{workload} / {case.name}"] = ratio(samples, ours.system.name, case.name)
    return section


def _grow(large: tuple[Running, DataSet], small: tuple[Running, DataSet], pace: Pace) -> Section:
    """The same workloads on two sizes of the data, side by side, without a cache."""
    section = Section(f"Growth: {large[1].size:,} facts against {small[1].size:,}, without a cache")
    for one, data in (large, small):
        agreement.check(data.flat, Workload.YEAR, data.draws, [one])
    for workload in GROWING:
        cases = [Case(one.system.name, one, _asked(one, workload, data)) for one, data in (large, small)]
        samples = interleave(cases, pace)
        section.samples(str(workload), samples)
        section.figures[f"growth of {workload}"] = ratio(samples, cases[0].name, cases[1].name)
    one, data = large
    cases = [Case(str(depth), one, _asked(one, depth, data)) for depth in (Workload.DEEP, Workload.FIRST)]
    samples = interleave(cases, pace)
    section.samples("pages by cursor", samples)
    section.figures["deep / first"] = ratio(samples, Workload.DEEP, Workload.FIRST)
    return section


def _asked(one: Running, workload: Workload, data: DataSet) -> list[Request]:
    return [request for draw in data.draws if (request := one.system.request(workload, draw))]


def main() -> None:
    """Measure, and write bench/RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("size", type=int, nargs="?", default=SIZE, help=f"how many facts, if not {SIZE:,}")
    parser.add_argument("--quick", action="store_true", help="one short round, only to see that it works")
    parser.add_argument("--fresh", action="store_true", help="load anew, and measure that")
    parser.add_argument("--to", type=Path, help="file to write to")
    given = parser.parse_args()
    peers.require_tools()
    pace, data = QUICK if given.quick else PACE, DataSet(given.size)
    sections = list(measure(data, DataSet(min(SMALLER, data.size // 10)), pace, fresh=given.fresh))
    # A quick run must not replace the results of a whole one.
    path = given.to or (WORK if given.quick or data.size < SIZE else BENCH) / "RESULTS.md"
    report.write(path, f"{data.size:,} facts", sections, pace)


if __name__ == "__main__":
    main()
