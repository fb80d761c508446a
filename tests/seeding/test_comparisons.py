"""Facts are compared with others about the same thing, and with what follows from other facts by arithmetic."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.seeding.diagnostics import SeedError
from tests.seeding.rendered import compared, render_facts, shown

STATISTICS, EVENING, COPY = "lindow-statistics", "lindow-evening-2025", "marlow-report-2024"
MORNING, COPY_OF_STATISTICS, PORTAL, FORUM = "lindow-morning-2025", "statistics-copy", "portal", "forum"
# A second paper of the group, a copy of the communique, and two pages of which nobody knows who wrote them.
SOURCES = f"""
{MORNING}: {{zh: 晨报, en: Morning News, kind: press, publisher: lindow-morning, language: zh}}
{COPY_OF_STATISTICS}: {{zh: 公报, en: Communique, kind: statistics, publisher: lindow-statistics-bureau, language: zh, republished: yes}}
{PORTAL}: {{zh: 门户, en: Portal, kind: unknown, language: zh, republished: yes}}
{FORUM}: {{zh: 论坛, en: Forum, kind: unknown, language: zh, republished: yes}}
"""  # noqa: E501 - as in a file
ORGANIZATIONS = """
lindow-morning: {zh: 林渡晨报, en: Lindow Morning News, kind: media, parent: lindow-press}
"""
IDENTITIES = """
sum: {zh: 和, en: Sum, total: {metric: gdp}, parts: [{metric: industry-output-value, scope: mobility}, {metric: industry-output-value, scope: glass}]}
share: {zh: 比, en: Share, share: {metric: vehicle-output-share}, part: {metric: vehicle-output}, whole: {metric: vehicle-output, within: province}}
"""  # noqa: E501 - as in a file


class Compared(NamedTuple):
    """The comparisons of some facts, and the standing of each fact by its value as printed."""

    comparisons: list[dict[str, Any]]
    standings: dict[str, str]

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.comparisons if one["kind"] == kind]


Compare = Callable[..., Compared]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Renders a seed of facts and returns their comparisons."""

    def of(*facts: Mapping[str, str], identities: str = IDENTITIES) -> Compared:
        more = {"sources.yaml": SOURCES, "organizations.yaml": ORGANIZATIONS, "identities.yaml": identities}
        data = render_facts(tmp_path / "seed", *facts, more=more)
        return Compared(compared(data), {one["printed"]: one["standing"] for one in shown(data)})

    return of


def fact(printed: str, value: str, period: str = "2024", **more: str) -> dict[str, str]:
    plain = {"subject": "lindow", "metric": "vehicle-output", "source": STATISTICS}
    return plain | {"printed": printed, "value": value, "period": period} | more


def test_publishers_that_say_the_same_corroborate_each_other(compare: Compare) -> None:
    compared = compare(fact("112万辆", "1120000"), fact("110万辆", "1100000", bound="gt", source=EVENING))
    (one,) = compared.comparisons
    assert (one["kind"], one["verdict"], one["gap"], one["voices"], one["fact_count"]) == ("same", "agrees", None, 2, 2)
    assert set(compared.standings.values()) == {"corroborated"}
    assert {side["citation"]["source"]["id"] for side in one["sides"]} == {STATISTICS, EVENING}


@pytest.mark.parametrize(
    ("sources", "voices", "standing"),
    [
        ((STATISTICS, EVENING), 2, "corroborated"),
        ((STATISTICS, COPY), 2, "corroborated"),
        ((EVENING, MORNING), 1, "alone"),  # two papers of one group
        ((STATISTICS, COPY_OF_STATISTICS), 1, "alone"),  # a copy counts for whom it copies
        ((EVENING, COPY_OF_STATISTICS), 2, "corroborated"),
        ((STATISTICS, PORTAL), 1, "alone"),  # nobody known confirms it
        ((PORTAL, FORUM), 0, "alone"),
        ((EVENING, MORNING, PORTAL, FORUM), 1, "alone"),
        ((EVENING, MORNING, PORTAL, STATISTICS), 2, "corroborated"),
    ],
    ids=str,
)
def test_only_independent_publishers_corroborate_each_other(
    compare: Compare, sources: tuple[str, ...], voices: int, standing: str
) -> None:
    for more in ({}, {"bound": "gt"}, {"bound": "approx"}):
        compared = compare(*(fact("112万辆", "1120000", source=source, **more) for source in sources))
        (one,) = compared.comparisons
        assert (one["verdict"], one["voices"], one["fact_count"]) == ("agrees", voices, len(sources))
        assert set(compared.standings.values()) == {standing}


