"""Quotes are found whatever the layout of the text, and its places are those of the text as stored."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.text.normalizing import find_quote, search_text, search_words, squeeze, squeezed_text

# Characters whose layout, width and form matter, often side by side.
TEXTS = st.one_of(st.text(), st.text(alphabet="a1Z9,.，中文万 \n\t\u3000\u200b㎡①Ａ１ｶﾞé"))


@pytest.mark.parametrize(
    ("text", "squeezed"),
    {
        "": "",
        " \n\t\u3000": "",
        "河 边 的\n工厂": "河边的工厂",
        "  投产  ": "投产",
        "new\n  energy": "new energy",
        "23 万辆": "23万辆",
        "产量 5 G 基站": "产量5 G基站",
        "１２３％，Ａ": "123%,A",
        "50㎡": "50m2",
        "ﬁve": "five",
        "\u2460号线": "1号线",
        "零\u200b宽\ufeff度": "零宽度",
        "a\u200bb": "a b",
        "1 234": "1 234",
        "第 3,\n 条": "第3,条",
        "100, 200 buses": "100, 200 buses",
        "100， 200": "100, 200",
        "100,200": "100,200",
        "in May, 200": "in May,200",
        "\u00e9 1": "\u00e91",
    }.items(),
)
def test_squeezing_drops_layout_and_keeps_what_parts_words(text: str, squeezed: str) -> None:
    assert squeeze(text).text == squeezed


def test_each_character_knows_where_it_stood() -> None:
    squeezed = squeeze("甲 ㎡\n乙 a  b")
    assert squeezed.text == "甲m2乙a b"
    assert squeezed.starts == (0, 2, 2, 4, 6, 7, 9)
    assert squeezed.ends == (1, 3, 3, 5, 7, 9, 10)


def test_astral_characters_count_as_one_code_point() -> None:
    assert squeeze("𠀀 丙").starts == (0, 2)


TEXT = "河畔新城\n去年整车下\n线 12 3万辆， The new bat-\ntery pl\nant opened.\n产值 4 5.6亿\n元；产值增长。"


@pytest.mark.parametrize(
    ("quote", "stands"),
    {
        "整车下线": "整车下\n线",
        "整车 下线": "整车下\n线",
        "12 3万辆": "12 3万辆",
        "123万辆": "12 3万辆",
        "123万辆,The": "12 3万辆， The",
        "battery": None,
        "bat-tery": "bat-\ntery",
        "pl ant opened": "pl\nant opened",
        "plant opened": "pl\nant opened",
        "new  bat-": "new bat-",
        "45.6亿元": "4 5.6亿\n元",
        "４５.６亿元；": "4 5.6亿\n元；",
        "河畔新城去年": "河畔新城\n去年",
        "旧城": None,
        "": None,
        " \n": None,
    }.items(),
)
def test_a_quote_is_found_over_broken_lines_words_and_numbers(quote: str, stands: str | None) -> None:
    places = find_quote(quote, squeeze(TEXT))
    assert [TEXT[start:end] for start, end in places] == ([stands] if stands else [])


def test_a_quote_found_twice_has_two_places() -> None:
    text = "产 值增长；产\n值下降"
    assert find_quote("产值", squeeze(text)) == [(0, 3), (6, 9)]


def test_places_that_overlap_are_all_found() -> None:
    assert find_quote("哈哈", squeeze("哈 哈哈")) == [(0, 3), (2, 4)]


def test_broken_words_count_only_where_the_quote_stands_nowhere_whole() -> None:
    text = "plant and pl\nant"
    assert find_quote("plant", squeeze(text)) == [(0, 5)]
    assert find_quote("planta", squeeze(text)) == [(0, 7)]


def test_full_width_and_compatible_forms_are_the_same_text() -> None:
    text = "面积５０㎡，约占１０％"
    assert find_quote("50m2,约占10%", squeeze(text)) == [(2, len(text))]


def test_a_comma_with_a_space_is_still_the_comma_of_a_quote_without() -> None:
    text = "产量 1,\n234 台"
    assert [text[start:end] for start, end in find_quote("1,234台", squeeze(text))] == ["1,\n234 台"]


def test_search_text_has_a_line_each_without_layout_case_or_repetition() -> None:
    assert search_text("Harbor  Bus", None, "客 车", "", "HARBOR BUS", "ＡＢＣ") == "harbor bus\n客车\nabc"
    assert search_text() == search_text(None, "") == ""


def test_search_words_are_parted_by_any_white_space() -> None:
    assert search_words("  宇宙\u3000客车\nＢＵＳ ") == ["宇宙", "客车", "bus"]
    assert search_words(" \u3000\ufeff ") == []


def test_no_search_word_spans_two_parts() -> None:
    assert all(word not in search_text("新能", "源车") for word in search_words("能源 新能源"))


@given(TEXTS, st.data())
def test_any_part_of_a_squeezed_text_is_found_where_it_stood(text: str, data: st.DataObject) -> None:
    squeezed = squeeze(text)
    assume(squeezed.text)
    first = data.draw(st.integers(0, len(squeezed.text) - 1))
    last = data.draw(st.integers(first, len(squeezed.text) - 1))
    wanted = squeezed.text[first : last + 1]
    assume(squeeze(wanted).text == wanted)  # a part that starts or ends in white space is no quote
    place = squeezed.starts[first], squeezed.ends[last]
    places = find_quote(wanted, squeezed)
    assert place in places
    whole_first = first == 0 or squeezed.starts[first - 1] != squeezed.starts[first]
    whole_last = last + 1 == len(squeezed.text) or squeezed.starts[last + 1] != squeezed.starts[last]
    if whole_first and whole_last:  # no ㎡ is cut between its m and its 2
        assert squeeze(text[place[0] : place[1]]).text == wanted
    else:
        assert wanted in squeeze(text[place[0] : place[1]]).text


@given(TEXTS)
def test_a_text_without_its_places_is_the_same_text(text: str) -> None:
    assert squeezed_text(text) == squeeze(text).text


@given(TEXTS)
def test_squeezing_twice_changes_nothing(text: str) -> None:
    once = squeeze(text).text
    assert squeeze(once).text == once


@given(TEXTS)
def test_offsets_stay_in_order_and_within_the_text(text: str) -> None:
    squeezed = squeeze(text)
    assert len(squeezed.text) == len(squeezed.starts) == len(squeezed.ends)
    assert list(squeezed.starts) == sorted(squeezed.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(squeezed.starts, squeezed.ends, strict=True))


@given(TEXTS)
def test_nothing_but_white_space_is_dropped(text: str) -> None:
    kept = "".join(unicodedata.normalize("NFKC", character) for character in text)
    bare = "".join(character for character in kept if not character.isspace() and character not in "\u200b\ufeff")
    assert squeeze(text).text.replace(" ", "") == bare


@given(TEXTS)
def test_every_word_of_a_text_is_found_by_a_search_for_it(text: str) -> None:
    assert all(word in search_text(part) for part in text.split() for word in search_words(part))
