"""Parts that are above their wholes are found, whatever the parts and the numbers; and nothing else is."""

import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.seeding.observations import dated_measurements
from app.seeding.wholes import parts_above
from tests.seeding.rendered import compared, render_facts, shown

STATISTICS, EVENING = "lindow-statistics", "lindow-evening-2025"
# A plant of a foreign carmaker, a firm that is at home where its parent is, and a metric that may be negative.
MORE = {
    "organizations.yaml": (
        "ostria-plant: {zh: 奥川工厂, en: Ostria Plant, kind: company, parent: ostria-cars, place: lindow-port}\n"
        "ostria-parts: {zh: 奥川零件, en: Ostria Parts, kind: company, parent: ostria-cars, place: ostria}\n"
    ),
    "metrics.yaml": (
        "profit: {zh: 利润, en: Profit, unit: LDC, kind: flow, "
        "loss: {zh: '{period}{subject}亏损{value}。', en: '{subject} had a loss of {value}{period}.'}}\n"
    ),
}
# What each is part of, as a reader of the seed would say.
PLACES = {
    "lindow-east": ["lindow", "midmere", "westland", "world"],
    "lindow-port": ["lindow", "midmere", "westland", "world"],
    "lindow": ["midmere", "westland", "world"],
    "midmere": ["westland", "world"],
    "westland": ["world"],
    "ostria": ["world"],
    "world": [],
}
WHOLES = PLACES | {
    "marlow-group": [],
    "marlow-motors": ["marlow-group"],
    "marlow-glass": ["marlow-group"],
    "ostria-cars": [],
    "ostria-parts": ["ostria-cars"],
    "ostria-plant": ["ostria-cars", "lindow-port", *PLACES["lindow-port"]],
}
BOUNDS = ("", "gt", "ge", "lt", "le", "approx")
Find = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """The parts above their wholes among some facts."""

    def of(*facts: Mapping[str, str]) -> list[dict[str, Any]]:
        data = render_facts(tmp_path / "seed", *facts, more=MORE)
        return [one for one in compared(data) if one["kind"] == "part"]

    return of


def fact(subject: str, value: str, **more: str) -> dict[str, str]:
    plain = {"subject": subject, "metric": "vehicle-output", "source": STATISTICS, "period": "2024"}
    return plain | {"printed": f"{value}辆", "value": value} | more


def ends(value: int, bound: str) -> tuple[tuple[Fraction, int], tuple[Fraction, int]]:
    """The least and the greatest that a whole number allows, each with -1 or 1 if it lies just below or above that."""
    half, near, none = Fraction(1, 2), Fraction(value, 20), Fraction(10**9)
    return {
        "": ((value - half, 0), (value + half, -1)),
        "approx": ((value - near, 0), (value + near, 0)),
        "gt": ((Fraction(value), 1), (none, 0)),
        "ge": ((Fraction(value), 0), (none, 0)),
        "lt": ((-none, 0), (Fraction(value), -1)),
        "le": ((-none, 0), (Fraction(value), 0)),
    }[bound]


@given(seed=st.integers(0, 2**32), most=st.sampled_from([3, 12, 100, 10_000]))
@settings(max_examples=15)
def test_all_that_are_above_are_found_and_nothing_else(
    seed: int, most: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One fact for each key, so that each finding has two sides."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    keys = [
        {"subject": subject, "period": period, "scope": scope, "market": market}
        for subject in WHOLES
        for period in ("2023", "2024", "2024-Q1")
        for scope in ("", "glass")
        for market in ("", "ostria")
    ]
    facts = {}
    for one in drawn.sample(keys, 90):
        value, bound = drawn.randint(1, most), drawn.choice(BOUNDS)
        facts[tuple(one.values())] = (value, bound, fact(one["subject"], str(value), bound=bound) | one)
    data = render_facts(tmp_path_factory.mktemp("seed"), *(one for *_, one in facts.values()), more=MORE)
    found = {
        (
            *(part["subject"]["id"], part["whole"]["id"], part["period"]["start"], part["period"]["end"]),
            *(part[name] and part[name]["id"] for name in ("scope", "market")),
        )
        for part in compared(data)
        if part["kind"] == "part"
    }
    periods = {"2023": ("2023-01-01", "2023-12-31"), "2024": ("2024-01-01", "2024-12-31")}
    periods["2024-Q1"] = ("2024-01-01", "2024-03-31")
    expected = {
        (subject, whole, *periods[period], scope or None, market or None)
        for (subject, period, scope, market), (value, bound, _) in facts.items()
        for whole in WHOLES[subject]
        if (limit := facts.get((whole, period, scope, market))) and ends(value, bound)[0] > ends(limit[0], limit[1])[1]
    }
    assert found == expected