def test_values_that_cannot_all_be_true_conflict(compare: Compare) -> None:
    compared = compare(
        fact("66辆", "66"), fact("70辆", "70", bound="gt", source=EVENING), fact("91辆", "91", source=COPY)
    )  # fmt: skip
    (one,) = compared.comparisons
    assert (one["verdict"], one["gap"]) == ("conflicts", 24)
    assert compared.standings == {"66辆": "conflicting", "70辆": "conflicting", "91辆": "conflicting"}


def test_a_fact_that_agrees_with_both_sides_of_a_conflict_is_not_conflicting(compare: Compare) -> None:
    compared = compare(
        fact("66辆", "66"), fact("91辆", "91", source=EVENING), fact("60辆", "60", bound="gt", source=COPY)
    )
    assert compared.standings == {"66辆": "conflicting", "91辆": "conflicting", "60辆": "corroborated"}


def test_open_bounds_of_different_values_do_not_corroborate_each_other(compare: Compare) -> None:
    compared = compare(fact("66辆", "66", bound="gt"), fact("91辆", "91", bound="gt", source=EVENING))
    assert compared.comparisons[0]["verdict"] == "agrees"
    assert set(compared.standings.values()) == {"alone"}
    compared = compare(fact("66辆", "66", bound="gt"), fact("66 辆", "66", bound="gt", source=EVENING))
    assert set(compared.standings.values()) == {"corroborated"}


def test_a_number_stands_for_all_that_round_to_it(compare: Compare) -> None:
    compared = compare(fact("37218辆", "37218"), fact("3.72万辆", "37200", source=EVENING))
    assert set(compared.standings.values()) == {"corroborated"}
    compared = compare(fact("37218辆", "37218"), fact("3.73万辆", "37300", source=EVENING))
    assert compared.comparisons[0]["gap"] == 31.5


@pytest.mark.parametrize(
    "other",
    [
        {"period": "2023"},
        {"period": "undated"},
        {"subject": "ostria"},
        {"status": "target"},
        {"status": "estimate"},
        {"market": "westland"},
        {"scope": "smart-glass"},
        {"scope": "armoured-glass"},
        {"measure": "实际下线量"},
        {"metric": "glass-output", "printed": "5件"},
    ],
    ids=str,
)
def test_facts_about_different_things_are_not_compared(compare: Compare, other: dict[str, str]) -> None:
    compared = compare(fact("4辆", "4"), fact("5辆", "5", source=EVENING) | other)
    assert compared.comparisons == []
    assert set(compared.standings.values()) == {"alone"}


@pytest.mark.parametrize("other", [{"place": "westland"}, {"industries": "glass"}], ids=str)
def test_places_and_topics_are_for_finding_only(compare: Compare, other: dict[str, str]) -> None:
    assert len(compare(fact("4辆", "4"), fact("5辆", "5", source=EVENING) | other).comparisons) == 1


@pytest.mark.parametrize("key", [{"scope": "glass"}, {"market": "ostria"}, {"measure": "实际下线量"}], ids=str)
def test_facts_on_the_same_part_are_compared_with_each_other_only(compare: Compare, key: dict[str, str]) -> None:
    compared = compare(
        fact("4辆", "4"),
        fact("4.0辆", "4", source=EVENING),
        fact("6辆", "6") | key,
        fact("6.0辆", "6", source=EVENING) | key,
    )
    assert sorted(one["verdict"] for one in compared.comparisons) == ["agrees", "agrees"]
    assert {one["fact_count"] for one in compared.comparisons} == {2}
    assert set(compared.standings.values()) == {"corroborated"}


