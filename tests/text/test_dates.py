"""Period words, Chinese and English, mean what they mean on the day of their document, never today."""

import pytest

from app.text import dates_en, dates_zh
from app.text.dates import Dates, Today
from app.text.layout import Layout
from app.text.periods import read_period

# What is printed in a document of 2 July 2025, and each mention of a period: words = period basis.
# ! marks another date than what is told, - one that is not known.
CHINESE = {
    "2024年产量": "2024年 = 2024 stated",
    "二〇二四年": "二〇二四年 = 2024 stated",
    "2024年度报告": "2024年度 = 2024 stated",
    "今年增长": "今年 = 2025 relative",
    "去年，全市": "去年 = 2024 relative",
    "前年以来": "前年 = 2023 relative",
    "明年将": "明年 = 2026 relative",
    "今年以来": "今年 = 2025-01/2025-07 relative",
    "2024年上半年": "2024年上半年 = 2024-H1 stated",
    "今年上半年": "今年上半年 = 2025-H1 relative",
    "上半年": "上半年 = 2025-H1 inferred",
    "去年下半年": "去年下半年 = 2024-H2 relative",
    "2023年第三季度": "2023年第三季度 = 2023-Q3 stated",
    "一季度": "一季度 = 2025-Q1 inferred",
    "四季度": "四季度 = 2024-Q4 inferred",  # that of 2025 is yet to come
    "2024年前三季度": "2024年前三季度 = 2024-01/2024-09 stated",
    "前三季度": "前三季度 = 2024-01/2024-09 inferred",  # those of 2025 are not over
    "1—9月": "1—9月 = 2024-01/2024-09 inferred",
    "2024年1至6月": "2024年1至6月 = 2024-01/2024-06 stated",
    "今年前5个月": "今年前5个月 = 2025-01/2025-05 relative",
    "前十一个月": "前十一个月 = 2024-01/2024-11 inferred",
    "6月份": "6月份 = 2025-06 inferred",
    "12月": "12月 = 2024-12 inferred",
    "截至9月底": "9月底 = 2024-09 inferred",
    "截至2024年底": "2024年底 = 2024 stated",
    "去年年底": "去年年底 = 2024 relative",
    "6月26日": "6月26日 = 2025-06-26 inferred",
    "2021年11月5日": "2021年11月5日 = 2021-11-05 stated",
    "9月27日至29日": "9月27日至29日 = 2024-09-27/2024-09-29 inferred",
    "2024—2026年": "2024—2026年 = 2024/2026 stated",
    "2021年至2024年": "2021年至2024年 = 2021/2024 stated",
    "近三年": "近三年 = 2022-07/2025-07 relative",
    "过去5年来": "过去5年来 = 2020-07/2025-07 relative",
    "未来3年": "未来3年 = - undated",
    "十年前": "十年前 = - undated",
    "截至目前": "截至目前 = 2025-07 inferred",
    "本月": "本月 = 2025-07 relative",
    "上月": "上月 = 2025-06 relative",
    "2025-06-26": "2025-06-26 = 2025-06-26 stated",
    "上午9时30分": "上午9时30分 = - undated",
    "2月30日": "2月30日 = - undated",
    "90年代": "90年代 = - undated",
    # of another date than what is told
    "比上年增长": "上年 = 2024 relative !",
    "比2020年增长": "2020年 = 2020 stated !",
    "是去年同期的1.5倍": "去年同期 = 2024 relative !",
    "较2023年同期": "2023年同期 = 2023 stated !",
    "成立于2019年": "2019年 = 2019 stated !",
    "2021年成立的公司": "2021年 = 2021 stated !",
    # the year that is spoken of
    "2023年，全市增长；12月，出口": "2023年 = 2023 stated; 12月 = 2023-12 inferred",
    "去年上半年回升，三季度回落": "去年上半年 = 2024-H1 relative; 三季度 = 2024-Q3 inferred",
    # no dates
    "2024个": "",
    "6个月": "",
    "第3季": "",
    "100年": "",
}
ENGLISH = {
    "in 2024": "2024 = 2024 stated",
    "2024 revenue": "2024 = 2024 stated",
    "fiscal 2024": "fiscal 2024 = 2024 stated",
    "last year": "last year = 2024 relative",
    "Last year, it": "Last year = 2024 relative",
    "this year": "this year = 2025 relative",
    "next year": "next year = 2026 relative",
    "Q1 2024": "Q1 2024 = 2024-Q1 stated",
    "the first quarter of 2024": "the first quarter of 2024 = 2024-Q1 stated",
    "the third quarter of last year": "the third quarter of last year = 2024-Q3 relative",
    "the second quarter": "the second quarter = 2025-Q2 inferred",
    "the fourth quarter": "the fourth quarter = 2024-Q4 inferred",
    "the first half of 2025": "the first half of 2025 = 2025-H1 stated",
    "H1 2024": "H1 2024 = 2024-H1 stated",
    "in the first nine months of 2024": "the first nine months of 2024 = 2024-01/2024-09 stated",
    "in the first five months": "the first five months = 2025-01/2025-05 inferred",
    "the three months to Sept. 30, 2024": "the three months to Sept. 30, 2024 = 2024-07/2024-09 stated",
    "by the end of June": "June = 2025-06 inferred",
    "in March 2024": "March 2024 = 2024-03 stated",
    "in May": "May = 2025-05 inferred",
    "in September": "September = 2024-09 inferred",
    "on June 26, 2025": "June 26, 2025 = 2025-06-26 stated",
    "on 26 June 2025": "26 June 2025 = 2025-06-26 stated",
    "on Nov. 5": "Nov. 5 = 2024-11-05 inferred",
    "the January-August period": "January-August period = 2024-01/2024-08 inferred",
    "from 2021 to 2024": "2021 to 2024 = 2021/2024 stated",
    "from April 2021 to March 2022": "April 2021 to March 2022 = 2021-04/2022-03 stated",
    "in the past five quarters": "in the past five quarters = - undated",
    "in Q4 deliveries, unlike the second half": "Q4 = 2024-Q4 inferred; the second half = 2025-H2 inferred",
    "2025-06-26": "2025-06-26 = 2025-06-26 stated",
    "ten years ago": "ten years ago = - undated",
    "in the past five years": "in the past five years = - undated",
    "at 8:30 a.m.": "8:30 a.m. = - undated",
    "now": "now = 2025-07 inferred",
    "last month": "last month = 2025-06 relative",
    # of another date than what is told
    "from a year earlier": "a year earlier = 2024 relative !",
    "than in 2023": "2023 = 2023 stated !",
    "compared with 2023": "2023 = 2023 stated !",
    "over the previous year": "the previous year = 2024 relative !",
    "founded in 1996": "1996 = 1996 stated !",
    # no dates
    "2,024 cars": "",
    "2000 workers": "",
    "May it be": "",
    "we march on": "",
    "$2024": "",
    "Vision 2030": "",
}


def dates(text: str, published: str = "2025-07-02") -> Dates:
    return Dates(Layout(text), Today.of(read_period(published)), (dates_zh.find, dates_en.find))


def mentions(text: str, published: str = "2025-07-02") -> str:
    layout, found = Layout(text), dates(text, published)
    return "; ".join(
        f"{layout.as_typed(one.start, one.end)} = {one.period or '-'} {one.basis}{' !' * one.aside}"
        for one in found.mentions
    )


@pytest.mark.parametrize(("text", "expected"), (CHINESE | ENGLISH).items())
def test_period_words_are_resolved_against_their_document(text: str, expected: str) -> None:
    framed = f"他说{text}。" if text in CHINESE else f"{text} it was." if text[0].isupper() else f"They said: {text}."
    assert mentions(framed) == expected
