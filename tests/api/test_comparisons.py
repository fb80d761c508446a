"""Comparisons and conflicts over HTTP, on the real data; and the standing that each fact shows."""

from typing import Any

import pytest

from tests.api.test_lists import walk
from tests.conftest import Service

# What the pages that we read say against each other, as whoever gathered them noted: subject, metric, period.
KNOWN_CONFLICTS = [
    ("zhengzhou", "nev-output", "2024-01-01", "2024-12-31"),
    ("zhengzhou", "nev-output", "2023-01-01", "2023-12-31"),
    ("zhengzhou", "nev-output-growth", "2024-01-01", "2024-06-30"),
    ("henan", "nev-output-growth", "2024-01-01", "2024-09-30"),
    ("yutong", "vehicle-exports", "2023-01-01", "2023-12-31"),
    ("yutong", "vehicle-sales-growth", "2024-01-01", "2024-12-31"),
    ("zhengzhou", "share-of-gdp", "2020-01-01", "2020-12-31"),
    ("zhengzhou-high-tech-zone", "specialised-firms", "2022-01-01", "2022-12-31"),
]
# Preliminary values that the bureau published again: metric, period.
KNOWN_REVISIONS = [("gdp-growth", "2022-01-01", "2022-12-31"), ("value-added-growth", "2022-01-01", "2022-12-31")]
# What follows by arithmetic: metric, formula, what is stated of it, and whether that agrees.
KNOWN_FINDINGS = [
    ("nev-output-growth", "(39200 / 31100 - 1) * 100", 12.9, "conflicts"),
    ("revenue-growth", "(498351912.87 / 244887635.55 - 1) * 100", 103.5, "agrees"),
    ("nev-output-growth", "(316000 / 69800 - 1) * 100", 350, "agrees"),
    ("vehicle-exports-growth", "(10615 / 5683 - 1) * 100", 78.9, "conflicts"),
    ("vehicle-sales-growth", "(46918 / 36518 - 1) * 100", 28.48, "agrees"),
    ("vehicle-sales-growth", "(15134 / 11567 - 1) * 100", 30.84, "agrees"),
    ("attributable-net-profit-growth", "(4116000000 / 1817000000 - 1) * 100", 126.53, "agrees"),
    ("vehicle-sales", "7693 + 5261 + 2180", 15134, "agrees"),
    ("vehicle-sales", "15134 + 3675", 18809, "agrees"),
    ("vehicle-sales", "4945 + 2151", 7096, "agrees"),
    ("gdp", "18560000000 + 517460000000 + 757450000000", 1293470000000, "agrees"),
    ("gdp", "7800000000 + 292000000000 + 425440000000", 725240000000, "agrees"),
    ("share-of-gdp", "807220000000 / 1361780000000 * 100", 59.3, "agrees"),
    ("share-of-revenue", "1008000000 / 1869000000 * 100", 53.94, "agrees"),
    ("share-of-revenue", "469000000 / 1285000000 * 100", 36.51, "agrees"),
]
# Parts above their wholes, as whoever gathered the pages noted, and found since: part, whole, metric, stated, at most.
KNOWN_PARTS = [
    ("zhengzhou", "henan", "nev-output", ["31.6万辆", "31.6万辆"], "11.1万辆"),
    ("zhengzhou", "henan", "nev-output", ["超32万辆"], "11.1万辆"),
    ("zhengzhou", "henan", "vehicle-output", ["83万辆"], "80.3万辆"),
    ("zhengzhou-high-tech-zone", "zhengzhou", "firms", ["1800多家"], "约200家"),
    ("hefei-quantum-avenue", "hefei", "firms", ["超70家"], "66家"),
]


def of_the_same(service: Service, subject: str, metric: str, start: str, end: str) -> list[dict[str, Any]]:
    found = walk(service, "/v1/comparisons", subject=subject, metric=metric, kind="same")
    return [one for one in found if (one["period"]["start"], one["period"]["end"]) == (start, end)]


@pytest.mark.parametrize(("subject", "metric", "start", "end"), KNOWN_CONFLICTS)
def test_known_conflicts_come_out_by_themselves(subject: str, metric: str, start: str, end: str, real: Service) -> None:
    assert "conflicts" in {one["verdict"] for one in of_the_same(real, subject, metric, start, end)}


@pytest.mark.parametrize(("metric", "start", "end"), KNOWN_REVISIONS)
def test_what_was_revised_is_no_conflict(metric: str, start: str, end: str, real: Service) -> None:
    (found,) = of_the_same(real, "zhengzhou", metric, start, end)
    assert found["verdict"] == "revised"
    listed = walk(real, "/v1/conflicts", subject="zhengzhou", metric=metric)
    assert found["id"] not in {one["id"] for one in listed}


@pytest.mark.parametrize(("metric", "formula", "stated", "verdict"), KNOWN_FINDINGS)
def test_known_arithmetic_comes_out_by_itself(
    metric: str, formula: str, stated: float, verdict: str, real: Service
) -> None:
    found = walk(real, "/v1/comparisons", metric=metric, kind="-same")
    of_formula = [one for one in found if one["formula"] == formula]
    verdicts = {
        side["value"]: one["verdict"] for one in of_formula for side in one["sides"] if side["role"] == "stated"
    }
    assert verdicts[stated] == verdict