def test_two_measures_are_never_compared(compare: Compare) -> None:
    compared = compare(
        fact("4辆", "4"), fact("5辆", "5", measure="实际下线量"), fact("6辆", "6", measure="整车下线量", source=EVENING)
    )
    assert compared.comparisons == []
    levels = [fact("4辆", "4", "2023"), fact("5辆", "5", measure="实际下线量")]
    assert compare(*levels, fact("9%", "9", metric="vehicle-output-growth")).comparisons == []


@pytest.mark.parametrize(
    ("metric", "unit", "period", "compared"),
    [
        ("employees", "人", "2024-12-31", True),  # a stock told for the last day of a year is that of the year
        ("employees", "人", "2024-12-30", False),
        ("employees", "人", "2024-12", False),
        ("vehicle-output", "辆", "2024-12-31", False),
    ],
)
def test_a_stock_of_31_december_is_that_of_the_year(
    compare: Compare, metric: str, unit: str, period: str, compared: bool
) -> None:
    found = compare(
        fact(f"4{unit}", "4", metric=metric), fact(f"5{unit}", "5", period, metric=metric, source=EVENING)
    ).comparisons
    assert [(one["kind"], one["verdict"]) for one in found] == [("same", "conflicts")] * compared


def test_the_same_days_are_the_same_period_however_written(compare: Compare) -> None:
    compared = compare(fact("4辆", "4", "2024"), fact("5辆", "5", "2024-01/2024-Q4", source=EVENING))
    (one,) = compared.comparisons
    assert (one["period"]["start"], one["period"]["end"]) == ("2024-01-01", "2024-12-31")
    assert one["period"]["precision"] == "year"


def test_a_growth_is_held_against_its_two_levels(compare: Compare) -> None:
    growth = {"metric": "vehicle-output-growth"}
    compared = compare(
        fact("31.6万辆", "316000", "2023"),
        fact("62.6万辆", "626000"),
        fact("98%", "98", source=EVENING) | growth,
        fact("112.9%", "112.9", source=COPY) | growth,
    )
    found = {one["sides"][0]["printed"]: one for one in compared.of_kind("growth")}
    assert {printed: one["verdict"] for printed, one in found.items()} == {"98%": "agrees", "112.9%": "conflicts"}
    one = found["112.9%"]
    assert one["formula"] == "(626000 / 316000 - 1) * 100"
    assert [side["role"] for side in one["sides"]] == ["stated", "level", "base"]
    # 625,500 over 316,500 at least, 626,500 over 315,500 at most.
    assert (one["computed"]["low"], one["computed"]["high"]) == (97.630331, 98.573693)
    assert one["gap"] == pytest.approx(112.85 - 98.573693)
    assert compared.standings["98%"] == "conflicting", "two rates of the same are"


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2024-Q1", "2023-Q1"),
        ("2024-01/2024-02", "2023-01/2023-02"),  # the end of February, not its 28th
        ("2025-01/2025-02", "2024-01/2024-02"),
        ("2024-09-30", "2023-09-30"),
    ],
)
def test_a_growth_is_over_the_same_days_of_the_year_before(compare: Compare, now: str, before: str) -> None:
    growth = {"metric": "vehicle-output-growth"}
    compared = compare(fact("4辆", "4", before), fact("5辆", "5", now), fact("25%", "25", now) | growth)
    assert [one["verdict"] for one in compared.of_kind("growth")] == ["agrees"]


@pytest.mark.parametrize(
    ("metric", "level", "unit"), [("gdp-growth", "gdp", "元"), ("vehicle-output-growth", "vehicle-output", "辆")]
)
def test_a_growth_at_constant_prices_is_not_that_of_levels(
    compare: Compare, metric: str, level: str, unit: str
) -> None:
    compared = compare(
        fact(f"4{unit}", "4", "2023", metric=level), fact(f"5{unit}", "5", metric=level), fact("9%", "9", metric=metric)
    )
    assert len(compared.of_kind("growth")) == (metric != "gdp-growth")


