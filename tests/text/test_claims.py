"""A claim is a number with its value, unit, period, status, the clause that says it, and who and what it tells of."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answers.facts import Status
from app.text.claims import Claim, ClaimReader
from app.text.decimals import written
from app.text.hedges import Bound
from app.text.normalizing import find_quote, squeeze
from app.text.periods import read_period
from app.text.quotes import LONGEST_QUOTE
from app.text.statuses import ACTUAL, ESTIMATE, PLAN, TARGET
from app.text.vocabulary import MetricTerm

ONE = Decimal(1)
UNITS = {
    "vehicle": {"辆": ONE, "台": ONE, "vehicles": ONE, "cars": ONE},
    "percent": {"%": ONE, "成": Decimal(10), "倍": Decimal(100), "percent": ONE},
    "CNY": {"元": ONE, "yuan": ONE},
    "second": {"秒": ONE, "分钟": Decimal(60), "minutes": Decimal(60)},
    "piece": {"个": ONE, "台": ONE},
    "project": {"个": ONE, "projects": ONE},
    "station": {"座": ONE, "个": ONE, "stations": ONE},
    "laboratory": {"laboratories": ONE},
}
METRICS = [
    MetricTerm("vehicle-output", ["汽车产量", "Vehicle output"], "vehicle"),
    MetricTerm("vehicle-output-growth", ["汽车产量增速"], "percent", "vehicle-output", "growth"),
    MetricTerm("revenue", ["营业收入", "revenue"], "CNY"),
    MetricTerm("projects-signed", ["签约项目数"], "project"),
    MetricTerm("stations", ["充电站数"], "station"),
]
SUBJECTS = [
    ("林渡市", "lindow"),
    ("林渡", "lindow"),
    ("马洛汽车", "marlow"),
    ("Marlow Motors", "marlow"),
    ("海塘", "haitang"),
]
READER = ClaimReader(UNITS, SUBJECTS, METRICS)
PUBLISHED = read_period("2025-07-02")


def claims(text: str) -> list[Claim]:
    return READER.read(text, PUBLISHED).claims


def claim(text: str) -> Claim:
    (only,) = claims(text)
    return only


def test_a_claim_says_what_is_printed_and_where() -> None:
    text = "据悉，去年，林渡市汽车产量突破\n110 万辆，迈入前列。"
    found = claim(text)
    assert (found.value, found.bound, found.units, found.word) == (Decimal(1_100_000), Bound.GT, ("vehicle",), "辆")
    assert (found.printed, found.quote) == ("突破110万辆", "林渡市汽车产量突破110万辆")
    assert text[found.start : found.end] == "突破\n110 万辆"
    assert (found.period, found.period_printed, found.basis) == ("2024", "去年", "relative")
    assert (found.subject, found.metric, found.status) == ("lindow", "vehicle-output", "actual")
    assert found.sentence == "据悉，去年，林渡市汽车产量突破110万辆，迈入前列。"


# What is printed, and value and units of each claim.
VALUES = {
    "耗时5分钟": "300 second",
    "增长1.2倍": "120 percent",
    "占三分之一": "33.33 percent",
    "下降近两成": "-20 percent",
    "签约27个项目": "27 project",
    "新签上下游重点项目27个": "27 project",
    "建成充电站58个": "58 station",
    "建成58个": "58 piece|project|station",
    "水泥5.3万吨": "53000 吨",
    "there are 27 projects": "27 project",
    "5 state key laboratories": "5 laboratory",
    "a 150-megawatt site": "150 megawatts",
    "a 1.3-billion-yuan bridge": "1300000000 CNY",
    "48,210 homes": "48210 homes",
    "1,240 fast chargers": "1240 chargers",
    "稳居第二，3年汇聚24000+": "2 -; 24000 -",
    "5、6和7辆": "5 vehicle; 6 vehicle; 7 vehicle",
    "一万四千五百三十二点一亿元": "1453210000000 CNY",
    "营收NOK 4,182 million": "4182000000 NOK",
    "营收港币68.4亿元": "6840000000 港币",
    "the project cost HK$68m": "68000000 HK$",
    "a plant of A$420 million": "420000000 A$",
    "a $2.7 billion plan": "2700000000 -",  # of no A$
    "浓度33微克/立方米": "33 微克/立方米",
    "每股收益0.11元/股": "0.11 元/股",
    "年产5万吨/年": "50000 吨",
    "the 412-MW park": "412 MW",
    "储能6.3GW/14.1GWh": "6.3 GW; 14.1 GWh",
    "it shipped 1.9m TEU": "1900000 TEU",
}


@pytest.mark.parametrize(("text", "expected"), VALUES.items())
def test_a_value_is_exact_in_the_unit_that_is_plain(text: str, expected: str) -> None:
    found = claims(f"据悉{text}。" if text[0] > "z" else f"They say {text}.")
    assert "; ".join(f"{written(one.value)} {'|'.join(one.units) or one.word or '-'}" for one in found) == expected


# What is printed, and the period of each number in it, with its basis.
PERIODS = {
    "2024年产量110万辆，增长5%": "2024 stated; 2024 stated",
    "2024年产量110万辆。出口5万辆": "2024 stated; 2024 inferred",
    "2024年产量110万辆。\n\n出口5万辆": "2024 stated; undated undated",
    "2024年内，产量5万辆": "2024 stated",
    "In the year 2024 it sold 50 cars": "2024 stated",
    "由2020年的31%提高到58%": "2020 stated; undated undated",
    "比2020年增长5%": "undated undated",
    "公司成立于2019年，年产5万辆": "undated undated",
    "十年前只有5辆": "undated undated",
    "2023年产量5万辆，去年同期为4万辆": "2023 stated; 2024 relative",
    "去年上半年出口5万辆，2023年同期为4万辆": "2024-H1 relative; 2023-H1 stated",
    "到2027年，产量达到50万辆。目前为5万辆": "2027 stated; 2025-07 inferred",
    "到2027年，产量达到50万辆。产能为5万辆": "2027 stated; undated undated",
    "到2027年：\n——产量50万辆；\n——出口5万辆": "2027 inferred; 2027 inferred",
    "林渡市2024年公报\n\n产量5万辆": "2024 inferred",
    "林渡市2024年公报\n\n2025年3月20日\n\n产量5万辆": "2024 inferred",
    "一、2024年回顾\n\n产量5万辆。\n\n二、2025年安排\n\n产量6万辆": "2024 inferred; 2025 inferred",
    "Sales in 2024 rose 5 percent": "2024 stated",
    "It sold 48,210 cars in June, up 17 percent from a year earlier": "2025-06 inferred; 2025-06 inferred",
    "Sales rose 5 percent to 40 cars in the third quarter": "2024-Q3 inferred; 2024-Q3 inferred",
    "Sales rose from 30 cars in 2022 to 50 vehicles in 2024": "2022 stated; 2024 stated",
    "It sold 50 cars, compared with 40 cars in 2023": "undated undated; 2023 stated",
    "LINDOW, July 14 (Wire) -- It sold 50 cars": "undated undated",
    # what a figure is compared with is of no other: the year of a comparison, and in brackets
    "Sold: 50 cars, compared with 40 cars in 2023. Kept: 6 cars": "undated undated; 2023 stated; undated undated",
    "It sold 50 cars. It kept 6 cars in June 2024. It lost 2 cars": "undated undated; 2024-06 stated; undated undated",
    "In 2024 it sold 50 cars (2023: 40 cars), of which 30 percent went abroad": "2024 stated; 2023 stated; 2024 stated",
    "It sold 50 cars, about 5 percent ahead of June": "undated undated; undated undated",
    "In 2024 sales fell 5 percent on 2023": "2024 stated",
    # what a report is of
    "It reports its second quarter ended September 30, 2024.\n\nIt sold 50 cars": "2024-07/2024-09 inferred",
    "In the 12 months to June 2025 it sold 50 cars": "2024-07/2025-06 stated",
    "Eight months into 2024, it sold 50 cars": "2024-01/2024-08 stated",
    "Sales in 2024/25 rose 5 percent": "undated undated",
    "林渡市2024年公报[1]\n\n二〇二五年四月二日\n\n产量5万辆": "2024 inferred",
    "林渡2024年第三季度报告\n\n年初至报告期末，产量5万辆": "2024-01/2024-09 inferred",
    "截至2024年6月30日止六个月，产量5万辆": "2024-01/2024-06 stated",
    "上半年产量增长5%\n\n产量5万辆": "2025-H1 inferred; 2025-H1 inferred",
    "一、今年工作安排\n\n产量5万辆": "2025 inferred",
    "“十四五”期间，产量5万辆": "2021/2025 inferred",
    "2024年，全市着力稳增长，面对复杂严峻的形势，各项工作有力有序推进：\n——产量5万辆": "2024 inferred",
    # a sentence that goes on with what the one before it says
    "上半年，产量5万辆。6月末，充电站58座。其中，充电站5座": "2025-H1 inferred; 2025-06 inferred; 2025-06 inferred",
    "目前产能5万辆。产量5万辆": "2025-07 inferred; 2025-07 inferred",
}


@pytest.mark.parametrize(("text", "expected"), PERIODS.items())
def test_a_number_gets_its_own_period(text: str, expected: str) -> None:
    found = claims(f"{text}。" if "，" in text or text[-1] > "z" else f"{text}.")
    assert "; ".join(f"{one.period} {one.basis}" for one in found) == expected


# What is printed, and the status of its last number.
STATUSES = {
    "去年产量5万辆": "actual",
    "到2027年，产量达到5万辆": "target",
    "力争产量达到5万辆": "target",
    "预计产量达到5万辆": "estimate",
    "计划投资5亿元": "plan",
    "公司拟投资5亿元": "plan",
    "行动计划提出后，现有5万辆": "actual",
    "It plans to invest 5 million yuan": "plan",
    "It aims to sell 50 cars": "target",
    "It expects to sell 50 cars": "estimate",
    "It sold 50 cars": "actual",
    "行动方案\n\n给予补助5万元": "plan",
    "行动方案\n\n2023年产量5万辆": "actual",
}


@pytest.mark.parametrize(("text", "expected"), STATUSES.items())
def test_plans_and_forecasts_are_not_taken_for_actual_values(text: str, expected: str) -> None:
    assert claims(f"{text}。" if text[-1] > "z" else f"{text}.")[-1].status == expected


def test_statuses_are_those_of_facts() -> None:
    assert {ACTUAL, TARGET, PLAN, ESTIMATE} == set(Status)


# What is printed, and subject and metric of its last number.
NAMED = {
    "林渡市汽车产量5万辆": "lindow vehicle-output",
    "林渡市汽车产量5万辆，增长5%": "lindow vehicle-output-growth",
    "林渡市汽车产量增长5%": "lindow vehicle-output-growth",
    "林渡市汽车产量占全国的5%": "lindow None",
    "林渡市的马洛汽车有5辆": "None None",
    "马洛汽车很忙。全年营业收入5亿元": "None revenue",
    "Marlow Motors had revenue of 5 million yuan": "marlow revenue",
    "Marlow Motorsport sold 50 cars": "None None",
    # what begins with the name of another
    "林渡机场有5辆车": "None None",
    "林渡市汽车集团公司有5辆": "None None",
    "Marlow Motors-backed startups sold 50 cars": "None None",
    "Marlow Motors Foundation gave 5 million yuan": "None None",
}


@pytest.mark.parametrize(("text", "expected"), NAMED.items())
def test_subject_and_metric_are_proposed_where_they_are_plain(text: str, expected: str) -> None:
    found = claims(f"{text}。" if text[-1] > "z" else f"{text}.")[-1]
    assert f"{found.subject} {found.metric}" == expected


def test_a_name_of_two_entities_names_neither() -> None:
    reader = ClaimReader(UNITS, [*SUBJECTS, ("林渡市", "lindow-county")], METRICS)
    (found,) = reader.read("林渡市汽车产量5万辆。", PUBLISHED).claims
    assert found.subject == "lindow"  # which 林渡 still names
    (found,) = ClaimReader(UNITS, [("林渡市", "a"), ("林渡市", "b")]).read("林渡市汽车产量5万辆。", PUBLISHED).claims
    assert found.subject is None


def test_a_quote_grows_until_it_is_unique_in_the_text() -> None:
    quotes = [one.quote for one in claims("甲厂产量5万辆，增长5%。乙厂产量6万辆，增长5%。")]
    assert quotes == ["甲厂产量5万辆", "甲厂产量5万辆，增长5%", "乙厂产量6万辆", "乙厂产量6万辆，增长5%"]


def test_a_clause_that_is_too_long_is_quoted_in_part() -> None:
    found = claim(f"{'甲' * 200}产量5万辆{'乙' * 200}。")
    assert "产量5万辆" in found.quote
    assert len(found.quote) <= LONGEST_QUOTE


def test_a_number_that_no_quote_singles_out_is_left_out_with_the_reason() -> None:
    reading = READER.read("产量5万辆。\n\n产量5万辆。", PUBLISHED)
    assert reading.claims == []
    assert {one.why for one in reading.left_out} == {"no clause of at most 120 characters says it and stands once"}


PIECES = st.sampled_from(
    ["2024年", "去年", "产量", "突破", "110", "万辆", "，", "。", "\n", " ", "%", "增长", "5.2", "个", "项目", "第",
     "三分之一", "《", "》", "“", "”", "to", "between", "and", "$", "million", "cars", "fell", "by", "in", "June",
     ".", ",", "-", "—", "1,200", "一", "近", "每", "́", "\u200b", "２", "①", "㎡", "(", ")", ":", "\t", "\x00",
     "\ufffe", "½"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)))
def test_any_text_can_be_read_and_every_claim_stands_in_it(text: str) -> None:
    reading = READER.read(text, PUBLISHED)
    squeezed = squeeze(text)
    for found in reading.claims:
        assert len(find_quote(found.quote, squeezed)) == 1
        assert len(found.quote) <= LONGEST_QUOTE
        assert found.quote.isprintable()
        assert 0 <= found.start < found.end <= len(text)
        read_period(found.period)
    for left in reading.left_out:
        assert 0 <= left.start < left.end <= len(text)


@given(st.one_of(st.none(), st.dates()), st.lists(PIECES).map("".join))
def test_a_text_of_any_date_can_be_read(day: object, text: str) -> None:
    READER.read(text, read_period(str(day)) if day else None)
