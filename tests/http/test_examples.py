"""Whoever asks a service with another city's data sees examples of that city in the OpenAPI document and problems."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from app.http.openapi import operations_of
from app.http.problems import TYPES
from app.main import create_app
from app.nouns.listed import COLLECTIONS
from app.settings import Settings
from tests.conftest import ROOT, SEED, KeptDatabase
from tests.document import OPENAPI, example, written
from tests.http.test_openapi import OPERATIONS
from tests.http.test_problem_types import REQUESTS, STATUSES, asked
from tests.write_openapi import answer_of

EXAMPLE = ROOT / "seed-example"
# Parameters that are only taken together with another one.
NEEDS = {"char": {"source": "yunting-communique-2024"}, "match": {"value": "1.."}, "stat": {"unit": "percent"}}


@pytest.fixture(scope="module")
def client(kept_database: KeptDatabase) -> Iterator[TestClient]:
    url = kept_database("sqlite", EXAMPLE)
    with TestClient(create_app(Settings(database_url=url, title="Yunting Factbook"))) as asking:
        yield asking


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


@pytest.fixture(scope="module")
def counts(client: TestClient) -> dict[str, int]:
    return {one["name"]: one["count"] for one in client.get("/v1").json()["collections"]}


def test_nothing_of_the_first_city_is_shown(document: dict[str, Any]) -> None:
    shown = json.dumps(document, ensure_ascii=False)
    assert not re.findall("zhengzhou|郑州|henan|河南", shown, re.IGNORECASE)
    assert not [one.example for one in COLLECTIONS if re.search(rf"[\"`/=]{re.escape(one.example)}[\"`?&']", shown)]
    for _, operation in operations_of(document):
        assert "localhost:8000/v1" not in operation["description"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_who_fills_in_nothing_but_the_examples_is_answered(
    name: str, client: TestClient, document: dict[str, Any], counts: dict[str, int]
) -> None:
    path, _ = OPERATIONS[name]
    operation = next(one for _, one in operations_of(document) if one["operationId"] == name)
    collection = path.split("/")[2] if path.startswith("/v1/") else ""
    if path.endswith("{id}") and collection in counts and not counts[collection]:
        assert not [one for one in operation["parameters"] if one["name"] == "id" and "example" in one]
        return
    assert answer_of(client, path, operation).status_code == 200
    for parameter in operation.get("parameters", []):
        if not parameter["required"] and (shown := example(parameter)):
            more = {parameter["name"]: written(shown)}
            more |= NEEDS.get(parameter["name"], {}) if path.startswith("/v1/facts") else {}
            response = answer_of(client, path, operation, **more)
            assert response.status_code == 200, response.text


def test_a_sentence_and_words_of_the_data_are_shown(client: TestClient, document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/verify"]["post"]["requestBody"]["content"]
    sentence = body["text/plain"]["example"]
    assert body["application/json"]["schema"]["properties"]["text"]["examples"] == [sentence]
    verdicts = [one["verdict"] for one in client.get("/v1/verify", params={"text": sentence}).json()["claims"]]
    assert verdicts
    assert set(verdicts) <= {"agrees", "verbatim", "disputed"}
    for path in ("/v1/search", "/v1/suggest"):
        (words,) = [one["example"] for one in document["paths"][path]["get"]["parameters"] if one["name"] == "q"]
        assert client.get(path, params={"q": words}).json()["data"], path


def test_only_examples_differ(document: dict[str, Any]) -> None:
    assert without_examples(document["components"]) == without_examples(OPENAPI["components"])
    assert without_examples(document["paths"]) == without_examples(OPENAPI["paths"])


def without_examples(part: Any) -> Any:
    if isinstance(part, list):
        return [without_examples(one) for one in part]
    if isinstance(part, dict):
        kept = {name: one for name, one in part.items() if name not in {"example", "examples"}}
        return {name: without_examples(one) for name, one in kept.items()}
    return re.sub(r":?\s+`curl [^`]*`| For example `[^`]*`\.$", "", part) if isinstance(part, str) else part


def test_examples_that_are_left_are_of_their_schemas(document: dict[str, Any]) -> None:
    compared = 0
    for _, operation in operations_of(document):
        for parameter in operation.get("parameters", []):
            whole = parameter["schema"] | {"components": document["components"]}
            beside = [parameter["example"]] if "example" in parameter else []
            for shown in [*parameter["schema"].get("examples", []), *beside]:
                Draft202012Validator(whole).validate(shown)
                compared += 1
    assert compared > len(OPERATIONS)


def test_both_databases_give_the_same_document(kept_database: KeptDatabase, document: dict[str, Any]) -> None:
    settings = Settings(database_url=kept_database("postgresql", EXAMPLE), title="Yunting Factbook")
    with TestClient(create_app(settings)) as asking:
        assert asking.get("/openapi.json").json() == document


def test_the_document_of_the_first_city_is_as_it_was_made(kept_database: KeptDatabase) -> None:
    with TestClient(create_app(Settings(database_url=kept_database("sqlite", SEED)))) as asking:
        assert asking.get("/openapi.json").json() == OPENAPI


@pytest.mark.parametrize("kind", REQUESTS)
def test_the_calls_of_a_problem_do_what_its_page_says(kind: str, client: TestClient) -> None:
    wrong = asked(client, TYPES[kind]["wrong"])
    assert (wrong.status_code, wrong.json()["type"]) == (STATUSES[kind], f"/problems/{kind}")
    assert asked(client, TYPES[kind]["right"]).status_code in {200, 206}
