"""The values that a printed number allows, and whether several of them can be true together."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.decimals import sort_key
from app.text.hedges import Bound
from app.text.intervals import (
    LEAST,
    MOST,
    End,
    Interval,
    agreed,
    allowed,
    ends,
    gap,
    meet,
    quotient,
    shifted,
    step_of,
    tightest_of,
    total,
)

NUMBERS = st.decimals(-(10**9), 10**9, places=2)
INTERVALS = st.builds(
    allowed, NUMBERS, st.sampled_from(Bound), st.sampled_from([Decimal(0), Decimal("0.1"), Decimal(1000)])
)


def within(value: str | Decimal, one: Interval) -> bool:
    return meet(allowed(Decimal(value), Bound.EQ), one)


@pytest.mark.parametrize(
    ("bound", "value", "step", "inside", "outside"),
    [
        (Bound.EQ, "626000", "1000", ["625500", "626499.99"], ["625499.99", "626500"]),  # 62.6万
        (Bound.EQ, "-8.74", "0.01", ["-8.74", "-8.735"], ["-8.745", "-8.7349"]),
        (Bound.EQ, "3011", "0", ["3011"], ["3010.99", "3011.01"]),
        (Bound.GT, "800000", "10000", ["800000.01", "99999999999"], ["800000", "1"]),
        (Bound.GE, "80", "1", ["80", "81"], ["79.99"]),
        (Bound.LT, "5", "1", ["4.99", "-7"], ["5"]),
        (Bound.LE, "5", "1", ["5"], ["5.01"]),
        (Bound.APPROX, "200", "1", ["190", "210"], ["189.99", "210.01"]),
        (Bound.APPROX, "-200", "1", ["-190", "-210"], ["-189.99", "-210.01"]),
        (Bound.BELOW, "100", "1", ["95", "99.99"], ["100", "94.99"]),
        (Bound.BELOW, "-10", "1", ["-9.5", "-9.99"], ["-10", "-9.49"]),
    ],
)
def test_a_hedged_number_allows_an_interval(
    bound: Bound, value: str, step: str, inside: list[str], outside: list[str]
) -> None:
    one = allowed(Decimal(value), bound, Decimal(step))
    assert all(within(other, one) for other in inside)
    assert not any(within(other, one) for other in outside)


def test_a_rounded_number_ends_where_the_next_begins() -> None:
    for first, second in pairwise(Decimal(number) / 10 for number in range(-15, 16)):
        one, next_ = (allowed(value, Bound.EQ, Decimal("0.1")) for value in (first, second))
        assert one.most == next_.least
        assert not meet(one, next_), (first, second)


@pytest.mark.parametrize(
    ("printed", "value", "step"),
    [
        ("62.6万辆", "626000", "1000"),
        ("62.60万辆", "626000", "100"),
        ("3.5倍", "350", "10"),
        ("14532.1億元", "1453210000000", "10000000"),
        ("46,918辆", "46918", "1"),
        ("3000家", "3000", "1"),
        ("亏损7.98亿元", "-798000000", "1000000"),
        ("三分之一", "33.3", "0"),  # no numeral
        ("5000至10000个", "5000", "0"),  # two of them
        ("3", "1", "0"),  # not the value's
        ("0%", "0", "0"),
        ("2.179.896", "2179896", "0"),  # whose points these are cannot be told
    ],
)
def test_the_last_printed_digit_gives_the_rounding_unit(printed: str, value: str, step: str) -> None:
    assert step_of(printed, Decimal(value)) == Decimal(step)


@given(st.text(max_size=40), NUMBERS)
def test_any_print_has_a_step_or_none(printed: str, value: Decimal) -> None:
    assert step_of(printed, value) >= 0


@given(INTERVALS, INTERVALS)
def test_either_two_meet_or_there_is_a_gap(first: Interval, second: Interval) -> None:
    assert meet(first, second) == meet(second, first) == (gap([first, second]) is None)
    assert (gap([first, second]) or 0) >= 0
    assert meet(first, first)


@given(st.lists(INTERVALS, min_size=1, max_size=6))
def test_an_interval_meets_all_others_if_it_meets_the_tightest_ends(intervals: list[Interval]) -> None:
    tightest = tightest_of(intervals)
    for one in intervals:
        assert meet(one, tightest) == all(meet(one, other) for other in intervals)


@given(st.lists(INTERVALS, min_size=1, max_size=6))
def test_every_interval_meets_one_of_those_they_are_reduced_to(intervals: list[Interval]) -> None:
    come_to = agreed(intervals)
    assert 1 <= len(come_to) <= len(intervals)
    assert all(any(meet(one, level) for level in come_to) for one in intervals)
    assert (len(come_to) == 1) or gap(intervals) is not None


def test_agreeing_intervals_are_reduced_to_the_narrowest() -> None:
    sharp, blunt, other = (
        allowed(Decimal(value), Bound.EQ, Decimal(step))
        for value, step in (("46918", "1"), ("46900", "100"), ("47000", "1"))
    )
    assert agreed([blunt, other, sharp]) == [sharp, other]


def test_a_quotient_is_rounded_outwards() -> None:
    third = quotient(allowed(Decimal(1), Bound.EQ), allowed(Decimal(3), Bound.EQ), 100)
    assert third == Interval(End(Decimal("33.333333")), End(Decimal("33.333334")))
    assert third
    assert shifted(third, -100).least == Decimal("-66.666667")


@pytest.mark.parametrize("value", ["0", "-5"])
def test_what_is_not_positive_has_no_quotient(value: str) -> None:
    one, other = allowed(Decimal(value), Bound.EQ), allowed(Decimal(3), Bound.EQ)
    assert quotient(one, other) is None
    assert quotient(other, one) is None
    assert quotient(other, allowed(Decimal(3), Bound.GT)) is None, "it has no end"


def test_a_sum_keeps_which_ends_are_open() -> None:
    parts = [allowed(Decimal(value), Bound.EQ, Decimal("0.1")) for value in ("185.6", "5174.6", "7574.5")]
    assert total(parts) == Interval(End(Decimal("12934.55")), End(Decimal("12934.85"), -1))
    assert total([*parts, allowed(Decimal(1), Bound.GT)]) == Interval(End(Decimal("12935.55"), 1), None)


VALUES = st.decimals(
    min_value=Decimal("-1e20"), max_value=Decimal("1e20"), allow_nan=False, allow_infinity=False, places=6
)


@given(VALUES)
def test_ends_that_are_not_there_lie_beyond_all_values(value: Decimal) -> None:
    assert LEAST < sort_key(value) < MOST


@given(VALUES, st.sampled_from(Bound))
def test_a_value_is_one_of_those_it_stands_for(value: Decimal, bound: Bound) -> None:
    low, high = ends(value, bound)
    assert (low or sort_key(value)) <= sort_key(value) <= (high or sort_key(value))


@pytest.mark.parametrize(
    ("value", "bound", "low", "high"),
    [
        ("5", "eq", None, None),
        ("5", "gt", None, MOST),
        ("5", "ge", None, MOST),
        ("5", "lt", LEAST, None),
        ("-5", "le", LEAST, None),
        ("100", "approx", "95", "105"),
        ("100", "below", "95", None),
        ("-100", "approx", "-105", "-95"),
        ("-100", "below", None, "-95"),
        ("0", "approx", None, None),
        ("98765432101234567890123456.789012345678", "approx", "93827160496172839495617283.9495617283941",
         "103703703706296296284629629.6284629629619"),
    ],
)  # fmt: skip
def test_the_ends_of_a_bound(value: str, bound: str, low: str | None, high: str | None) -> None:
    expected = tuple(end if end in (None, LEAST, MOST) else sort_key(Decimal(end)) for end in (low, high))
    assert ends(Decimal(value), Bound(bound)) == expected
