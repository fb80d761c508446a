"""A list and how it answers: what is asked of it, which rows that is, and the page they make."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from sqlalchemy import ColumnElement, Connection, FromClause, func, select, true

from app import answers
from app.answers.entities import Answer
from app.database import Snapshot
from app.decimals import json_bytes
from app.errors import NotFound
from app.queries.fields import Fields, Tree, cut, paths
from app.queries.filters import Column, Filter, Text
from app.queries.paging import USUAL, After, Cursor, Key, Limit, Sort, Total, TotalMode, beyond, question_digest
from app.queries.questions import Questions, read_pairs
from app.queries.vocabulary import Vocabulary

COUNTED = 10_000
LONGEST_IDENTIFIER = 200
IDENTIFIER = re.compile(rf"[A-Za-z0-9-]{{1,{LONGEST_IDENTIFIER}}}")
AFTER = After()


# Ids that a mistyped one may have meant.
Suggest = Callable[[str, Snapshot, Vocabulary], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Body:
    """The JSON of an answer, and the address of the next page if there is one."""

    json: bytes
    next: str | None = None


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

    @cached_property
    def questions(self) -> Questions:
        names = ", ".join(f"`{key}`" for key in self.keys)
        description = f"By {names}; a leading `-` descends, the id decides last."
        example = "-year" if "year" in self.keys else "name.en"
        sort = Sort(keys=self.keys, tie_break=self.tie_break, description=description, example=example)
        return Questions(self.path, [*self.filters.values(), sort, self._fields, Limit(), AFTER, Total()])

    @cached_property
    def questions_of_one(self) -> Questions:
        return Questions(f"{self.path}/{{id}}", [self._fields])

    @property
    def _fields(self) -> Fields:
        return Fields(
            known=tuple(paths(self.shape)),
            description="Dotted paths of the fields to show; all of them where it is left out.",
            example="id,name.en" if "name" in self.shape.model_fields else "id,subject.name,citation.quote",
        )

    def page(self, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
        """One page. Raises BadRequest, StaleCursor."""
        pairs = read_pairs(query)
        asked = self.questions.read(pairs, vocabulary)
        order: list[Key] = asked.get("sort", [self.tie_break])
        limit: int = asked.get("limit", USUAL)
        question = question_digest(self.path, pairs)
        where = self.where(asked)
        kinds = [key.column.type.python_type for key in order]
        after = AFTER.keys(asked.get("after"), snapshot.revision, question, kinds)
        rows = self._rows(snapshot, where, order, limit, after)
        total = count(snapshot.connection, self.source, where, asked.get("total", "bounded"))
        path = root_path + self.path
        following = None
        if len(rows) > limit:
            cursor = Cursor(snapshot.revision, question, tuple(rows[limit - 1][1:]))
            following = address(path, [*(pair for pair in pairs if pair[0] != "after"), ("after", cursor.written())])
        links = {"self": address(path, pairs)} | ({"next": following} if following else {})
        envelope = envelope_json((row[0] for row in rows[:limit]), asked.get("fields"), total, limit, snapshot, links)
        return Body(envelope, following)

    def one_of(self, identifier: str) -> Callable[[bytes, Snapshot, Vocabulary, str], Body]:
        """What makes the answer with this id."""

        def one(query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, _root_path: str) -> Body:
            return self._one(identifier, query, snapshot, vocabulary)

        return one

    def _one(self, identifier: str, query: bytes, snapshot: Snapshot, vocabulary: Vocabulary) -> Body:
        """One answer, bare. Raises BadRequest, NotFound."""
        asked = self.questions_of_one.read(read_pairs(query), vocabulary)
        found = None
        if IDENTIFIER.fullmatch(identifier):
            statement = select(self.answer).select_from(self.source).where(self.base, self.identifier == identifier)
            found = snapshot.connection.execute(statement).scalar_one_or_none()
        if found is None:
            shown = identifier[:LONGEST_IDENTIFIER]
            raise NotFound(f"{self.path} has no {shown!r}.", shown, self.suggest(shown, snapshot, vocabulary))
        return Body((cut(found, asked["fields"]) if "fields" in asked else found).encode())

    def where(self, asked: dict[str, Any]) -> ColumnElement[bool]:
        condition = self.base
        for name, one in self.filters.items():
            if name in asked:
                condition = condition & one.where(asked[name])
        return condition

    def _rows(
        self,
        snapshot: Snapshot,
        where: ColumnElement[bool],
        order: Sequence[Key],
        limit: int,
        after: tuple[Any, ...] | None,
    ) -> Sequence[Sequence[Any]]:
        statement = select(self.answer, *(key.column for key in order)).select_from(self.source).where(where)
        if after is not None:
            statement = statement.where(beyond(order, after))
        statement = statement.order_by(*(key.order() for key in order)).limit(limit + 1)
        return snapshot.connection.execute(statement).all()


def by_name(filters: Iterable[Filter[Any] | Text]) -> dict[str, Filter[Any] | Text]:
    return {one.name: one for one in filters}


def count(
    connection: Connection, source: FromClause, where: ColumnElement[bool], mode: TotalMode
) -> answers.Total | None:
    """How many rows there are: exactly, or beyond 10,000 that there are at least so many."""
    if mode == "none":
        return None
    rows = select(true()).select_from(source).where(where)
    if mode == "bounded":
        rows = rows.limit(COUNTED + 1)
    found = connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
    if mode == "bounded" and found > COUNTED:
        return answers.Total(value=COUNTED, relation="gte")
    return answers.Total(value=found, relation="eq")


def envelope_json(
    data: Iterable[str],
    fields: Tree | None,
    total: answers.Total | None,
    limit: int,
    snapshot: Snapshot,
    links: dict[str, str],
) -> bytes:
    """The envelope around answers that are JSON already."""
    shown = (cut(answer, fields) for answer in data) if fields else data
    meta: dict[str, Any] = {"total": total.model_dump()} if total else {}
    meta |= {"limit": limit, "revision": snapshot.revision}
    joined = ",".join(shown).encode()
    return b'{"data":[' + joined + b'],"meta":' + json_bytes(meta) + b',"links":' + json_bytes(links) + b"}"


def address(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A link: what reads well in a URL stays as it is, the rest is percent-encoded UTF-8."""
    query = urlencode(list(pairs), quote_via=quote, safe=",.:-_~*")
    return f"{path}?{query}" if query else path
