"""Series of a small seed: which observation each prefers for a period, why, and what else is of the same series."""

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app import answers
from app.seeding import manifest
from app.seeding.rendering import render
from app.seeding.series import series_rows
from tests.conftest import CITY

COLUMNS = (
    *("subject", "metric", "scope", "value", "bound", "printed", "measure", "status", "vintage", "period", "market"),
    *("source", "quote"),
)
# Sources of every kind, the most preferred first, then some that differ from these in one thing alone.
KINDS = ("statistics", "government", "press", "company", "trade-press", "other", "unknown")
SOURCES = {kind: f"kind: {kind}" for kind in KINDS if kind != "company"} | {
    "company": "kind: company, publisher: marlow-motors",
    "parent": "kind: company, publisher: marlow-group",
    "child": "kind: company, publisher: marlow-works",
    "rival": "kind: company, publisher: ostria-cars",
    "sister": "kind: company, publisher: marlow-glass",
    "nameless": "kind: company",
    "early": "kind: statistics, published: 2024",
    "later": "kind: statistics, published: 2025-03",
    "latest": "kind: statistics, published: 2025-03-02",
    "same-day": "kind: statistics, published: 2025-03-02",
    "dated-press": "kind: press, published: 2030",
}
ORGANIZATIONS = "marlow-works: {zh: 马洛工厂, en: Marlow Works, kind: company, parent: marlow-motors}\n"


class Rendered(NamedTuple):
    """The facts of a seed by their prints, and its series by id."""

    facts: dict[str, dict[str, Any]]
    series: dict[str, dict[str, Any]]

    def decided(self) -> tuple[str, str, int]:
        """The source that the only series prefers for its only period, why, and before how many."""
        (series,) = self.series.values()
        (one,) = series["observations"]
        return one["source"]["id"], one["because"], one["rivals"]["count"]


Render = Callable[..., Rendered]


