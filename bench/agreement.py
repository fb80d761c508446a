"""Do all systems answer the same? What each must answer is read from the flat tables, by the plainest SQL."""

import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bench.draws import Draw
from bench.measuring import Running
from bench.requests import Client
from bench.systems import Found, Group, Workload

OK, CHECKED = 200, 6  # draws a workload
LIKE_ENOUGH, ROUNDED = 0.2, 1e-9  # sums of floats: absolute, and relative for large ones
WANTED = {
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


def check(tables: Path, workload: Workload, draws: Sequence[Draw], systems: Sequence[Running]) -> None:
    """Exits where a system answers a workload differently: such are not compared."""
    with closing(sqlite3.connect(tables)) as connection:
        for draw in draws[:CHECKED]:
            rows = connection.execute(WANTED[workload], draw._asdict()).fetchall()
            wanted: Found = rows if workload is Workload.GROUPS else [row[0] for row in rows]
            for one in systems:
                if request := one.system.request(workload, draw):
                    answer = Client(one.port).ask(request)
                    found = one.system.found(workload, answer.body) if answer.status == OK else []
                    if len(found) != len(wanted) or not all(map(_same, found, wanted)):
                        raise SystemExit(f"{one.system.name} answers {request.path} with {found}, not {wanted}")


def _same(one: str | Group, other: str | Group) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one[:2] == other[:2] and math.isclose(one[2], other[2], rel_tol=ROUNDED, abs_tol=LIKE_ENOUGH)
