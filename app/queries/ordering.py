"""The order of a list: sort keys, and the condition that a row comes after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Table, UnaryExpression, and_, false, or_
from sqlalchemy.sql.util import find_tables

from app.queries.parameters import Parameter
from app.queries.reading import RequestContext


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key. `nullable` keys put rows without a value last, in either direction."""

    column: ColumnElement[Any]
    descending: bool = False
    nullable: bool = False

    @property
    def kind(self) -> type:
        """The type of its values."""
        kind: type = self.column.type.python_type
        return kind

    def order(self) -> UnaryExpression[Any]:
        ordered = self.column.desc() if self.descending else self.column.asc()
        return ordered.nulls_last() if self.nullable else ordered

    def same(self, value: Any) -> ColumnElement[bool]:
        return self.column.is_(None) if value is None else self.column == value

    def beyond(self, value: Any) -> ColumnElement[bool]:
        if value is None:
            return false()
        further = self.column < value if self.descending else self.column > value
        return or_(further, self.column.is_(None)) if self.nullable else further


@dataclass(eq=False, kw_only=True)
class Sort(Parameter[list[Key]]):
    """`keys` are the allowed sort keys, `tie_break` is a unique key that always decides last."""

    keys: Mapping[str, Key]
    tie_break: Key

    def read(self, values: list[str], reading: RequestContext) -> list[Key]:
        text = ",".join(values)
        tokens = text.split(",")
        names = [token.removeprefix("-") for token in tokens]
        if len(tokens) > len(self.keys):
            raise self.invalid(text, f"sort takes up to {len(self.keys)} keys; name each once.")
        for name in names:
            if names.count(name) > 1:
                raise self.invalid(text, f"{name[:40]!r} decides once; name it once.")
        detail = f"cannot be sorted by; one of {', '.join(self.keys)} can."
        self.refuse_unknown(zip(tokens, names, strict=True), self.keys, detail)
        keys = [replace(self.keys[name], descending=token != name) for token, name in zip(tokens, names, strict=True)]
        return [*keys, self.tie_break]

    def schema(self) -> dict[str, Any]:
        names = [sign + name for name in self.keys for sign in ("", "-")]
        return {"type": "array", "items": {"type": "string", "enum": names}}


def beyond(order: Sequence[Key], values: Sequence[Any], source: FromClause) -> ColumnElement[bool]:
    """The condition that a row comes after the one with these keys.

    That of a position is repeated for each joined table: otherwise PostgreSQL would scan those from the start.
    """
    if len(order) == 1 and order[0].kind is int:
        tables = [table for table in find_tables(source) if isinstance(table, Table) and "position" in table.c]
        positions = [replace(order[0], column=table.c.position) for table in tables]
        return and_(*(key.beyond(values[0]) for key in (order[0], *positions)))
    alternatives = []
    for index, (key, value) in enumerate(zip(order, values, strict=True)):
        same = [one.same(known) for one, known in zip(order[:index], values[:index], strict=True)]
        alternatives.append(and_(*same, key.beyond(value)))
    return or_(*alternatives)
