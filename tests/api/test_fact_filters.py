"""Filters of facts by what a value is of, by days and by who published it, on the real seed, which has all these."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.test_lists import walk
from tests.conftest import Service

Fact = dict[str, Any]


def source(fact: Fact) -> Any:
    return fact["citation"]["source"]


def publisher(fact: Fact) -> Any:
    return source(fact)["publisher"] and source(fact)["publisher"]["id"]


def overlaps(first: str, last: str) -> Callable[[Fact], bool]:
    def holds(fact: Fact) -> bool:
        start, end = fact["period"]["start"] or "", fact["period"]["end"]
        return bool(end) and start <= last and end >= first

    return holds


during_2023 = overlaps("2023-01-01", "2023-12-31")


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"market": "any"}, lambda f: f["market"]),
        ({"market": "china"}, lambda f: f["market"] and f["market"]["id"] == "china"),
        ({"scope": "buses"}, lambda f: f["scope"] and f["scope"]["id"] == "buses"),
        ({"scope": "none", "kind": "measurement"}, lambda f: f["kind"] == "measurement" and not f["scope"]),
        ({"frequency": "month,quarter"}, lambda f: f["frequency"] in ("month", "quarter")),
        ({"frequency": "none", "kind": "measurement"}, lambda f: f["kind"] == "measurement" and not f["frequency"]),
        ({"vintage": "preliminary"}, lambda f: f["vintage"] == "preliminary"),
        ({"vintage": "none", "market": "any"}, lambda f: not f["vintage"] and f["market"]),
        ({"preferred": "true"}, lambda f: f["preferred"]),
        ({"preferred": "false", "kind": "measurement"}, lambda f: f["kind"] == "measurement" and not f["preferred"]),
        ({"publisher": "zhengzhou-daily"}, lambda f: publisher(f) == "zhengzhou-daily"),
        ({"publisher": "none"}, lambda f: not publisher(f)),
        ({"publisher": "-zhengzhou-daily"}, lambda f: publisher(f) != "zhengzhou-daily"),
        ({"published": "2024"}, lambda f: (source(f)["published"] or "").startswith("2024")),
        ({"published": "..2020-06"}, lambda f: source(f)["published"] and source(f)["published"] <= "2020-06"),
        ({"republished": "false"}, lambda f: not source(f)["republished"]),
        ({"source_kind": "statistics,government"}, lambda f: source(f)["kind"] in ("statistics", "government")),
        ({"period": "2024-05"}, overlaps("2024-05-01", "2024-05-31")),
        ({"period": "2024"}, overlaps("2024-01-01", "2024-12-31")),
        ({"period": "2024-Q2", "year": "2023"}, lambda f: overlaps("2024-04-01", "2024-06-30")(f) and during_2023(f)),
        ({"period": "2023-H2..2024-02"}, overlaps("2023-07-01", "2024-02-29")),
        ({"period": "..2015"}, overlaps("", "2015-12-31")),
        ({"period": "1990-05"}, overlaps("1990-05-01", "1990-05-31")),
        (
            {"period": "2024-09", "initiative": "computing-city"},
            lambda f: overlaps("2024-09-01", "2024-09-30")(f) and "computing-city" in f["initiatives"],
        ),
        ({"period": "none"}, lambda f: not f["period"]["end"]),
    ],
)
def test_a_filter_finds_exactly_what_the_answers_show(
    parameters: dict[str, str], holds: Callable[[Fact], Any], real: Service
) -> None:
    expected = [fact["id"] for fact in walk(real, "/v1/facts", limit=500) if holds(fact)]
    assert expected
    assert [fact["id"] for fact in walk(real, "/v1/facts", **parameters, limit=500)] == expected
    counted = real.client.get("/v1/facts", params={**parameters, "limit": 1, "total": "exact"}).json()
    assert counted["meta"]["total"]["value"] == len(expected)


def test_the_measures_that_a_group_mixes_are_told_in_few_words(real: Service) -> None:
    refused = real.client.get("/v1/facts/groups?by=metric,year&stat=max")
    assert refused.json()["type"] == "/problems/mixed-series"
    assert len(refused.json()["detail"]) < 1_000
    assert real.client.get(refused.json()["links"]["try"]).status_code == 200


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/facts?metric=gdp", "citation.source.title.zh"),
        ("/v1/facts?metric=gdp", "citation.source.publisher.name.en"),
        ("/v1/facts?scope=buses", "scope.name.zh"),
        ("/v1/series?metric=gdp&latest=true", "observations.source.title.en"),
        ("/v1/series?metric=gdp", "unit.symbol.en"),
    ],
)
def test_fields_reach_into_what_is_nested(path: str, field: str, real: Service) -> None:
    whole, cut = (real.client.get(asked).json()["data"] for asked in (path, f"{path}&fields={field}"))
    assert whole
    assert cut == [only(one, field.split(".")) for one in whole]


def only(value: Any, path: list[str]) -> Any:
    if isinstance(value, list):
        return [only(one, path) for one in value]
    return {path[0]: only(value[path[0]], path[1:])} if path and isinstance(value, dict) else value


def test_every_series_is_asked_for_with_the_statements_of_the_first(real: Service) -> None:
    app: Any = real.client.app
    known, counts = app.state.factbook.store.statements, []
    for series in walk(real, "/v1/series", subject="zhengzhou")[:5]:
        assert real.client.get("/v1/facts", params={"series": series["id"]}).json()["data"]
        counts.append(len(known))
    assert counts == [counts[0]] * 5
