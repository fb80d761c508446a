"""A text keeps its paragraphs, sentences and clauses when its layout goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.layout import Layout


def parts(layout: Layout, starts: list[int]) -> list[str]:
    ends = [*starts[1:], len(layout.plain)]
    return [layout.as_typed(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


# A text, and its sentences.
SENTENCES = {
    "产量增长5.2%。出口下降。": ["产量增长5.2%。", "出口下降。"],
    "“增长了吗？”他问。": ["“增长了吗？”", "他问。"],
    "他说：“增长了。”随后离开。": ["他说：“增长了。”", "随后离开。"],
    "Sales rose 5.2 percent. Exports fell.": ["Sales rose 5.2 percent.", "Exports fell."],
    "Marlow Motors Co. said sales rose. It was glad.": ["Marlow Motors Co. said sales rose.", "It was glad."],
    "In the U.S. it sold 5 cars.": ["In the U.S. it sold 5 cars."],
    "On Sept. 30 it ended.": ["On Sept. 30 it ended."],
    '"It rose." Then it fell.': ['"It rose."', "Then it fell."],
    'It rose. "We won," she said.': ["It rose.", '"We won," she said.'],
    "第一段\n\n第二段": ["第一段", "第二段"],
    "见 www.example.cn 网站。": ["见www.example.cn网站。"],
}


@pytest.mark.parametrize(("text", "expected"), SENTENCES.items())
def test_a_text_is_split_into_sentences(text: str, expected: list[str]) -> None:
    layout = Layout(text)
    assert parts(layout, layout.sentences) == expected


# A text, and its paragraphs.
PARAGRAPHS = {
    # broken to fit a column, inside words and numbers
    "去年，林渡市汽车产量突破\n110 万辆，同比增长 12.5\n%，占全国的 8.1%。": [
        "去年，林渡市汽车产量突破110万辆，同比增长12.5 %，占全国的8.1%。"
    ],
    "Sales rose to 48,210 vehicles\nin June as exports to more\nthan 30 countries grew.": [
        "Sales rose to 48,210 vehicles in June as exports to more than 30 countries grew."
    ],
    # a blank line, an indent, a short line, a list
    "一\n\n二": ["一", "二"],
    "去年，林渡市汽车产量突破了\n　　同比增长百分之十二又五": ["去年，林渡市汽车产量突破了", "同比增长百分之十二又五"],
    "标题\n去年林渡市汽车产量突破110万辆": ["标题", "去年林渡市汽车产量突破110万辆"],
    "目标是这样的：\n1.建成五个中心\n2.建成六个中心": ["目标是这样的：", "1.建成五个中心", "2.建成六个中心"],
    "增速比全市平均高出了\n11.3个百分点，很高": ["增速比全市平均高出了11.3个百分点，很高"],
    # a line a paragraph, too long for a page
    f"{'甲' * 60}\n{'乙' * 60}": ["甲" * 60, "乙" * 60],
}


@pytest.mark.parametrize(("text", "expected"), PARAGRAPHS.items())
def test_a_line_break_ends_a_paragraph_or_is_layout(text: str, expected: list[str]) -> None:
    layout = Layout(text)
    assert parts(layout, layout.paragraphs) == expected


def test_a_comma_or_a_colon_inside_a_number_ends_no_clause() -> None:
    layout = Layout("产量1,200辆，比例3:1；出口：5辆（增长5%）")
    assert parts(layout, layout.clauses) == ["产量1,200辆，", "比例3:1；", "出口：", "5辆（", "增长5%）"]


def test_the_items_of_a_list_are_read_with_what_introduces_them() -> None:
    layout = Layout("到2027年：\n——产量突破30万辆；\n——出口突破5万辆。\n\n别的。")
    item, other = layout.paragraph(layout.plain.index("5万"))[0], layout.plain.index("别的")
    assert (layout.introductions[item], layout.introductions[other]) == (0, other)


def test_a_passage_as_typed_has_no_line_breaks_but_keeps_its_characters() -> None:
    text = "产量突破\n110 万辆， “Model\n3” 占 5 %"
    layout = Layout(text)
    assert layout.as_typed(0, len(layout.plain)) == "产量突破110万辆，“Model 3”占5 %"


@given(st.text())
def test_every_character_has_its_place_in_any_text(text: str) -> None:
    layout = Layout(text)
    assert len(layout.plain) == len(layout.squeezed.text)
    for at in range(len(layout.plain)):
        start, end = layout.clause(at)
        assert start <= at < end
        assert layout.sentence(at)[0] <= start
        assert layout.introductions.get(layout.paragraph(at)[0], 0) <= at
