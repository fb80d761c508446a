"""The shortest clause that carries a number and its hedge, and stands once in its text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.text.layout import Layout
from app.text.normalizing import squeezed_text
from app.text.numbers import NumberReader, PrintedNumber

LONGEST_QUOTE = 120
BESIDE = 40  # characters; no hedge, magnitude and unit together are longer
FAR_TOO_LONG = 2 * LONGEST_QUOTE  # however it is typed
LEAST_BESIDE = 2  # a number alone says nothing
CLAUSES = 3  # how many are joined on each side, before a quote is given up
WINDOWS = (20, 35, 50)  # characters on each side of a number in a clause that is too long
CLOSED_BY = {"(": ")", "“": "”", "‘": "’", "《": "》", "[": "]"}
OPENED_BY = {closing: opening for opening, closing in CLOSED_BY.items()}
EDGES = "【】-~,;:.。!?、)]》”’」([《“‘「 "
JOINED = re.compile("[A-Za-z0-9.,%$]{2}")  # where they meet is inside an English word or a number


class ProposedQuote(NamedTuple):
    """A quote as typed, what of it is the number, and its place in the squeezed text."""

    text: str
    printed: str
    start: int
    end: int


class QuoteProposer:
    """Proposes quotes from a text."""

    def __init__(self, layout: Layout, reader: NumberReader) -> None:
        self._layout = layout
        self._reader = reader

    def of(self, number: PrintedNumber) -> ProposedQuote | None:
        """None where no part of at most LONGEST_QUOTE characters says the number and stands once in the text."""
        short: ProposedQuote | None = None
        for start, end in self._parts(number):
            if end - start > FAR_TOO_LONG:
                continue
            quote = self._trimmed(number, start, end)
            if len(quote.text) > LONGEST_QUOTE or not self._stands_once(quote, number):
                continue
            if quote.end - quote.start >= number.end - number.start + LEAST_BESIDE:
                return quote
            short = short or quote
        return short

    def bare(self, number: PrintedNumber) -> ProposedQuote:
        """The number alone, wherever else it stands."""
        printed = self._layout.as_typed(number.start, number.end)
        return ProposedQuote(printed, printed, number.start, number.end)

    def _parts(self, number: PrintedNumber) -> Iterator[tuple[int, int]]:
        """Parts of the text with a number in them: its clause, then more and more beside it, then less."""
        layout = self._layout
        begin, limit = layout.sentence(number.start)
        start, end = first, last = layout.clause(number.start)[0], layout.clause(max(number.start, number.end - 1))[1]
        yield start, end
        for _ in range(CLAUSES):
            if start > begin:
                start = layout.clause(start - 1)[0]
                yield start, end
            if end < limit:
                end = layout.clause(end)[1]
                yield first, end
                yield start, end
        for beside in WINDOWS:
            yield self._cut(number, max(first, number.start - beside), min(last, number.end + beside))
            yield self._cut(number, max(begin, number.start - beside), min(limit, number.end + beside))

    def _cut(self, number: PrintedNumber, start: int, end: int) -> tuple[int, int]:
        """A part that cuts through no English word and no other number."""
        plain = self._layout.plain
        while start < number.start and JOINED.fullmatch(plain, max(0, start - 1), start + 1):
            start += 1
        while end > number.end and JOINED.fullmatch(plain, end - 1, end + 1):
            end -= 1
        return start, end

    def _trimmed(self, number: PrintedNumber, start: int, end: int) -> ProposedQuote:
        """A part without the punctuation around it, but for marks that open and close within it: “郑科贷”业务."""
        plain = self._layout.plain
        while start < number.start and plain[start] in EDGES:
            if plain[start] in CLOSED_BY and CLOSED_BY[plain[start]] in plain[start:end]:
                break
            start += 1
        while end > number.end and plain[end - 1] in EDGES:
            if plain[end - 1] in OPENED_BY and OPENED_BY[plain[end - 1]] in plain[start:end]:
                break
            end -= 1
        printed = self._layout.as_typed(number.start, number.end)
        return ProposedQuote(self._layout.as_typed(start, end), printed, start, end)

    def _stands_once(self, quote: ProposedQuote, number: PrintedNumber) -> bool:
        """Whether a quote stands once in the text and says the number, by itself and with what stands beside it."""
        text, words, printed = self._layout.squeezed.text, squeezed_text(quote.text), squeezed_text(quote.printed)
        first = text.find(words)
        if not quote.text.isprintable() or first < 0 or text.find(words, first + 1) >= 0:
            return False
        before = text[max(0, quote.start - BESIDE) : quote.start]
        around = before + words + text[quote.end : quote.end + BESIDE]
        return self._says(words, 0, printed, number) and self._says(around, len(before), printed, number)

    def _says(self, text: str, start: int, printed: str, number: PrintedNumber) -> bool:
        at = text.find(printed, start)
        return at >= 0 and any(
            one.start < at + len(printed) and one.end > at and one[:3] == number[:3]
            for lists in (True, False)
            for one in self._reader.read_squeezed(text, lists=lists)
        )
