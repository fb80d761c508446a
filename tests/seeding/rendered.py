"""Renders the invented city with facts of a test's own, and with more sources, organizations and identities."""

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.seeding import manifest
from app.seeding.rendering import Rendered, render
from tests.conftest import CITY

NOT_COPIED = shutil.ignore_patterns("facts", "pins", "sources", "policies.yaml")


def render_facts(folder: Path, *facts: Mapping[str, str], more: Mapping[str, str]) -> Rendered:
    """`more` are records to add, in YAML, by the name of their file."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(CITY, folder, ignore=NOT_COPIED)
    (folder / "policies.yaml").write_text("{}\n", encoding="utf-8")
    (folder / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")
    for name, records in more.items():
        known = (folder / name).read_text(encoding="utf-8").removeprefix("{}\n")
        (folder / name).write_text(known + records, encoding="utf-8")
    (folder / "facts").mkdir()
    with (folder / "facts" / "facts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for one in facts for name in one)) or ["subject"])
        writer.writeheader()
        writer.writerows(facts)
    return render(folder, None, lambda _what, _count: None)


def shown(data: Rendered) -> list[dict[str, Any]]:
    """The facts as they are answered."""
    return [json.loads(one) for _, answers in data.pieces() for one in answers["json"]]


def compared(data: Rendered) -> list[dict[str, Any]]:
    """The comparisons as they are answered."""
    return [json.loads(row[-1] or "") for row in data.compared.rows]
