"""A text cut into what it is made of: names, dates, numbers, and words that are known or not."""

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.text.dates import Dates, Mention
from app.text.layout import Layout
from app.text.lexis import Lexis, Sense
from app.text.numbers import PrintedNumber
from app.text.statuses import ACTUAL, STATUS
from app.text.words import DEEDS, KINDS, WORD, Deed, WordKind

NOTHING = Sense()


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """A name, a date, a number or a word; `kind` is that of a word alone."""

    start: int
    end: int
    text: str
    sense: Sense | None = None
    mention: Mention | None = None
    is_number: bool = False
    kind: WordKind | None = None

    @property
    def deeds(self) -> set[Deed]:
        return DEEDS.get(self.text, set())

    @property
    def names(self) -> Sense:
        return self.sense or NOTHING


class Tokens:
    """A text cut into names, dates, numbers and words; what comes first in this list wins."""

    def __init__(self, layout: Layout, lexis: Lexis, dates: Dates, numbers: Iterable[PrintedNumber]) -> None:
        self.layout = layout
        self.lexis = lexis
        ranked: list[Token] = []
        _place(ranked, self._named(units=False))
        _place(ranked, (Token(one.start, one.end, "", mention=one) for one in dates.mentions))
        _place(ranked, (Token(one.start, one.end, "", is_number=True) for one in numbers))
        _place(ranked, self._named(units=True))
        statuses = (match for match in layout.matches(STATUS) if match.lastgroup != ACTUAL)
        _place(ranked, (Token(*match.span(), match[0], kind=WordKind.STATUS) for match in statuses))
        self.all = [*self._with_words(ranked)]
        self._starts = [one.start for one in self.all]

    def _named(self, *, units: bool) -> Iterator[Token]:
        for one in self.lexis.find(self.layout, units=units):
            yield Token(one.start, one.end, self.layout.plain[one.start : one.end].casefold(), one.sense)

    def _with_words(self, ranked: list[Token]) -> Iterator[Token]:
        at, plain = 0, self.layout.plain
        for token in [*ranked, Token(len(plain), len(plain), "")]:
            self.layout.pause()
            for word in WORD.finditer(plain, at, token.start):
                text = word[0].casefold()
                yield Token(*word.span(), text, kind=KINDS.get(text, WordKind.UNKNOWN))
            if token.end > token.start:
                yield token
            at = max(at, token.end)

    def index(self, token: Token) -> int:
        return bisect.bisect_left(self._starts, token.start)

    def between(self, start: int, end: int) -> list[Token]:
        return self.all[bisect.bisect_left(self._starts, start) : bisect.bisect_left(self._starts, end)]


def _place(ranked: list[Token], tokens: Iterable[Token]) -> None:
    """Adds tokens where nothing of a higher rank stands."""
    starts = [one.start for one in ranked]
    added = []
    for token in tokens:
        index = bisect.bisect_left(starts, token.end)
        if not index or ranked[index - 1].end <= token.start:
            added.append(token)
    ranked += added
    ranked.sort(key=lambda one: one.start)
