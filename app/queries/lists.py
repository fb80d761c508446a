"""Lists: from a query to SQL, and from its rows to a page, an export or one item."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote
from zlib import crc32

import orjson
from sqlalchemy import Column, ColumnElement, FromClause, Integer, Select, bindparam, null, select, true

from app.answers.entities import Answer
from app.answers.flat import columns
from app.errors import NotFound, Unusable
from app.queries.fields import cut
from app.queries.filters import Filter, split, with_bind_parameters
from app.queries.formats import WRITERS, Pieces, written
from app.queries.list_query import ItemQuery, ListQuery, item_query, list_query
from app.queries.pages import Body
from app.queries.paging import COUNTED, ORDERING, SHOWING, USUAL, Key, TotalMode, keys_after
from app.queries.parameters import Query, parameters_of
from app.queries.reading import Reading
from app.queries.selection import Selection, beyond_in, counting
from app.queries.texts import Text
from app.store.checksums import ROTTEN, whole
from app.store.releases import Statement

LONGEST_IDENTIFIER = 200
ALL = 2**31 - 1  # more rows than any table has
IDENTIFIER = re.compile(rf"[A-Za-z0-9-]{{1,{LONGEST_IDENTIFIER}}}")
SEPARATOR = b",\n"  # between answers, which have no line breaks: a page has one answer per line
SAFE = ",.:-_~*"  # in a URL, besides letters and digits
QUERY_READS_WELL = re.compile(r"[0-9A-Za-z,.:_~*&=-]*")
ROWS = bindparam("rows", type_=Integer())
# Suggests ids for one that does not exist.
Suggest = Callable[[str, Reading], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class List:
    """The rows of `source` that match `base`, answered with the JSON stored in each row.

    `keys` are the sort keys; `tie_break` is unique, always decides last, and is the default order.
    """

    adapted: ClassVar[frozenset[str]] = frozenset()  # parameters that `adapt` handles

    path: str
    shape: type[Answer]
    source: FromClause
    base: ColumnElement[bool] = field(default_factory=true)
    answer: Column[Any]
    crc: Column[Any]  # the checksum of the answer
    identifier: Column[Any]
    suggest: Suggest
    asks: type[Query]  # its filters
    keys: Mapping[str, Key]
    tie_break: Key
    marks: Mapping[str, str] = field(default_factory=dict)  # field added to answers -> the parameter that adds it

    @cached_property
    def filters(self) -> Mapping[str, Filter[Any] | Text]:
        """The parameters that select rows, by name."""
        return {name: one for name, one in parameters_of(self.asks).items() if isinstance(one, Filter | Text)}

    @cached_property
    def query(self) -> type[ListQuery]:
        """The query model of the list."""
        name = self.asks.__name__.replace("Filters", "Query")
        return list_query(name, self.asks, self.shape, self.keys, self.tie_break, self.marks)

    @cached_property
    def item_query(self) -> type[ItemQuery]:
        """The query model of one item."""
        return item_query(self.asks.__name__.replace("Filters", "ItemQuery"), self.shape)

    def page(self, query: ListQuery, reading: Reading) -> Body:
        """One page. Raises BadRequest, StaleCursor."""
        limit, mode, digest = query.limit or USUAL, query.total or "bounded", query_digest(reading)
        totals, asked = reading.memory.totals, f"{digest} {query.total}"
        total = totals.get(asked)
        counted: TotalMode = mode if total is None else "none"
        statement, values = self._statement(query, reading, digest, keyed=True, counted=counted)
        rows = reading.release.rows(statement, values | {"rows": limit + 1}, reading.limit)
        if counted != "none":
            # No rows means that nothing matches, except on a page after the first.
            total = rows[0][0] if rows else self._total(query, reading, counted) if query.after else 0
            totals.put(asked, total or 0, len(asked))
        answers = []
        for row in rows[:limit]:
            answer = row[1]
            if crc32(answer) != row[2]:
                raise Unusable(ROTTEN)
            if query.fields:
                reading.look_at_clock()  # cutting takes long
            answers.append(self._shown(answer, row[3], query) if query.fields or row[3] else answer)
        following = None
        if len(rows) > limit:
            keys = rows[limit - 1][4:]
            following = next_page(reading, digest, keys if len(keys) == 1 and type(keys[0]) is int else _texts(keys))
        return Body(envelope_json(answers, total, mode, limit, reading, following), len(answers), following)

    def answers(self, query: ListQuery, reading: Reading) -> Sequence[bytes]:
        """The answers of a page, without the envelope. Raises BadRequest, StaleCursor."""
        statement, values = self._statement(query, reading, query_digest(reading), keyed=True)
        rows = reading.rows(statement, values | {"rows": query.limit or USUAL})
        return [whole(answer, checksum) for _, answer, checksum, *_ in rows]

    def export(self, query: ListQuery, reading: Reading) -> Pieces:
        """All answers, or the first `limit`. Each piece may take as much time as is left now.

        Raises BadRequest, StaleCursor before the first piece.
        """
        statement, values = self._statement(query, reading, query_digest(reading), keyed=False)
        marks = [(mark, (mark,)) for mark, name in self.marks.items() if query.given(name)]
        shown = (*columns(self.shape), *marks)
        writer = WRITERS[reading.form](shown, query.fields, for_excel=bool(query.bom))
        rows = reading.stream(statement, values | {"rows": query.limit or ALL})
        shown_rows = ([self._shown(whole(one, crc), mark) for one, crc, mark in some] for some in rows)
        return written(writer, shown_rows)

    def item(self, identifier: str, query: ItemQuery, reading: Reading) -> Body:
        """One item, without an envelope. Raises NotFound, Retracted."""
        if IDENTIFIER.fullmatch(identifier):
            statement = reading.statement((self.path, "one"), self._select_one)
            for found, checksum in reading.rows(statement, {"id": identifier}):
                answer = whole(found, checksum)
                return Body(cut(answer, query.fields) if query.fields else answer, 1)
            self.refuse_retracted(identifier, reading)
        shown = identifier[:LONGEST_IDENTIFIER]
        raise NotFound(f"{self.path} has no {shown!r}.", shown, self.suggest(shown, reading))

    def refuse_retracted(self, identifier: str, reading: Reading) -> None:
        """Raises Retracted for an id that does not exist any more."""

    def mark(self, wanted: Mapping[str, Any]) -> ColumnElement[Any]:
        """The value of the field in `marks` for a row; null if it is not requested."""
        return null()

    def _shown(self, answer: bytes, mark: bytes | None, query: ListQuery | None = None) -> bytes:
        """An answer with its mark as the last field, cut to the selected fields."""
        if mark:
            answer = b"".join((answer[:-1], self._before_mark, mark, b'"}'))
        return cut(answer, query.fields) if query and query.fields else answer

    def wanted(self, query: Query, reading: Reading) -> dict[str, Any]:
        """The parsed filters that are given, by name, as `select` takes them."""
        wanted, given = {}, query.model_fields_set
        for name in self.filters:
            if name in given:
                wanted[name] = getattr(query, name)
        return wanted if self.adapted.isdisjoint(given) else self.adapt(wanted, query, reading)

    def adapt(self, wanted: dict[str, Any], query: Query, reading: Reading) -> dict[str, Any]:
        """Adjust the filters if one of the parameters in `adapted` is given."""
        return wanted

    def select(self, wanted: Mapping[str, Any], order: Sequence[Key] = ()) -> Selection:
        """The selection of the rows that match all filters, with the columns of the order."""
        where = self.base
        for name, one in wanted.items():
            where = where & self.filters[name].where(one)
        return Selection(self.source, where, self.tie_break.column, self.source)

    @cached_property
    def _before_mark(self) -> bytes:
        return b',"%b":"' % next(iter(self.marks)).encode()

    @cached_property
    def _usual_order(self) -> Sequence[Key]:
        return [self.tie_break]

    def _select_one(self) -> Select[Any]:
        query = select(self.answer, self.crc).select_from(self.source)
        return query.where(self.base, self.identifier == bindparam("id"))

    def _statement(
        self, query: ListQuery, reading: Reading, digest: str, *, keyed: bool, counted: TotalMode = "none"
    ) -> tuple[Statement, dict[str, Any]]:
        """The statement for the rows, limited by the parameter `rows`, and the values of its other parameters.

        Each row has the answer, its checksum and its mark; if `keyed`, the total comes first (null if not counted) and
        the sort keys follow.
        """
        order: Sequence[Key] = query.sort or self._usual_order
        after = None
        if query.after:
            after = keys_after(query.after, reading.release.id, digest, [key.kind for key in order])
        wanted = self.wanted(query, reading)
        values: dict[str, Any] = {}
        filters = [list(wanted.values()), after]
        ordered = None
        if query.sort:
            ordered = tuple((key.column.key, key.descending) for key in order)
        shape = (keyed, tuple(wanted), split(filters, values), ordered, counted)

        def build() -> Select[Any]:
            bound = with_bind_parameters(filters)
            named = dict(zip(wanted, bound[0], strict=True))
            return self._select(named, order, bound[1], counted, keyed=keyed)

        key = self.path, shape
        return reading.store.statements.get(key) or reading.statement(key, build, len(values)), values

    def _select(
        self,
        wanted: Mapping[str, Any],
        order: Sequence[Key],
        after: Sequence[Any] | None,
        counted: TotalMode,
        *,
        keyed: bool,
    ) -> Select[Any]:
        selection = self.select(wanted, order[:-1])
        shown = self.answer, self.crc, self.mark(wanted)
        order = [*order[:-1], replace(order[-1], column=selection.key)]
        where = selection.where if after is None else selection.where & beyond_in(selection.shown, order, after)
        total = null() if counted == "none" else counting(selection, counted)
        query = select(total, *shown, *(key.column for key in order)) if keyed else select(*shown)
        query = query.select_from(selection.shown).where(where)
        return query.order_by(*(key.order() for key in order)).limit(ROWS)

    def _total(self, query: ListQuery, reading: Reading, counted: TotalMode) -> int:
        """The total, for a page without rows that could contain it."""
        values: dict[str, Any] = {}
        wanted = self.wanted(query, reading)
        filters = list(wanted.values())
        shape = ("total", tuple(wanted), split(filters, values), counted)

        def build() -> Select[Any]:
            selection = self.select(dict(zip(wanted, with_bind_parameters(filters), strict=True)))
            return select(counting(selection, counted))

        return reading.rows(reading.statement((self.path, shape), build, len(values)), values)[0][0] or 0


def envelope_json(
    answers: Sequence[bytes],
    total: int | None,
    mode: TotalMode,
    limit: int,
    reading: Reading,
    next_page: str | None,
    **more: int,
) -> bytes:
    """The envelope around answers that are JSON already; `more` is added to `meta`.

    The total is exact or, in mode "bounded", beyond 10,000 a lower bound.
    """
    meta: dict[str, Any] = {}
    if total is not None and mode != "none":
        more_than_counted = mode == "bounded" and total > COUNTED
        meta["total"] = (
            {"value": COUNTED, "relation": "gte"} if more_than_counted else {"value": total, "relation": "eq"}
        )
    meta["limit"], meta["revision"] = limit, reading.release.id
    links = {"self": address(reading.root_path + reading.path, reading.pairs)}
    if next_page:
        links["next"] = next_page
    end = b'],"meta":%b,"links":%b}' % (orjson.dumps(meta | more), orjson.dumps(links))
    if not answers:
        return b'{"data":[' + end
    first, *others = answers  # joined once, to copy a page as rarely as possible
    others = [b'{"data":[' + first, *others]
    others[-1] += end
    return SEPARATOR.join(others)


def query_digest(reading: Reading) -> str:
    """The digest of a query that its cursors carry: path and parameters, except those that only affect presentation."""
    asked = [reading.path]
    for name, value in sorted(reading.pairs, key=lambda pair: pair if pair[0] not in ORDERING else (pair[0],)):
        if name not in SHOWING:
            asked += name, value
    return hashlib.sha256("\0".join(asked).encode()).hexdigest()[:12]


def next_page(reading: Reading, digest: str, keys: Sequence[Any]) -> str:
    """The URL of the page after the one that ends with these keys."""
    cursor = orjson.dumps([reading.release.id, reading.release.number, digest, *keys])
    others = [pair for pair in reading.pairs if pair[0] != "after"]
    after = "after", base64.urlsafe_b64encode(cursor).decode().rstrip("=")
    return address(reading.root_path + reading.path, [*others, after])


def address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A URL: characters that are safe in one stay as they are, the rest is percent-encoded UTF-8."""
    query = "&".join(map("=".join, pairs))
    signs = query.count("&") + 1, query.count("=")
    if signs != (len(pairs), len(pairs)) or not QUERY_READS_WELL.fullmatch(query):
        query = "&".join([f"{quote(name, safe=SAFE)}={quote(value, safe=SAFE)}" for name, value in pairs])
    return f"{path}?{query}" if query else path


def _texts(keys: Sequence[Any]) -> Sequence[Any]:
    return [key.decode() if isinstance(key, bytes) else key for key in keys]
