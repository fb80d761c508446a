"""The shortest clause that carries a number and its hedge, and stands once in its text."""

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
MATCHING = {"(": ")", "“": "”", "‘": "’", "《": "》", "[": "]"}
EDGES = "【】-~,;:.。!?、)]》”’」([《“‘「 "


class Quote(NamedTuple):
    """A quote as typed, what of it is the number, and its place in the squeezed text."""

    text: str
    printed: str
    start: int
    end: int


class Quotes:
    """Proposes quotes from a text."""

    def __init__(self, layout: Layout, reader: NumberReader) -> None:
        self._layout = layout
        self._reader = reader

    def of(self, number: PrintedNumber) -> Quote | None:
        """None where no part of at most LONGEST_QUOTE characters says the number and stands once in the text."""
        short: Quote | None = None
        for start, end in self._parts(number):
            if end - start > FAR_TOO_LONG:
                continue
            quote = self._trimmed(number, start, end)
            if len(quote.text) > LONGEST_QUOTE or not self._holds(quote, number):
                continue
            if quote.end - quote.start >= number.end - number.start + LEAST_BESIDE:
                return quote
            short = short or quote
        return short

    def bare(self, number: PrintedNumber) -> Quote:
        """The number alone, wherever else it stands."""
        printed = self._layout.as_typed(number.start, number.end)
        return Quote(printed, printed, number.start, number.end)

    def _parts(self, number: PrintedNumber) -> Iterator[tuple[int, int]]:
        """Parts of the text with a number in them: its clause, then more and more beside it, then less."""
        layout = self._layout
        begin, limit = layout.sentence(number.start)
        start, end = layout.clause(number.start)[0], layout.clause(max(number.start, number.end - 1))[1]
        yield start, end
        first, last = start, end
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
        while start < number.start and _joined(plain, start):
            start += 1
        while end > number.end and _joined(plain, end):
            end -= 1
        return start, end

    def _trimmed(self, number: PrintedNumber, start: int, end: int) -> Quote:
        plain = self._layout.plain
        while start < number.start and plain[start] in EDGES and not self._opens(start, end):
            start += 1
        while end > number.end and plain[end - 1] in EDGES and not self._closes(start, end):
            end -= 1
        printed = self._layout.as_typed(number.start, number.end)
        return Quote(self._layout.as_typed(start, end), printed, start, end)

    def _opens(self, start: int, end: int) -> bool:
        """Whether a part begins with a mark that it closes: “郑科贷”业务."""
        mark = MATCHING.get(self._layout.plain[start])
        return mark is not None and mark in self._layout.plain[start:end]

    def _closes(self, start: int, end: int) -> bool:
        return any(
            mark == self._layout.plain[end - 1] and opening in self._layout.plain[start:end]
            for opening, mark in MATCHING.items()
        )

    def _holds(self, quote: Quote, number: PrintedNumber) -> bool:
        """Whether a quote says the number, by itself and with what stands beside it, and stands once in the text."""
        text, words, printed = self._layout.squeezed.text, squeezed_text(quote.text), squeezed_text(quote.printed)
        first = text.find(words)
        if not quote.text.isprintable() or first < 0 or text.find(words, first + 1) >= 0:
            return False
        before = text[max(0, quote.start - BESIDE) : quote.start]
        around = before + words + text[quote.end : quote.end + BESIDE]
        return self._says(words, 0, printed, number) and self._says(around, len(before), printed, number)

    def _says(self, text: str, start: int, printed: str, number: PrintedNumber) -> bool:
        at = text.find(printed, start)
        if at < 0 or not printed:
            return False
        wanted = number.value, number.bound, number.unit
        return any(
            one.start < at + len(printed) and one.end > at and (one.value, one.bound, one.unit) == wanted
            for lists in (True, False)
            for one in self._reader.read_squeezed(text, lists=lists)
        )


def _joined(plain: str, at: int) -> bool:
    """Whether a place is inside an English word or a number."""
    around = plain[at - 1 : at + 1]
    return len(around) > 1 and all(
        character.isascii() and (character.isalnum() or character in ".,%$") for character in around
    )
