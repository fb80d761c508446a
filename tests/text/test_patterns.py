"""Searching in windows finds what a search of the whole text finds, and can be interrupted between them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import dates_en, dates_zh, exclusions
from app.text.layout import BLANK, BREAK
from app.text.patterns import WINDOW, matches

PATTERNS = [
    exclusions.SPANS,
    dates_zh.YEAR,
    dates_zh.PART,
    dates_zh.VAGUE,
    dates_en.WORDS,
    dates_en.VAGUE,
    BLANK,
    BREAK,
]
PIECES = [
    *(
        "2024年",
        "去年",
        "近三年",
        "至",
        "月",
        "《方案》",
        "“十四五”",
        "1",
        "a",
        " ",
        "\n",
        ",",
        "--",
        "1:3",
        "(1)",
        "12:30",
        "www.a",
    ),
    *("the first half of 2024, ", "Jan 5", "400-123-4567", "a year earlier"),
]
LONG = st.lists(st.tuples(st.sampled_from(PIECES), st.integers(1, 400))).map(
    lambda parts: "".join(piece * times for piece, times in parts)
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:12].strip())
@given(text=LONG)
def test_windows_find_what_one_search_finds(pattern: re.Pattern[str], text: str) -> None:
    found = [match.span() for match in matches(pattern, text)]
    assert found == [match.span() for match in pattern.finditer(text)]


@given(text=LONG)
def test_there_is_a_pause_before_each_match_and_in_each_window(text: str) -> None:
    pauses: list[None] = []
    found = list(matches(dates_zh.YEAR, text, lambda: pauses.append(None)))
    unmatched = len(text) - sum(len(match[0]) for match in found)
    assert len(pauses) >= max(len(found), unmatched / WINDOW)


def test_what_a_pause_raises_ends_the_search() -> None:
    def give_up() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        next(matches(BLANK, " ", give_up))
