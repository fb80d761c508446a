"""Groups of facts: how many facts each has, statistics of their values, and the URL of exactly these facts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from pydantic import create_model
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Table, and_, exists, func, null, or_, select

from app import tables
from app.queries.facts import FactList, fixed_key
from app.queries.filters import FilterExpression, Range, overlap, structure, with_bind_parameters
from app.queries.formats import WRITERS, Pieces, export_pieces
from app.queries.list_query import AsOfQuery, ExportedQuery
from app.queries.lists import address, keys_after, page_body
from app.queries.mixing import Likeness, mixed, refuse_mixed_series, refuse_mixed_units
from app.queries.paging import DEFAULT_LIMIT, PRESENTATION, PageQuery, TotalMode
from app.queries.parameters import Parameter
from app.queries.reading import Body, RequestContext
from app.text.decimals import EXACT, json_bytes

FACT, SLICE = tables.facts, tables.slices
COLUMNS: Mapping[str, SQLColumnExpression[Any]] = {
    **{name: FACT.c[f"{name}_id"] for name in ("metric", "subject", "source")},
    **{name: FACT.c[name] for name in ("kind", "bound", "status", "evidence", "frequency", "vintage")},
    **{name: FACT.c[f"{name}_id"] for name in ("unit", "scope", "series")},
}
OF_VALUES = (FACT.c.unit_id, FACT.c.value, FACT.c.frequency, FACT.c.status, FACT.c.scope_id, FACT.c.measure)
# Each group of these can be queried by a filter for exactly its facts.
DIMENSIONS = ("initiative", "industry", "place", "company", "event", "year", *COLUMNS)
STATISTICS = ("sum", "avg", "min", "max")
AVERAGE_STEP = Decimal("1e-12")
MISSING = tables.NONE.encode()
NOT_FILTERS = {"by", "stat", *PRESENTATION}  # parameters that do not select facts

Filters = Mapping[str, Any]  # parsed filters, by name
Keys = tuple[str | None, ...]


@dataclass(eq=False, kw_only=True)
class NamesParameter(Parameter[list[str]]):
    """A list of names from a fixed set, joined by commas."""

    known: tuple[str, ...]
    most: int
    synonyms: Mapping[str, str] = field(default_factory=dict)

    def read(self, values: list[str], reading: RequestContext) -> list[str]:
        text = ",".join(values)
        names = [self.synonyms.get(name, name) for name in text.split(",")]
        if len(names) > self.most or len(set(names)) < len(names):
            raise self.invalid(text, f"{self.name} takes up to {self.most} different names.")
        self.refuse_unknown(zip(names, names, strict=True), self.known, f"is not one of {', '.join(self.known)}.")
        return names

    def schema(self) -> dict[str, Any]:
        names = [*self.known, *self.synonyms]
        return {"type": "array", "maxItems": self.most, "uniqueItems": True, "items": {"type": "string", "enum": names}}


MISSING_BY = (f"by is missing; say what to group by: {', '.join(DIMENSIONS)}.", "by=year", "by=initiative,year")


class GroupQuery(ExportedQuery, PageQuery, AsOfQuery):
    """Query parameters for groups; `Groups.query` adds the filters of facts."""

    by: list[str] = NamesParameter(
        known=DIMENSIONS, synonyms={"sector": "industry"}, most=3, missing=MISSING_BY
    ).described(
        f"What to group by: up to three of {', '.join(DIMENSIONS)}. A fact counts in each of its groups.",
        ["initiative", "year"],
    )
    stat: list[str] | None = NamesParameter(known=STATISTICS, most=len(STATISTICS)).described(
        "Statistics of the values in each group: sum, avg, min, max. The values must share one unit.", ["max"]
    )


@dataclass(slots=True)
class GroupTotals:
    """The aggregate of one group; its sum, minimum and maximum are only right where all values share one unit."""

    keys: Keys
    count: int = 0
    units: set[str] = field(default_factory=set)
    measured: int = 0  # facts that have a value
    sum: Decimal = Decimal(0)
    min: Decimal | None = None
    max: Decimal | None = None
    alike: bool = True  # false if its values are known to be of several series
    met: Counter[Likeness] = field(default_factory=Counter)  # how many facts of each, if they were told apart

    def add(self, count: int, unit: str, total: Decimal, least: Decimal, most: Decimal) -> None:
        """Add facts with values."""
        self.units.add(unit)
        self.measured += count
        self.sum = EXACT.add(self.sum, total)
        self.min = least if self.min is None else min(least, self.min)
        self.max = most if self.max is None else max(most, self.max)

    def statistic(self, name: str) -> Decimal | None:
        if not self.measured:
            return None
        if name == "avg":
            exact = EXACT.divide(self.sum, Decimal(self.measured))
            return exact.quantize(AVERAGE_STEP, ROUND_HALF_EVEN, EXACT)
        value: Decimal = getattr(self, name)
        return value


class Groups:
    """The groups of a list of facts."""

    def __init__(self, path: str, facts: FactList, metrics: Table) -> None:
        self.path = path
        self.facts = facts
        self.metrics = metrics
        bases: Any = (GroupQuery, facts.filters)
        self.query: type[GroupQuery] = create_model("GroupFactsQuery", __base__=bases)

    def page(self, query: GroupQuery, reading: RequestContext) -> Body:
        """One page of groups, in the order of their keys. Raises BadRequest, StaleCursor."""
        limit = query.limit or DEFAULT_LIMIT
        groups, start = self._groups(query, reading)
        page = groups[start : start + limit]
        mode: TotalMode = "none" if query.total == "none" else "exact"
        last = page[-1].keys if start + limit < len(groups) else None
        return page_body(self._rendered(page, query, reading), len(groups), mode, limit, reading, last)

    def export(self, query: GroupQuery, reading: RequestContext) -> Pieces:
        """All groups, or the first `limit`. Raises BadRequest, StaleCursor before the first piece."""
        groups, start = self._groups(query, reading)
        page = groups[start : start + (query.limit or len(groups))]
        keys = tuple((f"key_{name}", ("key", name)) for name in query.by)
        stats = tuple((name, (name,)) for name in (("unit", *query.stat) if query.stat else ()))
        columns = (*keys, ("count", ("count",)), *stats, ("href", ("href",)))
        writer = WRITERS[reading.form](columns, None, for_excel=query.bom == "1")
        return export_pieces(writer, [self._rendered(page, query, reading)])

    def _groups(self, query: GroupQuery, reading: RequestContext) -> tuple[list[GroupTotals], int]:
        """All groups, and the index of the first one after the cursor."""
        after = keys_after(query.after, reading, [str for _ in query.by]) if query.after else None
        groups = sorted(self._aggregated(query, reading), key=lambda group: _order(group.keys))
        if query.stat:
            refuse_mixed_units([group.units for group in groups], query.stat)
            if not all(group.alike for group in groups):
                told_apart = [group.met for group in self._aggregated(query, reading, from_slices=False)]
                refuse_mixed_series(told_apart, query.stat, reading)
        return groups, sum(_order(group.keys) <= _order(after) for group in groups) if after else 0

    def _aggregated(
        self, query: GroupQuery, reading: RequestContext, *, from_slices: bool = True
    ) -> Iterable[GroupTotals]:
        by, with_values = query.by, bool(query.stat)
        filters = self.facts.filters_of(query)
        dimensions = _slice_dimensions(by, filters, with_values=with_values) if from_slices else None
        parts, values = list(filters.values()), dict[str, Any]()
        key = ("groups", tuple(by), with_values, dimensions, tuple(filters), structure(parts, values))

        def build() -> Select[Any]:
            bound = dict(zip(filters, with_bind_parameters(parts), strict=True))
            if dimensions:
                return self._select_slices(by, bound, dimensions, with_values=with_values)
            return self._select_facts(by, bound, with_values=with_values)

        groups: dict[Keys, GroupTotals] = {}
        for row in reading.rows(reading.statement(key, build), values):
            keys = tuple(None if key is None or key == MISSING else key.decode() for key in row[-len(by) :])
            group = groups.setdefault(keys, GroupTotals(keys))
            count, unit, value, *others = row[: -len(by)]
            group.count += count
            if unit is None or value is None:
                continue
            total = Decimal(value.decode())
            if dimensions:
                *ends, alike = others
                group.alike = group.alike and bool(alike)
                group.add(count, unit.decode(), total, *(Decimal(end.decode()) for end in ends))
            else:
                group.met[tuple(one and one.decode() for one in others)] += count
                group.alike = not any(mixed(group.met).values())
                group.add(count, unit.decode(), EXACT.multiply(total, Decimal(count)), total, total)
        return groups.values()

    def _select_facts(self, by: Sequence[str], filters: Filters, *, with_values: bool) -> Select[Any]:
        """Groups counted from the facts themselves: count, unit, value, keys."""
        selection = self.facts.select(filters, rows_of_facts=True)
        source, where = selection.source, [selection.where]
        keys: list[SQLColumnExpression[Any]] = []
        for name in by:
            if name in COLUMNS:
                keys.append(COLUMNS[name])
                continue
            # A fact may have several tags or years, each a row, or NONE.
            tag, one = tables.fact_tags.alias(), SLICE.alias()
            source = source.join(tag, tag.c.position == selection.key).join(one, one.c.number == tag.c.slice)
            where += [one.c.dimensions == name, *_kept(name, one.c.first, filters.get(name))]
            keys.append(one.c.first)
        measured: list[Any] = [*OF_VALUES] if with_values else []
        query = select(func.count(), *(measured or [null(), null()]), *keys).select_from(source).where(*where)
        return query.group_by(*keys, *measured)

    def _select_slices(
        self, by: Sequence[str], filters: Filters, dimensions: Sequence[str], *, with_values: bool
    ) -> Select[Any]:
        """Groups that are slices: count, unit, sum, min, max, keys."""
        columns = dict(zip(dimensions, (SLICE.c.first, SLICE.c.second, SLICE.c.third), strict=False))
        where = [SLICE.c.dimensions == ",".join(dimensions)]
        for name, expression in filters.items():
            column = columns[name]
            where += _kept(name, column, expression) if name in by else [column == fixed_key(expression)]
        unit: Any = null()
        if with_values:
            unit = select(self.metrics.c.unit_id).where(self.metrics.c.id == columns["metric"]).scalar_subquery()
        keys = (columns[name] for name in by)
        sums = (SLICE.c.sum, SLICE.c.min, SLICE.c.max, SLICE.c.alike)
        return select(SLICE.c.facts, unit, *sums, *keys).where(*where)

    def _rendered(self, groups: list[GroupTotals], query: GroupQuery, reading: RequestContext) -> Sequence[bytes]:
        """The JSON of each group, with the URL of exactly its facts."""
        synonyms = self.query.synonyms
        named = {name: {name, *(one for one, first in synonyms.items() if first == name)} for name in query.by}
        replaced = NOT_FILTERS.union(*named.values())
        kept = [pair for pair in reading.pairs if pair[0] not in replaced]
        start = address(reading.root_path + self.facts.path, kept)
        start += "&" if "?" in start else "?"
        excluded = {name: _exclusions(reading.pairs, names) for name, names in named.items()}
        rendered = []
        for group in groups:
            keys = dict(zip(query.by, group.keys, strict=True))
            key = {name: int(key) if name == "year" and key else key for name, key in keys.items()}
            one = {"key": key, "count": group.count}
            if query.stat:
                one["unit"] = next(iter(group.units), None)
                one |= {name: group.statistic(name) for name in query.stat}
            filters = (f"{name}={tables.NONE if key is None else key}{excluded[name]}" for name, key in keys.items())
            rendered.append(json_bytes(one | {"href": start + "&".join(filters)}))
        return rendered


def _order(keys: Sequence[str | None]) -> tuple[tuple[bool, str], ...]:
    """Sort key: by the keys in turn, groups without a key last."""
    return tuple((key is None, key or "") for key in keys)


def _exclusions(pairs: Sequence[tuple[str, str]], names: set[str]) -> str:
    """The exclusions of a filter, to be repeated in the URL of a group: `,-a,-b`."""
    tokens = [token for name, value in pairs if name in names for token in value.split(",")]
    return "".join(f",{token}" for token in tokens if token.startswith("-"))


def _kept(
    name: str, column: SQLColumnExpression[Any], expression: FilterExpression[Any] | None
) -> list[ColumnElement[bool]]:
    """The condition that a key is a group, if the facts are filtered by the same dimension.

    Only keys that match the filter are: the link of any other group would include facts that the filter excludes.
    """
    if expression is None or expression.present or not (expression.any_of or expression.missing):
        return []
    kept = [column == tables.NONE] if expression.missing else []
    if name == "year":
        for years in expression.any_of:
            span = years if isinstance(years, Range) else Range(years, years)
            kept.append(and_(column != tables.NONE, overlap(column, column, span)))
    elif name == "metric":
        kept.append(column.in_(expression.any_of))
    elif expression.any_of:
        tag = tables.entity_tags
        kept.append(exists().where(tag.c.entity_id == column, tag.c.kind == name, tag.c.tag_id.in_(expression.any_of)))
    return [or_(*kept)]


def _slice_dimensions(by: Sequence[str], filters: Filters, *, with_values: bool) -> tuple[str, ...] | None:
    """The dimensions of the slices that are these groups, if the loader has counted them and summed their values."""
    dimensions = tuple(sorted({*by, *filters}))
    if dimensions not in (*tables.LISTED, *tables.COUNTED) or (with_values and "metric" not in dimensions):
        return None
    for name, expression in filters.items():
        if (expression.none_of or expression.present) if name in by else fixed_key(expression) is None:
            return None
    return dimensions
