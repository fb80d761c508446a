"""The OpenAPI document is a product: linters, generators, a docs page and Schemathesis take it as it is."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.schemas import OpenApiSchema
from starlette.testclient import TestClient

from app.errors import PROBLEM_JSON
from app.http.openapi import EXAMPLES, operations_of
from app.main import create_app
from app.settings import Settings
from tests.conftest import ROOT, SEED, KeptDatabase
from tests.document import OPENAPI, parameters_of, resolved, served
from tests.write_openapi import VARIES, answer_of, shown_examples, written

LINTERS = ROOT / "tests" / "openapi"
PROGRAMS = Path(sys.executable).parent  # Node among them, see pyproject.toml
NODE = os.environ | {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "REDOCLY_TELEMETRY": "off"}
NODE |= {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}
OPERATIONS = {operation["operationId"]: (path, operation) for path, operation in operations_of(OPENAPI)}
# The texts of the sources of seed/ are not ours to publish.
WITHOUT_ANSWER = {"readText"}
LISTS = [
    (name, one)
    for name, (path, operation) in OPERATIONS.items()
    for one in parameters_of(operation)
    if one["schema"].get("type") == "array" and path.startswith("/v1/facts") and "export" not in name
]


@pytest.fixture(scope="module")
def client(kept_database: KeptDatabase) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=kept_database("sqlite", SEED)))) as asking:
        yield asking


@pytest.fixture(scope="module")
def linters() -> Path:
    """Where the linters are; they are installed where they are not, in the versions of the lock file."""
    lock, installed = LINTERS / "package-lock.json", LINTERS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        command = [str(PROGRAMS / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=LINTERS, env=NODE, check=True)
        installed.touch()
    return LINTERS / "node_modules" / ".bin"


def findings(program: Path, *arguments: str | Path) -> str:
    """What a linter prints, where it finds anything."""
    ended = subprocess.run([program, *arguments], cwd=LINTERS, env=NODE, capture_output=True, text=True, check=False)
    return f"{ended.stdout}\n{ended.stderr}" if ended.returncode else ""


@pytest.fixture
def document_files(tmp_path: Path) -> list[Path]:
    """The document of a service that anybody may ask, and of one with keys and a rate limit."""
    keys = tmp_path / "keys"
    keys.touch()
    guards: dict[str, dict[str, Any]] = {"open": {}, "guarded": {"api_keys": keys, "rate_limit": "600/minute"}}
    for name, guard in guards.items():
        (tmp_path / f"{name}.json").write_text(written(served(**guard)), encoding="utf-8")
    return [tmp_path / f"{name}.json" for name in guards]


def test_spectral_finds_nothing(linters: Path, document_files: list[Path]) -> None:
    rules = ("--ruleset", LINTERS / "spectral.yaml", "--fail-severity", "hint")
    assert findings(linters / "spectral", "lint", *document_files, *rules) == ""


def test_redocly_finds_nothing(linters: Path, document_files: list[Path]) -> None:
    assert findings(linters / "redocly", "lint", *document_files, "--config", LINTERS / "redocly.yaml") == ""


def test_linters_find_what_is_wrong(linters: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "openapi.json"
    document = served()
    document["paths"] = {"/v1": document["paths"]["/v1"]}  # is read sooner than all of them
    del document["security"], document["paths"]["/v1"]["get"]["operationId"]
    wrong.write_text(written(document), encoding="utf-8")
    rules = ("--ruleset", LINTERS / "spectral.yaml", "--fail-severity", "hint")
    assert "operation-operationId" in findings(linters / "spectral", "lint", wrong, *rules)
    assert "security-defined" in findings(linters / "redocly", "lint", wrong, "--config", LINTERS / "redocly.yaml")


@pytest.mark.parametrize("name", OPERATIONS)
def test_who_fills_in_nothing_but_the_examples_is_answered(name: str, client: TestClient) -> None:
    """As "Execute" of the docs page does."""
    response = answer_of(client, *OPERATIONS[name])
    assert response.status_code == (404 if name in WITHOUT_ANSWER else 200), response.text


@pytest.fixture(scope="module")
def schema(client: TestClient) -> OpenApiSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", client.app)


@pytest.mark.parametrize("name", OPERATIONS)
def test_schemathesis_finds_nothing_with_the_examples_of_all_parameters(name: str, schema: OpenApiSchema) -> None:
    operation = schema.find_operation_by_id(name)
    for strategy in operation.get_strategies_from_examples():

        @given(case=strategy)
        @settings(max_examples=1, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)
        def ask(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate()

        ask()


@pytest.mark.parametrize("name", [name for name, (path, _) in OPERATIONS.items() if path.startswith("/v1")])
def test_a_parameter_that_is_not_documented_is_refused(name: str, client: TestClient) -> None:
    assert answer_of(client, *OPERATIONS[name], unheard="of").status_code == 400


def test_examples_are_what_the_service_answers(client: TestClient) -> None:
    shown = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    assert shown == shown_examples(client), "run `make docs`"
    assert set(OPERATIONS) - set(shown) == VARIES


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_200_has_an_example_of_its_schema_which_is_no_union(name: str) -> None:
    _, operation = OPERATIONS[name]
    (media_type,) = operation["responses"]["200"]["content"].values()
    schema = resolved(media_type["schema"])
    assert not {"anyOf", "oneOf"} & set(schema)
    hold(media_type["example"], media_type["schema"])


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name.startswith("list")])
def test_answers_have_the_documented_formats(name: str, client: TestClient) -> None:
    _, operation = OPERATIONS[name]
    (media_type,) = operation["responses"]["200"]["content"].values()
    hold(answer_of(client, *OPERATIONS[name], limit=200).json(), media_type["schema"])


def hold(value: Any, schema: dict[str, Any]) -> None:
    """Raises ValidationError for a value that is not of a schema of the document."""
    whole = {**schema, "components": OPENAPI["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


@pytest.mark.parametrize(("name", "parameter"), LISTS, ids=[f"{name}-{one['name']}" for name, one in LISTS])
def test_what_is_documented_as_a_list_is_taken_repeated_and_joined(
    name: str, parameter: dict[str, Any], client: TestClient
) -> None:
    """Whichever way a client writes it, for no generator knows of another than these."""
    schema = parameter["schema"]
    choices = resolved(schema["items"]).get("enum") or [*schema["examples"][0], "none"]
    beside: dict[str, Any] = {"limit": 5}
    if parameter["name"] == "char":
        beside["source"] = "zhengzhou-feature-2025"

    @given(values=st.lists(st.sampled_from(choices), min_size=1, max_size=3))
    @settings(max_examples=10)
    def ask(values: list[str]) -> None:
        asked: list[list[str] | str] = [values, ",".join(values)]
        repeated, joined = (answer_of(client, *OPERATIONS[name], **beside | {parameter["name"]: one}) for one in asked)
        assert repeated.status_code == joined.status_code
        assert rows(repeated.json()) == rows(joined.json())

    def rows(page: dict[str, Any]) -> list[dict[str, Any]]:
        """Without links, which are written as the list was."""
        return [{name: part for name, part in one.items() if name != "href"} for one in page.get("data", [])]

    assert parameter.get("style", "form") == "form"
    assert parameter.get("explode", True)
    ask()


def test_an_operation_says_each_thing_once() -> None:
    """Parameters and problems stand in each operation, where every reader finds them; schemas are shared."""
    for path, operation in OPERATIONS.values():
        assert {"400", "413", "431"} <= set(operation["responses"]), path
        assert len(operation["tags"]) == 1, path
        documented = [f"{one['in']} {one['name']}" for one in parameters_of(operation)]
        assert len(documented) == len(set(documented)), path
    for name, schema in OPENAPI["components"]["schemas"].items():
        assert '"enum"' not in json.dumps(schema.get("properties", {})), f"{name}: its values have no name"
    for kind, components in OPENAPI["components"].items():
        texts = [json.dumps(one, sort_keys=True) for one in components.values()]
        assert kind == "schemas" or len(texts) == len(set(texts)), kind


def test_tags_are_the_nouns_and_all_are_described() -> None:
    described = {tag["name"]: tag["description"] for tag in OPENAPI["tags"]}
    for path, operation in OPERATIONS.values():
        (tag,) = operation["tags"]
        assert described[tag], path
        if (noun := re.match(r"/v1/([a-z]+)", path)) and noun[1] not in ("verify", "suggest"):
            assert tag == noun[1], path


def test_gone_is_documented_where_a_release_or_a_page_may_be() -> None:
    for path, operation in OPERATIONS.values():
        names = {one["name"] for one in parameters_of(operation)}
        assert ("410" in operation["responses"]) == bool(names & {"as_of", "after"}), path


def test_a_list_is_json_and_an_export_has_a_path_of_its_own(client: TestClient) -> None:
    for name, (path, operation) in OPERATIONS.items():
        documented = list(operation["responses"]["200"]["content"])
        assert len(documented) == 1, path
        if name.startswith(("list", "export")):
            response = answer_of(client, path, operation, limit=1)
            assert response.headers["content-type"] == documented[0], path
    for path in OPENAPI["paths"]:
        if path.endswith(".csv"):
            assert {path.removesuffix(".csv"), path.removesuffix("csv") + "ndjson"} <= set(OPENAPI["paths"])


def test_problems_are_what_is_documented_for_them(client: TestClient) -> None:
    _, operation = OPERATIONS["listFacts"]
    for asked, status in (("/v1/facts?yaer=2024", "400"), ("/v1/facts", "406")):
        response = client.get(asked, headers={"Accept": "image/png" if status == "406" else "*/*"})
        documented = resolved(operation["responses"][status])
        assert response.status_code == int(status)
        assert response.headers["content-type"] == PROBLEM_JSON
        hold(response.json(), documented["content"][PROBLEM_JSON]["schema"])


def test_the_document_is_made_when_it_is_asked_for(client: TestClient) -> None:
    """Making it takes longer than all else at start."""
    app = create_app(Settings(database_url="sqlite:///none.db"))
    assert app.openapi_schema is None
    with TestClient(app) as asking:
        assert asking.get("/openapi.json").json() == OPENAPI
