"""The generator of a seed folder with any number of facts: python -m bench.generate 10000 FOLDER."""

import argparse
import csv
import json
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from bench import draws, nouns
from bench.words import quote_words, zipf

SEED = "factbook-1"
CHUNK, CHUNKS_A_FILE = 50_000, 10  # a chunk has a seed of its own, so that memory stays flat
COLUMNS = ("subject", "metric", "value", "bound", "printed", "period", "industries", "initiatives", "source", "quote")
# Each hedge with the bound it says, and how often it is printed.
HEDGES = (
    ("", "", 60),
    ("超", "gt", 12),
    ("突破", "gt", 6),
    ("近", "below", 10),
    ("约", "approx", 8),
    ("至少", "ge", 4),
)
SKEW = 1.5  # the first tenth of the companies has a fifth of the facts
LOG_MEAN, LOG_DEVIATION = 4, 2
TAGS, TAG_WEIGHTS = range(4), (15, 40, 30, 15)  # how many initiatives a fact has
LEAST_WORDS, MOST_WORDS, LONGEST_QUOTE = 10, 18, 60
Row = tuple[str, ...]


class Facts:
    """The rows of the facts, chunk by chunk."""

    def __init__(self, count: int, words: list[str], metric_names: list[str]) -> None:
        self._count = count
        self._words, self._weights = words, zipf(len(words))
        self._metric_names = metric_names
        self._hedges = [(hedge, bound) for hedge, bound, _ in HEDGES]
        self._hedge_weights = [weight for _, _, weight in HEDGES]
        self._initiatives = [nouns.initiative_id(number) for number in range(1, nouns.INITIATIVES + 1)]

    def chunk(self, start: int) -> Iterator[Row]:
        """The rows from `start`, as many as a chunk has."""
        random = Random(f"{SEED} facts {self._count} {start}")
        count = min(CHUNK, self._count - start)
        words = iter(random.choices(self._words, cum_weights=self._weights, k=count * MOST_WORDS))
        hedges = random.choices(self._hedges, self._hedge_weights, k=count)
        tags = random.choices(TAGS, TAG_WEIGHTS, k=count)
        companies, sources = nouns.company_count(self._count), nouns.source_count(self._count)
        for (hedge, bound), tagged in zip(hedges, tags, strict=True):
            metric = 1 + int(nouns.METRICS * random.random())
            value, printed = _number(metric, hedge, random)
            drawn = list(islice(words, MOST_WORDS))
            used = LEAST_WORDS + int((MOST_WORDS - LEAST_WORDS) * random.random())
            split = int(used * random.random())
            said = "".join(drawn[:split]) + self._metric_names[metric] + printed
            yield (
                nouns.company_id(1 + int(companies * random.random() ** SKEW)),
                nouns.metric_id(metric),
                value,
                bound,
                printed,
                str(nouns.FIRST_YEAR + int((nouns.LAST_YEAR + 1 - nouns.FIRST_YEAR) * random.random())),
                nouns.industry_id(1 + int(nouns.INDUSTRIES * random.random())),
                ";".join(random.sample(self._initiatives, tagged)) if tagged else "",
                nouns.source_id(1 + int(sources * random.random())),
                f"{said}，{''.join(drawn[split:used])}"[: max(LONGEST_QUOTE, len(said) + 1)],
            )


def _number(metric: int, hedge: str, random: Random) -> tuple[str, str]:
    """A value in the unit of a metric, and how it is printed: 123400 and 超12.34万辆."""
    unit = nouns.unit_of(metric)
    hundredths = 1 + int(100 * math.exp(random.gauss(LOG_MEAN, LOG_DEVIATION)))
    number = str(1 + hundredths // 100) if unit.whole else f"{hundredths // 100}.{hundredths % 100:02d}"
    value = str(hundredths * 10 ** (unit.power - 2)) if unit.power else number
    return value, f"{hedge}{number}{unit.magnitude}{unit.printed}"


def generate(count: int, folder: Path) -> None:
    """Write FOLDER/seed and, beside it, the draws of the workloads."""
    seed, words, entities = folder / "seed", quote_words(SEED), nouns.Nouns(SEED, count)
    entities.write(seed)
    (seed / "facts").mkdir()
    facts = Facts(count, words, entities.metric_names)
    starts = range(0, count, CHUNK)
    for number in range(math.ceil(len(starts) / CHUNKS_A_FILE)):
        path = seed / "facts" / f"facts-{number:03d}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for start in starts[number * CHUNKS_A_FILE : (number + 1) * CHUNKS_A_FILE]:
                writer.writerows(facts.chunk(start))
    drawn = [one._asdict() for one in draws.draw(SEED, count, words)]
    (folder / "params.json").write_text(json.dumps(drawn, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, help="how many facts")
    parser.add_argument("folder", type=Path, help="new folder to write seed/ and params.json to")
    generate(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
