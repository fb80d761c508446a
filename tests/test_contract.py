"""The contract: the OpenAPI document, and answers that are what it says."""

from typing import Any

import pytest
from openapi_spec_validator import validate
from pydantic import TypeAdapter

from app import answers
from app.nouns.listed import COLLECTIONS
from tests.conftest import Service
from tests.document import OPENAPI, resolved

SHAPES: dict[str, Any] = {one.plural: one.page for one in COLLECTIONS}


def test_the_document_is_valid_openapi_3_1() -> None:
    assert OPENAPI["openapi"].startswith("3.1")
    validate(OPENAPI)


def test_every_error_is_documented_as_a_problem() -> None:
    for path, operations in OPENAPI["paths"].items():
        for operation in operations.values():
            errors = {code: resolved(one) for code, one in operation["responses"].items() if code[0] in "45"}
            assert errors, path
            for one in errors.values():
                assert list(one["content"]) == ["application/problem+json"], path


@pytest.mark.parametrize("noun", SHAPES)
def test_every_answer_of_a_list_has_the_shape_it_is_documented_with(noun: str, real: Service) -> None:
    page = real.client.get(f"/v1/{noun}?limit=500").text
    adapter = TypeAdapter(SHAPES[noun])
    assert adapter.validate_json(page).data


def test_groups_and_the_index_have_their_shapes(real: Service) -> None:
    groups = real.client.get(
        "/v1/facts/groups?by=series,year&series=any&preferred=true&stat=min,max,avg,sum&limit=500"
    ).text
    assert TypeAdapter(answers.GroupPage).validate_json(groups).data
    assert TypeAdapter(answers.Index).validate_json(real.client.get("/v1").text).collections


def test_evidence_and_facts_that_match_have_their_shapes(real: Service) -> None:
    evidence = real.client.get("/v1/sources/zhengzhou-feature-2025/evidence?limit=500").text
    page = TypeAdapter(answers.EvidencePage).validate_json(evidence)
    assert page.data
    assert page.meta.figures >= 0
    facts = TypeAdapter(answers.Facts).validate_json(real.client.get("/v1/facts?value=240000..&limit=500").text)
    assert {fact.match for fact in facts.data} == set(answers.Match)
