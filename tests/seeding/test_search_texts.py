"""Search texts and their words are made for whole columns: what comes out is what is said of a single text."""

import re
from types import SimpleNamespace
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from app.queries.names import searched_words
from app.seeding.search_texts import ascii_words, index_words, search_lines
from app.text.normalizing import search_line
from app.text.script import fold, simplified

# Characters that a search line changes, and those beside which it drops a space.
CHARACTERS = "aZ09客车汽，,。 .%·－ＡK①ﬁßİ\u3000\u200b\u00a0“é\N{COMBINING ACUTE ACCENT}𠀀"
TEXTS = st.lists(st.none() | st.text(CHARACTERS, max_size=12), min_size=1, max_size=8)


@given(TEXTS)
def test_search_lines_are_those_of_each_text(texts: list[str | None]) -> None:
    lines = search_lines(pl.Series(texts, dtype=pl.String))
    assert lines.to_list() == [None if text is None else search_line(text) for text in texts]


@given(st.text(st.sampled_from("车車汽 ，aA") | st.characters(min_codepoint=0xF900, max_codepoint=0xFAFF), max_size=12))
def test_a_question_is_made_plain_and_simplified_as_a_search_text_is(text: str) -> None:
    """An ideograph that is there for compatibility alone may stand for a traditional one."""
    cache = SimpleNamespace(folding=str.maketrans(simplified()))
    reading: Any = SimpleNamespace(release=SimpleNamespace(cache=cache))
    (line,) = search_lines(pl.Series([text]))
    assert line == fold(search_line(text))
    for part in text.split():
        assert searched_words(part, reading) == [one for one in search_lines(pl.Series([part])) if one]


def words(text: str) -> list[str]:
    """Words of ASCII letters and digits, each once; then of each run of others the pairs and its last character.

    Behind the first run, its first character too, as what a pair would be that began with the space between.
    """
    found = list(dict.fromkeys(re.findall("[0-9A-Za-z]+", text)))
    for number, run in enumerate(re.findall("[^\x00-\x7f]+", text)):
        found += [run[0]] * bool(number) + [run[at : at + 2] for at in range(len(run))]
    return found


@given(st.lists(st.text("aZ09客车汽,。 \n𠀀", max_size=12), min_size=1, max_size=8))
def test_words_are_those_of_each_text(texts: list[str]) -> None:
    searches = pl.Series(texts, dtype=pl.String)
    assert [one.split() for one in index_words(searches)] == [words(text) for text in texts]
    assert set(ascii_words(searches)) == {word for text in texts for word in words(text) if word.isascii()}
