"""The OpenAPI document that the service gives, and what tests take from it: lists, parameters and their examples."""

import re
from typing import Any

from app.main import create_app
from app.settings import Settings


def served(**settings: Any) -> dict[str, Any]:
    """The document of a service with these settings."""
    return create_app(Settings(database_url="sqlite:///none.db", **settings)).openapi()


OPENAPI = served()
LISTS = sorted(
    path
    for path in OPENAPI["paths"]
    if re.fullmatch(r"/v1/(?!audit|coverage|verify|releases|search|suggest)[a-z]+", path)
)


def resolved(part: Any) -> Any:
    """A part of the document with what it refers to in the place of each reference."""
    if isinstance(part, list):
        return [resolved(one) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" not in part:
        return {name: resolved(one) for name, one in part.items()}
    found: Any = OPENAPI
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return resolved(found) | {name: resolved(one) for name, one in part.items() if name != "$ref"}


def parameters_of(operation: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resolved(operation.get("parameters", []))
    return found


def parameters(path: str) -> dict[str, dict[str, Any]]:
    """Those of a GET, by name."""
    return {one["name"]: one for one in parameters_of(OPENAPI["paths"][path].get("get", {}))}


def example(parameter: dict[str, Any]) -> Any:
    """What the document shows as a value of a parameter; of releases and cursors it has none to show."""
    return parameter.get("example", parameter["schema"].get("examples", [None])[0])


def written(value: Any) -> str:
    """An example as it stands in a URL: what is a list is joined."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
