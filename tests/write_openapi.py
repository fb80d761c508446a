"""Writes tests/openapi.json, the contract as committed: `make docs`."""

import json
from pathlib import Path
from typing import Any

from app.main import create_app
from app.settings import Settings

COMMITTED = Path(__file__).parent / "openapi.json"


def served() -> dict[str, Any]:
    return create_app(Settings(database_url="sqlite:///none.db")).openapi()


def written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(written(served()), encoding="utf-8")
