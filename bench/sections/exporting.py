"""All facts in one answer: rows a CPU second, time to the first byte, private memory before and while."""

import http.client
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product

from bench.agreement import Disagreement
from bench.measuring import Running, spread
from bench.processes import peak_while, private_megabytes
from bench.requests import HOST, TIMEOUT, Request
from bench.sections import Section

HEAD = ("system", "rows", "CPU s", "rows/CPU s", "s", "first byte s", "MB", "private MB before", "at its peak")
FORMS = ("csv", "ndjson")
LONG = 15  # seconds: what takes longer is asked once
PART = 1 << 16
OK = 200


@dataclass(slots=True)
class Export:
    status: int = 0
    rows: int = 0
    size: int = 0
    seconds: float = 0
    first_byte: float = 0
    cpu: float = 0
    before: float = 0  # megabytes
    peak: float = 0


def export(running: Sequence[Running], size: int, repetitions: int) -> Section:
    """Ours first. Raises Disagreement where an export is not whole."""
    section, taken_of = Section("Whole export"), {}
    for form in FORMS:
        asked = {one.system.name: (one, request) for one in running if (request := one.system.export(form))}
        taken: dict[str, list[Export]] = {name: [] for name in asked}
        for _, (name, (one, request)) in product(range(repetitions), asked.items()):
            if not taken[name] or taken[name][-1].seconds < LONG:
                taken[name].append(_export(one, request, form))
        section.lines += ["", f"### {form}"]
        section.table(HEAD, (_cells(name, exports) for name, exports in taken.items()))
        _refuse_parts(taken, size)
        taken_of[form] = taken
    for form in FORMS:
        # Peers write no NDJSON: both of ours are held against their CSV.
        mine = taken_of[form][running[0].system.name]
        section.figures |= _figures(form, mine, taken_of["csv"], running[0].system.name)
    section.raw = {
        form: {name: [asdict(one) for one in exports] for name, exports in taken.items()}
        for form, taken in taken_of.items()
    }
    return section


def _export(running: Running, request: Request, form: str) -> Export:
    found = Export(before=private_megabytes(running.server.process.pid))
    used = running.cpu()
    found.peak = peak_while(running.server.process.pid, lambda: _receive(running.port, request, found))
    found.cpu = running.cpu() - used
    found.rows -= form == "csv"  # its header
    return found


def _receive(port: int, request: Request, found: Export) -> None:
    begun = time.perf_counter()
    connection = http.client.HTTPConnection(HOST, port, timeout=10 * TIMEOUT)
    connection.request(request.method, request.path, request.body.encode() or None, request.headers)
    answer = connection.getresponse()
    found.status = answer.status
    while part := answer.read1(PART):
        found.first_byte = found.first_byte or time.perf_counter() - begun
        found.rows += part.count(b"\n")
        found.size += len(part)
    found.seconds = time.perf_counter() - begun
    connection.close()


def _refuse_parts(taken: dict[str, list[Export]], size: int) -> None:
    for name, exports in taken.items():
        if exports[0].status == OK and exports[0].rows != size:
            raise Disagreement(f"{name} exports {exports[0].rows} rows, not {size}")


def _figures(form: str, mine: list[Export], taken: dict[str, list[Export]], ours: str) -> dict[str, float]:
    figures = {}
    if mine[0].status == OK:
        figures[f"{form} first byte"] = spread(one.first_byte for one in mine).median
        figures[f"{form} memory"] = max(one.peak - one.before for one in mine)
        for name, theirs in taken.items():
            if name != ours:
                figures[f"{form} / {name}"] = _rate(mine) / _rate(theirs)
    return figures


def _rate(exports: list[Export]) -> float:
    return spread(one.rows / max(one.cpu, 0.01) for one in exports).median


def _cells(name: str, exports: list[Export]) -> tuple[object, ...]:
    first = exports[0]
    if first.status != OK:
        return (name, f"answers {first.status}", *[""] * (len(HEAD) - 2))
    return (
        name,
        f"{first.rows:,}",
        spread(one.cpu for one in exports),
        f"{_rate(exports):,.0f}",
        spread(one.seconds for one in exports),
        f"{spread(one.first_byte for one in exports).median:.3f}",
        f"{first.size / 1e6:,.0f}",
        f"{spread(one.before for one in exports).median:.0f}",
        f"{max(one.peak for one in exports):.0f}",
    )
