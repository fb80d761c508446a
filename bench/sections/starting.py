"""From exec to the first answer, and the private memory of a server that nobody asks anything."""

import time
from collections.abc import Sequence

from bench.measuring import Running, running, spread
from bench.processes import private_megabytes
from bench.sections import Section
from bench.systems import System

TIMES = 5
SETTLED_AFTER = 0.5  # seconds
HEAD = ("system", "first answer s", "idle private MB")


def start(ours: System, peers: Sequence[Running]) -> Section:
    """Ours several times; peers once, as they were started for the comparison."""
    seconds, megabytes = [], []
    for _ in range(TIMES):
        with running(ours) as one:
            time.sleep(SETTLED_AFTER)
            seconds.append(one.server.started)
            megabytes.append(private_megabytes(one.server.process.pid))
    section = Section("Start and idle")
    rows: list[tuple[object, ...]] = [(ours.name, spread(seconds), spread(megabytes))]
    rows += [(one.system.name, f"{one.server.started:.2f}", f"{idle(one):.0f}") for one in peers]
    section.table(HEAD, rows)
    section.figures = {"first answer": spread(seconds).median, "idle memory": spread(megabytes).median}
    section.raw = {"seconds": seconds, "megabytes": megabytes}
    return section


def idle(one: Running) -> float:
    return private_megabytes(one.server.process.pid)
