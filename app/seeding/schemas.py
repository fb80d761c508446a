"""JSON Schema of the files of a seed, for completion and checks in an editor."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from app.seeding import records


def schemas() -> dict[str, dict[str, Any]]:
    """Each by the name of its file."""
    found = {f"{noun}.schema.json": _of_file(shape.__name__) for noun, shape in records.NOUNS.items()}
    return found | {
        "facts.schema.json": _of_file(records.Fact.__name__),
        f"{records.RETRACTIONS}.schema.json": _of_file(records.Retraction.__name__),
    }


def _of_file(record: str) -> dict[str, Any]:
    """The schema of a noun's file: a mapping of ids to records; a facts file names its source once."""
    shapes = [(shape, "validation") for shape in (*records.NOUNS.values(), records.Retraction, records.Fact)]
    _, definitions = models_json_schema(shapes)  # type: ignore[arg-type]
    shape = {"$ref": f"#/$defs/{record}"}
    whole: dict[str, Any] = {"type": "object", "additionalProperties": shape}
    if record == records.Fact.__name__:
        definitions["$defs"][record]["required"].remove("source")
        properties = {"source": {"type": "string"}, "facts": {"type": "array", "items": shape}}
        whole = {
            "type": "object",
            "properties": properties,
            "required": ["source", "facts"],
            "additionalProperties": False,
        }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole, **definitions}


def write_schemas(folder: Path) -> list[Path]:
    """Write each into a file of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {folder / name: json.dumps(one, ensure_ascii=False, indent=2) + "\n" for name, one in schemas().items()}
    for path, one in written.items():
        path.write_text(one, encoding="utf-8")
    return list(written)