def test_known_parts_above_their_wholes_come_out_by_themselves(real: Service) -> None:
    """And no other: income per head is higher in the city than in the province, which is no error."""
    found = walk(real, "/v1/conflicts", kind="part")
    assert sorted(
        (one["subject"]["id"], one["whole"]["id"], one["metric"]["id"], [side["printed"] for side in stated], whole)
        for one in found
        for *stated, last in [one["sides"]]
        for whole in [last["printed"]]
    ) == sorted(KNOWN_PARTS)
    assert all(one["whole"] is None for one in walk(real, "/v1/comparisons", kind="-part"))


def test_what_sources_call_by_other_names_is_not_held_against_each_other(real: Service) -> None:
    """The newspaper's growth of output is not that of vehicles that rolled off the line; both are of one series."""
    asked = {"subject": "zhengzhou", "metric": "nev-output-growth", "frequency": "annual", "status": "actual"}
    told = {fact["value"]: fact for fact in walk(real, "/v1/facts", **asked, year="2024")}
    assert (told[98]["measure"], told[112.9]["measure"]) == (None, "新能源汽车实际下线量增速")
    assert told[98]["series"] == told[112.9]["series"]
    assert not set(told[98]["comparisons"]) & set(told[112.9]["comparisons"])


def test_growth_at_constant_prices_is_not_held_against_levels(real: Service) -> None:
    assert walk(real, "/v1/comparisons", metric="gdp-growth,value-added-growth", kind="growth") == []


def test_conflicts_are_the_comparisons_that_do_not_agree(real: Service) -> None:
    conflicts = walk(real, "/v1/conflicts")
    assert conflicts == walk(real, "/v1/comparisons", verdict="conflicts")
    assert conflicts
    assert all(one["gap"] >= 0 for one in conflicts)
    assert all(one["gap"] is None for one in walk(real, "/v1/comparisons", verdict="agrees"))
    assert {row["name"]: row["count"] for row in real.client.get("/v1").json()["collections"]}["conflicts"] == len(
        conflicts
    )


def test_every_side_is_a_fact_that_leads_back(real: Service) -> None:
    facts = {one["id"]: one for one in walk(real, "/v1/facts", limit=500)}
    comparisons = {one["id"]: one for one in walk(real, "/v1/comparisons", limit=500)}
    for one in comparisons.values():
        assert one["fact_count"] == len(one["sides"]) >= 2
        for side in one["sides"]:
            fact = facts[side["fact"]]
            assert one["id"] in fact["comparisons"]
            assert (side["value"], side["bound"], side["printed"]) == (fact["value"], fact["bound"], fact["printed"])
            assert side["citation"] == fact["citation"]
    named = {name for fact in facts.values() for name in fact["comparisons"]}
    assert named == set(comparisons)


def test_the_standing_of_a_fact_is_that_of_its_comparison(real: Service) -> None:
    same = {one["id"]: one for one in walk(real, "/v1/comparisons", kind="same", limit=500)}
    seen = set()
    for fact in walk(real, "/v1/facts", limit=500):
        mine = [same[name] for name in fact["comparisons"] if name in same]
        assert len(mine) <= 1
        seen.add(fact["standing"])
        if not mine:
            assert fact["standing"] == "alone"
        elif mine[0]["verdict"] == "agrees":
            assert fact["standing"] == "alone" or (fact["standing"] == "corroborated" and mine[0]["voices"] > 1)
    assert seen == {"alone", "corroborated", "conflicting"}


@pytest.mark.parametrize("standing", ["conflicting", "corroborated", "-alone", "conflicting,corroborated"])
def test_facts_are_found_by_their_standing(standing: str, real: Service) -> None:
    found = walk(real, "/v1/facts", standing=standing, limit=500)
    wanted = {"-alone": {"conflicting", "corroborated"}}.get(standing, set(standing.split(",")))
    assert {one["standing"] for one in found} == wanted
    every = walk(real, "/v1/facts", limit=500)
    assert len(found) == sum(one["standing"] in wanted for one in every)


def test_one_comparison_is_read_by_its_id(real: Service) -> None:
    (listed,) = walk(real, "/v1/conflicts", metric="nev-output", year="2023", kind="same")
    assert real.client.get(f"/v1/conflicts/{listed['id']}").json() == listed
    assert real.client.get(f"/v1/comparisons/{listed['id']}").json() == listed
    mistyped = real.client.get(f"/v1/comparisons/{listed['id']}x")
    assert mistyped.status_code == 404
    assert listed["id"] in mistyped.json()["errors"][0]["did_you_mean"]


def test_what_agrees_is_no_conflict(real: Service) -> None:
    agreeing = walk(real, "/v1/comparisons", verdict="agrees")[0]
    assert real.client.get(f"/v1/conflicts/{agreeing['id']}").status_code == 404
