"""What makes the reader of numbers quick changes nothing of what it reads."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text import numbers
from app.text.hedges import AFTER, BEFORE, FALL
from app.text.numbers import NumberReader
from app.text.patterns import characters, prefix_tree
from tests.text.test_numbers import PIECES, READER, WORDS

ANY_CHARACTER = r"\s\S"
HEDGES = [*FALL, *AFTER.values(), *(words for pair in BEFORE.values() for words in pair)]
HEDGE_WORDS = sorted({word for hedge in HEDGES for word in re.split(r"[|()?:!<=\[\]\\{}^.+*]", hedge) if word})
MIXTURES = st.lists(st.sampled_from([*PIECES, *HEDGE_WORDS, *sorted(WORDS), *"中文的", " "])).map("".join)


def longest_first(words: Mapping[str, str]) -> str:
    in_order = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) + words[word] for word in in_order) or "(?!)"


@pytest.fixture(scope="module")
def plain_reader() -> NumberReader:
    """A reader that looks at no first character and tries its unit words one by one."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(numbers, "characters", lambda *_patterns: ANY_CHARACTER)
        patched.setattr(numbers, "prefix_tree", lambda words: f"(?:{longest_first(words)})")
        return NumberReader(WORDS | {"$", "US$", "¥"})


@given(st.one_of(st.text(), MIXTURES))
def test_the_quick_reader_reads_what_the_plain_one_does(plain_reader: NumberReader, text: str) -> None:
    for lists in (True, False):
        assert READER.read(text, lists=lists) == plain_reader.read(text, lists=lists)


@given(st.sets(st.text("abcA元个", min_size=1)), st.text("abcA元个"))
def test_a_prefix_tree_finds_the_longest_word_first(words: set[str], text: str) -> None:
    ends = dict.fromkeys(words, "(?!b)")
    plain = re.compile(longest_first(ends), re.IGNORECASE)
    tree = re.compile(prefix_tree(ends), re.IGNORECASE)
    assert [match.span() for match in tree.finditer(text)] == [match.span() for match in plain.finditer(text)]


@pytest.mark.parametrize("pattern", [FALL[0], *(chinese for chinese, _ in BEFORE.values())])
def test_every_hedge_begins_with_one_of_its_characters(pattern: str) -> None:
    beginnings = re.compile(f"[{characters(pattern)}]")
    for word in HEDGE_WORDS:
        for match in re.finditer(pattern, f"中{word}1"):
            assert not match[0] or beginnings.match(match[0])
