"""The draws of a workload: which year, sector, word, ... each request asks for, the same in every run."""

from random import Random
from typing import NamedTuple

from bench.nouns import FIRST_YEAR, INITIATIVES, LAST_YEAR, METRICS, SECTORS

DRAWS = 4000
COMMON, MIDDLING = 49, 1000  # ranks of words below which they are common, and middling
EARLIEST = 50
BEFORE_THE_END = 100  # facts that a deep page has at least behind it


class Draw(NamedTuple):
    """Numbers of entities count from 1; `position`, `early` and `after` are ranks in the order of ids."""

    position: int
    early: int
    after: int
    year: int
    sector: int
    initiative: int
    metric: int
    word: str
    fact_id: str = ""  # of `position`, known once the facts are loaded


def draw(seed: str, facts: int, words: list[str]) -> list[Draw]:
    """A third of the words is common, a third middling, a third rare."""
    random = Random(f"{seed} draws {facts}")
    ranks = ((0, COMMON), (COMMON, MIDDLING), (MIDDLING, len(words)))
    return [
        Draw(
            position=random.randint(1, facts),
            early=random.randint(1, max(EARLIEST, facts // 100)),
            after=random.randint(facts // 2, facts - BEFORE_THE_END),
            year=random.randint(FIRST_YEAR, LAST_YEAR),
            sector=random.randint(1, SECTORS),
            initiative=random.randint(1, INITIATIVES),
            metric=random.randint(1, METRICS),
            word=words[random.randrange(*ranks[number % len(ranks)])],
        )
        for number in range(DRAWS)
    ]
