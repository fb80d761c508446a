"""Examples for the data that are served: those in the code are of one city, and another city's ids are others."""

import json
import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app import tables
from app.nouns.listed import COLLECTIONS
from app.queries.reading import RequestContext

KNOWN = select(tables.entities.c.id).where(tables.entities.c.id == bindparam("id"))
CALL = re.compile(r":?\s+`curl [^`]*`")
FOR_EXAMPLE = re.compile(r" For example `[^`]*`\.$")
ID = re.compile(r"[a-z][a-z0-9.-]*")
OF_ANY_DATA = ("/livez", "/readyz", "/metrics")
FIRST = (("limit", "1"),)
Part = dict[str, Any]


def fitted(document: Part, reading: RequestContext) -> Part:
    """The OpenAPI document with examples that exist. If all those of the nouns do, it is the document as it was made.

    Otherwise the ids and sentences are of these data, and what was recorded with the others is left out: responses, and
    calls in descriptions. Raises TimedOut, NotReady, ReleaseNotKept.
    """
    if all(one.list.has(one.example, reading) for one in COLLECTIONS):
        return document
    document = deepcopy(document)
    data = _Data(reading)
    for path, operations in document["paths"].items():
        if path not in OF_ANY_DATA:
            for operation in operations.values():
                data.fit(path, operation)
    for schema in document["components"]["schemas"].values():
        for described in schema.get("properties", {}).values():
            if any(example in json.dumps(described.get("examples", "")) for example in data.ids):
                del described["examples"]
    return document


@dataclass
class _Data:
    """What there is in a release: the first of each collection, unless that is empty."""

    reading: RequestContext

    def __post_init__(self) -> None:
        found = {one.plural: one.list.answers(FIRST, self.reading) for one in COLLECTIONS}
        self.first: Part = {plural: json.loads(answers[0]) for plural, answers in found.items() if answers}
        self.ids = {one.example: self.first.get(one.plural, {}).get("id") for one in COLLECTIONS}
        fact = self.first.get("facts", {})
        self.words, self.sentence = (_text(one) for one in (fact.get("subject", {}).get("name"), fact.get("statement")))

    def fit(self, path: str, operation: Part) -> None:
        operation["description"] = CALL.sub("", operation["description"])
        for media_type in operation["responses"]["200"]["content"].values():
            media_type.pop("example", None)
        for media_type in operation.get("requestBody", {}).get("content", {}).values():
            for shown in (media_type, *media_type["schema"].get("properties", {}).values()):
                _put(shown, self.sentence)
        for parameter in operation.get("parameters", []):
            match parameter["in"], parameter["name"]:
                case "path", "id" if not path.startswith("/v1/releases/"):  # the first has the number 1 everywhere
                    _put(parameter, self.first.get(path.split("/")[2], {}).get("id"))
                case "query", "q":
                    _put(parameter, self.words)
                case "query", "text":
                    _put(parameter, self.sentence)
                case _:
                    self._fit_filter(parameter)

    def _fit_filter(self, parameter: Part) -> None:
        """Fit the example of a filter by ids: of a list of values that are not told, and that begin with a letter."""
        schema = parameter["schema"]
        for example in schema.get("examples", []) if "$ref" not in schema.get("items", {"$ref": ""}) else []:
            if ID.fullmatch(example[0]):
                is_known = self.reading.run(KNOWN, id=example[0])
                _put(parameter, example[0] if is_known else self.ids.get(example[0]))


def _text(names: Part | None) -> str | None:
    return (names["zh"] or names["en"]) if names else None


def _put(shown: Part, value: str | None) -> None:
    """Show this value in the place of an example, or no example if there is no value."""
    for part, name in ((shown, "example"), (shown, "examples"), (shown.get("schema", {}), "examples")):
        if name in part:
            old = part.pop(name)
            if value is not None:
                part[name] = value if name == "example" else [[value] if isinstance(old[0], list) else value]
    if "description" in shown:
        told = f" For example `{value}`." if value else ""
        shown["description"] = FOR_EXAMPLE.sub(lambda _found: told, shown["description"])
