"""The generator of a seed folder with any number of facts: python -m bench.generate 10000 FOLDER."""

import argparse
import csv
import json
import math
from collections.abc import Iterator
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench import nouns

CHUNK, CHUNKS_A_FILE = 50_000, 10  # a chunk has a seed of its own, so that memory stays flat
COLUMNS = ("subject", "metric", "value", "bound", "printed", "period", "industries", "initiatives", "source", "quote")
# Each hedge with the bound it says, and how often it is printed.
HEDGES = (("", "", 60), ("超", "gt", 12), ("突破", "gt", 6),
          ("近", "below", 10), ("约", "approx", 8), ("至少", "ge", 4))  # fmt: skip
SKEW = 1.5  # the first tenth of the companies has a fifth of the facts
LOG_MEAN, LOG_DEVIATION = 4, 2
TAGS, TAG_WEIGHTS = range(4), (15, 40, 30, 15)  # how many initiatives a fact has
LEAST_WORDS, MOST_WORDS, LONGEST_QUOTE = 10, 18, 60
FLATTEN = 3  # the word of rank r weighs 1 / (r + 3): the commonest stands in less than half of the quotes
DRAWS = 4000  # of each workload: which year, sector, word, ... each request asks for
COMMON, MIDDLING = 49, 1000  # ranks of words below which they are common, and middling
EARLIEST = 50
BEFORE_THE_END = 100  # facts that a deep page has at least behind it
Row = tuple[str, ...]


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


def draw(facts: int, words: list[str]) -> list[Draw]:
    """A third of the words is common, a third middling, a third rare."""
    random = Random(f"{nouns.SEED} draws {facts}")
    ranks = ((0, COMMON), (COMMON, MIDDLING), (MIDDLING, len(words)))
    return [
        Draw(
            position=random.randint(1, facts),
            early=random.randint(1, max(EARLIEST, facts // 100)),
            after=random.randint(facts // 2, facts - BEFORE_THE_END),
            year=random.randint(nouns.FIRST_YEAR, nouns.LAST_YEAR),
            sector=random.randint(1, nouns.SECTORS),
            initiative=random.randint(1, nouns.INITIATIVES),
            metric=random.randint(1, nouns.METRICS),
            word=words[random.randrange(*ranks[number % len(ranks)])],
        )
        for number in range(DRAWS)
    ]


def rows(count: int, start: int, words: list[str]) -> Iterator[Row]:
    """The facts from `start`, as many as a chunk has."""
    random, names = Random(f"{nouns.SEED} facts {count} {start}"), nouns.name_words()
    size = min(CHUNK, count - start)
    weights = list(accumulate(1 / (rank + FLATTEN) for rank in range(len(words))))
    drawn = iter(random.choices(words, cum_weights=weights, k=size * MOST_WORDS))
    hedges = random.choices([(hedge, bound) for hedge, bound, _ in HEDGES], [weight for *_, weight in HEDGES], k=size)
    tags = random.choices(TAGS, TAG_WEIGHTS, k=size)
    initiatives = [nouns.initiative_id(number) for number in range(1, nouns.INITIATIVES + 1)]
    companies, sources = nouns.company_count(count), nouns.source_count(count)
    for (hedge, bound), tagged in zip(hedges, tags, strict=True):
        metric = 1 + int(nouns.METRICS * random.random())
        value, printed = _number(metric, hedge, random)
        some = list(islice(drawn, MOST_WORDS))
        used = LEAST_WORDS + int((MOST_WORDS - LEAST_WORDS) * random.random())
        split = int(used * random.random())
        claim = "".join(some[:split]) + nouns.metric_name(names[metric]) + printed
        yield (
            nouns.company_id(1 + int(companies * random.random() ** SKEW)),
            nouns.metric_id(metric),
            value,
            bound,
            printed,
            str(nouns.FIRST_YEAR + int(nouns.YEARS * random.random())),
            nouns.industry_id(1 + int(nouns.INDUSTRIES * random.random())),
            ";".join(random.sample(initiatives, tagged)) if tagged else "",
            nouns.source_id(1 + int(sources * random.random())),
            f"{claim}，{''.join(some[split:used])}"[: max(LONGEST_QUOTE, len(claim) + 1)],
        )


def _number(metric: int, hedge: str, random: Random) -> tuple[str, str]:
    """A value in the unit of a metric, and how it is printed: 123400 and 超12.34万辆."""
    unit = nouns.UNITS[metric % len(nouns.UNITS)]
    hundredths = 1 + int(100 * math.exp(random.gauss(LOG_MEAN, LOG_DEVIATION)))
    number = str(1 + hundredths // 100) if unit.whole else f"{hundredths // 100}.{hundredths % 100:02d}"
    value = str(hundredths * 10 ** (unit.power - 2)) if unit.power else number
    return value, f"{hedge}{number}{unit.magnitude}{unit.printed}"


def generate(count: int, folder: Path) -> None:
    """Write FOLDER/seed and, beside it, the draws of the workloads."""
    seed, words = folder / "seed", nouns.quote_words()
    nouns.write_nouns(count, seed)
    (seed / "facts").mkdir()
    starts = range(0, count, CHUNK)
    for number in range(math.ceil(len(starts) / CHUNKS_A_FILE)):
        path = seed / "facts" / f"facts-{number:03d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for start in starts[number * CHUNKS_A_FILE : (number + 1) * CHUNKS_A_FILE]:
                writer.writerows(rows(count, start, words))
    drawn = [one._asdict() for one in draw(count, words)]
    (folder / "params.json").write_text(json.dumps(drawn, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, help="how many facts")
    parser.add_argument("folder", type=Path, help="new folder to write seed/ and params.json to")
    generate(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
