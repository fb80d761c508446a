"""The goals, each beside the figure that was measured: met, or missed by how much."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.measuring import short
from bench.sections import Section

SIZE = 1_000_000  # what the goals are for
RATIO = " x"
FRACTIONS_BELOW, TWICE = 0.5, 2


@dataclass(frozen=True, slots=True)
class Goal:
    """`figure` must be at most, or at least, so much."""

    workload: str
    against: str
    figure: str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = RATIO

    @property
    def wanted(self) -> str:
        return f"<= {self.shown(self.at_most)}" if self.at_most is not None else f">= {self.shown(self.at_least or 0)}"

    def shown(self, value: float) -> str:
        """A ratio below a half as a fraction of one."""
        fraction = self.unit == RATIO and 0 < value < FRACTIONS_BELOW
        return (f"1/{short(1 / value)}" if fraction else short(value)) + self.unit

    def verdict(self, measured: float) -> str:
        if self.at_most is not None:
            met, off = measured <= self.at_most, measured / self.at_most
        else:
            met, off = measured >= (self.at_least or 0), (self.at_least or 0) / max(measured, 1e-9)
        if met:
            return "met"
        return f"**missed** by {short((off - 1) * 100)} %" if off < TWICE else f"**missed** {short(off)} times over"


GOALS = (
    Goal("one fact by id", "PocketBase", "point / pocketbase", 1 / 5),
    Goal("one fact by id", "Datasette", "point / datasette", 1 / 14),
    Goal("50 facts by year, industry and initiative", "Datasette", "page / datasette", 1 / 10),
    Goal("50 facts by year, industry and initiative", "PocketBase", "page / pocketbase", 1 / 14),
    Goal("50 facts by year, industry and initiative", "bare app", "page / bare app", 6),
    Goal("the same page again and again", "bare app", "hot / bare app", 1.5),
    Goal("... with If-None-Match", "bare app", "not-modified / bare app", 1.2),
    Goal("deep page by cursor", "first page", "deep / first", 1.2),
    Goal("groups by year", "Datasette", "groups / datasette", 1 / 7),
    Goal("q= of 2-4 characters", "Datasette", "search / datasette", 1 / 60),
    Goal("export as CSV, rows a CPU second", "Datasette", "csv / datasette", at_least=8),
    Goal("export as CSV, rows a CPU second", "roapi", "csv / roapi", at_least=1),
    Goal("export as NDJSON, rows a CPU second", "Datasette's CSV", "ndjson / datasette", at_least=8),
    Goal("export as NDJSON, rows a CPU second", "roapi's CSV", "ndjson / roapi", at_least=1),
    Goal("export as CSV, first byte", "", "csv first byte", 0.1, unit=" s"),
    Goal("export as NDJSON, first byte", "", "ndjson first byte", 0.1, unit=" s"),
    Goal("export as CSV, private memory grows by", "", "csv memory", 10, unit=" MB"),
    Goal("export as NDJSON, private memory grows by", "", "ndjson memory", 10, unit=" MB"),
    Goal("load", "", "load rate", at_least=20_000, unit=" facts/s"),
    Goal("the same load again, times faster", "", "load again", at_least=5),
    Goal("first answer after start", "", "first answer", 1.0, unit=" s"),
    Goal("idle private memory", "", "idle memory", 60, unit=" MB"),
    Goal("growth, one fact by id", "the smaller data", "growth of point", 1.25),
    Goal("growth, page", "the smaller data", "growth of page", 1.25),
    Goal("growth, deep page", "the smaller data", "growth of deep", 1.25),
    Goal("growth, q=", "the smaller data", "growth of search", 1.25),
    Goal("growth, groups", "the smaller data", "growth of groups", 1.25),
    Goal("cheap pages beside dear requests keep", "alone", "fair share", at_least=0.25),
    Goal("cheap pages beside dear requests, p99", "", "fair p99", 50, unit=" ms"),
    Goal("a dear request ends within", "", "slowest dear request", 5, unit=" s"),
    Goal("Postgres: one fact by id", "PostGraphile", "postgres point / postgraphile", 1 / 4),
    Goal("Postgres: page", "PostGraphile", "postgres page / postgraphile", 1 / 4),
    Goal("Postgres: groups", "PostGraphile", "postgres groups / postgraphile", 1 / 4),
)


def judge(figures: Mapping[str, float]) -> Section:
    """Each goal beside its figure."""
    section = Section("Goals")
    section.table(("workload", "against", "goal", "measured", ""), [_cells(goal, figures) for goal in GOALS])
    return section


def _cells(goal: Goal, figures: Mapping[str, float]) -> tuple[object, ...]:
    measured = figures.get(goal.figure)
    said = ("", "not measured") if measured is None else (goal.shown(measured), goal.verdict(measured))
    return goal.workload, goal.against, goal.wanted, *said
