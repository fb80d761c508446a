"""Made-up Chinese words for quotes and names: a Zipf-distributed vocabulary that spoils no printed number."""

from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random

from app.seeding import statements
from app.text import hedges, numbers

QUOTE_WORDS, NAME_WORDS = 6000, 3000
LENGTHS, LENGTH_WEIGHTS = (2, 3, 4), (6, 3, 2)
FLATTENS_THE_HEAD = 3  # word of rank r weighs 1 / (r + 3): the commonest stands in less than half of the quotes
UNIT_CHARACTERS = "元辆家个座吨项人台量公司"


def common_characters() -> list[str]:
    """The 3755 everyday characters of GB 2312, in its order."""
    codes = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return [character for code in codes if (character := code.decode("gb2312", errors="ignore"))]


def spoilers() -> set[str]:
    """Characters that a quote may not have by chance: digits, hedges, magnitudes, units, and those of our sentences."""
    modules = (hedges, numbers, statements)
    return set("".join(Path(module.__file__ or "").read_text(encoding="utf-8") for module in modules) + UNIT_CHARACTERS)


@cache
def _pool(start: int) -> tuple[str, ...]:
    """Every fourth harmless character; two starts share none, so that no quote has a word of a name in it."""
    spoiled = spoilers()
    return tuple([character for character in common_characters() if character not in spoiled][start::4])


def _made_up(random: Random, pool: tuple[str, ...], count: int) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < count:
        (length,) = random.choices(LENGTHS, LENGTH_WEIGHTS)
        words["".join(random.choices(pool, k=length))] = None
    return list(words)


def quote_words(seed: str) -> list[str]:
    """The vocabulary of quotes, the commonest word first."""
    return _made_up(Random(f"{seed} quotes"), _pool(0), QUOTE_WORDS)


def name_words(seed: str) -> list[str]:
    return _made_up(Random(f"{seed} names"), _pool(2), NAME_WORDS)


def zipf(count: int) -> list[float]:
    """Cumulative weights of words by rank."""
    return list(accumulate(1 / (rank + FLATTENS_THE_HEAD) for rank in range(count)))
