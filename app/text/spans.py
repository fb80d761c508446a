"""What stands in a text as one thing, and whose digits count nothing: titles, phone numbers, codes, ratios, slogans."""

import bisect
import re

from app.text.patterns import Pause, go_on, matches

NAME, CODE, RATIO = "part of a name", "a code", "a ratio"

SPANS = re.compile(
    r"""(?x)
    (?P<title>《[^《》]{1,80}》)
  | (?P<address>(?:https?://|www\.)[!-~]{1,500}|(?<![A-Za-z\d._-])[A-Za-z\d._-]{1,64}@[A-Za-z\d-]{1,64}\.[A-Za-z.]{2,20})
  | (?P<phone>(?<![\d.,])(?:\+\d{1,3}(?:[\s-]?\d{2,8}){2,4}|\(?(?:0\d{2,3}|400|800)\)?[\s-]\d{3,8}(?:[\s-]\d{3,8})*
      |1[3-9]\d{9})(?![\d,.]*\d))
  | (?P<code>\d{6}\.(?:SH|SZ|HK|BJ)(?![A-Za-z])|(?<!\d)20\d\d-\d{2,3}(?![\d-]|年))
  | (?P<ratio>(?<![\d.])\d+(?:\.\d+)?(?:[:∶]\d+(?:\.\d+)?)+(?![\d.]*\d)|(?<!\d)\d+[×xX*]\d+)
  | (?P<scheme>[“"'‘][\d+一二三四五六七八九十百千NnXx-]{1,8}[”"'’]|\d[+]N)
  | (?P<called>“[^“”\n]{1,9}”)
  | (?P<note>\[\d{1,3}\]|\(\d{1,2}\)|\([一二三四五六七八九十]{1,3}\))
    """
)
WHY = {"title": NAME, "address": CODE, "phone": CODE, "code": CODE, "ratio": RATIO, "scheme": NAME, "called": NAME,
       "note": "a list number"}  # fmt: skip
# A quotation of a quantity alone is no name: 超过“110万辆”.
QUANTITY = re.compile(r"“[^\d“”]{0,2}[\d.,]+(?:[十百千万亿]+|(?=[%个家]))[^\d“”]{0,3}”")


class Spans:
    """The spans of a text, found by place."""

    def __init__(self, plain: str, pause: Pause = go_on) -> None:
        found = [match for match in matches(SPANS, plain, pause) if not QUANTITY.fullmatch(match[0])]
        self._starts = [match.start() for match in found]
        self._found = [(match.end(), WHY[match.lastgroup or "code"]) for match in found]

    def at(self, place: int) -> str | None:
        """Why what stands at a place is no number of its own."""
        index = bisect.bisect_right(self._starts, place) - 1
        if index < 0:
            return None
        end, why = self._found[index]
        return why if place < end else None
