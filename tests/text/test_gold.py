"""Drafts are measured on texts of our own with lists made by hand: see docs/drafting.md for how, and for the figures.

Tuned on `development` only. `held-out` was run when the reader was done; what it showed was mended, so `second` was
run, mended again, and `third` was run on the reader as it is. The fresh sets came later, in the same way: tuned on the
first, the second run once and mended, the last run once; the three unseen sets each run once, and learnt from. The
figures below are those of now; the page has those of the first run of each.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from app.seeding.drafting import ValueCheck
from app.seeding.seeds import read_entities
from app.text.claims import ClaimReader
from app.text.periods import UNDATED, read_period
from tests.text.measuring import (
    FRESH,
    GOLD,
    SEED,
    SETS,
    Measured,
    gold,
    measure_set,
    published,
    reader_of_the_gold,
    reader_of_the_seed,
)

TEXTS = sorted(GOLD.glob("*/*.txt"))
LEAST_RECALL, LEAST_PRECISION = 0.90, 0.85
LEAST_HELD_OUT = 200  # facts, which the issue asks for
# Of the facts proposed with the right value, bound and unit: so many have the period of the list.
LEAST_PERIODS = 0.80
# Of each of the fresh sets, which are of texts by nobody's habits: their reader knows what they are about.
LEAST_VALUES, LEAST_UNITS, LEAST_FRESH_PRECISION, LEAST_FRESH_PERIODS = 0.95, 0.90, 0.94, 0.75
LEAST_PRECISION_OF_ALL, LEAST_SUBJECTS_OF_ALL = 0.97, 0.90  # of the fresh sets together
LEAST_FRESH = 300  # numbers


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return reader_of_the_seed()


@pytest.mark.parametrize("name", SETS)
def test_facts_are_proposed_and_proposals_are_worth_keeping(reader: ClaimReader, name: str) -> None:
    measured = measure_set(reader, name)
    assert measured.recall >= LEAST_RECALL, measured.missed
    assert measured.precision >= LEAST_PRECISION, measured.wrong


def test_periods_are_mostly_those_a_person_would_write(reader: ClaimReader) -> None:
    whole = Measured()
    for name in SETS:
        whole.add(measure_set(reader, name))
    assert whole.period_right / whole.right >= LEAST_PERIODS, whole.aside


@pytest.mark.parametrize("name", FRESH)
def test_fresh_texts_are_drafted_as_well_as_a_person_asks_for(name: str) -> None:
    measured = measure_set(reader_of_the_gold(), name)
    assert measured.value_recall >= LEAST_VALUES, measured.missed
    assert measured.recall >= LEAST_UNITS, measured.missed
    assert measured.value_precision >= LEAST_FRESH_PRECISION, measured.wrong
    assert measured.period_right / measured.right >= LEAST_FRESH_PERIODS, measured.aside


def test_of_the_fresh_texts_together_few_proposals_are_to_be_deleted() -> None:
    whole, reader = Measured(), reader_of_the_gold()
    for name in FRESH:
        whole.add(measure_set(reader, name))
    assert whole.value_precision >= LEAST_PRECISION_OF_ALL, whole.wrong
    assert whole.subject_right / whole.subjects >= LEAST_SUBJECTS_OF_ALL, whole.aside


def test_the_fresh_texts_have_numbers_enough() -> None:
    paths = [path for name in FRESH for path in (GOLD / name).glob("*.csv")]
    assert sum(len(list(gold(path))) for path in paths) >= LEAST_FRESH


def test_the_held_out_texts_state_facts_enough_in_both_languages(reader: ClaimReader) -> None:
    assert measure_set(reader, "held-out").facts >= LEAST_HELD_OUT
    languages = [path.read_text(encoding="utf-8").isascii() for path in (GOLD / "held-out").glob("*.txt")]
    assert languages.count(True) >= 3
    assert languages.count(False) >= 3


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_each_list_matches_its_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    numbers = list(gold(path))
    assert numbers == sorted(numbers, key=lambda number: number.start)
    for number in numbers:
        there = text[number.start : number.start + len(number.printed)]
        assert there.replace("\n", " ") == number.printed
        if number.value:
            Decimal(number.value)
            assert number.period == UNDATED or read_period(number.period)
    assert read_period(published()[path.stem])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_proposal_passes_the_value_check_of_a_seed(reader: ClaimReader, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    check = ValueCheck(read_entities(SEED, lambda _what, _count: None), text)
    claims = reader.read(text, read_period(published()[path.stem])).claims
    assert [against for _, against in map(check.checked, claims) if against] == []
