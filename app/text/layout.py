"""A text without its layout, and where its paragraphs, lines, sentences and clauses begin."""

import bisect
import re
from collections.abc import Iterator
from functools import cached_property

from app.text.normalizing import Squeezed, normalise, squeeze
from app.text.patterns import WINDOW, Pause, go_on, matches

BLANK = re.compile("[\\s\u200b\ufeff]+")
INDENT_OR_LIST_MARK = re.compile(
    r" {2}|\t|\u3000|\s*(?:[-•*·●]\s|——|[(（]?[一二三四五六七八九十]{1,3}[)）、]|[(（]?\d{1,2}(?:[)）、]|[.．](?!\d)))"
)
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
        self.lines: list[int] = []  # where they begin
        self.paragraphs: list[int] = []
        for block in _blocks(text, pause):
            longest = max(width for _, _, width in block)
            before = ("", 0)
            for start, line, width in block:
                pause()
                self.lines.append(bisect.bisect_left(self.squeezed.starts, start))
                if longest > WRAPPED or _ends_paragraph(*before, longest) or INDENT_OR_LIST_MARK.match(line):
                    self.paragraphs.append(self.lines[-1])
                before = line, width

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        return matches(pattern, self.plain, self.pause)

    @cached_property
    def sentences(self) -> list[int]:
        """Where sentences begin; each paragraph begins one."""
        starts = set(self.paragraphs) | {0}
        for match in self.matches(END):
            end = match.end()
            while end < len(self.plain) and self.plain[end] in CLOSING and not self.gap(end):
                end += 1
            if match[0] != "." or self._ends_sentence(match.start(), end):
                starts.add(end)
        return sorted(starts)

    def _ends_sentence(self, stop: int, end: int) -> bool:
        """Whether a full stop ends a sentence: white space and no small letter follows, no abbreviation precedes."""
        if end >= len(self.plain):
            return True
        before = self.plain[max(0, stop - LONGEST_ABBREVIATION) : stop]
        return self.gap(end) and not ABBREVIATED.search(before) and not self.plain[end].islower()

    def gap(self, at: int) -> bool:
        """Whether white space stands before a place."""
        return self.squeezed.starts[at] > self.squeezed.ends[at - 1]

    @cached_property
    def clauses(self) -> list[int]:
        """Where clauses begin: behind a comma, a colon, a bracket; and with each sentence."""
        starts = set(self.sentences)
        for match in self.matches(BREAK):
            before, behind = self.plain[match.start() - 1 : match.start()], self.plain[match.end() : match.end() + 1]
            if not (before.isdigit() and behind.isdigit()):  # 1,200 and 3:1
                starts.add(match.end())
        return sorted(starts)

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

    @cached_property
    def introductions(self) -> dict[int, int]:
        """Where each paragraph begins, and that which introduces the list that it is an item of; else itself."""
        found: dict[int, int] = {}
        introduction = -1
        for start in self.paragraphs:
            introduction = introduction if found and ITEM.match(self.plain, start) else start
            found[start] = introduction
        return found

    def begins_line(self, at: int) -> bool:
        index = bisect.bisect_left(self.lines, at)
        return index < len(self.lines) and self.lines[index] == at

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The same part in the text as stored."""
        return self.squeezed.starts[start], self.squeezed.ends[end - 1]

    def as_typed(self, start: int, end: int) -> str:
        """A part as its author typed it, on one line: white space is one space, and none beside Chinese characters."""
        first, last = self.place(start, end)
        return BLANK.sub(_gap, self.original[first:last]).strip()


def _gap(blank: re.Match[str]) -> str:
    beside = blank.string[max(0, blank.start() - 1) : blank.start()] + blank.string[blank.end() : blank.end() + 1]
    return " " if beside.isascii() else ""


def _blocks(text: str, pause: Pause) -> list[list[tuple[int, str, int]]]:
    """Lines with their places and widths, in blocks that blank lines separate."""
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
    return plain if len(plain) == len(squeezed) else normalise(JOINING.sub("\ufffd", squeezed))
