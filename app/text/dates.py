"""The period words of a text, and the periods they mean in a document of a known date."""

import bisect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import MAXYEAR

from app.text.layout import Layout
from app.text.periods import Basis, Period, Precision, read_period

UNKNOWN, SOME_YEAR, TO_DATE = "", "YYYY", "END"
LONGEST_HEADING = 100  # characters
FOLLOWS_WITHIN = 500  # characters from a number to the period words behind it
LEAD, ENDED = 3, re.compile("end(?:ed|ing)|止.{1,4}月$")  # paragraphs that open a report, and say what it is of
MOST_PASSED_OVER = 100  # period words that are not a number's, on the way to those that are
CHAPTER = re.compile("[(（]?[一二三四五六七八九十]{1,3}[)）、]")
NOTE = re.compile(r"\[\d+\]")
NO_HEADING = re.compile(r"[。!?;]|\.$|^[-~•*]")
AGO = re.compile("[年月天周纪]以?前$|ago$")
DASH = re.compile(r"(?:\([^)]*\))?[-~](?!\d)")
NEW_THOUGHT = re.compile(r"\b(?:and|while|but|who|which|as)\b")
TRAILS, NEAR = re.compile(r"\d[\w\s%.]*$"), 24  # characters
CONTINUES = re.compile("其中|(?:Of|Among) (?:these|them|which)|Including")  # what the sentence before it says
DAY_OR_YEARS = re.compile(r"-\d\d-\d\d|^(....)[^/]*/(?!\1)")
DAY = re.compile(r"\d-\d\d-\d\d$")


@dataclass(frozen=True, slots=True)
class Mention:
    """Period words, and the period that they mean; where that is of SOME_YEAR, it is the year that the text speaks of.

    What has no period (a time of day, 十年前) says only that its numbers are of a date. `year` is what it makes known.
    """

    start: int
    end: int
    period: str = UNKNOWN
    basis: Basis = Basis.INFERRED
    year: int | None = None
    aside: bool = False  # of what a figure is compared with, or the founding of a firm
    same: bool = False  # the part of its year that was spoken of last: 上年同期, the same period of 2023
    once: bool = False  # only of the number that follows: 由2020年的31%提高到58%
    local: bool = False  # only of its own sentence: a year earlier, 6月末
    back: int = 0  # years before that of which the text speaks: 上年, a year earlier

    def in_year(self, year: int, basis: Basis) -> "Mention":
        return replace(self, period=self.period.replace(SOME_YEAR, f"{year:04d}"), basis=basis, year=year)


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
        if self.month == 1:
            return f"{year}-12" if (year := self.ago(1)[:4]) else UNKNOWN
        return f"{self.written[:4]}-{self.month - 1:02d}" if self.month else UNKNOWN

    def counted(self, mention: Mention, offset: int) -> Mention:
        """Period words of a year that is counted from that of the document, such as 去年."""
        if self.year is None:
            return replace(mention, period=UNKNOWN)
        return mention.in_year(self.year + offset, Basis.RELATIVE)

    def ago(self, years: int) -> str:
        """So many years before the document."""
        return f"{self.year - years:04d}{self.written[4:]}" if self.year and self.year > years else UNKNOWN


Finder = Callable[[Layout, Today], Iterable[Mention]]


