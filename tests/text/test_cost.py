"""The time to read a text is proportional to its length, whatever it repeats, and reading can be interrupted."""

import gc
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from app.text import dates_en, dates_zh, exclusions, hedges, numbers, numerals, vocabulary
from app.text.claims import ClaimReader
from app.text.normalizing import squeeze
from app.text.periods import read_period
from tests.text.measuring import reader_of_the_seed

PUBLISHED = read_period("2025-07-02")
# Characters of a text, and how many times as many another has: what was found to cost most is looked at more closely.
CHARACTERS, FEWER_CHARACTERS, TIMES = 2_000, 1_000, 4
DRAWN = 100
# Fourfold where the cost grows in proportion, sixteenfold where it grows with the square. What a reader does beside is
# held against what it costs to drop the layout of the text, so that a large part of it that grows is seen early, too.
MOST_GROWTH, MOST_SQUEEZES, SLACK, TRIES = 6, 1_000, 0.02, 5  # times, times, seconds of processor time, the best counts
MOST_CALLS = 30_000  # about a millisecond; to squeeze one window takes eight thousand
LITERAL = re.compile(r"[\w ≤≥<>±≈▼↓]+")
# What cost most when each number was read with all that stood before it, what their parts are, and hostile layout.
KNOWN = [
    *(
        "1%",
        "¥1",
        "1 1/2 ",
        "$1 to ",
        "1年",
        "1倍",
        "1..",
        "1.",
        "1,",
        "1",
        "1 ",
        "half ",
        "$1 ",
        "1,111,",
        "1-1-1",
        "1:1:1.1",
    ),
    *(
        "1\n",
        "——1\n",
        "2024年公报\n\n",
        "x\n\n1\n\n",
        "(",
        "《1》",
        "“1",
        "1”",
        "[1]",
        "a.b ",
        "a@b.",
        "www.a",
        "400-400-",
    ),
    *(
        "上年同期1",
        "去年同期",
        "比2023年1辆",
        "a year earlier 1 car ",
        "方案(",
        "由2020年的1%",
        "目前1",
        "突破了项",
        "将1%",
    ),
    *(
        "\ufdfa",
        "a\u0301\u0327",
        "½",
        "①",
        " \n",
        "\0",
        "第1",
        "1、",
        "1和",
        "一亿",
        "1亿1",
        "between 1 and ",
        "twenty-",
        "two hundred and ",
        "1:",
        "1:1:98 ",
        "1万1000",
        "1千零1",
        "1e1",
        "1×10^1",
        "one in ",
        "~1",
        "a dozen ",
        "tens of ",
        "数以万",
        "壹佰",
        "1k ",
        "$1m",
        "1% less ",
        "1元以上",
        "a year ago ",
        "上年1",
    ),
]
AROUND = ["{}", "{}1%", "1{}", "{} 1 ", "1{}，", "增长{}1个。", "2024年{}\n"]


def literals(*patterns: str) -> Iterator[str]:
    """The alternatives of patterns that are plain words."""
    for pattern in patterns:
        yield from (one for one in pattern.strip("(?:)").split("|") if LITERAL.fullmatch(one))


def drawn() -> list[str]:
    """Printed forms to repeat, drawn from the words that the readers know."""
    hedged = [*literals(*(one for pair in hedges.BEFORE.values() for one in pair)), *literals(*hedges.FALL)]
    counted = [*numerals.DIGIT, *numerals.POWER, *numerals.ENGLISH_DIGIT, *numbers.ENGLISH_PART, *numbers.TWOFOLD]
    units = [
        *sorted(vocabulary.OTHER_WORDS),
        *sorted(exclusions.COUNTERS),
        "元",
        "辆",
        "%",
        "成",
        "倍",
        "percent",
        "yuan",
    ]
    dated = [*dates_zh.OFFSETS, *(one.title() for one in dates_en.MONTHS), *dates_en.COUNT, *dates_en.OFFSETS]
    draw = random.Random(20)  # noqa: S311 - nothing is secret
    found: list[str] = []
    while len(found) < DRAWN:
        words = [draw.choice(kind) for kind in draw.sample([hedged, counted, units, dated], draw.choice((1, 1, 2)))]
        found.append(draw.choice(AROUND).format(" ".join(words) if words[0].isascii() else "".join(words)))
    return found


FORMS = [*((one, CHARACTERS) for one in KNOWN), *((one, FEWER_CHARACTERS) for one in drawn())]


def repeated(form: str, size: int) -> str:
    return (form * size)[:size]


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return reader_of_the_seed()


def seconds(work: Callable[[], object]) -> float:
    """Of this thread's processor time, so that a busy machine does no harm."""
    gc.disable()
    try:
        began = time.thread_time()
        work()
        return time.thread_time() - began
    finally:
        gc.enable()


@pytest.mark.parametrize(("form", "size"), FORMS, ids=ascii)
def test_cost_grows_in_proportion_to_the_text(form: str, size: int, reader: ClaimReader) -> None:
    text, longer = repeated(form, size), repeated(form, TIMES * size)
    small = large = squeezed = float("inf")
    for _ in range(TRIES):
        small = min(small, seconds(lambda: reader.read(text, PUBLISHED, quoted=False)))
        large = min(large, seconds(lambda: reader.read(longer, PUBLISHED, quoted=False)))
        squeezed = min(squeezed, seconds(lambda: squeeze(longer)))
        if large <= min(MOST_GROWTH * small, MOST_SQUEEZES * squeezed) + SLACK:
            return
    pytest.fail(f"{large / small:.1f} times the cost of a quarter of the text, {large / squeezed:.0f} of its layout")


@pytest.mark.parametrize(
    "form", ["近", "a ", "x\n", "1", "《", "Jan ", "2024", "1辆" + "甲" * 30, "2024年" + "abc " * 15]
)
def test_reading_can_be_given_up_at_any_time(form: str, reader: ClaimReader) -> None:
    """Between two looks few functions are called."""
    longest = since = 0

    def called(frame: FrameType, event: str, argument: object) -> None:
        nonlocal longest, since
        since += 1
        longest = max(longest, since)

    def pause() -> None:
        nonlocal since
        since = 0

    sys.setprofile(called)
    try:
        reader.read(repeated(form, 20_000), PUBLISHED, quoted=False, pause=pause)
    finally:
        sys.setprofile(None)
    assert longest < MOST_CALLS