@pytest.fixture
def rendered(tmp_path: Path) -> Render:
    def of(*facts: Mapping[str, str]) -> Rendered:
        folder = tmp_path / "seed"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(CITY, folder, ignore=shutil.ignore_patterns("facts", "pins", "sources", "policies.yaml"))
        (folder / "facts").mkdir()
        (folder / "policies.yaml").write_text("{}\n", encoding="utf-8")
        (folder / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")
        with (folder / "sources.yaml").open("a", encoding="utf-8") as file:
            file.writelines(f"{key}: {{zh: 源, en: Source, {more}, language: zh}}\n" for key, more in SOURCES.items())
        with (folder / "organizations.yaml").open("a", encoding="utf-8") as file:
            file.write(ORGANIZATIONS)
        with (folder / "facts" / "facts.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(facts)
        data = render(folder, None, lambda _what, _count: None)
        shown = [json.loads(one) for _, rows in data.pieces() for one in rows["json"]]
        series = [row for rows in data.series() for row in rows.iter_rows(named=True)]
        assert [row["id"] for row in series] == sorted({one["series"] for one in shown if one["series"]})
        assert [row["position"] for row in series] == list(range(1, len(series) + 1))
        return Rendered(
            {one["printed"]: one for one in shown},
            {row["id"]: json.loads(row["head"] + row["answer_tail"]) for row in series},
        )

    return of


def fact(value: str, source: str, **more: str) -> dict[str, str]:
    """A number of employees of Marlow Motors in 2024."""
    plain = {"subject": "marlow-motors", "metric": "employees", "period": "2024", "source": source}
    return plain | {"printed": f"{value}人", "value": value} | more


@pytest.mark.parametrize(("better", "worse"), list(pairwise(KINDS)))
def test_a_source_of_a_better_kind_is_preferred_whatever_else_it_lacks(
    rendered: Render, better: str, worse: str
) -> None:
    lacking = fact("5000", better, vintage="preliminary", bound="approx")
    rival = fact("5001.5", worse, vintage="final", quote="员工5001.5人")
    assert rendered(lacking, rival).decided() == (better, "source-kind", 1)
    assert rendered(rival, lacking).decided() == (better, "source-kind", 1)


@pytest.mark.parametrize(
    ("source", "is_own"),
    [("company", True), ("parent", True), ("child", True), ("rival", False), ("sister", False), ("nameless", False)],
)
def test_a_company_counts_as_such_for_its_own_figures_only(rendered: Render, source: str, is_own: bool) -> None:
    found = rendered(fact("5000", source), fact("5001", "trade-press")).decided()
    assert found == (source if is_own else "trade-press", "source-kind", 1)
    # One about another firm is as good as any other page.
    assert (rendered(fact("5000", source), fact("5001", "other", bound="approx")).decided()[1] == "bound") != is_own


CRITERIA = {
    "vintage": (fact("5000", "later", vintage="final"), fact("5001", "later")),
    "vintage: revised": (fact("5000", "later", vintage="revised"), fact("5001", "later", vintage="preliminary")),
    "vintage: none": (fact("5000", "later"), fact("5001", "later", vintage="preliminary")),
    "bound": (fact("5000", "later"), fact("5001", "later", bound="approx")),
    "digits": (fact("5001", "later"), fact("5000", "later", printed="0.5万人")),
    "digits: zeros": (fact("5000", "later", printed="5000人"), fact("5000", "later", printed="0.50万人")),
    "evidence": (fact("5001", "later", quote="员工5001人"), fact("5002", "later")),
    "published": (fact("5001", "latest"), fact("5002", "later")),
    "published: a year": (fact("5001", "later"), fact("5002", "early")),
    "published: none": (fact("5001", "early"), fact("5002", "statistics")),
}


@pytest.mark.parametrize("criterion", CRITERIA)
def test_each_criterion_decides_where_those_before_it_do_not(rendered: Render, criterion: str) -> None:
    preferred, rival = CRITERIA[criterion]
    for facts in ((preferred, rival), (rival, preferred)):
        found = rendered(*facts)
        (series,) = found.series.values()
        (one,) = series["observations"]
        assert one["printed"] == preferred["printed"]
        assert (one["because"], one["rivals"]["count"]) == (criterion.partition(":")[0], 1)
        assert found.facts[preferred["printed"]]["preferred"] is True
        assert found.facts[rival["printed"]]["preferred"] is False


def test_the_id_decides_at_last(rendered: Render) -> None:
    facts = [fact("5001", "latest"), fact("5002", "same-day")]
    for order in permutations(facts):
        found = rendered(*order)
        first = min(found.facts.values(), key=lambda one: str(one["id"]))
        assert found.decided() == (first["citation"]["source"]["id"], "id", 1)


def test_the_only_one_is_preferred_as_such(rendered: Render) -> None:
    assert rendered(fact("5000", "unknown", bound="approx")).decided() == ("unknown", "only", 0)


def test_the_criterion_is_the_first_that_sets_any_of_them_apart(rendered: Render) -> None:
    facts = [fact("5000", kind) for kind in KINDS]
    for order in (facts, facts[::-1]):
        assert rendered(*order).decided() == ("statistics", "source-kind", len(KINDS) - 1)
    facts = [
        fact("5001", "later", vintage="final"),
        fact("5002", "later", vintage="final", bound="gt"),
        fact("5003", "later"),
    ]
    assert rendered(*facts).decided() == ("later", "vintage", 2)


@pytest.mark.parametrize(
    ("other", "series"),
    [
        ({"metric": "vehicle-output", "printed": "5001辆"}, "marlow-motors.vehicle-output.annual"),
        ({"subject": "marlow-group"}, "marlow-group.employees.annual"),
        ({"scope": "glass"}, "marlow-motors.employees.glass.annual"),
        ({"market": "ostria"}, "marlow-motors.employees.in-ostria.annual"),
        ({"scope": "glass", "market": "ostria"}, "marlow-motors.employees.glass.in-ostria.annual"),
        ({"period": "2024-Q3"}, "marlow-motors.employees.quarter"),
        ({"period": "2024-12-30"}, "marlow-motors.employees.day"),
        ({"period": "2022/2024"}, "marlow-motors.employees.multi-year"),
        ({"status": "estimate"}, "marlow-motors.employees.annual.estimate"),
        ({"status": "target"}, "marlow-motors.employees.annual.target"),
        ({"status": "plan"}, "marlow-motors.employees.annual.target"),
    ],
    ids=str,
)  # fmt: skip
def test_facts_of_another_series_are_no_rivals(rendered: Render, other: dict[str, str], series: str) -> None:
    found = rendered(fact("5000", "unknown"), fact("5001", "statistics") | other)
    assert set(found.series) == {"marlow-motors.employees.annual", series}
    assert {one["rivals"]["count"] for shown in found.series.values() for one in shown["observations"]} == {0}
    assert all(one["preferred"] for one in found.facts.values())


@pytest.mark.parametrize(
    "other",
    [{"measure": "在岗职工"}, {"period": "2024-12-31"}, {"period": "2024-01/2024-12"}, {"vintage": "preliminary"}],
    ids=str,
)
def test_facts_of_the_same_series_and_period_are_rivals(rendered: Render, other: dict[str, str]) -> None:
    found = rendered(fact("5000", "unknown") | other, fact("5001", "statistics"))
    assert found.decided() == ("statistics", "source-kind", 1)
    (series,) = found.series.values()
    assert series["observations"][0]["period"] == "2024"


@pytest.mark.parametrize("period", ["undated", "../2025-07"])
def test_a_fact_without_a_beginning_is_of_no_series(rendered: Render, period: str) -> None:
    found = rendered(fact("5000", "statistics", period=period))
    (one,) = found.facts.values()
    assert (one["series"], one["frequency"], one["preferred"]) == (None, None, False)
    assert found.series == {}
    assert (one["period"]["start"], one["period"]["end"]) == (None, None if period == "undated" else "2025-07-31")


@pytest.mark.parametrize(("metric", "frequency"), [("employees", "annual"), ("vehicle-output", "day")])
def test_a_stock_of_31_december_is_that_of_its_year(rendered: Render, metric: str, frequency: str) -> None:
    unit = {"employees": "人", "vehicle-output": "辆"}[metric]
    found = rendered(
        fact("5000", "statistics", metric=metric, printed=f"5000{unit}", period="2023-12-31"),
        fact("6000", "statistics", metric=metric, printed=f"6000{unit}", period="2025-12-31"),
    )
    (series,) = found.series.values()
    assert (series["frequency"], series["first"], series["last"]) == (
        (frequency, "2023", "2025") if frequency == "annual" else (frequency, "2023-12-31", "2025-12-31")
    )
    assert series["gaps"] == (["2024"] if frequency == "annual" else [])
    assert [one["end"] for one in series["observations"]] == ["2023-12-31", "2025-12-31"]


@pytest.mark.parametrize(
    ("periods", "gaps"),
    [
        (("2024-H1", "2025-H2"), ["2024-H2", "2025-H1"]),
        (("2023-Q4", "2024-Q3"), ["2024-Q1", "2024-Q2"]),
        (("2023-11", "2024-02"), ["2023-12", "2024-01"]),
        (("2020", "2021", "2023"), ["2022"]),
        (("2024-01-05", "2024-01-09"), []),
        (("2020/2022", "2022/2024"), []),
        (("2024-01/2024-02", "2024-01/2024-07"), []),
    ],
    ids=str,
)
def test_gaps_are_told_where_periods_follow_each_other(
    rendered: Render, periods: tuple[str, ...], gaps: list[str]
) -> None:
    found = rendered(*(fact(f"500{number}", "later", period=period) for number, period in enumerate(periods)))
    (series,) = found.series.values()
    assert series["gaps"] == gaps
    assert series["observation_count"] == len(periods)


def test_what_is_stored_is_what_the_model_dumps_in_pieces_of_any_size(
    rendered: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = [
        fact(f"{5000 + number}", source, period=str(2000 + number % 7), subject=subject)
        for number, source in enumerate(SOURCES)
        for subject in ("marlow-motors", "tern-tide", "ostria-cars")
    ]
    whole = rendered(*facts)
    monkeypatch.setattr(series_rows.__module__ + ".PIECE", 1)
    assert rendered(*facts) == whole
    for one in whole.series.values():
        assert json.loads(answers.Series.model_validate(one).json_text()) == one
