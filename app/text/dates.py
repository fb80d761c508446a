"""The period words of a text, and the periods they mean in a document of a known date."""

import bisect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from app.text.layout import Layout
from app.text.patterns import Pause
from app.text.periods import Basis, Period, Precision, read_period

UNKNOWN = ""
LONGEST_HEADING = 100  # characters
FOLLOWS_WITHIN = 500  # characters from a number to the period words behind it
MOST_PASSED_OVER = 100  # period words that are not a number's, on the way to those that are
NOTE = re.compile(r"\[\d+\]")
NO_HEADING = re.compile(r"[。!?;]|\.$|^[-~•*]")
AGO = re.compile("[年月天周纪]以?前$|ago$")
DASH = re.compile(r"(?:\([^)]*\))?[-~](?!\d)")
NEW_THOUGHT = re.compile(r"\b(?:and|while|but|who|which|as)\b")
DAY = re.compile(r"-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Words:
    """What period words say by themselves.

    `first` and `last` are what stands behind the year in a period (-H1, -09); `offset` is counted from the year of the
    document, `year` is printed, and where both are None the year is that which the text speaks of. `written` is a whole
    period. What has no period (a time of day, 十年前) says only that its numbers are of a date.
    """

    start: int
    end: int
    year: int | None = None
    offset: int | None = None
    first: str | None = None
    last: str | None = None
    last_year: int | None = None
    written: str | None = None
    basis: Basis | None = None
    # Of another date than what is told: what a figure is compared with, the founding of a firm.
    aside: bool = False
    # The part of its year that was spoken of last: 上年同期, the same period of 2023.
    same: bool = False
    # Only of the number that follows: 由2020年的31%提高到58%.
    once: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """Period words with the period they mean; "" where that is not known."""

    start: int
    end: int
    period: str
    basis: Basis
    aside: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class Today:
    """The date of a document: its year, and its month and day where they are known."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @classmethod
    def of(cls, published: Period | None) -> "Today":
        if published is None:
            return cls()
        start = published.start
        month = start.month if published.precision in {Precision.MONTH, Precision.DAY} else None
        return cls(start.year, month, start.day if published.precision is Precision.DAY else None)

    @property
    def written(self) -> str:
        """The month of the document, or its year."""
        if self.year is None:
            return UNKNOWN
        return f"{self.year:04d}-{self.month:02d}" if self.month else f"{self.year:04d}"

    @property
    def month_before(self) -> str:
        if self.year is None or self.month is None or (self.year, self.month) == (1, 1):
            return UNKNOWN
        year, month = (self.year, self.month - 1) if self.month > 1 else (self.year - 1, 12)
        return f"{year:04d}-{month:02d}"

    def ago(self, years: int) -> str:
        """So many years before the document."""
        if self.year is None or self.year - years < 1:
            return UNKNOWN
        return f"{self.year - years:04d}{self.written[4:]}"


Finder = Callable[[str, Today, Pause], Iterable[Words]]


class Dates:
    """The period words of a text, in its order, and which of them a number is of."""

    def __init__(self, layout: Layout, today: Today, finders: Iterable[Finder]) -> None:
        self._layout = layout
        self._today = today
        found = sorted(
            (words for find in finders for words in find(layout.plain, today, layout.pause)),
            key=lambda one: (one.start, -one.end),
        )
        self.mentions: list[Mention] = []
        self._headings: list[tuple[int, Mention]] = []
        self._headings = [*self._headings_of(found)]
        year, part, paragraph = None, "", -1
        for words in found:
            layout.pause()
            if self.mentions and words.start < self.mentions[-1].end:
                continue
            if (begins := layout.paragraph(words.start)[0]) != paragraph:
                year, part, paragraph = None, "", begins
            mention, said = self._resolved(words, year)
            if words.same and mention.period:
                mention = replace(mention, period=self._same_part(mention.period[:4], part, begins))
            self.mentions.append(mention)
            if mention.period and not mention.aside:
                part = mention.period
            if said and not mention.aside and mention.basis is not Basis.INFERRED:
                year = said

    def _headings_of(self, found: list[Words]) -> Iterator[tuple[int, Mention]]:
        """Where headings begin that name a period, and which: that of a communique; a plan is of what is to come."""
        plain = self._layout.plain
        for words in found:
            self._layout.pause()
            start, end = self._layout.paragraph(words.start)
            if end == len(plain) or end - start > LONGEST_HEADING or NO_HEADING.search(plain, start, end):
                continue
            counted = re.search(r"\d", NOTE.sub("", plain[start : words.start] + plain[words.end : end]))
            if not words.year or words.aside or words.last is not None or DAY.search(words.first or "") or counted:
                continue
            mention, _ = self._resolved(words, None)
            if mention.period and (not self._today.year or words.year <= self._today.year):
                yield start, replace(mention, basis=Basis.INFERRED)

    def heading(self, at: int) -> Mention | None:
        """The period that the heading above a place names, or the title."""
        index = bisect.bisect_right(self._headings, at, key=lambda one: one[0])
        return self._headings[index - 1][1] if index else None

    def _same_part(self, year: str, spoken_of: str, paragraph: int) -> str:
        """The period that was spoken of last in a paragraph, in another year."""
        if spoken_of:
            first, _, last = spoken_of.partition("/")
            return "/".join(f"{year}{part[4:]}" for part in (first, last) if part and part[:4] == first[:4])
        heading = self.heading(paragraph)
        return year + (heading.period[4:] if heading and "/" not in heading.period else "")

    def _resolved(self, words: Words, spoken_of: int | None) -> tuple[Mention, int | None]:
        """A mention, and the year it makes known."""
        year, basis = self._year(words, spoken_of)
        if words.written is not None:
            return self._mention(words, words.written, words.basis or Basis.RELATIVE), None
        if year is None or words.first is None:
            return self._mention(words, UNKNOWN, Basis.UNDATED), None
        period = f"{year:04d}{words.first}"
        if words.last is not None:
            last_year = words.last_year or year
            period = f"{period}/{last_year:04d}{words.last}"
        return self._mention(words, period, words.basis or basis), year

    def _year(self, words: Words, spoken_of: int | None) -> tuple[int | None, Basis]:
        today = self._today
        if words.year is not None:
            return words.year, Basis.STATED
        if words.offset is not None:
            return (None if today.year is None else today.year + words.offset), Basis.RELATIVE
        if spoken_of is None and (heading := self.heading(words.start)):
            spoken_of = int(heading.period[:4])
        if spoken_of is None and today.year and words.first is not None:
            # What is told has been: in March, 9月 and 前三季度 are of last year.
            ended = _ends_in(words.first if words.last is None else words.last)
            spoken_of = today.year - (today.month is not None and ended > today.month)
        return spoken_of, Basis.INFERRED

    def _is_to_come(self, mention: Mention) -> bool:
        """Whether a mention is of a year after the document's: what is told next need not be to come."""
        return bool(self._today.year and int(mention.period[:4]) > self._today.year)

    def _mention(self, words: Words, period: str, basis: Basis) -> Mention:
        try:
            known = bool(period) and read_period(period) is not None
        except ValueError:  # 2月30日
            known = False
        aside = words.aside or self._is_dateline(words)
        if not known:
            return Mention(words.start, words.end, UNKNOWN, Basis.UNDATED, aside, words.once)
        return Mention(words.start, words.end, period, basis, aside, words.once)

    def _is_dateline(self, words: Words) -> bool:
        """A date that stands alone in its line, or before the dash that opens a report: LINDOW, July 14 (Wire) --."""
        plain, (start, end) = self._layout.plain, self._layout.paragraph(words.start)
        if words.start - start > LONGEST_HEADING:
            return False
        alone = not plain[start : words.start].strip("-~(") and not plain[words.end : end].strip(").-~")
        return alone or bool(DASH.match(plain, words.end, words.end + LONGEST_HEADING))

    def of(self, start: int, end: int, before: int, behind: int) -> Mention | None:
        """The period words that a number is told of, given where the number before it ends and the next one begins.

        English says them behind a number, too; what stands in an earlier sentence of the paragraph, in what introduces
        a list, or in the title, is inferred.
        """
        clause, sentence = self._layout.clause(start), self._layout.sentence(start)
        index = bisect.bisect_left(self.mentions, start, key=lambda one: one.start)
        following = self._following(index, end, min(clause[1], end + FOLLOWS_WITHIN))
        if following and following.start < behind:
            return following
        if following and NEW_THOUGHT.search(self._layout.plain, end, following.start):
            following = None
        context, paragraph = self._layout.context(start), self._layout.paragraph(start)[0]
        for mention in reversed(self.mentions[max(0, index - MOST_PASSED_OVER) : index]):
            if mention.start < sentence[0] and following:
                return following
            if mention.start < context:
                break
            if mention.aside or (mention.once and mention.end < before) or self._is_beside(mention, context, paragraph):
                continue
            if AGO.search(self._layout.plain, mention.start, mention.end):
                return None
            if mention.period and mention.start >= sentence[0]:
                return mention
            if mention.period and (mention.start < paragraph or not self._is_to_come(mention)):
                return replace(mention, basis=Basis.INFERRED)
        return following or self.heading(start)

    def _following(self, index: int, end: int, limit: int) -> Mention | None:
        """The period words behind a number in its English clause: grew 5% to $640 million in the third quarter."""
        for mention in map(self.mentions.__getitem__, range(index, len(self.mentions))):
            if mention.start >= limit or not self._layout.plain[end : mention.start].isascii():
                break
            if mention.period and not mention.aside:
                return mention
        return None

    def _is_beside(self, mention: Mention, context: int, paragraph: int) -> bool:
        """Whether period words are of another item of the same list."""
        return mention.start < paragraph and self._layout.paragraph(mention.start)[0] != context


def _ends_in(part: str) -> int:
    """The month in which a part of a year ends, or the second half begins: that is told of while it lasts."""
    if part.startswith("-Q"):
        return 3 * int(part[2])
    if part.startswith("-H"):
        return 7 if part[2] == "2" else 6
    return int(part[1:3] or 1)
