"""The JSON Schemas for editors say of a seed's files what the loader says."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from app.cli import commands
from app.nouns import NOUNS
from tests.conftest import CITY
from tests.seeding.broken import ARTICLE

RUNNER = CliRunner()


def as_read(path: Path) -> Any:
    """A file as the loader reads it: every scalar is text."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - makes nothing but text


def schemas() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(RUNNER.invoke(commands, ["schema"], catch_exceptions=False).stdout)
    return made


def test_there_is_a_json_schema_for_each_file_of_a_seed() -> None:
    made = schemas()
    assert set(made) == {f"{noun}.schema.json" for noun in (*NOUNS, "facts", "retractions")}
    for schema in made.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", [*(f"{noun}.yaml" for noun in NOUNS), ARTICLE])
def test_the_json_schema_accepts_what_the_loader_accepts(file: str) -> None:
    name = "facts" if file == ARTICLE else file.removesuffix(".yaml")
    schema = Draft202012Validator(schemas()[f"{name}.schema.json"])
    assert [error.message for error in schema.iter_errors(as_read(CITY / file))] == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("places", {"lindow": {"zh": "林渡市", "en": "Lindow", "kind": "citty"}}),
        ("places", {"lindow": {"zh": "林渡市", "en": "Lindow", "kind": "city", "parnet": "midmere"}}),
        ("places", {"lindow": {"zh": "林渡市", "kind": "city"}}),
        ("places", {"lindow": {"zh": "", "en": "Lindow", "kind": "city"}}),
        ("sources", {"a": {"zh": "甲", "en": "A", "kind": "page", "language": "zh", "sha256": "12"}}),
        ("facts", {"source": "a", "facts": [{"quote": "甲" * 121}]}),
        ("facts", {"facts": []}),
    ],
)
def test_the_json_schema_refuses_what_the_loader_refuses(name: str, written: dict[str, Any]) -> None:
    assert not Draft202012Validator(schemas()[f"{name}.schema.json"]).is_valid(written)


def test_schema_writes_a_file_a_noun(tmp_path: Path) -> None:
    done = RUNNER.invoke(commands, ["schema", str(tmp_path / "schemas")], catch_exceptions=False)
    written = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "schemas").iterdir()}
    assert written == schemas()
    assert len(done.stdout.splitlines()) == len(written)
