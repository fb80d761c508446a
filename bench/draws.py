"""The draws of a workload: which year, sector, word, ... each request asks for, the same in every run."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from bench.nouns import FIRST_YEAR, INITIATIVES, LAST_YEAR, METRICS, SECTORS, company_count

DRAWS = 4000
COMMON, MIDDLING = 49, 1000  # ranks of words below which they are common, and middling
EARLIEST = 50
BEFORE_THE_END = 100  # facts that a deep page has at least behind it


@dataclass(frozen=True, slots=True)
class Draw:
    """Numbers of entities count from 1; `position`, `early` and `after` are ranks in the order of ids."""

    position: int
    early: int
    after: int
    year: int
    sector: int
    initiative: int
    metric: int
    company: int
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
            company=random.randint(1, company_count(facts)),
            word=words[random.randrange(*ranks[number % len(ranks)])],
        )
        for number in range(DRAWS)
    ]


def write(path: Path, draws: list[Draw]) -> None:
    path.write_text(json.dumps([asdict(one) for one in draws], ensure_ascii=False), encoding="utf-8")


def read(path: Path) -> list[Draw]:
    return [Draw(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
