"""The sentences generated for facts whose authors wrote none."""

# ruff: noqa: E501 - a row of a table reads best as one line

import csv
import json
import shutil
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.nouns.units import UnitRecord
from app.seeding import manifest, statements
from app.seeding.rendering import render
from app.seeding.spoken import BilingualText, en_period, spoken_number, zh_period
from app.text.hedges import Bound
from app.text.numbers import NumberReader
from app.text.periods import read_period
from tests.conftest import CITY

# Metrics, a relation and events beside those of the city, with every form that a template may have.
MORE = {
    "metrics.yaml": """
average-growth: {zh: 汽车产量年均增速, en: Average growth of vehicle output, unit: percent, kind: ratio, of: vehicle-output, transform: average-growth}
value-added: {zh: 增加值, en: Value added, unit: LDC, kind: flow, statement: {zh: '{period}{subject}[{scope}产业|全部产业]增加值{was}{value}。', en: "{subject}'s value added[ in {scope}|, all industries together,] {was} {value}{period}."}}
value-added-growth: {zh: 增加值增速, en: Value-added growth, unit: percent, kind: ratio, of: value-added, transform: real-growth}
exports: {zh: 出口, en: Exports, unit: LDC, kind: flow, statement: {zh: '{period}{subject}出口{were}{value}。', en: "{subject}'s exports {were} {value}{period}."}}
exports-growth: {zh: 出口增速, en: Growth of exports, unit: percent, kind: ratio, of: exports, transform: growth}
staff: {zh: 员工, en: Staff, unit: person, kind: stock, statement: {zh: '{period}{subject}{had}员工{value}。', en: '{subject} {had} {count} employees{period}.'}}
staff-growth: {zh: 员工增速, en: Growth of staff, unit: percent, kind: ratio, of: staff, transform: growth}
panes: {zh: 玻璃数, en: Number of panes, unit: piece, kind: stock}
profit: {zh: 利润, en: Profit, unit: LDC, kind: flow, loss: {zh: '{period}{subject}亏损{value}。', en: '{subject} had a loss of {value}{period}.'}}
profit-growth: {zh: 利润增速, en: Growth of profit, unit: percent, kind: ratio, of: profit, transform: growth}
""",
    "events.yaml": """
lab-opening: {zh: 量子实验室, en: quantum laboratory, period: 2025-06-18, statement: {zh: '{period}，林渡启用量子实验室。', en: 'Lindow opened its quantum laboratory{period}.'}}
lab-closing: {zh: 实验室关闭, en: laboratory closure, period: undated, statement: {zh: '{period}，林渡关闭实验室。', en: 'Lindow closed its laboratory{period}.'}}
xtern-visit: {zh: 来访, en: xTern visit, period: 2025, statement: {zh: '{period}燕鸥来访。', en: 'xTern Tide came{period}.'}}
""",
}
COLUMNS = (
    *("subject", "metric", "scope", "value", "bound", "printed", "measure", "status", "relation", "object", "event"),
    *("period", "market", "source", "derived", "statement_zh", "statement_en"),
)


class Case(NamedTuple):
    fact: dict[str, str]
    zh: str
    en: str


def measured(printed: str, value: str, zh: str, en: str, **more: str) -> Case:
    """A measurement, of the vehicle output of Lindow in 2024 unless more is given."""
    plain = {"subject": "lindow", "metric": "vehicle-output", "period": "2024"}
    return Case(plain | {"printed": printed, "value": value} | more, zh, en)


def growth(value: str, zh: str, en: str, **more: str) -> Case:
    plain = {"metric": "vehicle-output-growth"}
    return measured(
        f"{value}%", value, f"2024年林渡市汽车产量{zh}。", f"Lindow's vehicle output {en} in 2024.", **plain | more
    )


def made(number: str, zh: str, en: str, **more: str) -> Case:
    return measured(number, "1100000", f"2024年林渡市汽车产量{zh}。", f"Lindow's vehicle output {en} in 2024.", **more)


