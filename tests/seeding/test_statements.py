"""The sentences generated for facts whose authors wrote none."""

from decimal import Decimal

import polars as pl
import pytest

from app.nouns.events import EventRecord
from app.nouns.industries import IndustryRecord
from app.nouns.metrics import MetricRecord
from app.nouns.organizations import OrganizationRecord
from app.nouns.places import PlaceRecord
from app.nouns.relations import RelationRecord
from app.nouns.units import UnitRecord
from app.seeding import statements
from app.text.hedges import Bound
from app.text.periods import read_period

VEHICLE = UnitRecord.model_validate({"zh": "辆", "en": "vehicles", "printed": {"辆": "1"}})
PERCENT = UnitRecord.model_validate({"zh": "百分比", "en": "percent", "symbol": "%", "printed": {}})
CROWN = UnitRecord.model_validate({"zh": "林元", "en": "crowns", "symbol": "₤", "printed": {"元": "1"}})
LANGUAGES = ("zh", "en")
LINDOW = PlaceRecord.model_validate({"zh": "林渡市", "en": "Lindow", "kind": "city"})
GLASS = IndustryRecord.model_validate({"zh": "玻璃", "en": "Smart glass", "kind": "leading"})


def said(
    value: str = "1100000",
    bound: str = "eq",
    status: str = "actual",
    period: str = "2024",
    unit: UnitRecord = VEHICLE,
    **metric: object,
) -> tuple[str, str]:
    record = MetricRecord.model_validate(
        {"zh": "汽车产量", "en": "Vehicle output", "unit": "vehicle", "kind": "flow", **metric}
    )
    wording = statements.wording(record)
    slots = {
        "subject": (LINDOW.zh, LINDOW.en),
        "industry": (GLASS.zh, statements.inside(GLASS.en)),
        "hedge": statements.hedge(Bound(bound), unit),
        "number": statements.number(Decimal(value), unit, counted=wording.counted),
        "period": statements.when(read_period(period)),
    }
    columns = {f"{name}_{language}": both[at] for name, both in slots.items() for at, language in enumerate(LANGUAGES)}
    row = pl.DataFrame([{"bound": bound, "status": status, **wording._asdict(), **columns}])
    return statements.measurements(row).row(0)


@pytest.mark.parametrize(
    ("bound", "zh", "en"),
    [
        ("eq", "110万辆", "1,100,000 vehicles"),
        ("gt", "超过110万辆", "more than 1,100,000 vehicles"),
        ("ge", "不少于110万辆", "at least 1,100,000 vehicles"),
        ("lt", "不足110万辆", "less than 1,100,000 vehicles"),
        ("le", "不超过110万辆", "at most 1,100,000 vehicles"),
        ("approx", "约110万辆", "about 1,100,000 vehicles"),
        ("below", "接近110万辆", "nearly 1,100,000 vehicles"),
    ],
)
def test_a_statement_says_the_bound(bound: str, zh: str, en: str) -> None:
    # 为 stands before a plain number only.
    was = "为" if bound == "eq" else ""
    assert said(bound=bound) == (f"2024年林渡市汽车产量{was}{zh}。", f"Lindow's vehicle output was {en} in 2024.")


def test_each_bound_has_words_in_both_languages() -> None:
    assert set(statements.ZH_BOUND) == set(statements.EN_BOUND) == set(Bound)


