"""Periods are whole days, both included, and a wrong one is refused with what to write instead."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.periods import (
    FORMS,
    UNDATED,
    Basis,
    Frequency,
    Period,
    Precision,
    frequency_of,
    period_between,
    read_period,
)

PERIODS = {
    "2024": ("2024-01-01", "2024-12-31", "year"),
    "0001": ("0001-01-01", "0001-12-31", "year"),
    "9999": ("9999-01-01", "9999-12-31", "year"),
    "2024-H1": ("2024-01-01", "2024-06-30", "half"),
    "2024-H2": ("2024-07-01", "2024-12-31", "half"),
    "2024-Q1": ("2024-01-01", "2024-03-31", "quarter"),
    "2024-Q2": ("2024-04-01", "2024-06-30", "quarter"),
    "2024-Q3": ("2024-07-01", "2024-09-30", "quarter"),
    "2024-Q4": ("2024-10-01", "2024-12-31", "quarter"),
    "2024-01": ("2024-01-01", "2024-01-31", "month"),
    "2024-02": ("2024-02-01", "2024-02-29", "month"),
    "2023-02": ("2023-02-01", "2023-02-28", "month"),
    "1900-02": ("1900-02-01", "1900-02-28", "month"),
    "2024-12": ("2024-12-01", "2024-12-31", "month"),
    "2024-02-29": ("2024-02-29", "2024-02-29", "day"),
    "2024-09-27/2024-09-29": ("2024-09-27", "2024-09-29", "range"),
    "2022/2024": ("2022-01-01", "2024-12-31", "range"),
    "2024-01/2024-09": ("2024-01-01", "2024-09-30", "range"),
    "2023-H2/2024-Q1": ("2023-07-01", "2024-03-31", "range"),
    "2021-11-05/2024": ("2021-11-05", "2024-12-31", "range"),
    "2024-06/2024": ("2024-06-01", "2024-12-31", "range"),
}


@pytest.mark.parametrize(("text", "days"), PERIODS.items())
def test_a_period_is_whole_days_both_included(text: str, days: tuple[str, str, str]) -> None:
    start, end, precision = days
    expected = Period(date.fromisoformat(start), date.fromisoformat(end), Precision(precision), text)
    assert read_period(text) == expected


def test_undated_is_no_period() -> None:
    assert read_period(UNDATED) is None


@pytest.mark.parametrize(
    "text",
    ["", " ", "24", "20245", "2024-9", "2024-009", "2024-Q5", "2024-Q0", "2024-H3", "2024-h1", "2024-Q1-01", "2024-",
     "2024-09-7", "2024/09", "2024-09-27/29", "2024/", "/2024", "2022/2023/2024", "2024 ", "2024\n", "２０２４",
     "2024年", "-2024", "Undated", "undated/2024", "2024/undated", "去年", "2024—2025", "2024-H1-01",
     "..", "../", "/..", "2024/..", "../..", "../undated", "...2024", "..2024", ".. /2024"],
)  # fmt: skip
def test_what_is_no_period_is_refused_with_the_forms_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period") as refusal:
        read_period(text)
    assert str(refusal.value).endswith(FORMS)


@pytest.mark.parametrize(
    "text",
    ["2024-13", "2024-00", "2023-02-29", "2024-04-31", "2024-09-00", "2024-00-10", "0000", "0000-Q1", "2024/2025-13"],
)
def test_a_day_that_never_was_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=rf"'{text.rpartition('/')[2]}' is not a date of the calendar; write"
    ) as refusal:
        read_period(text)
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("../2025-07", "2025-07-31"),
        ("../2025", "2025-12-31"),
        ("../2025-H1", "2025-06-30"),
        ("../2025-07-02", "2025-07-02"),
    ],
)
def test_a_period_without_a_start_holds_every_day_up_to_its_end(text: str, end: str) -> None:
    period = read_period(text)
    assert period == Period(date.min, date.fromisoformat(end), Precision.RANGE, text)
    assert period.is_open
    assert period.first_day is None
    assert frequency_of(period, is_stock=False) is frequency_of(period, is_stock=True) is None


def test_any_other_period_has_a_first_day() -> None:
    for text, (start, _, _) in PERIODS.items():
        period = read_period(text)
        assert period
        assert (period.is_open, period.first_day) == (False, start)


@pytest.mark.parametrize("text", ["2024/2023", "2024-09-29/2024-09-27", "2024-H2/2024-06", "2024-07-01/2024-H1"])
def test_a_period_that_ends_before_it_starts_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"the period '{text}' ends before it starts; write the earlier end first"):
        read_period(text)


DAYS = st.dates()


@given(DAYS)
def test_every_day_month_and_year_of_the_calendar_is_read(day: date) -> None:
    for text in (day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]):
        period = read_period(text)
        assert period
        assert period.start <= day <= period.end


@given(DAYS, DAYS)
def test_two_days_are_a_range_in_their_order_only(one: date, other: date) -> None:
    first, last = sorted((one, other))
    period = read_period(f"{first}/{last}")
    assert period == Period(first, last, Precision.RANGE, f"{first}/{last}")
    if first < last:
        with pytest.raises(ValueError, match="ends before it starts"):
            read_period(f"{last}/{first}")


@given(st.integers(1, 9998))
def test_the_parts_of_a_year_follow_each_other_without_a_gap(year: int) -> None:
    for names in (["H1", "H2"], ["Q1", "Q2", "Q3", "Q4"], [f"{month:02d}" for month in range(1, 13)]):
        day = date(year, 1, 1)
        for name in names:
            period = read_period(f"{year:04d}-{name}")
            assert period
            assert period.start == day
            day = period.end + timedelta(days=1)
        assert day == date(year + 1, 1, 1)


def second_definition(start: date, end: date, *, is_stock: bool) -> str:
    """The frequency of a period, by the days of the calendar alone."""
    after = end + timedelta(days=1)
    first_of_months = start.day == after.day == 1
    months = 12 * (after.year - start.year) + after.month - start.month if first_of_months else 0
    if is_stock and start == end and end.isoformat().endswith("-12-31"):
        return "annual"
    if start == end:
        return "day"
    for name, length in (("annual", 12), ("half", 6), ("quarter", 3), ("month", 1)):
        if months == length and (start.month - 1) % length == 0:
            return name
    if start.isoformat()[:4] != end.isoformat()[:4]:
        return "multi-year"
    return "year-to-date" if start.timetuple().tm_yday == 1 else "days"


NEAR = st.dates(date(2019, 1, 1), date(2025, 12, 31))
MONTHS = st.builds(date, st.integers(2019, 2025), st.integers(1, 12), st.just(1))
STARTS = NEAR | MONTHS
ENDS = (
    NEAR
    | MONTHS.map(lambda day: day - timedelta(days=1))
    | st.builds(date, st.integers(2019, 2025), st.just(12), st.just(31))
)


@given(STARTS, ENDS, st.booleans())
def test_a_frequency_is_that_of_the_days(start: date, end: date, is_stock: bool) -> None:
    if end < start:
        start, end = end, start
    period = read_period(f"{start}/{end}")
    assert period
    assert frequency_of(period, is_stock=is_stock) == second_definition(start, end, is_stock=is_stock)
    shortest = period_between(start.isoformat(), end.isoformat())
    assert (shortest.start, shortest.end) == (start, end)
    assert read_period(shortest.written) == shortest
    assert frequency_of(shortest, is_stock=is_stock) == frequency_of(period, is_stock=is_stock)


@pytest.mark.parametrize(
    ("text", "flow", "stock"),
    [
        ("2024", "annual", "annual"),
        ("2024-01/2024-12", "annual", "annual"),
        ("2024-H1", "half", "half"),
        ("2024-01/2024-06", "half", "half"),
        ("2024-01/2024-03", "quarter", "quarter"),
        ("2024-02/2024-04", "days", "days"),
        ("2024-02", "month", "month"),
        ("2024-12-31", "day", "annual"),
        ("2024-12-30", "day", "day"),
        ("2023-12-31/2024-12-31", "multi-year", "multi-year"),
        ("2024-01/2024-02", "year-to-date", "year-to-date"),
        ("2024-01-01/2024-01-02", "year-to-date", "year-to-date"),
        ("2024-01-01", "day", "day"),
        ("2021/2024", "multi-year", "multi-year"),
        ("2024-12/2025-02", "multi-year", "multi-year"),
        ("2024-03-05/2024-03-09", "days", "days"),
    ],
)
def test_frequencies(text: str, flow: str, stock: str) -> None:
    period = read_period(text)
    assert period
    assert [frequency_of(period, is_stock=is_stock) for is_stock in (False, True)] == [flow, stock]


@given(st.text())
def test_any_other_text_is_refused_with_a_value_error(text: str) -> None:
    try:
        period = read_period(text)
    except ValueError as refusal:
        assert "write" in str(refusal)  # noqa: PT017 - most texts are refused, some are periods
    else:
        assert period is None or period.start <= period.end


def test_a_basis_and_a_precision_are_their_words() -> None:
    assert {str(frequency) for frequency in Frequency} == {
        "annual", "half", "quarter", "month", "day", "year-to-date", "multi-year", "days",
    }  # fmt: skip
    assert [str(basis) for basis in Basis] == ["stated", "relative", "inferred", "undated"]
    assert [str(precision) for precision in Precision] == ["year", "half", "quarter", "month", "day", "range"]
