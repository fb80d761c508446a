"""Writes the answers that the OpenAPI document shows as examples: the last step of `make docs`."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from app.http.openapi import EXAMPLES, Operation, operations_of
from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from tests.document import OPENAPI, parameters_of

SEED = Path(__file__).parents[1] / "seed"
FACT = {"metric": "vehicle-output", "subject": "zhengzhou", "year": "2024", "evidence": "verbatim"}
# What is another of each load, and says nothing of the shape of an answer: releases, when they were loaded, cursors.
PASSING = {
    r"\br-[0-9a-f]{16}\b": "r-3f9c0a5d1b27e684",
    r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\b": "2026-11-23T08:00:00",
    r"(?<=[?&]after=)[\w-]+": "CURSOR",
}
VARIES = {"readMeasurements"}  # with every request


def written(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def answer_of(client: TestClient, path: str, operation: Operation, /, **more: Any) -> Response:
    """What somebody is answered who fills in nothing but, from the examples, what is required; and some more."""
    query: dict[str, Any] = {}
    for parameter in parameters_of(operation):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        elif parameter["required"]:
            query[parameter["name"]] = parameter["example"]
    if body := operation.get("requestBody"):
        kind, content = next(iter(body["content"].items()))
        return client.post(path, params=query | more, content=content["example"], headers={"Content-Type": kind})
    return client.get(path, params=query | more)


def shown_examples(client: TestClient) -> dict[str, Any]:
    """An answer of each operation, as short as it can be had; those that are no success are left out."""
    shown: dict[str, Any] = {}
    for path, operation in operations_of(OPENAPI):
        has_pages = any(one["name"] == "limit" for one in parameters_of(operation))
        short = {"limit": 1} if has_pages else {}
        about = FACT if operation["operationId"].startswith(("listFacts", "exportFacts")) else {}
        if operation["operationId"] not in VARIES:
            response = answer_of(client, path, operation, **short, **about)
            if response.status_code == 200:
                is_json, text = response.headers["content-type"] == "application/json", _settled(response.text)
                shown[operation["operationId"]] = json.loads(text) if is_json else text
    # No text of the first sources is ours to publish: what is shown of one is the quote of the fact that is shown.
    shown["readText"] = shown["listFacts"]["data"][0]["citation"]["quote"]
    return shown


def _settled(text: str) -> str:
    for passing, settled in PASSING.items():
        text = re.sub(passing, settled, text)
    return text


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/factbook.db"
        load(url, SEED, None, lambda _what, _count: None)
        with TestClient(create_app(Settings(database_url=url))) as client:
            EXAMPLES.write_text(written(shown_examples(client)), encoding="utf-8")


if __name__ == "__main__":
    main()