def test_a_growth_over_years_or_of_a_target_is_not_compared(compare: Compare) -> None:
    growth = {"metric": "vehicle-output-growth"}
    levels = [fact("4辆", "4", "2023"), fact("5辆", "5")]
    assert compare(*levels, fact("9%", "9", "2023/2024") | growth).of_kind("growth") == []
    assert compare(*levels, fact("9%", "9", status="target") | growth).of_kind("growth") == []


def test_of_many_conflicting_levels_only_a_few_are_tried(compare: Compare) -> None:
    many = [fact(f"{number}辆", str(number)) for number in range(1000, 1300)]
    compared = compare(*many, fact("900辆", "900", "2023"), fact("25%", "25", metric="vehicle-output-growth"))
    assert len(compared.of_kind("growth")) == 4
    (same,) = compared.of_kind("same")
    assert (same["fact_count"], len(same["sides"]), same["gap"]) == (300, 50, 298)
    assert {"1000辆", "1299辆"} <= {side["printed"] for side in same["sides"]}, (
        "those that are furthest apart are shown"
    )


def test_levels_that_disagree_are_each_tried(compare: Compare) -> None:
    growth = {"metric": "vehicle-output-growth"}
    compared = compare(
        fact("4.00万辆", "40000", "2023"),
        fact("5.00万辆", "50000"),
        fact("6.00万辆", "60000", source=EVENING),
        fact("25%", "25") | growth,
    )
    assert sorted(one["verdict"] for one in compared.of_kind("growth")) == ["agrees", "conflicts"]


def test_a_total_is_held_against_its_parts(compare: Compare) -> None:
    parts = [
        fact(f"{value}亿元", f"{value}00000000", metric="industry-output-value", scope=scope)
        for value, scope in (("3", "mobility"), ("4", "glass"))
    ]
    compared = compare(*parts, fact("7亿元", "700000000", metric="gdp"))
    (one,) = compared.of_kind("sum")
    assert (one["formula"], one["verdict"]) == ("300000000 + 400000000", "agrees")
    compared = compare(*parts, fact("9亿元", "900000000", metric="gdp"))
    assert compared.of_kind("sum")[0]["gap"] == 50_000_000
    assert compare(parts[0], fact("9亿元", "900000000", metric="gdp")).of_kind("sum") == [], "a part is not there"


def test_what_was_made_in_one_period_and_the_next_adds_up(compare: Compare) -> None:
    compared = compare(
        fact("4945辆", "4945", "2024-Q1"), fact("2151辆", "2151", "2024-04"), fact("7096辆", "7096", "2024-01/2024-04")
    )
    assert [one["formula"] for one in compared.of_kind("sum")] == ["4945 + 2151"]
    stock = {"metric": "employees"}
    compared = compare(
        fact("4人", "4", "2024-H1") | stock,
        fact("5人", "5", "2024-H2") | stock,
        fact("5人", "5", source=EVENING) | stock,
    )
    assert compared.of_kind("sum") == [], "what is there does not add up over time"


def test_a_share_is_held_against_what_the_province_has(compare: Compare) -> None:
    compared = compare(
        fact("40辆", "40"),
        fact("50辆", "50", subject="midmere"),
        fact("80%", "80", metric="vehicle-output-share"),
        fact("70%", "70", metric="vehicle-output-share", source=EVENING),
    )
    found = {one["sides"][0]["printed"]: one["verdict"] for one in compared.of_kind("share")}
    assert found == {"80%": "agrees", "70%": "conflicts"}


@pytest.mark.parametrize(("other", "verdict"), [("37218", "agrees"), ("37618", "conflicts")])
def test_a_derived_value_is_as_exact_as_its_print(compare: Compare, other: str, verdict: str) -> None:
    compared = compare(fact("3.7万", "37000", derived="counted"), fact(f"{other}辆", other, source=EVENING))
    assert compared.comparisons[0]["verdict"] == verdict


