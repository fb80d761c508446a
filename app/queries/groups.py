"""How many facts there are in each group, and what their values come to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from typing import Any, ClassVar

from orjson import Fragment
from sqlalchemy import Select, SQLColumnExpression, and_, func, null, select

from app import tables
from app.answers.flat import flattened
from app.database import Snapshot
from app.decimals import EXACT_DIGITS, json_bytes
from app.errors import BadRequest, Mistake
from app.queries.as_of import AS_OF
from app.queries.dimensions import DIMENSIONS, average, dimension, exclusions, summed
from app.queries.exports import BOM, FORMAT, Form, Lines, Piece, line, opening, refuse_bom
from app.queries.facts import FactList
from app.queries.filters import Parameter, Refused
from app.queries.lists import AFTER
from app.queries.pages import SEPARATOR, Body, address, envelope_json, links_of, shown_total
from app.queries.paging import SHOWING, USUAL, Cursor, Limit, Total, question_digest
from app.queries.questions import Questions, read_pairs
from app.queries.shapes import Statements, parted, with_parameters
from app.queries.vocabulary import Vocabulary, nearest
from app.queries.walks import REVISION
from app.tables.slices import NONE

STATISTICS = ("sum", "avg", "min", "max")
UNITS_SHOWN = 10
MISSING = NONE.encode()
NOT_ASKED = {"by", "stat", *SHOWING}  # of the facts themselves

Keys = tuple[str | None, ...]


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
    """What is known of a group. Values are kept by unit, since units do not add up."""

    count: int = 0
    values: dict[str, list[tuple[Decimal, int]]] = field(default_factory=dict)
    summed: Mapping[str, Fragment] = field(default_factory=dict)  # what was known at load

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
        self.questions = Questions(path, [BY, STAT, *facts.parameters, AS_OF, Limit(), AFTER, Total(), FORMAT, BOM])
        self.statements = Statements()

    def page(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
        """One page of groups, in the order of their keys. Raises BadRequest, StaleCursor."""
        pairs, asked = self._read(query, vocabulary)
        limit: int = asked.get("limit", USUAL)
        groups, start = self._groups(pairs, asked, snapshot)
        page = groups[start : start + limit]
        cursor = None
        if start + limit < len(groups):
            cursor = Cursor(snapshot.revision.name, question_digest(self.path, pairs), page[-1][0])
        links = links_of(root_path + self.path, pairs, cursor)
        shown = SEPARATOR.join(map(json_bytes, self._shown(page, pairs, asked, root_path)))
        total = shown_total(len(groups), "none" if asked.get("total") == "none" else "exact")
        return Body(envelope_json(shown, total, limit, snapshot, links), len(page), links.get("next"))

    def lines(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str, form: Form) -> Lines:
        """All groups, or as many as `limit` says, a line each. Raises BadRequest, StaleCursor before the first."""
        pairs, asked = self._read(query, vocabulary)
        refuse_bom(asked, form)
        groups, start = self._groups(pairs, asked, snapshot)
        page = groups[start : start + asked.get("limit", len(groups))]
        keys = tuple((f"key_{name}", ("key", name)) for name in asked["by"])
        stats = tuple((name, (name,)) for name in (("unit", *asked["stat"]) if "stat" in asked else ()))
        columns = (*keys, ("count", ("count",)), *stats, ("href", ("href",)))
        yield opening(columns, form, bom=asked.get("bom", False))
        lines = [line(flattened(one, columns), form) for one in self._shown(page, pairs, asked, root_path)]
        yield Piece(b"".join(lines), len(lines))

    def _read(self, query: bytes, vocabulary: Vocabulary) -> tuple[list[tuple[str, str]], dict[str, Any]]:
        pairs = read_pairs(query)
        asked = self.questions.read(pairs, vocabulary)
        if "by" not in asked:
            detail = f"by is missing; say what to group by: {', '.join(DIMENSIONS)}."
            raise BadRequest([Mistake("missing-parameter", "by", "", detail, ("by=year", "by=initiative,year"))])
        return pairs, asked

    def _groups(
        self, pairs: list[tuple[str, str]], asked: dict[str, Any], snapshot: Snapshot
    ) -> tuple[list[tuple[Keys, Gathered]], int]:
        """All groups, and which of them is the first behind the cursor."""
        by, stats = asked["by"], asked.get("stat", [])
        question = question_digest(self.path, pairs)
        after = AFTER.keys(asked.get("after"), snapshot.revision.name, question, [str for _ in by])
        groups = self._gather(by, stats, asked, snapshot)
        _refuse_mixed_units(groups, stats)
        return groups, sum(_order(keys) <= _order(after) for keys, _ in groups) if after else 0

    def _shown(
        self, page: list[tuple[Keys, Gathered]], pairs: list[tuple[str, str]], asked: dict[str, Any], root_path: str
    ) -> list[dict[str, Any]]:
        by, stats = asked["by"], asked.get("stat", [])
        href = self._href(by, pairs, root_path)
        with localcontext(prec=EXACT_DIGITS):
            return [{"key": _key(by, keys), **gathered.shown(stats), "href": href(keys)} for keys, gathered in page]

    def _gather(
        self, by: list[str], stats: list[str], asked: dict[str, Any], snapshot: Snapshot
    ) -> list[tuple[Keys, Gathered]]:
        wanted = self.facts.wanted(asked)
        known = summed(by, wanted, stats)
        wanted = self.facts.prepared(wanted, snapshot)
        values: dict[str, Any] = {}
        said = list(wanted.values())
        shape = (tuple(by), bool(stats), tuple(wanted), parted(said, values))

        def build() -> Select[Any]:
            filled = dict(zip(wanted, with_parameters(said), strict=True))
            return known.select(by, filled) if known else self._select(by, filled, statistics=bool(stats))

        rows = snapshot.rows(self.statements.of(shape, snapshot.database, build), values)
        groups: dict[Keys, Gathered] = {}
        for row in rows:
            keys = tuple(None if key is None or key == MISSING else key.decode() for key in row[-len(by) :])
            gathered = groups.setdefault(keys, Gathered())
            if known:
                gathered.count, gathered.summed = row[1], known.statistics(row)
                gathered.values = {row[2].decode(): []} if gathered.summed else {}
            else:
                gathered.add(row[2], row[3], row[1])
        return sorted(groups.items(), key=lambda group: _order(group[0]))

    def _select(self, by: list[str], wanted: dict[str, Any], *, statistics: bool) -> Select[Any]:
        """The groups counted among the facts themselves: revision, count, unit and value, keys."""
        walk = self.facts.walk(wanted, rows_of_facts=True)
        source, where = walk.source, walk.where
        columns: list[SQLColumnExpression[Any]] = []
        for name in by:
            one = dimension(source, walk.key, name, wanted.get(name))
            source, where = one.source, and_(where, one.kept) if one.kept is not None else where
            columns.append(one.column)
        values: list[SQLColumnExpression[Any]] = [tables.Fact.unit_id, tables.Fact.value] if statistics else []
        measured = values or [null(), null()]
        query = select(REVISION, func.count(), *measured, *columns).select_from(source).where(where)
        return query.group_by(*columns, *values)

    def _href(self, by: list[str], pairs: list[tuple[str, str]], root_path: str) -> Callable[[Keys], str]:
        """Makes the address of exactly the facts of a group."""
        named = {name: {name, *self.facts.filters[name].aliases} for name in by}
        replaced = set().union(*named.values())
        start = address(root_path + self.facts.path, _without(pairs, replaced | NOT_ASKED))
        start += "&" if "?" in start else "?"
        excluded = {name: exclusions(pairs, names) for name, names in named.items()}

        def href(keys: Keys) -> str:
            return start + "&".join(
                f"{name}={NONE if key is None else key}{excluded[name]}" for name, key in zip(by, keys, strict=True)
            )

        return href


def _key(by: list[str], keys: Keys) -> dict[str, str | int | None]:
    return {name: int(key) if name == "year" and key is not None else key for name, key in zip(by, keys, strict=True)}


def _without(pairs: Iterable[tuple[str, str]], names: set[str]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if pair[0] not in names]


def _order(keys: Keys) -> tuple[tuple[bool, str], ...]:
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
    return average(total, sum(count for _, count in values))
