"""Schemathesis over every operation: no server error, and no answer that the document does not have."""

from typing import Any

import pytest
import schemathesis
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
from tests.document import OPENAPI

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = sorted((path, method) for path, operations in OPENAPI["paths"].items() for method in operations)


@pytest.fixture(scope="session", params=DATABASES)
def api(request: pytest.FixtureRequest, kept_database: KeptDatabase) -> schemathesis.BaseSchema:
    app = create_app(Settings(database_url=kept_database(request.param, SEED)))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_no_request_gets_an_undocumented_answer(
    path: str, method: str, mode: str, api: schemathesis.BaseSchema
) -> None:
    operation = api[path][method]
    if mode == "negative" and not operation.query.items and not operation.path_parameters.items:
        return  # nothing can be asked wrongly

    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    @settings(max_examples=25, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case[Any]) -> None:
        if case.query:
            case.query.pop("fields", None)  # an answer of which some parts are shown lacks what its schema requires
        case.call_and_validate(checks=CHECKS)

    ask()
