"""Series: one preferred observation for each period, its rivals, what is missing; and statistics of one series only."""

import csv
from collections import defaultdict
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest

from app import answers
from app.answers import ListedSeries, Series
from app.queries.formats import read_answer
from app.queries.series import SeriesList
from app.text.decimals import json_bytes
from app.text.intervals import step_of
from tests.api.test_lists import page, walk
from tests.conftest import Service

PATH = "/v1/series"
KINDS = ("statistics", "government", "press", "company", "trade-press", "other", "unknown")


def facts_by_series(service: Service) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for fact in walk(service, "/v1/facts", limit=500):
        if fact["series"]:
            found[fact["series"]].append(fact)
    return found


def item(service: Service, series_id: str) -> dict[str, Any]:
    answer = service.client.get(f"{PATH}/{series_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_series_is_listed_and_has_its_facts(service: Service) -> None:
    facts = facts_by_series(service)
    listed = {one["id"]: one for one in walk(service, PATH, limit=10)}
    assert listed.keys() == facts.keys()
    for series_id, some in facts.items():
        one = item(service, series_id)
        assert one["fact_count"] == listed[series_id]["fact_count"] == len(some)
        chosen = {observation["fact"] for observation in one["observations"]}
        assert chosen == {fact["id"] for fact in some if fact["preferred"]}
        assert chosen == {fact["id"] for fact in walk(service, "/v1/facts", series=series_id, preferred="true")}
        assert one["observation_count"] == len(chosen)
        for fact in some:
            assert (fact["subject"], fact["metric"], fact["scope"]) == (one["subject"], one["metric"], one["scope"])
            assert (fact["frequency"], fact["unit"]) == (one["frequency"], one["unit"]["id"])
            assert {"plan": "target"}.get(fact["status"], fact["status"]) == one["status"]


def test_an_observation_shows_its_fact_and_links_to_its_rivals(service: Service) -> None:
    for series_id, some in facts_by_series(service).items():
        facts = {fact["id"]: fact for fact in some}
        for observation in item(service, series_id)["observations"]:
            fact = facts[observation["fact"]]
            for name in ("value", "bound", "printed", "measure", "vintage", "standing"):
                assert observation[name] == fact[name]
            assert (observation["start"], observation["end"]) == (fact["period"]["start"], fact["period"]["end"])
            assert observation["source"] == fact["citation"]["source"]
            linked = {one["id"] for one in walk(service, observation["rivals"]["href"] + "&limit=500")}
            assert fact["id"] in linked
            assert len(linked) > observation["rivals"]["count"]


def losing_order(fact: dict[str, Any], subjects: dict[str, set[str]]) -> dict[str, Any]:
    """What the preference is decided by, the smaller first: written anew from DESIGN."""
    source = fact["citation"]["source"]
    kind = source["kind"]
    publisher = (source["publisher"] or {}).get("id")
    if kind == "company" and publisher not in subjects.get(fact["subject"]["id"], {fact["subject"]["id"]}):
        kind = "other"
    value = Decimal(str(fact["value"]))
    step = step_of(fact["printed"], value)
    return {
        "source-kind": KINDS.index(kind),
        "vintage": {"final": 0, "revised": 0, None: 1, "preliminary": 2}[fact["vintage"]],
        "bound": fact["bound"] != "eq",
        "digits": step.adjusted() - value.adjusted() - 1 if step else 0,
        "evidence": fact["citation"]["quote"] is None,
        "published": [-ord(one) for one in source["published"] or ""] or [0],
        "id": fact["id"],
    }


def test_the_preferred_one_is_first_by_the_criteria_and_says_which_decided(service: Service) -> None:
    parents = {one["id"]: one["parent"] for one in walk(service, "/v1/organizations", limit=500)}
    families = {key: {key, parent or key} for key, parent in parents.items()}
    rivalries = 0
    for series_id, some in facts_by_series(service).items():
        for observation in item(service, series_id)["observations"]:
            rivals = [fact for fact in some if label(fact) == observation["period"]]
            assert observation["rivals"]["count"] == len(rivals) - 1
            ranked = sorted(rivals, key=lambda fact: tuple(losing_order(fact, families).values()))
            assert observation["fact"] == ranked[0]["id"]
            orders = [losing_order(fact, families) for fact in ranked]
            decided = next((name for name in orders[0] if any(one[name] != orders[0][name] for one in orders)), "only")
            assert observation["because"] == decided
            rivalries += len(rivals) > 1
    assert rivalries


def label(fact: dict[str, Any]) -> str:
    from app.text.periods import period_between  # noqa: PLC0415 - the same name for a period as elsewhere

    start, end = fact["period"]["start"], fact["period"]["end"]
    return str(end[:4] if fact["frequency"] == "annual" else period_between(start, end).written)


def test_gaps_are_the_periods_without_an_observation(service: Service) -> None:
    for one in walk(service, PATH, frequency="annual", limit=500):
        periods = {observation["period"] for observation in item(service, one["id"])["observations"]}
        assert (one["first"], one["last"]) == (min(periods), max(periods))
        years = {str(year) for year in range(int(one["first"]), int(one["last"]) + 1)}
        assert set(one["gaps"]) == years - periods


def test_latest_gives_the_last_observation_alone(service: Service) -> None:
    found = walk(service, PATH, latest="true", limit=500)
    assert found
    for one in found:
        assert one["observations"] == item(service, one["id"])["observations"][-1:]
        assert "observations" not in page(service, PATH, q=one["id"])["data"][0]


@pytest.mark.parametrize("stored", ["answer", "listed", "latest"])
def test_what_is_stored_is_what_the_model_dumps(stored: str, service: Service) -> None:
    model = Series if stored == "answer" else ListedSeries
    paths = {"answer": f"{PATH}/lindow.vehicle-output.annual", "listed": PATH, "latest": f"{PATH}?latest=true"}
    content = service.client.get(paths[stored]).content
    shown = read_answer(content)
    for one in [shown] if stored == "answer" else shown["data"]:
        text = json_bytes(one)
        assert json_bytes(model.model_validate(one).model_dump()) == text
        assert text in content


def rows(service: Service, **parameters: str) -> list[list[str]]:
    answer = service.client.get(f"{PATH}.csv", params=parameters)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(StringIO(answer.text)))


