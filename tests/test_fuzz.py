"""Schemathesis over every operation: no server error, and no answer that the document does not have."""

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.main import create_app
from app.settings import Settings
from tests.conftest import DATABASES, SEED, KeptDatabase
from tests.document import OPENAPI, parameters_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = sorted((path, method) for path, operations in OPENAPI["paths"].items() for method in operations)
WITH_PARAMETERS = [
    (path, method)
    for path, method in OPERATIONS
    if any(one["in"] in {"query", "path"} for one in parameters_of(OPENAPI["paths"][path][method]))
]
# What is asked wrongly is refused before any database is asked: one of them is enough.
ASKED_OF = {"positive": DATABASES, "negative": DATABASES[:1]}
CASES = [*(("positive", *one) for one in OPERATIONS), *(("negative", *one) for one in WITH_PARAMETERS)]


@pytest.fixture(scope="session")
def apps(kept_database: KeptDatabase) -> dict[str, FastAPI]:
    """A service over each kind of database."""
    return {kind: create_app(Settings(database_url=kept_database(kind, SEED))) for kind in DATABASES}


@pytest.fixture(scope="session")
def api(apps: dict[str, FastAPI]) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", apps[DATABASES[0]])


@pytest.mark.parametrize(("mode", "path", "method"), CASES)
def test_no_request_gets_an_undocumented_answer(
    mode: str, path: str, method: str, api: schemathesis.BaseSchema, apps: dict[str, FastAPI]
) -> None:
    operation = api[path][method]

    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    @settings(max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case[Any]) -> None:
        if case.query:
            case.query.pop("fields", None)  # an answer of which some parts are shown lacks what its schema requires
        for kind in ASKED_OF[mode]:
            case.call_and_validate(checks=CHECKS, app=apps[kind])

    ask()
