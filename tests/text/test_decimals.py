"""Values stay exact: one written form, one order, and numbers of JSON with all their digits."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.decimals import json_bytes, sort_key, written

VALUES = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=12),
    st.builds(lambda digits, power: Decimal(f"{digits}E{power}"), st.integers(), st.integers(-200, 200)),
    st.integers(-99, 99).map(lambda number: Decimal(number) / 10),  # neighbours: -1.2 and -1.25
    st.integers(-9999, 9999).map(lambda number: Decimal(number) / 1000),
)


@pytest.mark.parametrize(
    ("value", "text"),
    {
        "0": "0",
        "-0": "0",
        "-0.00": "0",
        "0E+3": "0",
        "0E-9": "0",
        "100": "100",
        "1E+2": "100",
        "1.50": "1.5",
        "-1.50": "-1.5",
        "3.000": "3",
        "1E-7": "0.0000001",
        "7.524E+9": "7524000000",
        "12345678901234567890123456789012345678.5": "12345678901234567890123456789012345678.5",
    }.items(),
)
def test_a_value_has_one_written_form(value: str, text: str) -> None:
    assert written(Decimal(value)) == text


@given(VALUES)
def test_what_is_written_is_canonical_and_loses_nothing(value: Decimal) -> None:
    text = written(value)
    assert Decimal(text) == value
    assert re.fullmatch(r"0|-?(?:[1-9][0-9]*(?:\.[0-9]*[1-9])?|0\.[0-9]*[1-9])", text)
    assert written(Decimal(text)) == text


@given(VALUES, VALUES)
def test_equal_values_are_written_alike(one: Decimal, other: Decimal) -> None:
    assert (written(one) == written(other)) == (one == other)


@given(VALUES, VALUES)
def test_the_order_of_keys_is_the_order_of_values(one: Decimal, other: Decimal) -> None:
    keys = sort_key(one).encode(), sort_key(other).encode()
    assert (keys[0] < keys[1]) == (one < other)
    assert (keys[0] == keys[1]) == (one == other)


def test_a_list_sorts_by_key_as_by_value() -> None:
    values = "-1000 -10.5 -10 -1.25 -1.2 -1 -0.1 -0.01 0 0.01 0.1 1 1.2 1.25 9 10 1E+3"
    in_order = [Decimal(value) for value in values.split()]
    assert sorted(set(in_order), key=sort_key) == in_order


@pytest.mark.parametrize(("one", "other"), [("1.0", "1"), ("1E+3", "1000"), ("-0", "0"), ("-2.50", "-2.5")])
def test_two_forms_of_a_value_have_one_key(one: str, other: str) -> None:
    assert sort_key(Decimal(one)) == sort_key(Decimal(other))


@given(VALUES)
def test_a_decimal_in_json_has_all_its_digits_and_no_exponent(value: Decimal) -> None:
    answer = json_bytes({"value": value})
    assert re.fullmatch(rb'\{"value":-?[0-9]+(?:\.[0-9]+)?\}', answer)
    assert json.loads(answer, parse_float=Decimal, parse_int=Decimal) == {"value": value}


def test_json_is_utf8_with_decimals_at_any_depth() -> None:
    assert json_bytes({"名": ["郑州", {"值": Decimal("1E+10")}], "无": None}) == (
        '{"名":["郑州",{"值":10000000000}],"无":null}'.encode()
    )


def test_json_refuses_what_it_cannot_say() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json_bytes({"value": object()})