BOUNDS = [
    made("110万辆", "为110万辆", "was 1.1 million vehicles"),
    made("超过110万辆", "超过110万辆", "was more than 1.1 million vehicles", bound="gt"),
    made("不少于110万辆", "不少于110万辆", "was at least 1.1 million vehicles", bound="ge"),
    made("不足110万辆", "不足110万辆", "was less than 1.1 million vehicles", bound="lt"),
    made("不超过110万辆", "不超过110万辆", "was at most 1.1 million vehicles", bound="le"),
    made("约110万辆", "约110万辆", "was about 1.1 million vehicles", bound="approx"),
    made("近110万辆", "接近110万辆", "was nearly 1.1 million vehicles", bound="below"),
]
# fmt: off
STATUSES = [
    measured("110万辆", "1100000", "2024年林渡市汽车产量目标为110万辆。", "Lindow aimed for vehicle output of 1.1 million vehicles in 2024.", status="target"),
    measured("110万辆", "1100000", "2024年林渡市汽车产量规划为110万辆。", "Lindow planned vehicle output of 1.1 million vehicles in 2024.", status="plan"),
    made("110万辆", "预计为110万辆", "was estimated at 1.1 million vehicles", status="estimate"),
    made("超过110万辆", "预计超过110万辆", "was estimated at more than 1.1 million vehicles", status="estimate", bound="gt"),
]
# fmt: on
# A change is said with a verb, and the bound of a fall is mirrored: below -5 is a fall of more than 5.
CHANGES = [
    growth("12.5", "增长12.5%", "rose 12.5%"),
    growth("-0.3", "下降0.3%", "fell 0.3%"),
    growth("12", "增长超过12%", "rose more than 12%", bound="gt"),
    growth("12", "增长不低于12%", "rose at least 12%", bound="ge"),
    growth("12", "增长不足12%", "rose less than 12%", bound="lt"),
    growth("12", "增长不超过12%", "rose at most 12%", bound="le"),
    growth("12", "增长约12%", "rose about 12%", bound="approx"),
    growth("12", "增长接近12%", "rose nearly 12%", bound="below"),
    growth("-12", "下降超过12%", "fell more than 12%", bound="lt"),
    growth("-12", "下降不低于12%", "fell at least 12%", bound="le"),
    growth("-12", "下降不足12%", "fell less than 12%", bound="gt"),
    growth("-12", "下降不超过12%", "fell at most 12%", bound="ge"),
    growth("-12", "下降约12%", "fell about 12%", bound="approx"),
    growth("-12", "下降接近12%", "fell nearly 12%", bound="below"),
    growth("12", "目标为增长12%", "was targeted to rise 12%", status="target"),
    growth("-12", "规划下降12%", "was planned to fall 12%", status="plan"),
    growth("12", "预计增长12%", "was estimated to have risen 12%", status="estimate"),
    measured(
        "0%",
        "0",
        "2024年林渡市汽车产量增速为0%。",
        "Lindow's growth of vehicle output was 0% in 2024.",
        metric="vehicle-output-growth",
    ),
    measured(
        "8%",
        "8",
        "2021年至2024年林渡市汽车产量年均增长8%。",
        "Lindow's vehicle output rose an average of 8% a year from 2021 to 2024.",
        metric="average-growth",
        period="2021/2024",
    ),
    measured(
        "-8%",
        "-8",
        "2021年至2024年林渡市汽车产量年均下降8%。",
        "Lindow's vehicle output fell an average of 8% a year from 2021 to 2024.",
        metric="average-growth",
        period="2021/2024",
    ),
    # The sentence of the metric itself, with another verb.
    measured(
        "7%",
        "7",
        "2024年林渡市玻璃产业增加值增长7%。",
        "Lindow's value added in glass rose 7% in 2024.",
        metric="value-added-growth",
        scope="glass",
    ),
    measured(
        "7%",
        "7",
        "2024年林渡市全部产业增加值增长7%。",
        "Lindow's value added, all industries together, rose 7% in 2024.",
        metric="value-added-growth",
    ),
    measured("-7%", "-7", "2024年林渡市出口下降7%。", "Lindow's exports fell 7% in 2024.", metric="exports-growth"),
    # Nobody rises who had employees: the growth is said of the metric.
    measured("7%", "7", "2024年林渡市员工增长7%。", "Lindow's staff rose 7% in 2024.", metric="staff-growth"),
]  # fmt: skip
LOSSES = [
    measured("亏损3.2亿元", "-320000000", "2024年林渡市亏损3.2亿林元。", "Lindow had a loss of 320 million crowns in 2024.", metric="profit"),
    measured("亏损超3.2亿元", "-320000000", "2024年林渡市亏损超过3.2亿林元。", "Lindow had a loss of more than 320 million crowns in 2024.", metric="profit", bound="lt"),
    measured("亏损不足3.2亿元", "-320000000", "2024年林渡市亏损不足3.2亿林元。", "Lindow had a loss of less than 320 million crowns in 2024.", metric="profit", bound="gt"),
    measured("3.2亿元", "320000000", "2024年林渡市利润为3.2亿林元。", "Lindow's profit was 320 million crowns in 2024.", metric="profit"),
    measured("亏损3.2亿元", "-320000000", "2024年林渡市净利润为负3.2亿林元。", "Lindow's net profit was minus 320 million crowns in 2024.", metric="net-profit"),
    measured("-3.5%", "-3.5", "2024年林渡市利润下降3.5%。", "Lindow's profit fell 3.5% in 2024.", metric="profit-growth"),
]  # fmt: skip
TEMPLATES = [
    measured("5亿元", "500000000", "2024年林渡市玻璃产业增加值为5亿林元。", "Lindow's value added in glass was 500 million crowns in 2024.", metric="value-added", scope="glass"),
    measured("5亿元", "500000000", "2024年林渡市全部产业增加值为5亿林元。", "Lindow's value added, all industries together, was 500 million crowns in 2024.", metric="value-added"),
    measured("5辆", "5", "2024年林渡市智能玻璃汽车产量为5辆。", "Lindow's vehicle output of smart glass was 5 vehicles in 2024.", scope="smart-glass"),
    measured("5亿元", "500000000", "2024年林渡市出口为5亿林元。", "Lindow's exports were 500 million crowns in 2024.", metric="exports"),
    # A sentence that has no place for a scope would say of all exports what is said of some.
    measured("2亿元", "200000000", "2024年林渡市防弹玻璃出口为2亿林元。", "Lindow's exports of armoured glass were 200 million crowns in 2024.", metric="exports", scope="armoured-glass"),
    measured("5%", "5", "2024年林渡市防弹玻璃出口增长5%。", "Lindow's exports of armoured glass rose 5% in 2024.", metric="exports-growth", scope="armoured-glass"),
    measured("5亿元", "500000000", "2024年林渡市出口约5亿林元。", "Lindow's exports were about 500 million crowns in 2024.", metric="exports", bound="approx"),
    measured("5亿元", "500000000", "2024年林渡市出口规划为5亿林元。", "Lindow planned exports of 500 million crowns in 2024.", metric="exports", status="plan"),
    measured("5000人", "5000", "2024年林渡市有员工5000人。", "Lindow had 5,000 employees in 2024.", metric="staff"),
    measured("超5000人", "5000", "2024年林渡市有员工超过5000人。", "Lindow had more than 5,000 employees in 2024.", metric="staff", bound="gt"),
    measured("5000人", "5000", "2024年林渡市计划有员工5000人。", "Lindow planned to have 5,000 employees in 2024.", metric="staff", status="plan"),
    # What is a number of panes is no number of pieces.
    measured("12块", "12", "2024年林渡市玻璃数为12件。", "Lindow's number of panes was 12 in 2024.", metric="panes"),
    measured("1辆", "1", "2024年林渡市汽车产量为1辆。", "Lindow's vehicle output was 1 vehicle in 2024."),
    # What the source itself calls it stands in the place of the metric; the market stands beside what is counted.
    measured("6辆", "6", "2024年林渡市实际下线量为6辆。", "Lindow's vehicle output was 6 vehicles in 2024.", measure="实际下线量"),
    measured("6辆", "6", "2024年林渡市汽车产量（奥川国）为6辆。", "Lindow's vehicle output was 6 vehicles (Ostria) in 2024.", market="ostria"),
    measured("6辆", "6", "2024年林渡市实际下线量（奥川国）为6辆。", "Lindow's vehicle output was 6 vehicles (Ostria) in 2024.", market="ostria", measure="实际下线量"),
    measured("6亿元", "600000000", "2024年林渡市出口（奥川国）为6亿林元。", "Lindow's exports were 600 million crowns (Ostria) in 2024.", metric="exports", market="ostria"),
    measured("7辆", "7", "七辆。", "Seven.", statement_zh="七辆。", statement_en="Seven."),
]  # fmt: skip
NUMBERS = [
    made("1.10 million vehicles", "为110万辆", "was 1.10 million vehicles"),
    made("1,100,000辆", "为110万辆", "was 1.1 million vehicles"),
    made("1100千辆", "为110万辆", "was 1.1 million vehicles", derived="千"),
    measured("62.60万辆", "626000", "2024年林渡市汽车产量为62.60万辆。", "Lindow's vehicle output was 626,000 vehicles in 2024."),
    measured("1.450万亿元", "1450000000000", "2024年林渡市地区生产总值为1.450万亿林元。", "Lindow's GDP was 1.45 trillion crowns in 2024.", metric="gdp"),
    measured("14532.1亿元", "1453210000000", "2024年林渡市地区生产总值为14532.1亿林元。", "Lindow's GDP was 1.45321 trillion crowns in 2024.", metric="gdp"),
]  # fmt: skip
PERIODS = {
    "2024": ("2024年", " in 2024"),
    "2024-H1": ("2024年上半年", " in the first half of 2024"),
    "2024-H2": ("2024年下半年", " in the second half of 2024"),
    "2024-Q1": ("2024年第一季度", " in the first quarter of 2024"),
    "2024-Q2": ("2024年第二季度", " in the second quarter of 2024"),
    "2024-Q3": ("2024年第三季度", " in the third quarter of 2024"),
    "2024-Q4": ("2024年第四季度", " in the fourth quarter of 2024"),
    "2024-09": ("2024年9月", " in September 2024"),
    "2024-09-05": ("2024年9月5日", " on 5 September 2024"),
    "2021/2024": ("2021年至2024年", " from 2021 to 2024"),
    "2024-01/2024-09": ("2024年1月至9月", " from January to September 2024"),
    "2023-11/2024-02": ("2023年11月至2024年2月", " from November 2023 to February 2024"),
    "2024-09-27/2024-09-29": ("2024年9月27日至29日", " from 27 to 29 September 2024"),
    "2024-09-27/2024-10-07": ("2024年9月27日至10月7日", " from 27 September to 7 October 2024"),
    "2023-12-30/2024-01-02": ("2023年12月30日至2024年1月2日", " from 30 December 2023 to 2 January 2024"),
    "2024/2024-06": ("2024年至2024年6月", " from 2024 to June 2024"),
    "2024-10/2024": ("2024年10月至2024年", " from October 2024 to 2024"),
    "../2025-07": ("截至2025年7月", " by July 2025"),
    "../2025-07-02": ("截至2025年7月2日", " by 2 July 2025"),
    "../2024": ("截至2024年", " by 2024"),
    "undated": ("", ""),
}
OVER_TIME = [
    measured("9辆", "9", f"{zh}林渡市汽车产量为9辆。", f"Lindow's vehicle output was 9 vehicles{en}.", period=period)
    for period, (zh, en) in PERIODS.items()
]
OTHERS = [
    Case({"subject": "tern-tide", "relation": "located-in", "object": "lindow"}, "燕鸥潮汐位于林渡市。", "xTern Tide is in Lindow."),
    # An occurrence is its event's sentence, with the date of the fact where that has one of its own.
    Case({"event": "lab-opening"}, "2025年6月18日，林渡启用量子实验室。", "Lindow opened its quantum laboratory on 18 June 2025."),
    Case({"event": "lab-opening", "period": "2025-06"}, "2025年6月，林渡启用量子实验室。", "Lindow opened its quantum laboratory in June 2025."),
    Case({"event": "lab-opening", "period": "undated"}, "林渡启用量子实验室。", "Lindow opened its quantum laboratory."),
    Case({"event": "lab-opening", "period": "../2025-07"}, "截至2025年7月，林渡启用量子实验室。", "Lindow opened its quantum laboratory by July 2025."),
    Case({"event": "lab-closing"}, "林渡关闭实验室。", "Lindow closed its laboratory."),
    Case({"event": "xtern-visit"}, "2025年燕鸥来访。", "xTern Tide came in 2025."),
    Case({"event": "tide-congress-2025"}, "2025年6月18日至20日，2025林渡潮汐能大会。", "Lindow Tide Congress 2025, from 18 to 20 June 2025."),
    Case({"event": "ferry-launch"}, "无人渡轮首航。", "First voyage of a driverless ferry."),
]  # fmt: skip
CASES = [*BOUNDS, *STATUSES, *CHANGES, *LOSSES, *TEMPLATES, *NUMBERS, *OVER_TIME, *OTHERS]
Said = dict[str, BilingualText]