def test_a_long_table_has_a_row_for_each_observation(service: Service) -> None:
    header, *found = rows(service, subject="lindow")
    every = [
        (one["id"], at)
        for one in walk(service, PATH, subject="lindow")
        for at in item(service, one["id"])["observations"]
    ]
    assert len(found) == len(every)
    for row, (series_id, at) in zip((dict(zip(header, row, strict=True)) for row in found), every, strict=True):
        assert (row["id"], row["period"], row["fact"]) == (series_id, at["period"], at["fact"])
        assert row["source_publisher_name_en"] == ((at["source"]["publisher"] or {}).get("name") or {}).get("en", "")


def test_a_wide_table_has_a_row_for_each_period_and_a_column_for_each_series(service: Service) -> None:
    header, *found = rows(service, subject="lindow", frequency="annual", shape="wide")
    assert header[0] == "period"
    assert [row[0] for row in found] == sorted({row[0] for row in found})
    for series_id, column in zip(header[1:], list(zip(*found, strict=True))[1:], strict=True):
        values = {at["period"]: str(at["value"]) for at in item(service, series_id)["observations"]}
        shown = {row[0]: value for row, value in zip(found, column, strict=True) if value}
        assert shown.keys() == values.keys()
        assert all(Decimal(shown[period]) == Decimal(values[period]) for period in shown)


@pytest.mark.parametrize("form", [".csv?", "?format=csv&"])
def test_a_table_that_would_be_too_wide_is_refused_with_a_long_one(
    form: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = f"{PATH}{form}subject=lindow&frequency=annual&shape=wide"
    whole = service.client.get(asked)
    assert whole.status_code == 200
    shown = [cell for row in list(csv.reader(StringIO(whole.text)))[1:] for cell in row[1:] if cell]
    monkeypatch.setattr(f"{SeriesList.__module__}.MOST_OBSERVATIONS", len(shown))
    assert service.client.get(asked).text == whole.text
    monkeypatch.setattr(f"{SeriesList.__module__}.MOST_OBSERVATIONS", len(shown) - 1)
    refused = service.client.get(asked)
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "shape")
    instead = service.client.get(refused.json()["links"]["try"], follow_redirects=False)
    assert instead.text == service.client.get(f"{PATH}.csv?subject=lindow&frequency=annual&shape=long").text


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("subject", "lindow"),
        ("metric", "vehicle-output"),
        ("scope", "smart-glass"),
        ("scope", "none"),
        ("frequency", "quarter"),
        ("status", "target"),
        ("unit", "vehicle"),
    ],
)
def test_filters_find_the_series_that_say_so(parameter: str, value: str, service: Service) -> None:
    def matches(one: dict[str, Any]) -> bool:
        said = one[parameter]
        said = said["id"] if isinstance(said, dict) else said or "none"
        return bool(said == value)

    expected = [one["id"] for one in walk(service, PATH, limit=500) if matches(one)]
    assert expected == [one["id"] for one in walk(service, PATH, **{parameter: value}, limit=500)] != []


