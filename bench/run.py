"""The benchmark at a million facts, against peers: python -m bench.run [SIZE]; it writes bench/RESULTS.md."""

import argparse
import math
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from statistics import median

from bench import report
from bench.data import DataSet, LoadCost
from bench.measuring import Case, Pace, ask, interleave, ratio, running, spread
from bench.processes import private_megabytes
from bench.report import Section
from bench.systems import Datasette, Factbook, Group, PocketBase, Request, Rows, System, Workload
from bench.work import BENCH, WORK

SIZE, SMALLER = 1_000_000, 10_000
PACE, QUICK = Pace(rounds=5, seconds=2), Pace(rounds=1, seconds=1)
STARTS, SETTLED_AFTER = 5, 0.5  # times, seconds
COMPARED = (Workload.POINT, Workload.PAGE, Workload.GROUPS, Workload.SEARCH)
GROWING = (Workload.POINT, Workload.YEAR, Workload.DEEP)  # as many rows in a response whatever the size is
CHECKED = 6  # draws a workload
ABSOLUTE, RELATIVE = 0.2, 1e-9  # how much sums of floats may differ, small and large ones
# What each system must answer, by the plainest SQL over the flat tables.
EXPECTED = {
    Workload.POINT: "SELECT slug FROM facts WHERE id = :position",
    Workload.PAGE: """SELECT slug FROM links JOIN facts f ON f.id = fact_id WHERE links.initiative_id = :initiative
        AND links.year = :year AND links.sector_id = :sector ORDER BY fact_id LIMIT 50""",
    Workload.YEAR: "SELECT slug FROM facts WHERE year = :year AND sector_id = :sector ORDER BY id LIMIT 20",
    Workload.FIRST: "SELECT slug FROM facts WHERE id > :early ORDER BY id LIMIT 50",
    Workload.DEEP: "SELECT slug FROM facts WHERE id > :after ORDER BY id LIMIT 50",
    Workload.GROUPS: """SELECT year, count(*), sum(value) FROM facts WHERE metric_id = :metric AND sector_id = :sector
        GROUP BY year ORDER BY year""",
    Workload.SEARCH: "SELECT slug FROM facts WHERE instr(quote, :word) ORDER BY id LIMIT 50",
}


def measure(data: DataSet, smaller: DataSet, pace: Pace, *, fresh: bool) -> Iterator[Section]:
    """The sections of the report, in its order."""
    load = data.load(fresh=fresh)
    smaller.load()
    data.flat, smaller.flat  # noqa: B018 - made before anything is measured
    ours = Factbook("factbook", data.url)
    yield _start(ours, load, data.size)
    systems = ours, Datasette(data), PocketBase(data)
    with running(*systems):
        yield _compare(systems, data, pace)
    grown = [(Factbook(f"{one.size:,} facts", one.url, cached=False), one) for one in (data, smaller)]
    with running(*(one for one, _ in grown)):
        yield _grow(grown, pace)


def _start(ours: Factbook, load: LoadCost, size: int) -> Section:
    """Of a load, and from exec to the first answer; the private memory is that of a server nobody asks anything."""
    seconds, megabytes = [], []
    for _ in range(STARTS):
        with running(ours):
            time.sleep(SETTLED_AFTER)
            seconds.append(ours.server.started)
            megabytes.append(private_megabytes(ours.server.pid))
    section = Section("Load, start and idle")
    loaded = f"{load.seconds:.0f}", f"{size / load.seconds:,.0f}", f"{load.megabytes:,.0f}"
    head = ("load from CSV s", "facts/s", "most memory MB", "first answer s", "idle private MB")
    section.table(head, (*loaded, spread(seconds), spread(megabytes)))
    section.figures = {"first answer": median(seconds), "idle memory": median(megabytes)}
    return section


def _compare(systems: Sequence[System], data: DataSet, pace: Pace) -> Section:
    """Ours first."""
    section, ours = Section("Requests"), systems[0]
    for workload in (*COMPARED, Workload.FIRST, Workload.DEEP):
        _check(workload, data, systems)
    for workload in COMPARED:
        cases = [Case(one.name, one, some) for one in systems if (some := _requests(one, workload, data))]
        samples = interleave(cases, pace)
        section.samples(str(workload), samples)
        for case in cases[1:]:
            section.figures[f"{workload} / {case.name}"] = ratio(samples, ours.name, case.name)
    return section


def _grow(sizes: Sequence[tuple[System, DataSet]], pace: Pace) -> Section:
    """The same workloads on two sizes of the data, the larger first, side by side, without a cache."""
    (large, data), (small, _) = sizes
    section = Section(f"Growth: {large.name} against {small.name}, without a cache")
    for one, of_one in sizes:
        _check(Workload.YEAR, of_one, [one])
    for workload in GROWING:
        cases = [Case(one.name, one, _requests(one, workload, of_one)) for one, of_one in sizes]
        samples = interleave(cases, pace)
        section.samples(str(workload), samples)
        section.figures[f"growth of {workload}"] = ratio(samples, large.name, small.name)
    cases = [Case(str(depth), large, _requests(large, depth, data)) for depth in (Workload.DEEP, Workload.FIRST)]
    samples = interleave(cases, pace)
    section.samples("pages by cursor", samples)
    section.figures["deep / first"] = ratio(samples, Workload.DEEP, Workload.FIRST)
    return section


def _requests(system: System, workload: Workload, data: DataSet) -> list[Request]:
    return [request for draw in data.draws if (request := system.request(workload, draw))]


def _check(workload: Workload, data: DataSet, systems: Sequence[System]) -> None:
    """Exits where a system answers a workload differently: such are not compared."""
    with closing(sqlite3.connect(data.flat)) as connection:
        for draw in data.draws[:CHECKED]:
            found = connection.execute(EXPECTED[workload], draw._asdict()).fetchall()
            expected: Rows = found if workload is Workload.GROUPS else [row[0] for row in found]
            for one in systems:
                if request := one.request(workload, draw):
                    response = ask(one, request)
                    rows = one.rows(workload, response.content) if response.is_success else []
                    if len(rows) != len(expected) or not all(map(_is_same, rows, expected)):
                        raise SystemExit(f"{one.name} answers {request.path} with {rows}, not {expected}")


def _is_same(one: str | Group, other: str | Group) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one[:2] == other[:2] and math.isclose(one[2], other[2], rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def main() -> None:
    """Measure, and write bench/RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("size", type=int, nargs="?", default=SIZE, help=f"how many facts, if not {SIZE:,}")
    parser.add_argument("--quick", action="store_true", help="one short round, only to see that it works")
    parser.add_argument("--fresh", action="store_true", help="load anew, and measure that")
    options = parser.parse_args()
    pace, data = QUICK if options.quick else PACE, DataSet(options.size)
    sections = list(measure(data, DataSet(min(SMALLER, data.size // 10)), pace, fresh=options.fresh))
    # A quick run must not replace the results of a whole one.
    path = (WORK if options.quick or data.size < SIZE else BENCH) / "RESULTS.md"
    report.write(path, f"{data.size:,} facts", sections, pace)


if __name__ == "__main__":
    main()
