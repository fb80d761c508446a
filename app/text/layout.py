"""A text without its layout, and where its paragraphs, lines, sentences and clauses begin."""

import bisect
import re
from functools import cached_property

from app.text.normalizing import Squeezed, squeeze
from app.text.numbers import normalise
from app.text.patterns import WINDOW, Pause, go_on, matches

BLANK = re.compile("[\\s\u200b\ufeff]+")
LIST_MARK = re.compile(
    r"\s*(?:[-•*·●]\s|——|[(（]?[一二三四五六七八九十]{1,3}[)）、]|[(（]?\d{1,2}(?:[)）、]|[.．](?!\d)))"
)
INDENT = re.compile(r"(?: {2}|\t|\u3000)")
WRAPPED = 90  # columns; a longer line was not broken to fit a page
# Of the longest line of its block: a shorter line ends a paragraph; one that ends a sentence may be longer.
FILLED, ENDING = 0.6, 0.9
SENTENCE_END = re.compile(r"[。！？!?.][\"'”’」』)）]*\s*$")
ABBREVIATED = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Co|Ltd|Inc|Corp|No|Nos|vs|approx|ca|cf|etc|Fig|pp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?"
    r"|Oct|Nov|Dec|Sen|Gov|Gen|Mt|Ave|Bros|est)|\b[A-Za-z]|[a-z]\.[a-z])$"
)
END = re.compile(r"[。!?]+|\.")
CLOSING = "\"'”’」』)]"
BREAK = re.compile(r"[,;:!?。()\[\]《》【】]|--+|~~+")
# What NFKC may join with a sign beside it, as a letter and its accent: no number is printed with them.
JOINING = re.compile("[^\x00-\x7f\u2010-\u203f\u3000-\u3029\u4e00-\u9fff€£¥‰]")
ITEM = re.compile(r"[-~]+(?!\d)|[•*·●]")
LONGEST_HEADING = 100  # characters
LONGEST_ABBREVIATION = 8


