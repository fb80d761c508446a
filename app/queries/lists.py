"""A list and how it answers: what is asked of it, which rows that is, and the page they make."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, Table, and_, bindparam, null, select, true
from sqlalchemy.sql.util import find_tables

from app.answers.entities import Answer
from app.answers.flat import columns
from app.database import Snapshot
from app.errors import NotFound
from app.queries.as_of import AS_OF
from app.queries.asked import Asked
from app.queries.exports import BOM, FORMAT, Form, Lines, Piece, line_of_answer, opening, refuse_bom, shown_columns
from app.queries.fields import Fields, cut, paths
from app.queries.filters import Column, Filter, Parameter, Text
from app.queries.pages import (
    SEPARATOR,
    Body,
    Maker,
    Shown,
    envelope_json,
    joined_by_database,
    joining,
    links_of,
    shown_total,
)
from app.queries.paging import USUAL, After, Cursor, Key, Limit, Sort, Total, TotalMode, beyond, question_digest
from app.queries.questions import Questions, read_pairs
from app.queries.shapes import Statements, parted, with_parameters
from app.queries.vocabulary import Vocabulary
from app.queries.walks import REVISION, Walk, counting
from app.readers import Statement

LONGEST_IDENTIFIER = 200
ALL = 2**31 - 1  # as many rows as any table has
IDENTIFIER = re.compile(rf"[A-Za-z0-9-]{{1,{LONGEST_IDENTIFIER}}}")
AFTER = After()
EXAMPLES = ("name.en", "citation.quote", "subject.name", "loaded_at")  # of fields, whichever a shape has
ROWS = bindparam("rows", type_=Integer())
# Ids that a mistyped one may have meant.
Suggest = Callable[[str, Snapshot, Vocabulary], tuple[str, ...]]


class Rows(Enum):
    """What a statement gives: of each row the answer alone, or revision, total, answer and keys; or all in one."""

    BARE, KEYED, JOINED = range(3)


@dataclass(frozen=True, kw_only=True)
class List:
    """The rows of `source` for which `base` holds, answered with the JSON that each row stores.

    `keys` are what it can be sorted by; `tie_break`, unique, decides last and is the order otherwise.
    """

    path: str
    shape: type[Answer]
    source: FromClause
    base: ColumnElement[bool] = field(default_factory=true)
    answer: Column
    identifier: Column
    suggest: Suggest
    filters: Mapping[str, Filter[Any] | Text]
    keys: Mapping[str, Key]
    tie_break: Key
    lined: Mapping[Form, Column] = field(default_factory=dict)  # columns of whole lines, in a table beside `source`
    more: Sequence[Parameter[Any]] = ()  # say more of what filters ask for
    marks: Mapping[str, str] = field(default_factory=dict)  # by the fields that answers have where they are asked for
    dated: Sequence[Parameter[Any]] = (AS_OF,)  # what asks for it as it was
    statements: Statements = field(default_factory=Statements)

    @property
    def parameters(self) -> list[Parameter[Any]]:
        """Those that say which rows are wanted."""
        return [*self.filters.values(), *self.more]

    @cached_property
    def questions(self) -> Questions:
        names = ", ".join(f"`{key}`" for key in self.keys)
        description = f"By {names}; a leading `-` descends, the id decides last."
        example = next(one for one in ("-year", "name.en", *self.keys) if one.removeprefix("-") in self.keys)
        sort = Sort(keys=self.keys, tie_break=self.tie_break, description=description, example=example)
        paged: list[Parameter[Any]] = [sort, self._fields(self.marks), Limit(), AFTER, Total(), FORMAT, BOM]
        return Questions(self.path, [*self.parameters, *self.dated, *paged])

    @cached_property
    def questions_of_one(self) -> Questions:
        return Questions(f"{self.path}/{{id}}", [*self.dated, self._fields({})])

    def _fields(self, marks: Mapping[str, str]) -> Fields:
        known = tuple(paths(self.shape))
        return Fields(
            known=known + tuple(marks),
            marks=marks,
            description="Dotted paths of the fields to show; all of them where it is left out.",
            example=f"{known[0]},{next(path for path in EXAMPLES if path in known)}",
        )

    @cached_property
    def _usual_order(self) -> list[Key]:
        return [self.tie_break]

    @cached_property
    def _has_positions(self) -> bool:
        """Whether the usual order is that of whole numbers: then the database can join the answers of a page."""
        return self.tie_break.kind is int

    def page(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
        """One page. Raises BadRequest, StaleCursor."""
        asked = self.read(query, vocabulary)
        limit = asked.limit or USUAL
        totals, question = snapshot.revision.totals, f"{asked.digest} {asked.total}"
        total = totals.get(question)
        counted = asked.total if total is None else "none"
        shown = self._shown(asked, limit, counted, snapshot)
        if counted != "none":
            total = shown.total or 0
            snapshot.revision.remember_total(question, total)
        cursor = Cursor(snapshot.revision.name, asked.digest, shown.last) if shown.last else None
        links = links_of(root_path + self.path, asked.pairs, cursor)
        content = envelope_json(shown.answers, shown_total(total, asked.total), limit, snapshot, links)
        return Body(content, shown.rows, links.get("next"))

    def read(self, query: bytes, vocabulary: Vocabulary) -> Asked:
        """What is asked. Raises BadRequest."""
        pairs = read_pairs(query)
        asked = self.questions.read(pairs, vocabulary)
        return Asked(
            pairs=pairs,
            wanted=self.wanted(asked) if asked else asked,
            order=asked.get("sort", self._usual_order),
            limit=asked.get("limit"),
            total=asked.get("total", "bounded"),
            fields=asked.get("fields"),
            after=asked.get("after"),
            bom=asked.get("bom", False),
            digest=question_digest(self.path, pairs),
        )

    def wanted(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What is asked of the rows, by filter."""
        return {name: asked[name] for name in self.filters if name in asked}

    def shown(self, answer: Column, form: Form, wanted: Mapping[str, Any]) -> Column | ColumnElement[Any]:
        """What a row is answered with in a form."""
        return answer

    def lines(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str, form: Form) -> Lines:
        """All answers, or as many as `limit` says, a line each. Raises BadRequest, StaleCursor before the first."""
        asked = self.read(query, vocabulary)
        refuse_bom({"bom": asked.bom}, form)
        ready = form in self.lined and not asked.fields
        statement, values = self._statement(asked, snapshot, Rows.BARE, form if ready else Form.JSON)
        marks = [(mark, (mark,)) for mark, name in self.marks.items() if name in asked.wanted]
        shown = shown_columns((*columns(self.shape), *marks), asked.fields)
        yield opening(shown, form, bom=asked.bom)
        for rows in snapshot.stream(statement, values | {"rows": asked.limit or ALL}):
            answers = chain.from_iterable(rows)
            lines = answers if ready else [line_of_answer(one, shown, form, asked.fields) for one in answers]
            yield Piece(b"".join(lines), len(rows))

    def one_of(self, identifier: str) -> Maker:
        """What makes the answer with this id."""

        def one(query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
            return self._one(identifier, query, snapshot, vocabulary, root_path)

        return one

    def _one(self, identifier: str, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
        """One answer, bare. Raises BadRequest, NotFound, Retracted."""
        asked = self.questions_of_one.read(read_pairs(query), vocabulary) if query else {}
        if IDENTIFIER.fullmatch(identifier):
            statement = self.statements.of("one", snapshot.database, self._select_one)
            for _revision, found in snapshot.rows(statement, {"id": identifier}):
                return Body(cut(found, asked["fields"]) if "fields" in asked else found, 1)
            self.refuse_retracted(identifier, snapshot, root_path)
        shown = identifier[:LONGEST_IDENTIFIER]
        raise NotFound(f"{self.path} has no {shown!r}.", shown, self.suggest(shown, snapshot, vocabulary))

    def refuse_retracted(self, identifier: str, snapshot: Snapshot, root_path: str) -> None:
        """What is known of an id that is not there. Raises Retracted."""

    def _select_one(self) -> Select[Any]:
        query = select(REVISION, self.answer).select_from(self.source)
        return query.where(self.base, self.identifier == bindparam("id"))

    def walk(self, wanted: Mapping[str, Any], order: Sequence[Key] = ()) -> Walk:
        """The way to the rows of which everything wanted holds, and that have the columns of the order."""
        where = self.base
        for name, one in wanted.items():
            where = where & self.filters[name].where(one)
        return Walk(self.source, where, self.tie_break.column, self.source)

    def prepared(self, wanted: dict[str, Any], _snapshot: Snapshot) -> dict[str, Any]:
        """What is wanted, in the form that `walk` takes."""
        return wanted

    def _shown(self, asked: Asked, limit: int, counted: TotalMode, snapshot: Snapshot) -> Shown:
        """What a page shows; one row more than that is read."""
        joined = self._has_positions and asked.fields is None and asked.order is self._usual_order
        statement, values = self._statement(asked, snapshot, Rows.JOINED if joined else Rows.KEYED, counted=counted)
        rows = snapshot.rows(statement, values | {"rows": limit + 1})
        if joined:
            _revision, total, answers, count, position = rows[0]
            return joined_by_database(answers or b"", count, total, position, more=count > limit)
        total = next((row[1] for row in rows), None)
        if total is None and counted != "none":
            total = self._total(asked, snapshot)
        answers = SEPARATOR.join([cut(row[2], asked.fields) if asked.fields else row[2] for row in rows[:limit]])
        last = tuple(map(_text, rows[limit - 1][3:])) if len(rows) > limit else None
        return Shown(answers, min(limit, len(rows)), total, last)

    def _statement(
        self, asked: Asked, snapshot: Snapshot, rows: Rows, form: Form = Form.JSON, counted: TotalMode = "none"
    ) -> tuple[Statement, dict[str, Any]]:
        """What gives the rows, as many as `rows` says, and the values of its parameters."""
        after = asked.after and AFTER.keys(
            asked.after, snapshot.revision.name, asked.digest, [key.kind for key in asked.order]
        )
        wanted = self.prepared(asked.wanted, snapshot)
        values: dict[str, Any] = {}
        said = [list(wanted.values()), after]
        ordered = len(asked.order) > 1 and tuple((key.column.key, key.descending) for key in asked.order)
        shape = (rows, form, tuple(wanted), parted(said, values), ordered, counted)

        def build() -> Select[Any]:
            filled: Any = with_parameters(said)
            named = dict(zip(wanted, filled[0], strict=True))
            return self._select(named, asked.order, filled[1], rows, form, counted)

        return self.statements.of(shape, snapshot.database, build), values

    def _select(
        self,
        wanted: Mapping[str, Any],
        order: Sequence[Key],
        after: Sequence[Any] | None,
        rows: Rows,
        form: Form,
        counted: TotalMode,
    ) -> Select[Any]:
        walk = self.walk(wanted, order[:-1])
        answer, source = self.answer, walk.shown
        if form in self.lined:
            answer = self.lined[form]
            source = walk.source.join(answer.class_, answer.class_.position == walk.key)
        shown = self.shown(answer, form, wanted)
        order = [*order[:-1], replace(order[-1], column=walk.key)]
        where = walk.where if after is None else walk.where & self._beyond(order, after, source)
        shared = (REVISION, null() if counted == "none" else counting(walk, counted))
        keyed = (shown, *(key.column for key in order))
        query = select(*{Rows.BARE: (shown,), Rows.JOINED: keyed, Rows.KEYED: (*shared, *keyed)}[rows])
        query = query.select_from(source).where(where).order_by(*(key.order() for key in order)).limit(ROWS)
        return select(*shared, *joining(query.subquery())) if rows is Rows.JOINED else query

    def _beyond(self, order: Sequence[Key], after: Sequence[Any], source: FromClause) -> ColumnElement[bool]:
        """Whether a row comes behind these keys.

        Positions are told to each table: PostgreSQL reads those from the start that are only joined by them.
        """
        where = beyond(order, after)
        if len(order) > 1 or not self._has_positions:
            return where
        known = [table.c.position for table in find_tables(source) if isinstance(table, Table)]
        return and_(where, *(beyond([replace(order[0], column=column)], after) for column in known))

    def _total(self, asked: Asked, snapshot: Snapshot) -> int:
        """How many answers there are, where the page has none that could say so."""
        values: dict[str, Any] = {}
        wanted = self.prepared(asked.wanted, snapshot)
        said = list(wanted.values())
        shape = ("total", tuple(wanted), parted(said, values), asked.total)

        def build() -> Select[Any]:
            walk = self.walk(dict(zip(wanted, with_parameters(said), strict=True)))
            return select(REVISION, counting(walk, asked.total))

        return snapshot.rows(self.statements.of(shape, snapshot.database, build), values)[0][1] or 0


def _text(key: Any) -> Any:
    return key.decode() if isinstance(key, bytes) else key


def by_name(filters: Iterable[Filter[Any] | Text]) -> dict[str, Filter[Any] | Text]:
    return {one.name: one for one in filters}
