"""Whether a text says a number word for word as a source does, and of nothing else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.text.periods import Period, read_period
from app.text.telling import Telling
from app.text.tokens import Token
from app.text.words import DENIED, WordKind

FOLLOWED = 12  # characters of its source that show that a quote is read on


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote, with the subject of its fact, the ids of all that the fact is of, and its period, as printed too.

    `beside` are the other quotes of its source; all of them are squeezed and in simplified script.
    """

    quote: str
    subject: str
    names: Collection[str]
    period: Period | None
    period_printed: str | None
    beside: Sequence[str]


def says(telling: Telling, quoted: Quoted) -> bool:
    """Whether the quote stands around the number of a sentence that does not say it of something else.

    What precedes it in its clause has to be understood, or to be said by the same source. So has the rest of the
    sentence before it, unless the quote follows on other words of its source, or is followed by them, or names its
    subject itself. Of that rest, only dates, plans and denials count then.
    """
    number, size = telling.number, len(quoted.quote)
    start = telling.layout.plain.find(quoted.quote, max(0, number.end - size), number.start + size)
    if start < 0 or start > number.start or start + size < number.end:
        return False
    return _Place(telling, quoted, start).is_verbatim()


class _Place:
    """A quote in a sentence; `covered` tells which characters of the sentence its source says, too."""

    def __init__(self, telling: Telling, quoted: Quoted, start: int) -> None:
        self.telling, self.quoted = telling, quoted
        self.plain = telling.layout.plain
        self.start, self.end = start, start + len(quoted.quote)
        self.begin, self.limit = telling.sentence
        self.own = telling.tokens.between(start, self.end)
        self.allowed = set(quoted.names).union(*(one.names.subjects | one.names.scopes for one in self.own))
        self.covered = bytearray(self.limit - self.begin)
        for quote in (quoted.quote, *quoted.beside):
            at = self.plain.find(quote, self.begin, self.limit)
            while at >= 0:
                self.covered[at - self.begin : at - self.begin + len(quote)] = b"\1" * len(quote)
                at = self.plain.find(quote, at + 1, self.limit)

    def is_verbatim(self) -> bool:
        telling, clause = self.telling, self.telling.opening(self.start)
        anchor = self._anchor()
        if anchor is None:
            names_itself = any(self.quoted.subject in one.names.subjects for one in self.own)
            if telling.is_cut and not names_itself:
                return False
            read_in_full = self.begin if not (names_itself or self._is_followed()) else clause
            dated = [
                one for one in self._between(self.begin, read_in_full) if one.mention or one.kind is WordKind.STATUS
            ]
            anchor = self.begin
        else:
            read_in_full, dated = max(anchor, clause), []
        rest = telling.layout.clause(max(self.start, self.end - 1))[1]
        beside = [*dated, *self._between(read_in_full, self.start), *self._between(self.end, min(rest, self.limit))]
        if not all(map(self._is_harmless, beside)):
            return False
        words = telling.words_alone(self.begin, self.limit)
        words = "".join(" " if covered else one for one, covered in zip(words, self.covered, strict=True))
        return not DENIED.search(words, anchor - self.begin) and not telling.is_question

    def _between(self, start: int, end: int) -> list[Token]:
        """The tokens that only the text says."""
        return [one for one in self.telling.tokens.between(start, end) if not self.covered[one.start - self.begin]]

    def _anchor(self) -> int | None:
        """Where those words of the same source begin that the quote follows on."""
        at = self.start - 1
        while at >= self.begin and not self.plain[at].isalnum():
            at -= 1
        if at < self.begin or not self.covered[at - self.begin]:
            return None
        while at > self.begin and self.covered[at - 1 - self.begin]:
            at -= 1
        return at

    def _is_followed(self) -> bool:
        at = self.end
        while at < self.limit and not self.plain[at].isalnum():
            at += 1
        return at > self.end and self.covered[at - self.begin :][:FOLLOWED].count(1) == FOLLOWED

    def _is_harmless(self, token: Token) -> bool:
        period, names = self.quoted.period, token.names
        if token.mention:
            told = read_period(token.mention.period) if token.mention.period else None
            if self.plain[token.start : token.end] == self.quoted.period_printed and told in {None, period}:
                return True
            return bool(told and period and told.start <= period.start and period.end <= told.end)
        if names.subjects or names.scopes:
            return bool((names.subjects | names.scopes) & self.allowed)
        understood = token.is_number or token.kind is WordKind.PLAIN
        return understood or bool(names.metrics & self.telling.family) or (names.is_unit and token.sense is not None)
