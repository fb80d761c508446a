"""Schemathesis over every operation: no server error, and no answer that the document does not have."""

from collections.abc import Callable
from functools import cache
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
from tests.document import OPENAPI, parameters_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = sorted((path, method) for path, operations in OPENAPI["paths"].items() for method in operations)
WITH_PARAMETERS = [
    (path, method)
    for path, method in OPERATIONS
    if any(one["in"] in {"query", "path"} for one in parameters_of(OPENAPI["paths"][path][method]))
]
CASES = [
    *((kind, "positive", *operation) for kind in DATABASES for operation in OPERATIONS),
    # What is asked wrongly is refused before any database is asked.
    *(("sqlite", "negative", *operation) for operation in WITH_PARAMETERS),
]


@pytest.fixture(scope="session")
def apis(kept_database: KeptDatabase) -> Callable[[str], schemathesis.BaseSchema]:
    """Gives that of a service over each kind of database."""

    @cache
    def of(kind: str) -> schemathesis.BaseSchema:
        app = create_app(Settings(database_url=kept_database(kind, SEED)))
        return schemathesis.openapi.from_asgi("/openapi.json", app)

    return of


@pytest.mark.parametrize(("kind", "mode", "path", "method"), CASES)
def test_no_request_gets_an_undocumented_answer(
    kind: str, mode: str, path: str, method: str, apis: Callable[[str], schemathesis.BaseSchema]
) -> None:
    operation = apis(kind)[path][method]

    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    @settings(max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(case: schemathesis.Case[Any]) -> None:
        if case.query:
            case.query.pop("fields", None)  # an answer of which some parts are shown lacks what its schema requires
        case.call_and_validate(checks=CHECKS)

    ask()
