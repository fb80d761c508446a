"""Examples: a response for each operation in the OpenAPI document, recorded from the service with the real seed.

`make docs` writes examples.json, and a test compares it with what the service answers today.
"""

import json
from importlib.resources import files
from typing import Any

from app.http.openapi.components import Document, operations_of

WRITTEN = files(__name__.rpartition(".")[0]) / "examples.json"


def show_examples(document: Document) -> None:
    """Add to each operation its recorded example."""
    written: dict[str, Any] = json.loads(WRITTEN.read_text(encoding="utf-8"))
    for _, operation in operations_of(document):
        if (example := written.get(operation["operationId"])) is not None:
            (media_type,) = operation["responses"]["200"]["content"].values()
            media_type["example"] = example
