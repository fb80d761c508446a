"""What no statistic can tell: values of one group in several units, or of several series; both are refused."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set

from app import tables
from app.errors import BadRequest, ErrorDetail
from app.queries.lists import address
from app.queries.reading import RequestContext

MOST_SHOWN = 10
# What the values of a group must share, and what each is called in a refusal; measures may be missing.
LIKENESS = {"frequency": "frequencies", "status": "statuses", "scope": "scopes", "measure": "measures"}
Likeness = tuple[str | None, ...]  # what values share, in the order of LIKENESS


def mixed(met: Mapping[Likeness, int]) -> dict[str, set[str]]:
    """The values that facts differ in, by what they are values of: nothing where they share one."""
    differing = {name: {one[place] for one in met} for place, name in enumerate(LIKENESS)}
    differing["measure"].discard(None)
    return {name: {one or tables.NONE for one in some} if len(some) > 1 else set() for name, some in differing.items()}


def refuse_mixed_units(groups: Sequence[Set[str]], stats: Sequence[str]) -> None:
    """Raises BadRequest if one of the groups, given as the units of its values, has several."""
    units = sorted({unit for group in groups if len(group) > 1 for unit in group})
    if units:
        listed = _listed(units)
        detail = f"Values of one group are in different units ({listed}); add unit= or metric=, or group by unit too."
        suggestions = tuple(f"unit={unit}" for unit in units[:3])
        raise BadRequest([ErrorDetail("mixed-units", "stat", ",".join(stats), detail, suggestions)])


def refuse_mixed_series(groups: Sequence[Counter[Likeness]], stats: Sequence[str], reading: RequestContext) -> None:
    """Raises BadRequest that names what the groups mix, with a request that succeeds.

    A group is given as the number of its values of each likeness.
    """
    of_several = [group for group in groups if any(mixed(group).values())]
    met = {name: sorted({one for group in of_several for one in mixed(group)[name]}) for name in LIKENESS}
    listed = [f"{LIKENESS[name]} ({_listed(some)})" for name, some in met.items() if some]
    detail = f"Values of one group are of different {' and '.join(listed)}; ask for one of each."
    error = ErrorDetail("mixed-series", "stat", ",".join(stats), detail)
    raise BadRequest([error], _instead(groups, reading, with_scope=bool(met["scope"])))


def _listed(some: Sequence[str]) -> str:
    return ", ".join(some[:MOST_SHOWN]) + (" ..." if len(some) > MOST_SHOWN else "")


def _instead(groups: Sequence[Counter[Likeness]], reading: RequestContext, *, with_scope: bool) -> str:
    """The URL of the same groups of one series: what is actual and annual, of all of the subject, where there is such;
    without statistics, if its measures differ too.
    """
    every = sum(groups, Counter[Likeness]())
    chosen = max(every, key=lambda one: (one[1] == "actual", one[0] == "annual", one[2] is None, every[one]))
    filters = dict(zip(LIKENESS, (one or tables.NONE for one in chosen), strict=True))
    del filters["measure"]
    if not with_scope:
        del filters["scope"]
    size = len(filters)
    alike = [Counter({one: n for one, n in group.items() if one[:size] == chosen[:size]}) for group in groups]
    if any(mixed(group)["measure"] for group in alike):
        pairs = [pair for pair in reading.pairs if pair[0] not in ("after", "stat")]
    else:
        filters["preferred"] = "true"
        pairs = [pair for pair in reading.pairs if pair[0] not in ("after", *filters)]
        pairs += filters.items()
    return address(reading.root_path + reading.path, pairs)