@pytest.mark.parametrize(
    ("status", "zh", "en"),
    [
        ("actual", "为", "was"),
        ("target", "的目标为", "is targeted to reach"),
        ("plan", "规划为", "is planned to reach"),
        ("estimate", "预计为", "is estimated to be"),
    ],
)
def test_a_statement_says_the_status(status: str, zh: str, en: str) -> None:
    assert said(status=status) == (
        f"2024年林渡市汽车产量{zh}110万辆。",
        f"Lindow's vehicle output {en} 1,100,000 vehicles in 2024.",
    )


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("2024", "2024年", " in 2024"),
        ("2024-H1", "2024年上半年", " in the first half of 2024"),
        ("2024-H2", "2024年下半年", " in the second half of 2024"),
        ("2024-Q1", "2024年第一季度", " in the first quarter of 2024"),
        ("2024-Q2", "2024年第二季度", " in the second quarter of 2024"),
        ("2024-Q3", "2024年第三季度", " in the third quarter of 2024"),
        ("2024-Q4", "2024年第四季度", " in the fourth quarter of 2024"),
        ("2024-09", "2024年9月", " in September 2024"),
        ("2024-09-05", "2024年9月5日", " on 5 September 2024"),
        ("2021/2024", "2021年至2024年", " from 2021 to 2024"),
        ("2024-01/2024-09", "2024年1月至9月", " from January to September 2024"),
        ("2023-11/2024-02", "2023年11月至2024年2月", " from November 2023 to February 2024"),
        ("2024-09-27/2024-09-29", "2024年9月27日至9月29日", " from 27 September to 29 September 2024"),
        ("2024/2024-06", "2024年至2024年6月", " from 2024 to June 2024"),
        ("2024-10/2024", "2024年10月至2024年", " from October 2024 to 2024"),
        ("undated", "", ""),
    ],
)
def test_a_statement_says_the_period(period: str, zh: str, en: str) -> None:
    assert said(period=period) == (
        f"{zh}林渡市汽车产量为110万辆。",
        f"Lindow's vehicle output was 1,100,000 vehicles{en}.",
    )


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        ("0", VEHICLE, "0辆", "0 vehicles"),
        ("9999", VEHICLE, "9999辆", "9,999 vehicles"),
        ("10000", VEHICLE, "1万辆", "10,000 vehicles"),
        ("498765", VEHICLE, "498765辆", "498,765 vehicles"),
        ("11787000000", CROWN, "117.87亿林元", "11,787,000,000 crowns"),
        ("5100000000000", CROWN, "51000亿林元", "5,100,000,000,000 crowns"),
        ("-320000000", CROWN, "-3.2亿林元", "-320,000,000 crowns"),
        ("0.75", CROWN, "0.75林元", "0.75 crowns"),
        ("12.50", PERCENT, "12.5%", "12.5%"),
        ("-0.3", PERCENT, "-0.3%", "-0.3%"),
        ("120000", PERCENT, "120000%", "120,000%"),
        # More digits than decimal arithmetic keeps unless told: none may be lost.
        ("100000000000000000000000000.000000000001", CROWN, "100000000000000000000000000.000000000001林元",
         "100,000,000,000,000,000,000,000,000.000000000001 crowns"),
        ("123456789012345678901230000", CROWN, "1234567890123456789.0123亿林元",
         "123,456,789,012,345,678,901,230,000 crowns"),
    ],
)  # fmt: skip
def test_a_statement_writes_the_value_exactly(value: str, unit: UnitRecord, zh: str, en: str) -> None:
    assert said(value=value, unit=unit) == (
        f"2024年林渡市汽车产量为{zh}。",
        f"Lindow's vehicle output was {en} in 2024.",
    )


def test_a_metric_may_have_a_sentence_of_its_own_with_the_industry_in_it() -> None:
    template = {"zh": "{period}{subject}{industry}产业{metric}{was}{value}。",
                "en": "{metric} of {subject}'s {industry} industry {was} {value}{period}."}  # fmt: skip
    assert said(statement=template) == (
        "2024年林渡市玻璃产业汽车产量为110万辆。",
        "Vehicle output of Lindow's smart glass industry was 1,100,000 vehicles in 2024.",
    )


@pytest.mark.parametrize(
    ("name", "inside"),
    [("GDP", "GDP"), ("NEV output", "NEV output"), ("Net profit", "net profit"), ("R&D", "R&D")],
)
def test_only_a_common_word_loses_its_capital_inside_a_sentence(name: str, inside: str) -> None:
    assert said(en=name)[1] == f"Lindow's {inside} was 1,100,000 vehicles in 2024."


def test_a_relation_is_said_with_subject_and_object() -> None:
    made = RelationRecord.model_validate(
        {"zh": "位于", "en": "is in", "statement": {"zh": "{subject}位于{object}。", "en": "{subject} is in {object}."}}
    )
    tern = OrganizationRecord.model_validate({"zh": "燕鸥潮汐", "en": "xTern Tide", "kind": "company"})
    assert statements.relation(made, tern, LINDOW) == statements.Statement(
        zh="燕鸥潮汐位于林渡市。", en="xTern Tide is in Lindow."
    )


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("2025-06-18", "2025年6月18日，林渡潮汐能大会。", "Lindow Tide Congress, 18 June 2025."),
        ("undated", "林渡潮汐能大会。", "Lindow Tide Congress."),
    ],
)
def test_an_occurrence_is_said_with_its_date(period: str, zh: str, en: str) -> None:
    event = EventRecord.model_validate({"zh": "林渡潮汐能大会", "en": "Lindow Tide Congress", "period": period})
    assert statements.occurrence(event, read_period(period)) == statements.Statement(zh=zh, en=en)
