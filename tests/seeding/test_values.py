"""A value is compared with its printed number, its quote, and the text around the quote."""

import pytest

from app.nouns.units import UnitRecord
from app.seeding import records
from app.seeding.diagnostics import Location
from app.seeding.seeds import LocatedFact
from app.seeding.values import Around, Values

UNITS = {
    "vehicle": {"辆": "1", "vehicles": "1"},
    "CNY": {"元": "1", "yuan": "1"},
    "USD": {"美元": "1"},
    "percent": {"%": "1", "倍": "100", "成": "10"},
    "percentage-point": {"个百分点": "1"},
    "kilowatt": {"千瓦": "1"},
}
VALUES = Values({unit: UnitRecord(zh=unit, en=unit, printed=printed) for unit, printed in UNITS.items()})


class Entry:
    """A record as written in the first line of a file."""

    data: dict[str, object] = {}  # noqa: RUF012 - nothing reads it

    def at(self, *path: str | int) -> Location:
        return Location("facts.yaml", 1, 1)


def accepted(
    printed: str, value: str, unit: str, bound: str = "eq", quote: str | None = None, around: tuple[str, str] = ("", "")
) -> bool:
    record = records.FactRecord.model_validate(
        {
            "source": "s",
            "subject": "x",
            "metric": "m",
            "value": value,
            "bound": bound,
            "printed": printed,
            "period": "2024",
        }
        | ({"quote": quote} if quote else {})
    )
    return not list(VALUES.errors(LocatedFact(record, Entry(), ()), unit, Around(*around)))


@pytest.mark.parametrize(
    ("printed", "value", "unit", "bound", "quote", "around"),
    [
        ("110万辆", "1100000", "vehicle", "gt", "产量突破110万辆", ("", "，")),
        ("5%", "5", "percent", "eq", "增长15%，其中出口增长5%", ("", "")),  # the second 5% is the one that is meant
        ("第二", "2", "percent", "eq", "稳居第二", ("国内市场", "，3年全球伙伴")),
        ("三分之一", "33.3", "percent", "eq", "占全国三分之一", ("", "")),
        ("5万辆", "50000", "vehicle", "gt", None, ("", "")),  # the hedge of a figure is in its bound
    ],
)
def test_a_value_that_matches_its_print_is_accepted(
    printed: str, value: str, unit: str, bound: str, quote: str | None, around: tuple[str, str]
) -> None:
    assert accepted(printed, value, unit, bound, quote, around)


@pytest.mark.parametrize(
    ("printed", "value", "unit", "bound", "quote", "around"),
    [
        ("5.2亿", "520000000", "CNY", "eq", "出口额5.2亿", ("", "美元，")),  # the unit is cut off
        ("5.2", "5.2", "percent", "eq", "提高5.2", ("", "个百分点")),
        ("5", "5", "percent", "eq", "占5", ("全省", "成")),
        ("110万辆", "1100000", "vehicle", "eq", "110万辆", ("产量突破", "，")),  # the hedge
        ("110", "110", "vehicle", "eq", "产量110", ("", "万辆")),  # the magnitude
        ("1.3 million", "1300000", "vehicle", "eq", "1.3 million vehicles", ("more than ", " were made")),
        ("5.3亿欧元", "530000000", "CNY", "eq", None, ("", "")),  # a unit nobody described
        ("100GW", "100", "kilowatt", "eq", None, ("", "")),
        ("三分之一", "33", "percent", "eq", "占全国三分之一", ("", "")),
        ("1.2个百分点", "1.2", "percent", "eq", None, ("", "")),
        ("近5万辆", "50000", "vehicle", "gt", None, ("", "")),  # a figure printed with another hedge
        ("15%", "5", "percent", "eq", "增长15%", ("", "")),
    ],
)
def test_a_value_that_its_quote_does_not_state_is_refused(
    printed: str, value: str, unit: str, bound: str, quote: str | None, around: tuple[str, str]
) -> None:
    assert not accepted(printed, value, unit, bound, quote, around)
