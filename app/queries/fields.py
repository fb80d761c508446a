"""Sparse fieldsets: fields=id,subject.name,citation.quote."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, get_args

from pydantic import BaseModel

from app.answers.entities import Answer
from app.errors import Mistake
from app.queries.parameters import Context, Parameter, Refused
from app.queries.vocabulary import nearest
from app.text.decimals import json_bytes

Tree = dict[str, "Tree"]


def paths(shape: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every dotted path into a response model."""
    for name, info in shape.model_fields.items():
        yield prefix + name
        for inner in (info.annotation, *get_args(info.annotation)):
            if isinstance(inner, type) and issubclass(inner, Answer):
                yield from paths(inner, f"{prefix}{name}.")


@dataclass(frozen=True, kw_only=True)
class Fields(Parameter[Tree]):
    """The requested paths, as a tree; an empty tree selects everything."""

    has_beside: ClassVar[bool] = True
    known: tuple[str, ...]
    marks: Mapping[str, str] = field(default_factory=dict)  # field -> the parameter that adds it
    joined: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> Tree:
        tree: Tree = {}
        mistakes: list[Mistake] = []
        wanted = values[0].split(",")
        if len(wanted) > len(self.known):
            raise self.refuse(values[0], f"fields takes up to {len(self.known)} paths; name each once.")
        for path in wanted:
            if path not in self.known:
                detail = f"{path[:60]!r} is no field of the answer."
                mistakes.append(Mistake("invalid-value", self.name, path, detail, nearest(path, self.known)))
                continue
            branch = tree
            for part in path.split("."):
                branch = branch.setdefault(part, {})
        if mistakes:
            raise Refused(*mistakes)
        # `name,name.zh` selects the whole name: the shorter path wins.
        for path in sorted(wanted):
            _whole(tree, path.split("."))
        return tree

    def beside(self, values: list[str], context: Context, others: Mapping[str, Any]) -> Iterable[Mistake]:
        wanted = {path for value in values for path in value.split(",")}
        for mark, name in self.marks.items():
            if mark in wanted and name not in context.given:
                detail = f"{mark} is shown only where {name} is asked for; add {name}= or leave it out."
                yield Mistake("missing-parameter", name, "", detail)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": list(self.known)}}


def _whole(tree: Tree, path: list[str]) -> None:
    for part in path[:-1]:
        if not tree.get(part):
            return
        tree = tree[part]
    if path[-1] in tree:
        tree[path[-1]].clear()


def cut(answer: bytes, tree: Tree) -> bytes:
    """The JSON of an answer with the selected fields only, in their original order."""
    return json_bytes(cut_value(json.loads(answer, parse_float=Decimal), tree))


def cut_value(value: Any, tree: Tree) -> Any:
    if isinstance(value, list):
        return [cut_value(item, tree) for item in value]
    if not tree or not isinstance(value, dict):
        return value
    return {name: cut_value(inner, tree[name]) for name, inner in value.items() if name in tree}
