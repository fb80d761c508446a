"""Intervals: which values a bound allows, as keys in the order of values."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.decimals import sort_key
from app.hedges import Bound
from app.intervals import LEAST, MOST, ends

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
        ("-100", "below", "-105", None),
        ("0", "approx", "0", "0"),
        ("98765432101234567890123456.789012345678", "approx", "93827160496172839495617283.9495617283941",
         "103703703706296296284629629.6284629629619"),
    ],
)  # fmt: skip
def test_the_ends_of_a_bound(value: str, bound: str, low: str | None, high: str | None) -> None:
    expected = tuple(end if end in (None, LEAST, MOST) else sort_key(Decimal(end)) for end in (low, high))
    assert ends(Decimal(value), Bound(bound)) == expected