class Dates:
    """The period words of a text, in its order, and which of them a number is of."""

    def __init__(self, layout: Layout, today: Today, finders: Iterable[Finder]) -> None:
        self._layout = layout
        self._today = today
        found = [mention for find in finders for mention in find(layout, today)]
        found.sort(key=lambda one: (one.start, -one.end))
        self._headings: list[tuple[int, Mention]] = []
        self._headings = [*self._headings_of(found)]
        opening = (layout.paragraphs[LEAD:] or [len(layout.plain)])[0]
        reported = (one for one in found if one.start < opening and ENDED.search(layout.plain, one.start, one.end))
        self._headings += [(one.start, replace(self._resolve(one, None), basis=Basis.INFERRED)) for one in reported][:1]
        self._headings.sort(key=lambda one: one[0])
        self.mentions: list[Mention] = []
        year, part, paragraph = None, "", -1
        for mention in found:
            layout.pause()
            if self.mentions and mention.start < self.mentions[-1].end:
                continue
            if (begins := layout.paragraph(mention.start)[0]) != paragraph:
                year, part, paragraph = None, "", begins
            resolved = self._resolve(mention, year)
            if mention.same and resolved.period:
                resolved = replace(resolved, period=self._same_part(resolved.period[:4], part, begins))
            self.mentions.append(resolved)
            if not (resolved.aside or resolved.once):
                part, year = resolved.period or part, resolved.year or year

    def _headings_of(self, found: list[Mention]) -> Iterator[tuple[int, Mention]]:
        """Where headings begin that name a period, and which: that of a communique; a plan is of what is to come."""
        plain = self._layout.plain
        for mention in found:
            self._layout.pause()
            start, end = self._layout.paragraph(mention.start)
            if end == len(plain) or end - start > LONGEST_HEADING or NO_HEADING.search(plain, start, end):
                continue
            if mention.aside or mention.back or DAY_OR_YEARS.search(mention.period):
                continue
            is_year = mention.basis is not Basis.STATED and len(mention.period) == len(SOME_YEAR)
            if is_year and not CHAPTER.match(plain, start):
                continue  # no part of a year, whichever it is; but 二、今年工作安排
            rest = plain[start : mention.start] + plain[mention.end : end] if start else ""  # but for the title
            has_number = re.search(r"\d", NOTE.sub("", rest))
            resolved = self._resolve(mention, None)
            if resolved.period and not has_number and int(resolved.period[:4]) <= (self._today.year or MAXYEAR):
                yield start, replace(resolved, basis=Basis.INFERRED)

    def heading(self, at: int) -> Mention | None:
        """The period that the heading above a place names, or the title."""
        index = bisect.bisect_right(self._headings, at, key=lambda one: one[0])
        return self._headings[index - 1][1] if index else None

    def _same_part(self, year: str, spoken_of: str, paragraph: int) -> str:
        """The period that was spoken of last in a paragraph, in another year."""
        heading = self.heading(paragraph)
        first, _, last = (spoken_of or (heading.period if heading else year)).partition("/")
        return "/".join(f"{year}{part[4:]}" for part in (first, last) if part and part[:4] == first[:4])

    def _resolve(self, mention: Mention, in_focus: int | None) -> Mention:
        """A mention with the period that it means."""
        period, basis = mention.period, mention.basis
        if SOME_YEAR in period:
            year = self._year_in_focus(mention.start, in_focus, period.rpartition("/")[2].removeprefix(SOME_YEAR))
            period = period.replace(SOME_YEAR, f"{year - mention.back:04d}") if year else UNKNOWN
            if TO_DATE in period:
                heading = self.heading(mention.start)
                last = heading and f"{ends_in(heading.period.rpartition('/')[2][4:] or '-12'):02d}"
                period = period.replace(TO_DATE, f"{year}-{last}") if last else UNKNOWN
        try:
            known = bool(period) and read_period(period) is not None
        except ValueError:  # 2月30日
            known = False
        period, basis = (period, basis) if known else (UNKNOWN, Basis.UNDATED)
        return replace(mention, period=period, basis=basis, aside=mention.aside or self._is_dateline(mention))

    def _year_in_focus(self, place: int, in_focus: int | None, part: str) -> int | None:
        """The year that a text speaks of or its heading names, or else the last in which a part of it was over."""
        today = self._today
        if in_focus is None and (heading := self.heading(place)):
            return int(_last_year(heading))
        if in_focus is None and today.year:  # what is reported is past: in March, 9月 and 前三季度 are of last year
            return today.year - (today.month is not None and ends_in(part) > today.month)
        return in_focus

    def _is_dateline(self, mention: Mention) -> bool:
        """A date that stands alone in its line, or before the dash that opens a report: LINDOW, July 14 (Wire) --."""
        plain, (start, end) = self._layout.plain, self._layout.paragraph(mention.start)
        if mention.start - start > LONGEST_HEADING:
            return False
        alone = not plain[start : mention.start].strip("-~(") and not plain[mention.end : end].strip(").-~")
        return alone or bool(DASH.match(plain, mention.end, mention.end + LONGEST_HEADING))

    def mention_for(self, start: int, end: int, before: int, behind: int) -> Mention | None:
        """The period words that a number belongs to, given where the one before it ends and the next one begins.

        English says them behind a number, too; what stands in an earlier sentence of the paragraph, in what introduces
        a list, or in the title, is inferred.
        """
        layout = self._layout
        index = bisect.bisect_left(self.mentions, start, key=lambda one: one.start)
        for mention in self.mentions[index : index + 1]:
            if layout.plain[end : mention.start] == "(" and not (mention.aside or mention.once):
                return mention  # 103.8亿元(1-8月)
        following = self._following(index, end, min(layout.clause(start)[1], end + FOLLOWS_WITHIN))
        if following and following.start < behind:
            return following
        if following and (following.once or following.same or NEW_THOUGHT.search(layout.plain, end, following.start)):
            following = None
        return self._preceding(index, start, before, following)

    def _preceding(self, index: int, start: int, before: int, following: Mention | None) -> Mention | None:
        """The last period words before a number that it can be of, or else those that follow it; of an earlier
        sentence, those of the latest year, or of the heading, and of one sentence alone only where no others are.
        """
        layout, heading = self._layout, self.heading(start)
        best: Mention | None = None
        fallback: Mention | None = None
        sentence, paragraph = layout.sentence(start)[0], layout.paragraph(start)[0]
        context = layout.introductions.get(paragraph, paragraph)
        while sentence > paragraph and CONTINUES.match(layout.plain, sentence):
            sentence = layout.sentence(sentence - 1)[0]
        for mention in reversed(self.mentions[max(0, index - MOST_PASSED_OVER) : index]):
            if mention.start < (max(sentence, context) if following else context):
                break
            begins = layout.paragraph(mention.start)[0]
            if self._is_anothers(mention, before, sentence) or begins not in {paragraph, context}:
                continue  # of what a figure is compared with, or of another item of the same list
            if mention.start >= sentence and mention.period:
                return mention
            if AGO.search(layout.plain, mention.start, mention.end):
                return best or mention
            # What follows a year after the document's in its paragraph need not be in the future.
            if not mention.period or (begins == paragraph and int(mention.period[:4]) > (self._today.year or MAXYEAR)):
                continue
            inferred = replace(mention, basis=Basis.INFERRED)
            if mention.local or DAY.search(mention.period):
                fallback = fallback or inferred
            else:
                best = max(filter(None, (best, inferred)), key=_last_year)
        if best and layout.sentence(best.start)[0] == paragraph:  # which begins with what it speaks of
            heading = None
        return following or max(filter(None, (best, heading)), key=_last_year, default=fallback)

    def _is_anothers(self, mention: Mention, before: int, sentence: int) -> bool:
        """Whether period words are none of the numbers behind them: from $118m a year earlier, and 5 percent."""
        first = self._layout.sentence(mention.start)[0]
        trails = bool(TRAILS.search(self._layout.plain, max(first, mention.start - NEAR), mention.start))
        later = self._layout.paragraph(first)[0] < first < sentence and len(mention.period) > len(SOME_YEAR)
        alone = trails and (mention.same or mention.once or later)
        return mention.aside or alone or (mention.once and mention.end < before)

    def behind(self, start: int, end: int) -> int:
        """Where the period words end that stand last in a part of the text, or its start."""
        index = bisect.bisect_right(self.mentions, end, key=lambda one: one.end)
        return max(start, self.mentions[index - 1].end) if index else start

    def _following(self, index: int, end: int, limit: int) -> Mention | None:
        """The period words behind a number in its English clause: grew 5% to $640 million in the third quarter."""
        for mention in map(self.mentions.__getitem__, range(index, len(self.mentions))):
            if mention.start >= limit or not self._layout.plain[end : mention.start].isascii():
                break
            if mention.period and not mention.aside:
                return mention
        return None


def _last_year(mention: Mention) -> str:
    return mention.period.rpartition("/")[2][:4]


def ends_in(part: str) -> int:
    """The month in which a part of a year ends, or the second half begins: that is reported while it lasts."""
    if part.startswith("-Q"):
        return 3 * int(part[2])
    if part.startswith("-H"):
        return 7 if part[2] == "2" else 6
    return int(part[1:3] or 1)
