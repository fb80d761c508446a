"""The audit over HTTP: its counts are those of the lists."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.api.test_lists import page
from tests.conftest import CITY, DATABASES, SEED, Service


def audit(service: Service) -> dict[str, Any]:
    answer = service.client.get("/v1/audit")
    assert answer.status_code == 200, answer.text
    counted: dict[str, Any] = answer.json()
    return counted


def found(service: Service, path: str, **question: str) -> int:
    total: int = page(service, path, limit="1", total="exact", **question)["meta"]["total"]["value"]
    return total


@pytest.fixture(
    scope="session", params=list(product(DATABASES, (CITY, SEED))), ids=lambda one: f"{one[1].name}-{one[0]}"
)
def any_city(request: pytest.FixtureRequest, kept_service: Callable[[str, Path], Service]) -> Service:
    return kept_service(*request.param)


@pytest.mark.parametrize(
    ("name", "path", "parameter"),
    [
        ("kinds", "/v1/facts", "kind"),
        ("evidence", "/v1/facts", "evidence"),
        ("periods", "/v1/facts", "basis"),
        ("standings", "/v1/facts", "standing"),
        ("comparisons", "/v1/comparisons", "verdict"),
    ],
)
def test_each_count_is_that_of_a_list(name: str, path: str, parameter: str, any_city: Service) -> None:
    counted = audit(any_city)[name]
    assert counted == {value: found(any_city, path, **{parameter: value}) for value in counted}
    assert sum(counted.values()) == found(any_city, path)


def test_values_are_said_or_derived_for_a_reason(any_city: Service) -> None:
    values = audit(any_city)["values"]
    assert values["quote"] + values["printed"] + values["derived"] == found(any_city, "/v1/facts", kind="measurement")
    assert sum(one["facts"] for one in values["reasons"]) == values["derived"]


def test_sources_are_counted_by_their_best_evidence(any_city: Service) -> None:
    counted = audit(any_city)["sources"]
    assert counted["total"] == found(any_city, "/v1/sources")
    assert sum(counted[one] for one in ("verbatim", "quoted", "figure", "uncited")) == counted["total"]
    assert counted["verbatim"] >= 1


def test_it_is_tagged_like_any_answer_and_takes_no_question(service: Service) -> None:
    first = service.client.get("/v1/audit")
    assert first.json()["revision"] == page(service, "/v1/facts")["meta"]["revision"]
    again = service.client.get("/v1/audit", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert service.client.get("/v1/audit?year=2024").status_code == 400
