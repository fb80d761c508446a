"""Requests by the thousand: what each costs our server, its ceiling and its peers."""

from collections.abc import Sequence
from dataclasses import asdict

from bench import agreement
from bench.datasets import DataSet
from bench.measuring import Case, Pace, Running, Sample, interleave, spread
from bench.requests import Client, Workload
from bench.sections import Section
from bench.systems.factbook import Factbook

HEAD = ("system", "CPU us/request", "requests/s", "p50 ms", "p99 ms", "bytes", "connections", "errors", "ours is")
PAGING = (Workload.FIRST, Workload.DEEP)


def compare(
    title: str, data: DataSet, running: Sequence[Running], workloads: Sequence[Workload], pace: Pace
) -> Section:
    """Every system that offers a workload, ours first. Raises Disagreement before anything is measured."""
    know_tags(running, data)
    systems = [(one.system, one.port) for one in running]
    for workload in workloads:
        agreement.check(data.flat, workload, data.draws, systems)
    section, raw = Section(title), {}
    for workload in (one for one in workloads if one not in PAGING):
        cases = [Case(one.system.name, workload, one, data.draws) for one in running]
        raw[str(workload)] = measure(section, f"{workload}", [case for case in cases if case.requests()], pace)
    if set(PAGING) <= set(workloads):
        cases = [Case(str(workload), workload, running[0], data.draws) for workload in reversed(PAGING)]
        raw["pages by cursor"] = measure(section, "pages by cursor", cases, pace)
    section.raw = raw
    return section


def grow(small: tuple[DataSet, Running], large: tuple[DataSet, Running], pace: Pace) -> Section:
    """The same workloads at two sizes of the data, side by side."""
    title = f"Growth: our server on {large[0].size:,} and on {small[0].size:,} facts"
    section, raw = Section(title), {}
    section.lines = [f"First answers after {large[1].server.started:.2f} s and {small[1].server.started:.2f} s."]
    for workload in (Workload.POINT, Workload.PAGE, Workload.DEEP, Workload.SEARCH, Workload.GROUPS):
        cases = [Case(f"{data.size:,}", workload, running, data.draws) for data, running in (large, small)]
        samples = interleave(cases, pace)
        _tell(section, f"{workload}", samples)
        more, less = (spread(sample.cost for sample in samples[case.name]).median for case in cases)
        section.figures[f"growth of {workload}"] = more / less
        raw[str(workload)] = _raw(samples)
    section.raw = raw
    return section


def measure(section: Section, name: str, cases: Sequence[Case], pace: Pace) -> object:
    """Measure cases and tell of them; the figures are the first as a ratio of each other one."""
    samples = interleave(cases, pace)
    _tell(section, name, samples)
    ours = spread(sample.cost for sample in samples[cases[0].name]).median
    for case in cases[1:]:
        theirs = spread(sample.cost for sample in samples[case.name]).median
        section.figures[f"{case.workload} / {case.name}" if name == case.workload else f"deep / {case.name}"] = (
            ours / theirs
        )
    return _raw(samples)


def know_tags(running: Sequence[Running], data: DataSet) -> None:
    """Let our server's conditional requests name the tag it gives."""
    for one in running:
        if isinstance(one.system, Factbook):
            answer = Client(one.port).ask(one.system.request(Workload.HOT, data.draws[0]))
            one.system.know(answer.header("etag"))


def _tell(section: Section, name: str, samples: dict[str, list[Sample]]) -> None:
    section.lines += ["", f"### {name}"]
    ours = spread(sample.cost for sample in next(iter(samples.values()))).median
    section.table(HEAD, (_cells(system, taken, ours) for system, taken in samples.items()))


def _cells(system: str, samples: list[Sample], ours: float) -> tuple[object, ...]:
    bursts = [sample.burst for sample in samples]
    cost = spread(sample.cost for sample in samples)
    return (
        system,
        cost,
        spread(burst.rate for burst in bursts),
        f"{spread(burst.p50 for burst in bursts).median:.1f}",
        f"{spread(burst.p99 for burst in bursts).median:.1f}",
        f"{spread(burst.size for burst in bursts).median:,.0f}",
        bursts[0].connections,
        sum(burst.errors for burst in bursts),
        "" if cost.median == ours else f"{ours / cost.median:.3g} x",
    )


def _raw(samples: dict[str, list[Sample]]) -> object:
    return {name: [asdict(sample) for sample in taken] for name, taken in samples.items()}