def key_of(fact: dict[str, str]) -> str:
    return json.dumps(fact, sort_keys=True)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Said:
    """The statements of a seed that has all cases as facts, each with a source of its own, by case."""
    folder = tmp_path_factory.mktemp("said") / "seed"
    shutil.copytree(CITY, folder, ignore=shutil.ignore_patterns("facts", "pins", "sources"))
    (folder / "facts").mkdir()
    (folder / manifest.FILE).write_text(f"{manifest.DRAFT}\n", encoding="utf-8")
    for name, more in MORE.items():
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(more)
    sources = {f"source-{number}": key_of(case.fact) for number, case in enumerate(CASES)}
    with (folder / "sources.yaml").open("a", encoding="utf-8") as file:
        file.writelines(f"{name}: {{zh: 源, en: Source, kind: other, language: zh}}\n" for name in sources)
    with (folder / "facts" / "facts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for source, key in sources.items():
            fact = json.loads(key)
            plain = {} if "event" in fact else {"period": "undated"}
            writer.writerow(plain | fact | {"source": source})
    shown = [
        json.loads(one) for _, rows in render(folder, None, lambda _what, _count: None).pieces() for one in rows["json"]
    ]
    return {sources[one["citation"]["source"]["id"]]: BilingualText(**one["statement"]) for one in shown}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_a_statement_is_what_people_say(said: Said, case: Case) -> None:
    assert said[key_of(case.fact)] == BilingualText(case.zh, case.en)


def test_each_bound_has_words_in_both_languages() -> None:
    assert set(statements.ZH_BOUND) == set(statements.EN_BOUND) == set(Bound)


@pytest.mark.parametrize(("period", "zh", "en"), [(period, *words) for period, words in PERIODS.items()])
def test_a_period_is_said_in_both_languages(period: str, zh: str, en: str) -> None:
    assert (zh_period(read_period(period)), en_period(read_period(period))) == (zh, en)


def unit(**more: object) -> UnitRecord:
    return UnitRecord.model_validate({"zh": "林元", "en": "crowns", "symbol": "₤", "printed": {"元": "1"}} | more)


CROWN, VEHICLE = unit(), unit(zh="辆", en="vehicles", symbol=None, printed={"辆": "1"})
PERCENT, RANK = unit(zh="百分比", en="percent", symbol="%"), unit(zh="位", en="rank", symbol=None, printed={})


@pytest.mark.parametrize(
    ("value", "printed", "unit", "zh", "en"),
    [
        ("0", "0辆", VEHICLE, "0辆", "0 vehicles"),
        ("9999", "9999辆", VEHICLE, "9999辆", "9,999 vehicles"),
        ("10000", "1万辆", VEHICLE, "1万辆", "10,000 vehicles"),
        ("498765", "498,765辆", VEHICLE, "498765辆", "498,765 vehicles"),
        ("1", "首辆", VEHICLE, "1辆", "1 vehicle"),
        ("11787000000", "117.87亿元", CROWN, "117.87亿林元", "11.787 billion crowns"),
        ("4790000000000", "4.79万亿元", CROWN, "4.79万亿林元", "4.79 trillion crowns"),
        ("4790000000000", "47900亿元", CROWN, "47900亿林元", "4.79 trillion crowns"),
        ("4790000000000", "4.790 trillion crowns", CROWN, "4.79万亿林元", "4.790 trillion crowns"),
        ("1450000000000", "1450000000000", CROWN, "1.45万亿林元", "1.45 trillion crowns"),
        ("20000000", "2千万元", CROWN, "2千万林元", "20 million crowns"),
        ("1234567", "1,234,567", VEHICLE, "1234567辆", "1,234,567 vehicles"),
        ("123456789", "123456789", VEHICLE, "1.23456789亿辆", "123,456,789 vehicles"),
        ("2000", "2000 至 3000 辆", VEHICLE, "2000辆", "2,000 vehicles"),
        ("0.75", "0.75元", CROWN, "0.75林元", "0.75 crowns"),
        ("12.5", "12.50%", PERCENT, "12.50%", "12.50%"),
        ("120000", "120000%", PERCENT, "12万%", "120,000%"),
        ("33.3", "三分之一", PERCENT, "33.3%", "33.3%"),
        ("-0.3", "-0.3%", PERCENT, "负0.3%", "minus 0.3%"),
        ("3", "第三", RANK, "3位", "3"),
    ],
)  # fmt: skip
def test_a_number_is_said_with_the_scale_word_and_the_digits_of_its_print(
    value: str, printed: str, unit: UnitRecord, zh: str, en: str
) -> None:
    assert spoken_number(Decimal(value), printed, unit, bare=False) == BilingualText(zh, en)


READERS = {"zh": NumberReader(["林元"]), "en": NumberReader(["crowns", "crown"])}


@given(
    st.decimals("0.000000000001", 10**26, places=12) | st.integers(1, 10**26).map(Decimal)
    | st.builds(lambda digits, power: Decimal(digits).scaleb(power), st.integers(1, 9999), st.integers(0, 20)),
    st.sampled_from([None, "万", "亿", "万亿", " million", " billion", " trillion"]),
)  # fmt: skip
def test_no_digit_of_any_number_is_lost(value: Decimal, scale: str | None) -> None:
    powers = {None: 0, "万": 4, "亿": 8, "万亿": 12, " million": 6, " billion": 9, " trillion": 12}
    printed = f"{value.scaleb(-powers[scale]):f}{scale or ''}"
    for language, text in spoken_number(value, printed, CROWN, bare=False)._asdict().items():
        (read,) = READERS[language].read(text)
        assert (read.value, read.bound) == (value, Bound.EQ), text


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("GDP", "GDP"),
        ("NEV output", "NEV output"),
        ("Net profit", "net profit"),
        ("R&D", "R&D"),
        ("A share", "a share"),
    ],
)
def test_only_a_common_word_loses_its_capital_in_a_sentence(name: str, inside: str) -> None:
    assert statements.in_a_sentence(name) == inside
