"""Text without layout: quotes are matched whatever the layout, and a search looks at words alone."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from app.text.patterns import WINDOW, Pause, go_on

WHITESPACE = re.compile(r"\s+")
ASCII_WORD, OTHERS = re.compile(r"[0-9A-Za-z]+"), re.compile(r"[^\x00-\x7f]+")
RUN = re.compile(f"{ASCII_WORD.pattern}|{OTHERS.pattern}")
BLANK = r"[\s\u200b\ufeff]"
GAP, BEFORE_COMMA = re.compile(f"{BLANK}+"), re.compile(f"{BLANK}+,")
# White space that is more than one space, or does not stand between two letters or digits.
LAYOUT = re.compile(rf"{BLANK}(?:(?<![A-Za-z0-9] )|(?![A-Za-z0-9]))")
# Characters that a space between the last two of them separates.
SEPARATED = re.compile(r"[A-Za-z0-9]{2}\Z|[0-9],[0-9]\Z")

# Printed forms that differ only in script; one character for one, so that positions stay. A dash joins, as ~ does; only
# a hyphen may be a minus. The Turkish i is there because it matches an i whose case is ignored.
SIMPLIFIED = str.maketrans(
    "萬億兩餘過約將達個輛臺畝戶點層倉幾數於滿內減虧損負長項條類場種處張對時鐘圓倍連較間歲開來幣噸標準棟頭顆塊雙預計劃將擬爭確獎勵補給−－–—―～〜○İı",
    "万亿两余过约将达个辆台亩户点层仓几数于满内减亏损负长项条类场种处张对时钟圆倍连较间岁开来币吨标准栋头颗块双预计划将拟争确奖励补给---~~~~〇Ii",
)
# A tilde before a number that follows none: ~50, but 10~50 and 10元~50元. A dash is no tilde yet.
ABOUT = re.compile(r"(?<!\d)(?<!\d[^,;、。])(?<!\d[^,;、。]{2})(?<!\d[^,;、。]{3})(?<!~)~(?=\s?[$€£¥]?\d)")
UNSIMPLIFIED = re.compile(f"[{''.join(map(chr, SIMPLIFIED))}]")


class _Normal(dict[str, str]):
    """NFKC of single characters, each worked out once."""

    def __missing__(self, character: str) -> str:
        return self.setdefault(character, unicodedata.normalize("NFKC", character))


NORMAL = _Normal()


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A text without its layout, and where each of its characters stood (code points)."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def squeeze(text: str, pause: Pause = go_on) -> Squeezed:
    """Normalise to NFKC and drop the white space that is only layout.

    Printed columns break lines inside words and set spaces between characters. White space is
    kept, as one space, only between two ASCII letters or digits, where it separates words or numbers,
    and where it separates the numbers of a list: 100, 200 is not 100,200.
    """
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    gap: tuple[int, int] | None = None
    for position, original in enumerate(text):
        if position % WINDOW == 0:
            pause()
        for character in NORMAL[original]:
            if character.isspace() or character in "\u200b\ufeff":
                gap = (gap[0] if gap else position, position + 1)
                continue
            if gap and SEPARATED.search("".join(characters[-2:]) + character):
                characters.append(" ")
                starts.append(gap[0])
                ends.append(gap[1])
            gap = None
            characters.append(character)
            starts.append(position)
            ends.append(position + 1)
    return Squeezed("".join(characters), tuple(starts), tuple(ends))


def squeezed_text(text: str) -> str:
    """The text of `squeeze` alone, in a tenth of the time."""
    plain = text.replace("，", ",")  # by far the commonest of what is not normal
    if not unicodedata.is_normalized("NFKC", plain):
        plain = "".join(map(NORMAL.__getitem__, plain))
    return GAP.sub(_space, BEFORE_COMMA.sub(",", plain)) if LAYOUT.search(plain) else plain


def _space(gap: re.Match[str]) -> str:
    start, end = gap.span()
    behind = gap.string[end : end + 1]
    return " " if behind and SEPARATED.search(gap.string[max(0, start - 2) : start] + behind) else ""


def normalise(text: str) -> str:
    """NFKC and one script for what prints in two, position for position where NFKC allows it."""
    normal = unicodedata.normalize("NFKC", text)
    normal = ABOUT.sub("≈", normal) if "~" in normal else normal
    return normal.translate(SIMPLIFIED) if UNSIMPLIFIED.search(normal) else normal


def find_quote(quote: str, text: Squeezed) -> list[tuple[int, int]]:
    """Every place of a quote in a text, layout aside, as (start, end) in the text as stored.

    Where the quote stands nowhere, a line may have been broken inside an English word or a
    number: then no space counts at all.
    """
    squeezed = squeezed_text(quote)
    places: list[tuple[int, int]] = []
    at = text.text.find(squeezed) if squeezed else -1
    while at >= 0:
        places.append((text.starts[at], text.ends[at + len(squeezed) - 1]))
        at = text.text.find(squeezed, at + 1)
    if places or not squeezed:
        return places
    broken = re.compile(f"(?=({' ?'.join(map(re.escape, squeezed.replace(' ', '')))}))")
    return [(text.starts[one.start(1)], text.ends[one.end(1) - 1]) for one in broken.finditer(text.text)]


def search_text(*parts: str | None) -> str:
    """What `q` looks in: the parts without layout or case, a line each.

    A line break never stands in a search word, so that no match runs from one part into the next.
    """
    return joined_lines(search_line(part) for part in parts if part)


def search_line(part: str) -> str:
    return squeezed_text(part).casefold()


def joined_lines(lines: Iterable[str]) -> str:
    """Search lines as one search text, each once."""
    return "\n".join(dict.fromkeys(lines))


def search_words(question: str) -> list[str]:
    """The words of a `q`, each of which must occur: `宇通 客车` asks for both."""
    words = [squeezed_text(word).casefold() for word in WHITESPACE.split(question)]
    return [word for word in words if word]