@pytest.mark.parametrize("question", [{"initiative": "car-city"}, {"industry": "mobility"}, {"place": "lindow-east"}])
def test_a_series_has_the_tags_of_its_facts(question: dict[str, str], service: Service) -> None:
    expected = {fact["series"] for fact in walk(service, "/v1/facts", **question, limit=500)} - {None}
    assert expected == {one["id"] for one in walk(service, PATH, **question, limit=500)} != set()


def test_an_unknown_series_is_refused_with_those_that_are_near(service: Service) -> None:
    answer = service.client.get("/v1/facts?series=lindow.vehicle-output.anual")
    assert answer.status_code == 400
    assert "lindow.vehicle-output.annual" in answer.json()["errors"][0]["did_you_mean"]
    missing = service.client.get(f"{PATH}/lindow.vehicle-output.anual")
    assert missing.status_code == 404
    assert "lindow.vehicle-output.annual" in missing.json()["errors"][0]["did_you_mean"]


@pytest.mark.parametrize(
    ("question", "met"),
    [
        ("by=year&metric=vehicle-output&subject=lindow", ("quarter", "month")),
        ("by=metric&metric=vehicle-output&year=2023", ("actual", "estimate")),
        ("by=metric&metric=industry-output-value&year=2024", ("smart-glass", "glass")),
    ],
)
def test_statistics_of_several_series_are_refused_with_a_request_that_works(
    question: str, met: tuple[str, ...], service: Service
) -> None:
    refused = service.client.get(f"/v1/facts/groups?{question}&stat=max")
    assert refused.status_code == 400
    assert refused.json()["type"] == "/problems/mixed-series"
    assert all(one in refused.json()["detail"] for one in met), refused.json()["detail"]
    mended = service.client.get(refused.json()["links"]["try"])
    assert mended.status_code == 200, mended.text
    assert mended.json()["data"]


def test_statistics_are_the_same_from_slices_and_from_facts(service: Service) -> None:
    told = 0
    for metric in walk(service, "/v1/metrics", limit=500):
        question = f"/v1/facts/groups?by=year&metric={metric['id']}&stat=max,min,sum"
        # A filter that all of its facts fit, but that no slice is made for.
        by_slices, by_facts = (service.client.get(question + more) for more in ("", "&kind=measurement"))
        assert by_slices.status_code == by_facts.status_code
        if by_slices.status_code == 400:
            assert by_slices.json()["detail"] == by_facts.json()["detail"]
            continue
        statistics = [
            [{name: one[name] for name in ("key", "max", "min", "sum")} for one in answer.json()["data"]]
            for answer in (by_slices, by_facts)
        ]
        assert statistics[0] == statistics[1]
        told += len(statistics[0])
    assert told > 10


def test_coverage_counts_what_is_measured_of_the_place_itself(service: Service) -> None:
    report = answers.CoverageReport.model_validate(service.client.get("/v1/coverage").json())
    facts = walk(service, "/v1/facts", kind="measurement", limit=500)
    assert [one.initiative for one in report.initiatives] == sorted(
        one["id"] for one in walk(service, "/v1/initiatives", limit=500)
    )
    for covered in report.initiatives:
        tagged = [fact for fact in facts if covered.initiative in fact["initiatives"] and fact["status"] == "actual"]
        own = [fact for fact in tagged if fact["subject"]["id"] == covered.place.id]
        assert covered.measured == len(own)
        assert sum(covered.years.values()) == sum(fact["period"]["start"] is not None for fact in own)
        assert {one.id for one in covered.series} == {fact["series"] for fact in own} - {None}
        metrics = ({fact["metric"]["id"] for fact in some} for some in (tagged, own))
        assert set(covered.missing) == next(metrics) - next(metrics)
