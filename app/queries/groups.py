"""How many facts there are in each group, and what their values come to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any, ClassVar

from sqlalchemy import SQLColumnExpression, and_, func, null, select

from app import answers, tables
from app.database import Snapshot
from app.decimals import EXACT_DIGITS, json_bytes
from app.errors import BadRequest, Mistake
from app.queries.dimensions import DIMENSIONS, dimension, narrowing
from app.queries.filters import Parameter, Refused
from app.queries.lists import AFTER, Body, List, address, envelope_json
from app.queries.paging import USUAL, Cursor, Limit, Total, question_digest
from app.queries.questions import Questions, read_pairs
from app.queries.vocabulary import Vocabulary, nearest

STATISTICS = ("sum", "avg", "min", "max")
AVERAGE_STEP = Decimal("1e-12")
UNITS_SHOWN = 10

Keys = tuple[str | int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Names(Parameter[list[str]]):
    """Names out of a few, joined by commas."""

    known: tuple[str, ...]
    most: int
    also: Mapping[str, str] = field(default_factory=dict)  # other spellings of a name
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> list[str]:
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
    required: ClassVar[bool] = True


BY = By(
    name="by",
    known=DIMENSIONS,
    also={"sector": "industry"},
    most=3,
    description=f"What to group by, up to three of {', '.join(DIMENSIONS)}; a fact counts in each group it belongs to.",
    example="initiative,year",
)
STAT = Names(
    name="stat",
    known=STATISTICS,
    most=len(STATISTICS),
    description="Statistics of the values of a group: sum, avg, min, max. The values must share one unit.",
    example="max",
)


@dataclass(slots=True)
class Gathered:
    """What is known of a group; its values by unit, since units do not add up."""

    count: int = 0
    values: dict[str, list[tuple[Decimal, int]]] = field(default_factory=dict)

    def add(self, unit: str | None, value: str | None, count: int) -> None:
        self.count += count
        if unit is not None and value is not None:
            self.values.setdefault(unit, []).append((Decimal(value), count))

    def shown(self, stats: list[str]) -> dict[str, Any]:
        if not stats:
            return {"count": self.count}
        unit, values = next(iter(self.values.items()), (None, []))
        with localcontext(prec=EXACT_DIGITS):
            return {"count": self.count, "unit": unit} | {stat: _statistic(stat, values) for stat in stats}


class Groups:
    """The groups of a list of facts."""

    def __init__(self, path: str, facts: List) -> None:
        self.path = path
        self.facts = facts
        self.questions = Questions(path, [BY, STAT, *facts.filters.values(), Limit(), AFTER, Total()])

    def page(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
        """One page of groups, in the order of their keys. Raises BadRequest, StaleCursor."""
        pairs = read_pairs(query)
        asked = self.questions.read(pairs, vocabulary)
        if "by" not in asked:
            detail = f"by is missing; say what to group by: {', '.join(DIMENSIONS)}."
            raise BadRequest([Mistake("missing-parameter", "by", "", detail, ("by=year", "by=initiative,year"))])
        by: list[str] = asked["by"]
        stats: list[str] = asked.get("stat", [])
        limit: int = asked.get("limit", USUAL)
        question = question_digest(self.path, pairs)
        after = AFTER.keys(
            asked.get("after"), snapshot.revision, question, [int if one == "year" else str for one in by]
        )
        groups = self._gather(by, stats, asked, snapshot)
        start = sum(_order(keys) <= _order(after) for keys, _ in groups) if after else 0
        page = groups[start : start + limit]
        _refuse_mixed_units(groups, stats)
        total = None if asked.get("total") == "none" else answers.Total(value=len(groups), relation="eq")
        following = None
        if start + limit < len(groups):
            cursor = Cursor(snapshot.revision, question, page[-1][0])
            following = address(root_path + self.path, [*_without(pairs, {"after"}), ("after", cursor.written())])
        links = {"self": address(root_path + self.path, pairs)} | ({"next": following} if following else {})
        shown = (
            json_bytes(
                {"key": dict(zip(by, keys, strict=True))}
                | gathered.shown(stats)
                | {"href": self._href(by, keys, pairs, root_path)}
            ).decode()
            for keys, gathered in page
        )
        return Body(envelope_json(shown, None, total, limit, snapshot, links), following)

    def _gather(
        self, by: list[str], stats: list[str], asked: dict[str, Any], snapshot: Snapshot
    ) -> list[tuple[Keys, Gathered]]:
        source, where = self.facts.source, self.facts.where(asked)
        columns: list[SQLColumnExpression[Any]] = []
        for name in by:
            one = dimension(source, name, asked.get(name))
            source = one.source
            columns.append(one.column)
            where = and_(where, one.kept) if one.kept is not None else where
        values: list[SQLColumnExpression[Any]] = [tables.Fact.unit_id, tables.Fact.value] if stats else []
        measured = values or [null(), null()]
        statement = select(func.count(), *measured, *columns).select_from(source).where(where)
        groups: dict[Keys, Gathered] = {}
        for row in snapshot.connection.execute(statement.group_by(*columns, *values)).all():
            count, unit, value, *keys = tuple(row)
            groups.setdefault(tuple(keys), Gathered()).add(unit, value, count)
        return sorted(groups.items(), key=lambda group: _order(group[0]))

    def _href(self, by: list[str], keys: Keys, pairs: list[tuple[str, str]], root_path: str) -> str:
        replaced: set[str] = set()
        narrowed = []
        for name, key in zip(by, keys, strict=True):
            aliases = set(self.facts.filters[name].aliases)
            narrowed.append((name, narrowing(name, key, pairs, aliases)))
            replaced |= {name, *aliases}
        kept = _without(pairs, replaced | {"by", "stat", "limit", "after", "total"})
        return address(root_path + self.facts.path, [*kept, *narrowed])


def _without(pairs: Iterable[tuple[str, str]], names: set[str]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if pair[0] not in names]


def _order(keys: Keys) -> tuple[tuple[bool, str | int], ...]:
    """Keys in their own order, groups without one last."""
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
    return (total / sum(count for _, count in values)).quantize(AVERAGE_STEP, ROUND_HALF_EVEN)
