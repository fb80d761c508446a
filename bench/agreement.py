"""Do all systems answer the same? What each must answer is read from the flat tables, by the plainest SQL."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bench.draws import Draw
from bench.requests import Client, Request, Workload
from bench.systems import Group, System

CHECKED = 6  # draws a workload
LIKE_ENOUGH, ROUNDED = 0.2, 1e-9  # sums of floats: absolute, and relative for large ones
PAGE = """SELECT slug FROM links JOIN facts f ON f.id = fact_id WHERE links.initiative_id = :initiative
  AND links.year = :year AND links.sector_id = :sector ORDER BY fact_id LIMIT 50"""
IDS = {
    Workload.POINT: "SELECT slug FROM facts WHERE id = :position",
    Workload.PAGE: PAGE,
    Workload.HOT: PAGE,
    Workload.FIRST: "SELECT slug FROM facts WHERE id > :early ORDER BY id LIMIT 50",
    Workload.DEEP: "SELECT slug FROM facts WHERE id > :after ORDER BY id LIMIT 50",
    Workload.SEARCH: "SELECT slug FROM facts WHERE instr(quote, :word) ORDER BY id LIMIT 50",
}
GROUPS = """SELECT year, count(*), sum(value) FROM facts WHERE metric_id = :metric AND sector_id = :sector
  GROUP BY year ORDER BY year"""


class Disagreement(Exception):
    """Systems that answer differently are not compared."""


def check(tables: Path, workload: Workload, draws: list[Draw], systems: list[tuple[System, int]]) -> None:
    """Hold the answers of systems, each at its port, against the tables. Raises Disagreement."""
    with closing(sqlite3.connect(tables)) as connection:
        for draw in draws[:CHECKED]:
            asked = {name: getattr(draw, name) for name in Draw.__slots__}
            wanted: list[str] | list[Group]
            if workload is Workload.GROUPS:
                wanted = [Group(*row) for row in connection.execute(GROUPS, asked)]
            elif workload in IDS:
                wanted = [row[0] for row in connection.execute(IDS[workload], asked)]
            else:
                return
            for system, port in systems:
                if request := system.request(workload, draw):
                    _compare(system, workload, request, Client(port), wanted)


def _compare(
    system: System, workload: Workload, request: Request, client: Client, wanted: list[str] | list[Group]
) -> None:
    answer = client.ask(request)
    try:
        got = system.groups(answer.body) if workload is Workload.GROUPS else system.ids(workload, answer.body)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        got = [f"{answer.status} {answer.body[:200]!r} ({error!r})"]
    if not _same(got, wanted):
        raise Disagreement(f"{system.name} answers {workload} {request.path} {request.body} with {got}, not {wanted}")


def _same(got: list[str] | list[Group], wanted: list[str] | list[Group]) -> bool:
    if len(got) != len(wanted):
        return False
    return all(
        _alike(one, other) if isinstance(one, Group) and isinstance(other, Group) else one == other
        for one, other in zip(got, wanted, strict=True)
    )


def _alike(one: Group, other: Group) -> bool:
    near = abs(one.total - other.total) <= max(LIKE_ENOUGH, ROUNDED * abs(other.total))
    return near and (one.year, one.count) == (other.year, other.count)