class Layout:
    """A text with its parts. Positions are those in `plain`, the squeezed text in one script.

    A single line break counts as layout where the line before it was broken to fit its column.
    """

    def __init__(self, text: str, pause: Pause = go_on) -> None:
        """`pause` is called every few milliseconds of what is long, here and by whoever reads the text."""
        self.original = text
        self.pause = pause
        self.squeezed: Squeezed = squeeze(text, pause)
        self.plain = _same_length(self.squeezed.text)
        self.lines, self.paragraphs = self._lines()

    def _lines(self) -> tuple[list[int], list[int]]:
        """Where lines begin, and where those begin that open a paragraph."""
        lines: list[int] = []
        paragraphs: list[int] = []
        for block in _blocks(self.original, self.pause):
            longest = max(width for _, _, width in block)
            before: tuple[str, int] | None = None
            for start, line, width in block:
                self.pause()
                at = bisect.bisect_left(self.squeezed.starts, start)
                lines.append(at)
                if (
                    before is None
                    or longest > WRAPPED
                    or _ends_paragraph(*before, longest)
                    or INDENT.match(line)
                    or LIST_MARK.match(line)
                ):
                    paragraphs.append(at)
                before = line, width
        return lines, paragraphs

    @cached_property
    def sentences(self) -> list[int]:
        """Where sentences begin; each paragraph begins one."""
        starts = set(self.paragraphs) | {0}
        for match in matches(END, self.plain, self.pause):
            end = match.end()
            while end < len(self.plain) and self.plain[end] in CLOSING and not self._gap(end):
                end += 1
            if match[0] != "." or self._ends_sentence(match.start(), end):
                starts.add(end)
        return sorted(starts)

    def _ends_sentence(self, stop: int, end: int) -> bool:
        """Whether a full stop ends a sentence: white space and no small letter follows, no abbreviation precedes."""
        if end >= len(self.plain):
            return True
        before = self.plain[max(0, stop - LONGEST_ABBREVIATION) : stop]
        return self._gap(end) and not ABBREVIATED.search(before) and not self.plain[end].islower()

    def _gap(self, at: int) -> bool:
        """Whether white space stands before a place."""
        return self.squeezed.starts[at] > self.squeezed.ends[at - 1]

    @cached_property
    def clauses(self) -> list[int]:
        """Where clauses begin: behind a comma, a colon, a bracket; and with each sentence."""
        starts = set(self.sentences)
        for match in matches(BREAK, self.plain, self.pause):
            if not self._between_digits(match):
                starts.add(match.end())
        return sorted(starts)

    def _between_digits(self, match: re.Match[str]) -> bool:
        """A comma or a colon inside a number: 1,200 and 3:1."""
        around = self.plain[max(0, match.start() - 1) : match.end() + 1]
        return len(around) > len(match[0]) + 1 and around[0].isdigit() and around[-1].isdigit()

    def clause(self, at: int) -> tuple[int, int]:
        return self._part(self.clauses, at)

    def sentence(self, at: int) -> tuple[int, int]:
        return self._part(self.sentences, at)

    def paragraph(self, at: int) -> tuple[int, int]:
        return self._part(self.paragraphs, at)

    def _part(self, starts: list[int], at: int) -> tuple[int, int]:
        index = bisect.bisect_right(starts, at)
        end = starts[index] if index < len(starts) else len(self.plain)
        return (starts[index - 1] if index else 0), end

    def context(self, at: int) -> int:
        """Where that begins which a part is read with: its paragraph, or what introduces the list that it is in."""
        index = bisect.bisect_right(self.paragraphs, at) - 1
        if index < 0:
            return self.paragraph(at)[0]
        first = self._introductions[index]
        start = self.paragraphs[first]
        introduces = first < index and self.paragraph(start)[1] - start <= LONGEST_HEADING
        return start if introduces else self.paragraph(at)[0]

    @cached_property
    def _introductions(self) -> list[int]:
        """Of each paragraph, which one introduces the list that it is an item of; itself where it is none."""
        found: list[int] = []
        for index, start in enumerate(self.paragraphs):
            found.append(found[-1] if found and ITEM.match(self.plain, start) else index)
        return found

    def begins_line(self, at: int) -> bool:
        index = bisect.bisect_left(self.lines, at)
        return index < len(self.lines) and self.lines[index] == at

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The same part in the text as stored."""
        return self.squeezed.starts[start], self.squeezed.ends[end - 1]

    def as_typed(self, start: int, end: int) -> str:
        """A part as its author typed it, on one line: white space is one space, and none beside Chinese characters."""
        text, blanks, lost = self._typed
        first, last = (at - lost[bisect.bisect_right(blanks, at)] for at in self.place(start, end))
        return text[first:last].strip()

    @cached_property
    def _typed(self) -> tuple[str, list[int], list[int]]:
        """The text on one line, where each blank of the original ends, and how much is lost before each and in all."""
        pieces, blanks, lost, at = [], [], [0], 0
        for blank in matches(BLANK, self.original, self.pause):
            gap = _gap(blank)
            pieces += [self.original[at : blank.start()], gap]
            at = blank.end()
            blanks.append(at)
            lost.append(lost[-1] + len(blank[0]) - len(gap))
        return "".join([*pieces, self.original[at:]]), blanks, lost


def _gap(blank: re.Match[str]) -> str:
    beside = blank.string[max(0, blank.start() - 1) : blank.start()] + blank.string[blank.end() : blank.end() + 1]
    return " " if beside.isascii() else ""


def _blocks(text: str, pause: Pause) -> list[list[tuple[int, str, int]]]:
    """Lines with their places and widths, in blocks that blank lines part."""
    blocks: list[list[tuple[int, str, int]]] = [[]]
    start = 0
    for line in text.splitlines(keepends=True):
        pause()
        if line.strip():
            blocks[-1].append((start, line, _width(line)))
        elif blocks[-1]:
            blocks.append([])
        start += len(line)
    return [block for block in blocks if block]


def _ends_paragraph(line: str, width: int, longest: int) -> bool:
    return width < FILLED * longest or (width < ENDING * longest and bool(SENTENCE_END.search(line)))


def _width(line: str) -> int:
    """Columns of a line: a Chinese character takes two."""
    printed = line.strip()
    return len(printed) + sum(map("\u2e7f".__lt__, printed))


def _same_length(squeezed: str) -> str:
    """A squeezed text in one script, position for position.

    It is normalised in pieces: what that takes grows with the square of how many accents one letter has.
    """
    plain = "".join(normalise(squeezed[start : start + WINDOW]) for start in range(0, len(squeezed), WINDOW))
    if len(plain) == len(squeezed):
        return plain
    return normalise(JOINING.sub("\ufffd", squeezed))
