"""Groups of facts: how many facts each has, and statistics of their values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Annotated, Any, ClassVar

from orjson import Fragment
from pydantic import Field, create_model
from sqlalchemy import Select, SQLColumnExpression, and_, func, null, select

from app import tables
from app.errors import BadRequest, Mistake
from app.queries.dimensions import DIMENSIONS, average, dimension, exclusions, summed
from app.queries.facts import FactList
from app.queries.filters import split, with_bind_parameters
from app.queries.formats import WRITERS, Pieces, written
from app.queries.list_query import DatedQuery, ExportedQuery, PageQuery
from app.queries.lists import address, envelope_json, next_page, query_digest
from app.queries.pages import Body
from app.queries.paging import SHOWING, USUAL, TotalMode, keys_after
from app.queries.parameters import Context, Parameter, Refused, aliases_of
from app.queries.reading import Pairs, Reading
from app.queries.vocabulary import nearest
from app.text.decimals import EXACT_DIGITS, json_bytes

STATISTICS = ("sum", "avg", "min", "max")
UNITS_SHOWN = 10
MISSING = tables.NONE.encode()
NOT_ASKED = {"by", "stat", *SHOWING}  # not filters of the facts in a group

Keys = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Names(Parameter[list[str]]):
    """A comma-separated list of names from a fixed set."""

    known: tuple[str, ...]
    most: int
    also: Mapping[str, str] = field(default_factory=dict)  # other spellings of a name
    joined: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> list[str]:
        names = [self.also.get(name, name) for name in values[0].split(",")]
        if len(names) > self.most or len(set(names)) < len(names):
            raise self.refuse(values[0], f"{self.name} takes up to {self.most} different names.")
        mistakes = []
        for name in names:
            if name not in self.known:
                detail = f"{name[:40]!r} is not one of {', '.join(self.known)}."
                mistakes.append(Mistake("invalid-value", self.name, name, detail, nearest(name, self.known)))
        if mistakes:
            raise Refused(*mistakes)
        return names

    def schema(self) -> dict[str, Any]:
        names = [*self.known, *self.also]
        return {"type": "array", "maxItems": self.most, "uniqueItems": True, "items": {"type": "string", "enum": names}}


@dataclass(frozen=True, kw_only=True)
class By(Names):
    """What to group by."""

    has_beside: ClassVar[bool] = True

    def beside(self, values: list[str], context: Context, others: Mapping[str, Any]) -> Iterable[Mistake]:
        if not values:
            detail = f"by is missing; say what to group by: {', '.join(DIMENSIONS)}."
            yield Mistake("missing-parameter", "by", "", detail, ("by=year", "by=initiative,year"))


BY = Annotated[
    list[str],
    By(known=DIMENSIONS, also={"sector": "industry"}, most=3),
    Field(
        description=f"What to group by: up to three of {', '.join(DIMENSIONS)}. A fact counts in each of its groups.",
        examples=[["initiative", "year"]],
    ),
]
STAT = Annotated[
    list[str] | None,
    Names(known=STATISTICS, most=len(STATISTICS)),
    Field(
        description="Statistics of the values in each group: sum, avg, min, max. The values must share one unit.",
        examples=[["max"]],
    ),
]


class GroupQuery(ExportedQuery, PageQuery, DatedQuery):
    """Query parameters for groups; `Groups.query` adds the filters of facts."""

    by: BY
    stat: STAT = None


@dataclass(slots=True)
class Gathered:
    """The aggregate of one group. Values are kept per unit, since different units cannot be added up."""

    count: int = 0
    values: dict[str, list[tuple[Decimal, int]]] = field(default_factory=dict)
    summed: Mapping[str, Fragment] = field(default_factory=dict)  # statistics computed at load

    def add(self, unit: bytes | None, value: bytes | None, count: int) -> None:
        self.count += count
        if unit is not None and value is not None:
            self.values.setdefault(unit.decode(), []).append((Decimal(value.decode()), count))

    def shown(self, stats: list[str]) -> dict[str, Any]:
        if not stats:
            return {"count": self.count}
        unit, values = next(iter(self.values.items()), (None, []))
        if self.summed:
            return {"count": self.count, "unit": unit} | {stat: self.summed[stat] for stat in stats}
        return {"count": self.count, "unit": unit} | {stat: _statistic(stat, values) for stat in stats}


class Groups:
    """The groups of a list of facts."""

    def __init__(self, path: str, facts: FactList) -> None:
        self.path = path
        self.facts = facts
        bases: Any = (GroupQuery, facts.asks)
        self.query: type[GroupQuery] = create_model("GroupFactsQuery", __base__=bases)

    def page(self, query: GroupQuery, reading: Reading) -> Body:
        """One page of groups, in the order of their keys. Raises BadRequest, StaleCursor."""
        limit = query.limit or USUAL
        groups, start = self._groups(query, reading)
        page = groups[start : start + limit]
        more = start + limit < len(groups)
        following = next_page(reading, query_digest(reading), page[-1][0]) if more else None
        mode: TotalMode = "none" if query.total == "none" else "exact"
        shown = self._shown(page, query, reading)
        return Body(envelope_json(shown, len(groups), mode, limit, reading, following), len(page), following)

    def export(self, query: GroupQuery, reading: Reading) -> Pieces:
        """All groups, or the first `limit`. Raises BadRequest, StaleCursor before the first piece."""
        groups, start = self._groups(query, reading)
        page = groups[start : start + (query.limit or len(groups))]
        keys = tuple((f"key_{name}", ("key", name)) for name in query.by)
        stats = tuple((name, (name,)) for name in (("unit", *query.stat) if query.stat else ()))
        columns = (*keys, ("count", ("count",)), *stats, ("href", ("href",)))
        writer = WRITERS[reading.form](columns, None, for_excel=bool(query.bom))
        return written(writer, [self._shown(page, query, reading)])

    def _groups(self, query: GroupQuery, reading: Reading) -> tuple[list[tuple[Keys, Gathered]], int]:
        """All groups, and the index of the first one after the cursor."""
        kinds = [str for _ in query.by]
        after = query.after and keys_after(query.after, reading.release.id, query_digest(reading), kinds)
        groups = self._gather(query, reading)
        _refuse_mixed_units(groups, query.stat or [])
        return groups, sum(_order(keys) <= _order(after) for keys, _ in groups) if after else 0

    def _shown(self, page: list[tuple[Keys, Gathered]], query: GroupQuery, reading: Reading) -> Sequence[bytes]:
        href = self._href(query.by, reading)
        with localcontext(prec=EXACT_DIGITS):
            return [
                json_bytes({"key": _key(query.by, keys), **gathered.shown(query.stat or []), "href": href(keys)})
                for keys, gathered in page
            ]

    def _gather(self, query: GroupQuery, reading: Reading) -> list[tuple[Keys, Gathered]]:
        by, stats = query.by, query.stat or []
        wanted = self.facts.wanted(query, reading)
        known = summed(by, wanted, stats)
        values: dict[str, Any] = {}
        filters = list(wanted.values())
        shape = (tuple(by), bool(stats), tuple(wanted), split(filters, values))

        def build() -> Select[Any]:
            bound = dict(zip(wanted, with_bind_parameters(filters), strict=True))
            return known.select(by, bound) if known else self._select(by, bound, statistics=bool(stats))

        groups: dict[Keys, Gathered] = {}
        for row in reading.rows(reading.statement(("groups", shape), build), values):
            keys = tuple(None if key is None or key == MISSING else key.decode() for key in row[-len(by) :])
            gathered = groups.setdefault(keys, Gathered())
            count, unit, value, *_ = row
            if known:
                gathered.count, gathered.summed = count, known.statistics(row)
                gathered.values = {unit.decode(): []} if gathered.summed else {}
            else:
                gathered.add(unit, value, count)
        return sorted(groups.items(), key=lambda group: _order(group[0]))

    def _select(self, by: list[str], wanted: dict[str, Any], *, statistics: bool) -> Select[Any]:
        """Groups counted from the facts themselves: count, unit, value, keys."""
        selection = self.facts.select(wanted, rows_of_facts=True)
        source, where = selection.source, selection.where
        columns: list[SQLColumnExpression[Any]] = []
        for name in by:
            one = dimension(source, selection.key, name, wanted.get(name))
            source, where = one.source, and_(where, one.kept) if one.kept is not None else where
            columns.append(one.column)
        values: list[SQLColumnExpression[Any]] = [tables.facts.c.unit_id, tables.facts.c.value] if statistics else []
        measured = values or [null(), null()]
        query = select(func.count(), *measured, *columns).select_from(source).where(where)
        return query.group_by(*columns, *values)

    def _href(self, by: list[str], reading: Reading) -> Callable[[Keys], str]:
        """A function that makes the URL of exactly the facts in a group."""
        aliases = aliases_of(self.query)
        named = {name: {name, *(other for other, first in aliases.items() if first == name)} for name in by}
        replaced = set().union(*named.values())
        start = address(reading.root_path + self.facts.path, _without(reading.pairs, replaced | NOT_ASKED))
        start += "&" if "?" in start else "?"
        excluded = {name: exclusions(reading.pairs, names) for name, names in named.items()}

        def href(keys: Keys) -> str:
            return start + "&".join(
                f"{name}={tables.NONE if key is None else key}{excluded[name]}"
                for name, key in zip(by, keys, strict=True)
            )

        return href


def _key(by: list[str], keys: Keys) -> dict[str, str | int | None]:
    return {name: int(key) if name == "year" and key is not None else key for name, key in zip(by, keys, strict=True)}


def _without(pairs: Pairs, names: set[str]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if pair[0] not in names]


def _order(keys: Keys) -> tuple[tuple[bool, str], ...]:
    """Sort key: by the keys in turn, groups without a key last."""
    return tuple((key is None, "" if key is None else key) for key in keys)


def _refuse_mixed_units(groups: list[tuple[Keys, Gathered]], stats: list[str]) -> None:
    units = sorted({unit for _, gathered in groups if len(gathered.values) > 1 for unit in gathered.values})
    if stats and units:
        listed = ", ".join(units[:UNITS_SHOWN]) + (" ..." if len(units) > UNITS_SHOWN else "")
        detail = f"Values of one group are in different units ({listed}); add unit= or metric=, or group by unit too."
        suggestions = tuple(f"unit={unit}" for unit in units[:3])
        raise BadRequest([Mistake("mixed-units", "stat", ",".join(stats), detail, suggestions)])


def _statistic(stat: str, values: list[tuple[Decimal, int]]) -> Decimal | None:
    if not values:
        return None
    if stat == "min":
        return min(value for value, _ in values)
    if stat == "max":
        return max(value for value, _ in values)
    total = sum((value * count for value, count in values), Decimal(0))
    if stat == "sum":
        return total
    return average(total, sum(count for _, count in values))
