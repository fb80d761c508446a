"""Lists: from a query to SQL, and from its rows to a page, an export or one item."""

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote
from zlib import crc32

import orjson
from sqlalchemy import Column, ColumnElement, FromClause, Integer, Select, bindparam, func, null, select, true

from app.answers.entities import Answer
from app.answers.facts import with_match
from app.answers.flat import columns
from app.errors import BadRequest, ErrorDetail, NotFound, StaleCursor, Unusable
from app.queries.filters import structure, with_bind_parameters
from app.queries.formats import WRITERS, Pieces, cut, export_pieces, with_root_path
from app.queries.list_query import ItemQuery, ListQuery, item_query, list_query
from app.queries.ordering import Key, beyond
from app.queries.paging import DEFAULT_LIMIT, LARGEST_EXACT_TOTAL, ORDERED, PRESENTATION, Cursor, TotalMode
from app.queries.parameters import QueryModel, parsed
from app.queries.reading import MOST_TOTALS, Body, Pairs, RequestContext
from app.queries.vocabulary import Suggest
from app.store.releases import CompiledQuery
from app.store.schema import CORRUPT_ROW, check_crc

LONGEST_IDENTIFIER = 200
ALL = 2**31 - 1  # more rows than any table has
IDENTIFIER = re.compile(rf"[A-Za-z0-9.-]{{1,{LONGEST_IDENTIFIER}}}")
SEPARATOR = b",\n"  # between answers, which have no line breaks: a page has one answer per line
SAFE = ",.:-_~*"  # in a URL, besides letters and digits
QUERY_READS_WELL = re.compile(r"[0-9A-Za-z,.:_~*&=-]*")


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows for a query: the tables, the condition, and the key of their order.

    `joined` is `source` joined with what the response needs; `total` is the number of rows, if it is known without
    counting, else null.
    """

    source: FromClause
    where: ColumnElement[bool]
    key: ColumnElement[Any]
    joined: FromClause
    total: ColumnElement[int] | None = None

    def count(self, mode: TotalMode) -> ColumnElement[Any]:
        """The number of rows, or null; in mode "bounded", counting stops just beyond 10,000."""
        if mode == "none":
            return null()
        rows = select(true()).select_from(self.source).where(self.where)
        if mode == "bounded":
            rows = rows.limit(LARGEST_EXACT_TOTAL + 1)
        counted = select(func.count()).select_from(rows.subquery()).scalar_subquery()
        return counted if self.total is None else func.coalesce(self.total, counted)


@dataclass(frozen=True, kw_only=True)
class List:
    """The rows of `source` that match `base`, answered with the JSON stored in each row.

    `keys` are the sort keys; `tie_break` is unique, always decides last, and is the default order.
    """

    path: str
    shape: type[Answer]  # of an item read alone
    listed: type[Answer] | None = None  # of a row of the list, if it is another
    source: FromClause
    base: ColumnElement[bool] = field(default_factory=true)
    answer: ColumnElement[Any]
    crc: Column[Any]  # the checksum of the answer
    identifier: Column[Any]
    suggest: Suggest
    filters: type[QueryModel]
    keys: Mapping[str, Key]
    tie_break: Key

    @cached_property
    def query(self) -> type[ListQuery]:
        """The query model of the list."""
        return list_query(self.filters, self.listed or self.shape, self.keys, self.tie_break)

    @cached_property
    def item_query(self) -> type[ItemQuery]:
        """The query model of one item."""
        return item_query(self.filters, self.shape)

    def page(self, query: ListQuery, reading: RequestContext) -> Body:
        """One page. Raises BadRequest, StaleCursor."""
        limit, mode = query.limit or DEFAULT_LIMIT, query.total or "bounded"
        totals, counted = reading.release.cache.totals, f"{query_digest(reading)} {query.total}"
        total = totals.get(counted)
        count: TotalMode = mode if total is None else "none"
        statement, values = self._statement(query, reading, count)
        rows = reading.release.rows(statement, values | {"rows": limit + 1}, reading.limit)
        if count != "none":
            first = rows
            if not rows and query.after:  # only a row of the first page has the total
                statement, values = self._statement(query.model_copy(update={"after": None}), reading, count)
                first = reading.rows(statement, values | {"rows": 1})
            total = first[0][3] if first else 0
            if len(totals) >= MOST_TOTALS:
                totals.clear()
            totals[counted] = total
        answers = []
        for row in rows[:limit]:
            answer, crc, match = row[:3]
            if crc32(answer) != crc:
                raise Unusable(CORRUPT_ROW)
            if match or query.fields or reading.root_path:
                answer = self._rendered(answer, match, reading, query.fields)
            answers.append(answer)
        last = rows[limit - 1][4:] if len(rows) > limit else None
        return page_body(answers, total, mode, limit, reading, last)

    def answers(self, pairs: Pairs, reading: RequestContext) -> Sequence[bytes]:
        """The answers of a page to another query than that of the request, without the envelope. Raises BadRequest."""
        asked = replace(reading, pairs=pairs)
        query = parsed(self.query, asked)
        statement, values = self._statement(query, asked)
        rows = asked.rows(statement, values | {"rows": query.limit or DEFAULT_LIMIT})
        return [check_crc(answer, crc) for answer, crc, *_ in rows]

    def export(self, query: ListQuery, reading: RequestContext) -> Pieces:
        """All answers, or the first `limit`. Each piece may take as much time as is left now.

        Raises BadRequest, StaleCursor before the first piece.
        """
        statement, values = self._statement(query, reading)
        shape = self.listed if self.listed and query.given("value") else self.shape
        writer = WRITERS[reading.form](columns(shape), query.fields, for_excel=query.bom == "1")
        batches = reading.stream(statement, values | {"rows": query.limit or ALL})
        rows = ([self._rendered(check_crc(*row[:2]), row[2], reading) for row in batch] for batch in batches)
        return export_pieces(writer, rows)

    def item(self, identifier: str, query: ItemQuery, reading: RequestContext) -> Body:
        """One item, without an envelope. Raises NotFound, FactRetracted, Moved."""
        if IDENTIFIER.fullmatch(identifier):
            for found, crc in reading.run(self._one, id=identifier):
                return Body(self._rendered(check_crc(found, crc), None, reading, query.fields), 1)
        shown = identifier[:LONGEST_IDENTIFIER]
        self.explain_missing(shown, reading)
        raise NotFound(f"{self.path} has no {shown!r}.", shown, self.suggest(shown, reading))

    def has(self, identifier: str, reading: RequestContext) -> bool:
        """Whether there is an item with this id."""
        return bool(IDENTIFIER.fullmatch(identifier) and reading.run(self._one, id=identifier))

    def explain_missing(self, identifier: str, reading: RequestContext) -> None:
        """Raises what can be told of an id that is not there, beyond similar ones."""

    def filters_of(self, query: QueryModel) -> dict[str, Any]:
        """The parsed filters that are given, by name, as `select` takes them."""
        filters = {}
        for name in self.filters.parameters:
            if name in query.model_fields_set:
                filters[name] = getattr(query, name)
        return filters

    def select(self, filters: Mapping[str, Any], order: Sequence[Key] = ()) -> Selection:
        """The selection of the rows that match all filters, with the columns of the order."""
        where = self.base
        for name, expression in filters.items():
            where = where & self.filters.parameters[name].where(expression)
        return Selection(self.source, where, self.tie_break.column, self.source)

    def shown(self, filters: Mapping[str, Any]) -> tuple[ColumnElement[Any], Column[Any]]:
        """The columns of the answers in a page, and of their checksums."""
        return self.answer, self.crc

    def match(self, filters: Mapping[str, Any]) -> ColumnElement[Any]:
        """How a row matches its filters, if that is shown; else null."""
        return null()

    def _rendered(self, answer: bytes, match: bytes | None, reading: RequestContext, fields: Any = None) -> bytes:
        """An answer with the root path in its URLs and how it matches as the last field, cut to the selected fields."""
        answer = with_match(with_root_path(answer, reading.root_path), match)
        if fields:
            reading.check_time_limit()  # cutting takes long
        return cut(answer, fields) if fields else answer

    @cached_property
    def _one(self) -> Select[Any]:
        return (
            select(self.answer, self.crc).select_from(self.source).where(self.base, self.identifier == bindparam("id"))
        )

    def _statement(
        self, query: ListQuery, reading: RequestContext, count: TotalMode = "none"
    ) -> tuple[CompiledQuery, dict[str, Any]]:
        """The statement for the rows, limited by the parameter `rows`, and the values of its other parameters.

        Each row has the answer, its checksum, how it matches, the total (null if not counted), and the sort keys.
        """
        order: Sequence[Key] = query.sort or (self.tie_break,)
        after = keys_after(query.after, reading, [key.kind for key in order]) if query.after else None
        filters = self.filters_of(query)
        parts = [list(filters.values()), after]
        values: dict[str, Any] = {}
        ordered = tuple((key.column.key, key.descending) for key in query.sort) if query.sort else None
        cached = (self.path, count, ordered, tuple(filters), structure(parts, values))

        def build() -> Select[Any]:
            expressions, start = with_bind_parameters(parts)
            bound = dict(zip(filters, expressions, strict=True))
            selection = self.select(bound, order[:-1])
            keys = [*order[:-1], replace(order[-1], column=selection.key)]
            columns = (*self.shown(bound), self.match(bound), selection.count(count), *(key.column for key in keys))
            statement = select(*columns).select_from(selection.joined).where(selection.where)
            if start:
                statement = statement.where(beyond(keys, start, selection.joined))
            return statement.order_by(*(key.order() for key in keys)).limit(bindparam("rows", type_=Integer()))

        return reading.store.statements.get(cached) or reading.statement(cached, build, len(values)), values


def page_body(
    answers: Sequence[bytes],
    total: int | None,
    mode: TotalMode,
    limit: int,
    reading: RequestContext,
    last: Sequence[Any] | None,
    **more: int,
) -> Body:
    """The envelope around answers that are JSON already; `more` is added to `meta`.

    The total is exact or, in mode "bounded", beyond 10,000 a lower bound. `last` are the keys of the last row, if there
    is another page after it.
    """
    meta: dict[str, Any] = {}
    if total is not None and mode != "none":
        meta["total"] = {"value": total, "relation": "eq"}
        if mode == "bounded" and total > LARGEST_EXACT_TOTAL:
            meta["total"] = {"value": LARGEST_EXACT_TOTAL, "relation": "gte"}
    meta["limit"], meta["revision"] = limit, reading.release.id
    links = {"self": address(reading.root_path + reading.path, reading.pairs)}
    if last:
        parts = [reading.release.id, reading.release.number, query_digest(reading), *last]
        cursor = base64.urlsafe_b64encode(orjson.dumps(parts, default=bytes.decode)).decode().rstrip("=")
        pairs = [*reading.pairs]
        for pair in reading.pairs:
            if pair[0] == "after":
                pairs.remove(pair)
        links["next"] = address(reading.root_path + reading.path, [*pairs, ("after", cursor)])
    end = b'],"meta":%b,"links":%b}' % (orjson.dumps(meta | more), orjson.dumps(links))
    first, *others = answers or [b""]  # joined once, to copy a page as rarely as possible
    others = [b'{"data":[' + first, *others]
    others[-1] += end
    return Body(SEPARATOR.join(others), len(answers), links.get("next"))


def query_digest(reading: RequestContext) -> str:
    """The digest of a query that its cursors carry: path and parameters, except those that only affect presentation."""
    if not reading.query_digest:
        given = defaultdict[str, list[str]](list)
        for name, value in reading.pairs:
            if name not in PRESENTATION:
                given[name].append(value)
        parts = [reading.path]
        for name in sorted(given):
            for value in given[name] if name in ORDERED else sorted(given[name]):
                parts += name, value
        reading.query_digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    return reading.query_digest


def keys_after(cursor: Cursor, reading: RequestContext, kinds: Sequence[type]) -> list[Any]:
    """The keys that a page starts after, each of its type or None.

    Raises BadRequest for a cursor of another query, StaleCursor for a cursor of another release.
    """
    fits = len(cursor.keys) == len(kinds) and all(
        key is None or type(key) is kind for key, kind in zip(cursor.keys, kinds, strict=False)
    )
    if cursor.query != query_digest(reading) or not fits:
        detail = "after belongs to another query; follow links.next of this one."
        raise BadRequest([ErrorDetail("invalid-value", "after", "", detail)])
    if cursor.release != reading.release.id:
        raise StaleCursor("The release of that page is not kept any more; start again without `after`.")
    return list(cursor.keys)


def address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A URL: characters that are safe in one stay as they are, the rest is percent-encoded UTF-8."""
    query = "&".join(map("=".join, pairs))
    signs = query.count("&") + 1, query.count("=")
    if signs != (len(pairs), len(pairs)) or not QUERY_READS_WELL.fullmatch(query):
        query = "&".join([f"{quote(name, safe=SAFE)}={quote(value, safe=SAFE)}" for name, value in pairs])
    return f"{path}?{query}" if query else path
