"""Components: schemas shared by operations of the OpenAPI document, under names that suit generated clients."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.alias_generators import to_pascal

Document = dict[str, Any]
Operation = dict[str, Any]
REFERENCE = "#/components/{kind}/{name}"


def operations_of(document: Document) -> Iterator[tuple[str, Operation]]:
    """Each operation, with its path."""
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


def share(document: Document, singulars: Mapping[str, str]) -> None:
    """Move the enumerations of parameters into named schemas; `singulars` maps tags to their singular.

    Parameters and problems stay inline, so that one operation can be read on its own.
    """
    schemas = document["components"]["schemas"]
    for name, parameters in _named_parameters(document, singulars).items():
        for parameter in parameters:
            _name_choices(schemas, f"{name}Value", parameter["schema"])
    _drop_unused(document)


def _named_parameters(document: Document, singulars: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Identical parameters, grouped under a unique name.

    A group used under several tags gets the parameter's own name; others, and name clashes, get the singular of the
    tag or the operation id as a prefix.
    """
    same: dict[str, list[tuple[Operation, dict[str, Any]]]] = {}
    for _, operation in operations_of(document):
        for parameter in operation.get("parameters", []):
            same.setdefault(json.dumps(parameter), []).append((operation, parameter))
    named: dict[str, list[dict[str, Any]]] = {}
    for uses in sorted(same.values(), key=len, reverse=True):
        tags = sorted({operation["tags"][0] for operation, _ in uses})
        owners = [singulars.get(tags[0], tags[0]), uses[0][0]["operationId"]]
        owners = [*([""] if len(tags) > 1 else []), *owners]
        names = [owner[:1].upper() + owner[1:] + to_pascal(uses[0][1]["name"]) for owner in owners]
        named[next(name for name in names if name not in named)] = [parameter for _, parameter in uses]
    return named


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": REFERENCE.format(kind=kind, name=name)}


def _name_choices(schemas: dict[str, Any], name: str, schema: dict[str, Any]) -> None:
    """Move the enumeration of a parameter into a named schema."""
    choices = schema.get("items", schema)
    if "enum" in choices:
        schemas[name] = {"type": choices.pop("type"), "enum": choices.pop("enum")}
        choices |= _reference("schemas", name)


def _drop_unused(document: Document) -> None:
    """Drop schemas that are not referenced, such as those of FastAPI's own errors."""
    schemas = document["components"]["schemas"]
    others = {kind: part for kind, part in document["components"].items() if kind != "schemas"}
    used, found = set[str](), _referred([document["paths"], others])
    while found:
        used |= found
        found = _referred([schemas[name] for name in found]) - used
    document["components"]["schemas"] = {name: schemas[name] for name in sorted(used)}


def _referred(part: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(part)))
