"""Groups of facts: the link of every group lists exactly its facts, whatever the other filters."""

from typing import Any

import pytest

from app.queries.grouping import DIMENSIONS
from tests.api.test_lists import page, walk
from tests.conftest import Service

PATH = "/v1/facts/groups"


def groups(service: Service, **parameters: Any) -> list[dict[str, Any]]:
    return walk(service, PATH, limit=500, **parameters)


@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize(
    "question",
    [
        {},
        {"year": "2019..2022"},
        {"year": "none,2024"},
        {"initiative": "car-city,glass-city"},
        {"initiative": "-car-city"},
        {"initiative": "any,-car-city"},
        {"industry": "mobility"},
        {"sector": "mobility,-electric-cars"},
        {"place": "lindow,-lindow-east"},
        {"kind": "-measurement", "company": "any"},
        {"q": "潮汐"},
        {"value": "400000.."},
        {"value": "400000..", "match": "possible"},
        {"source": "lindow-evening-2025", "char": "100..200"},
    ],
    ids=str,
)
def test_a_group_leads_to_exactly_its_facts(dimension: str, question: dict[str, str], service: Service) -> None:
    found = groups(service, by=dimension, **question)
    allowed = {one["id"] for one in walk(service, "/v1/facts", limit=500, **question)}
    for group in found:
        members = walk(service, group["href"] + "&limit=500")
        assert len(members) == group["count"] > 0, group
        assert {one["id"] for one in members} <= allowed, group


def test_two_dimensions_lead_to_what_is_in_both(service: Service) -> None:
    found = groups(service, by="initiative,year")
    assert len(found) > 10
    for group in found:
        assert set(group["key"]) == {"initiative", "year"}
        assert len(walk(service, group["href"] + "&limit=500")) == group["count"]


def test_a_fact_without_a_key_is_in_a_group_of_its_own_and_last(service: Service) -> None:
    found = groups(service, by="initiative")
    assert found[-1]["key"] == {"initiative": None}
    assert "initiative=none" in found[-1]["href"]


def test_groups_page_like_lists(service: Service) -> None:
    whole = groups(service, by="metric,year")
    assert walk(service, PATH, by="metric,year", limit=3) == whole
    assert page(service, PATH, by="metric,year", limit=3)["meta"]["total"] == {"value": len(whole), "relation": "eq"}


def test_groups_take_one_question(service: Service) -> None:
    page(service, PATH, by="year", metric="net-profit")  # an id is looked up once a revision
    service.queries.clear()
    page(service, PATH, by="initiative,year", metric="net-profit", stat="max")
    assert len(service.queries) == 1


def test_statistics_are_of_one_unit(service: Service) -> None:
    refused = service.client.get(f"{PATH}?by=year&stat=sum")
    assert refused.status_code == 400
    assert refused.json()["type"] == "/problems/mixed-units"
    assert "unit" in refused.json()["detail"]
    # The first page refuses too, whatever is on it.
    assert service.client.get(f"{PATH}?by=year&stat=sum&limit=1").status_code == 400
    for group in groups(service, by="year,unit", metric="net-profit", stat="min,max"):
        assert set(group) == {"key", "count", "unit", "min", "max", "href"}
        if group["key"]["unit"] is None:
            assert group["unit"] is group["min"] is group["max"] is None
        else:
            assert group["unit"] == group["key"]["unit"]
            assert group["min"] <= group["max"]


@pytest.mark.parametrize(
    "query",
    ["", "by=", "by=colour", "by=year,year", "by=year,metric,kind,unit", "by=year&stat=median", "by=year&sort=year"],
)
def test_groups_refuse_what_they_do_not_understand(query: str, service: Service) -> None:
    assert service.client.get(f"{PATH}?{query}").status_code == 400


def test_sector_is_industry_here_too(service: Service) -> None:
    assert groups(service, by="sector") == groups(service, by="industry")