@pytest.mark.parametrize(("source", "count"), [(STATISTICS, 0), (EVENING, 1)], ids=["one source", "two"])
def test_the_ends_of_a_range_are_not_held_against_each_other(compare: Compare, source: str, count: int) -> None:
    compared = compare(fact("40至50辆", "40", bound="ge"), fact("40至50辆", "50", bound="le", source=source))
    assert len(compared.comparisons) == count
    assert set(compared.standings.values()) == {"alone"}


@pytest.mark.parametrize(
    ("early", "later", "verdict", "standings"),
    [
        ("preliminary", "final", "revised", ("alone", "alone")),
        ("preliminary", "revised", "revised", ("alone", "alone")),
        ("preliminary", "", "conflicts", ("conflicting", "conflicting")),
        ("final", "final", "conflicts", ("conflicting", "conflicting")),
    ],
)
def test_a_preliminary_value_is_revised(
    compare: Compare, early: str, later: str, verdict: str, standings: tuple[str, str]
) -> None:
    compared = compare(fact("66辆", "66", vintage=early), fact("70辆", "70", vintage=later, source=EVENING))
    (one,) = compared.comparisons
    assert (one["verdict"], one["gap"], one["fact_count"]) == (verdict, 3, 2)
    assert (compared.standings["66辆"], compared.standings["70辆"]) == standings


def test_a_preliminary_value_that_held_corroborates(compare: Compare) -> None:
    compared = compare(fact("66辆", "66", vintage="preliminary"), fact("66.0辆", "66", vintage="final", source=EVENING))
    assert compared.comparisons[0]["verdict"] == "agrees"
    assert set(compared.standings.values()) == {"corroborated"}


@pytest.mark.parametrize(
    ("source", "count"), [(EVENING, 1), (MORNING, 1), (STATISTICS, 0), (PORTAL, 0)], ids=["same", "group", "other", "?"]
)
def test_targets_are_held_against_those_of_their_author(compare: Compare, source: str, count: int) -> None:
    target = {"status": "target"}
    compared = compare(
        fact("66辆", "66", source=EVENING) | target, fact("70辆", "70", source=source) | {"status": "plan"}
    )
    assert [one["verdict"] for one in compared.comparisons] == ["conflicts"] * count


def test_what_is_found_is_the_same_in_any_order(compare: Compare) -> None:
    facts = [fact("66辆", "66"), fact("91辆", "91", source=EVENING), fact("70辆", "70", bound="gt", source=COPY)]
    assert compare(*facts) == compare(*reversed(facts))


@pytest.mark.parametrize(
    ("identity", "told"),
    [
        ("{total: {metric: gdp}, parts: [{metric: gdp}]}", "two `parts` at least"),
        ("{share: {metric: vehicle-output-share}, part: {metric: gdp}}", "`share`, `part` and `whole`"),
        ("{total: {metric: gpd}, parts: [{metric: gdp}, {metric: gdp}]}", "'gpd' is no metric (did you mean"),
        (
            "{total: {metric: gdp}, parts: [{metric: gdp}, {metric: gdp, scope: glas}]}",
            "'glas' is no industry or scope (did you mean",
        ),
        ("{total: {metrik: gdp}}", "unknown key 'metrik'"),
        ("{total: {metric: gdp}, parts: [{metric: gdp}, {metric: gdp, industry: glass}]}", "unknown key 'industry'"),
        ("{total: {metric: gdp}, parts: [{metric: gdp}, {metric: gdp, market: glass}]}", "'glass' is no place but"),
        (
            "{total: {metric: gdp, within: province}, parts: [{metric: gdp}, {metric: gdp}]}",
            "`within` is for the whole",
        ),
    ],
)
def test_an_invalid_identity_is_refused(compare: Compare, identity: str, told: str) -> None:
    with pytest.raises(SeedError) as refused:
        compare(identities=f"one: {{zh: 一, en: One, {identity[1:]}\n")
    assert any(told in one.message for one in refused.value.errors), refused.value.errors
    assert all(one.place.file == "identities.yaml" for one in refused.value.errors)