def test_a_finding_shows_both_and_how_far_they_are_apart(find: Find) -> None:
    (one,) = find(fact("lindow", "316000", printed="31.6万辆"), fact("midmere", "111000", printed="11.1万辆"))
    assert (one["verdict"], one["subject"]["id"], one["whole"]["id"]) == ("conflicts", "lindow", "midmere")
    assert one["whole"]["name"] == {"zh": "中泽省", "en": "Midmere"}
    assert (one["formula"], one["computed"], one["gap"]) == ("<= 111000", {"low": None, "high": 111500}, 204000)
    assert [(side["role"], side["printed"]) for side in one["sides"]] == [("stated", "31.6万辆"), ("whole", "11.1万辆")]


@pytest.mark.parametrize(
    ("part", "whole", "count"),
    [("12", "12", 0), ("12.5", "12", 0), ("13", "12.5", 0), ("13", "12.4", 1)],
)
def test_what_rounds_to_the_same_is_not_above(find: Find, part: str, whole: str, count: int) -> None:
    assert len(find(fact("lindow", part), fact("midmere", whole))) == count


@pytest.mark.parametrize(
    "other",
    [
        {"period": "2023"},
        {"period": "2024-12-31"},
        {"status": "target"},
        {"status": "estimate"},
        {"measure": "实际下线量"},
        {"scope": "glass"},
        {"market": "ostria"},
        {"metric": "cumulative-vehicle-output"},
        {"subject": "ostria"},
        {"subject": "marlow-motors"},
        {"subject": "lindow-east"},
    ],
    ids=str,
)
def test_only_the_same_of_a_whole_is_a_limit(find: Find, other: dict[str, str]) -> None:
    assert find(fact("lindow", "40"), fact("midmere", "9")) != []
    assert find(fact("lindow", "40"), fact("midmere", "9") | other) == []


@pytest.mark.parametrize(
    ("metric", "printed", "count"),
    [
        ("vehicle-output", "辆", 1),
        ("employees", "人", 1),
        ("cumulative-vehicle-output", "辆", 1),
        ("vehicle-output-growth", "%", 0),
        ("vehicle-output-share", "%", 0),
        ("time-per-vehicle", "秒", 0),
        ("vehicles-per-hour", "辆", 0),
        ("profit", "元", 0),
    ],
)
def test_only_what_adds_up_is_compared(find: Find, metric: str, printed: str, count: int) -> None:
    both = [
        fact(subject, value, metric=metric, printed=f"{value}{printed}")
        for subject, value in (("lindow", "40"), ("midmere", "9"))
    ]
    assert len(find(*both)) == count


def test_a_company_is_not_within_the_place_where_it_is_at_home(find: Find) -> None:
    """It may build cars anywhere; what belongs to a company from elsewhere was built to work where it is."""
    assert find(fact("marlow-group", "40"), fact("lindow", "9")) == []
    assert find(fact("marlow-motors", "40"), fact("lindow-east", "9")) == []
    assert find(fact("ostria-parts", "40"), fact("ostria", "9")) == []
    (one,) = find(fact("ostria-plant", "40"), fact("lindow", "9"))
    assert (one["subject"]["id"], one["whole"]["id"]) == ("ostria-plant", "lindow")


def test_one_whole_for_each_value_that_sources_give_it(find: Find) -> None:
    wholes = [fact("midmere", "9"), fact("midmere", "50", source=EVENING)]
    assert [one["formula"] for one in find(fact("lindow", "40"), *wholes)] == ["<= 9"]
    both = [fact("midmere", "9"), fact("westland", "9"), fact("lindow", "40")]
    assert {one["whole"]["id"] for one in find(*both)} == {"midmere", "westland"}


def test_a_preliminary_value_that_was_revised_limits_nothing(find: Find) -> None:
    wholes = [fact("midmere", "9", vintage="preliminary"), fact("midmere", "50", vintage="final", source=EVENING)]
    assert find(fact("lindow", "40"), *wholes) == []
    assert len(find(fact("lindow", "60"), *wholes)) == 1


def test_targets_are_held_against_those_of_their_author(find: Find) -> None:
    target = {"status": "target"}
    assert find(fact("lindow", "40") | target, fact("midmere", "9", source=EVENING) | target) == []
    assert len(find(fact("lindow", "40") | target, fact("midmere", "9") | {"status": "plan"})) == 1


def test_facts_keep_their_standing_and_show_the_finding(tmp_path: Path) -> None:
    data = render_facts(tmp_path / "seed", fact("lindow", "40"), fact("midmere", "9"), more=MORE)
    (one,) = compared(data)
    assert [(told["comparisons"], told["standing"]) for told in shown(data)] == [([one["id"]], "alone")] * 2


def test_only_those_that_are_above_are_read(tmp_path: Path) -> None:
    """The rest of a large seed is dropped while it is a table."""
    facts = [
        fact(subject, str(value), period=str(1900 + year))
        for year in range(100)
        for subject, value in (("lindow-east", 2), ("lindow", 3 if year else 1), ("midmere", 5))
    ]
    data = render_facts(tmp_path / "seed", *facts, more=MORE)
    (part,) = parts_above(dated_measurements(data.facts, data.records), data.records)
    assert (part.subject, part.start) == ("lindow-east", "1900-01-01")
