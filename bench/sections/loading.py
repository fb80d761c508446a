"""A load through the whole checker, and the same data again."""

from dataclasses import asdict

from bench.datasets import DataSet, Load, load
from bench.sections import Section

HEAD = ("load", "s", "facts/s", "most memory MB", "revision")


def load_twice(data: DataSet) -> Section:
    """Leaves our database as this code loads it."""
    first = data.load(fresh=True)
    again = load(data.url, data.seed)
    if first is None or again.changed:
        raise RuntimeError("the same data loaded again changed something")
    section = Section(f"Load of {data.size:,} facts from CSV")
    section.table(HEAD, [_cells("into a new database", first, data.size), _cells("the same again", again, data.size)])
    section.figures = {"load rate": data.size / first.seconds, "load again": first.seconds / again.seconds}
    section.raw = [asdict(first), asdict(again)]
    return section


def _cells(name: str, one: Load, size: int) -> tuple[object, ...]:
    return name, f"{one.seconds:.1f}", f"{size / one.seconds:,.0f}", f"{one.megabytes:,.0f}", one.revision
