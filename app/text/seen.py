"""A printed number as it is seen in its text: with what stands before and behind it."""

import re
from dataclasses import dataclass

from app.text.numbers import PrintedNumber

DIGIT = re.compile(r"\d")
PLURAL = re.compile(r"[a-z-]*[^su\W]s|[a-z-]+(?:ss|s|x|ch|sh)es|people|staff|women|men|children|[a-z-]+folk")
NEXT_WORD = re.compile(r"[\s-]?([A-Za-z][A-Za-z'-]*)")
# Words that end in s, or that end the phrase of a noun.
NO_NOUN = """is was has as this its his us plus versus across less does in of at by on to for from with and or than
    but that which the a an per under over after before when while where if were are be been had have
    will would can could may"""
NO_NOUNS = frozenset(NO_NOUN.split())
NOUN_WITHIN = 4  # words: 1,200 new energy passenger cars
LARGEST = 10**12  # larger numbers are told apart from no others


@dataclass(frozen=True, slots=True)
class Seen:
    """`unit` is its own word, or that which the noun behind it is: 2,340 high-tech enterprises.

    `before` ends where the `numeral` begins, `behind` begins where all of it ends, hedge and unit too; `clause` and
    `sentence` are what stands before it in them.
    """

    number: PrintedNumber
    unit: str
    printed: str
    numeral: str
    at: int
    before: str
    behind: str
    clause: str
    sentence: str

    @property
    def spelled(self) -> bool:
        """Whether it is printed in words only: 八个, three."""
        return not DIGIT.search(self.printed)

    @property
    def whole(self) -> int:
        """Its size, without decimals and sign."""
        size = self.number.value.copy_abs()
        return int(size) if size < LARGEST else LARGEST

    @property
    def bare(self) -> bool:
        """Whether neither a unit nor a magnitude is printed with it."""
        return not self.number.unit and not self.number.power


def noun_behind(behind: str) -> str:
    """The English noun in the plural that follows a number, with no more than a few words before it."""
    at = 0
    for _ in range(NOUN_WITHIN):
        word = NEXT_WORD.match(behind, at)
        if not word or word[1].lower() in NO_NOUNS:
            break
        if PLURAL.fullmatch(word[1].lower()):
            return word[1]
        at = word.end()
    return ""
