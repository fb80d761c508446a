"""English period words: last year, Q1 2024, in the first nine months of 2024, by the end of June, a year earlier."""

import re
from collections.abc import Iterator

from app.text.dates import SOME_YEAR, TO_DATE, Mention, Today
from app.text.layout import Layout
from app.text.periods import Basis

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DECEMBER = 12
MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?"
    r"|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![a-z])"
)
DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\d.]*\d|%)"
YEAR = r"(?:19|20)\d\d(?![\d%]|[.,]\d|-[a-z])"
ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
COUNT = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
         "eleven": 11, "twelve": 12}  # fmt: skip
# Years before that of the document; None are of the year that the text speaks of.
OFFSETS = {"last year": -1, "this year": 0, "next year": 1, "the year": None, "year-end": None}
NUMBER = rf"(?:{'|'.join(COUNT)}|\d{{1,2}}|several|few|couple\sof|dozen)"
OF = r",?\s?(?:of\s|in\s)?(?:the\s)?(?:fiscal\s|full\s)?(?:year\s)?"


def _of_year(number: int) -> str:
    """The year that may follow a part of it; each needs a name of its own in the grammar."""
    return rf"(?:{OF}(?P<y{number}>{YEAR}|(?i:(?:last|this|the)\syear)))?"


WORDS = re.compile(
    rf"""(?x)(?<![A-Za-z\d])(?:
    (?i:(?:the\s)?(?:(?P<span>three|six|nine|twelve|3|6|9|12)\smonths|year
      |(?P<ends>(?:fiscal\s)?(?:(?:{"|".join(ORDINAL)})[\s-])?quarter|Q[1-4]))\s(?:to|ended|ending|through)\s)
      (?:{DAY}\s)?(?P<spanend>{MONTH})(?:\s?\d{{1,2}}(?!\d))?{_of_year(4)}
  | (?i:(?:the\s)?(?P<half>first|second|1st|2nd)[\s-]half|(?P<h>H[12])){_of_year(1)}
  | (?i:(?:the\s)?(?P<quarter>{"|".join(ORDINAL)})[\s-]quarter|(?P<q>Q[1-4])){_of_year(2)}
  | (?i:(?P<first>(?:the\s)?first\s)?(?P<months>{"|".join(COUNT)}|\d{{1,2}})\smonths(?(first)|\sinto)){_of_year(3)}
  | (?P<both>between\s)?(?P<from>{MONTH})(?:,?\s?(?P<fromyear>{YEAR}))?\s?(?:-|~|(?:to|through|(?(both)and|to))\s)\s?
      (?P<to>{MONTH})(?!\s?\d{{1,2}}(?!\d))(?:\speriod)?{_of_year(5)}
  | (?P<dmonth>{MONTH})\s?(?P<day>{DAY})(?:,?\s?(?P<y6>{YEAR}))?
  | (?P<day2>{DAY})\s(?P<dmonth2>{MONTH})(?:,?\s?(?P<y7>{YEAR}))?
  | (?P<month>{MONTH}){_of_year(8)}
  | (?P<isoyear>(?:19|20)\d\d)-(?P<isomonth>0[1-9]|1[0-2])-(?P<isoday>0[1-9]|[12]\d|3[01])(?!\d)
  | (?P<years>(?:19|20)\d\d)\s?(?:(?:-|~|to\s)\s?(?=(?:19|20)\d\d)|[-~/](?=\d\d))
      (?P<toyear>\d{{4}}|\d\d)(?![\d,.]\d|\d)
  | (?i:(?P<fy>(?:fiscal|full[\s-]year|FY|year)\s?)?)(?P<year>{YEAR})(?!\s(?:m|b|tr)illion)
  | (?i:(?P<word>last\syear|this\syear|next\syear|year-end|full[\s-]year
      |the\s(?:end\sof\sthe\s)?year(?=[\s.,;](?!before|earlier|ago|(?:19|20)\d\d)|$)))
    )"""
)
VAGUE = re.compile(
    rf"""(?xi)(?<![a-z\d])(?:
    (?P<back>(?:a|the|one)\syear\s(?:ago|earlier|before)|(?:the\s)?(?:previous|prior|preceding)\syear)
  | (?P<todate>year[\s-]to[\s-]date)
  | (?:a|the|one|{NUMBER})\s(?:years?|months?|weeks?|days?|decades?)\s(?:ago|earlier|before|later|prior)
  | (?:the\s)?(?:same|prior|previous|preceding|year-ago|corresponding)\s(?:period|year|quarter|month)
      (?:\s(?:of\s|in\s)?(?:(?P<y>{YEAR})|(?P<back2>last\syear|a\syear\s(?:ago|earlier))))?
  | (?:the\s)?(?:past|last|next|previous|coming|in|within|over)\s(?:the\s)?(?:past\s|last\s|next\s)?
      {NUMBER}\s(?:years|quarters|months|weeks|decades|days)(?!\s(?:to|ended|ending|through)\b)
  | \d{{1,2}}(?:[:.]\d\d)?\s?[ap]\.?m\.?(?![a-z]) | (?<![:.])\d{{1,2}}:\d\d(?![\d:]|\.\d) | (?:19|20)?\d0s(?![a-z])
  | {NUMBER}-(?:years?|months?|weeks?|days?|hours?)(?:-old)?(?![a-z])
    )"""
)
NEAR = re.compile(
    r"(?i)\b(?:(?P<now>now(?!\s(?:expects?|guides?|sees?|forecasts?|plans?))"
    r"|(?<!said )(?<!announced )(?<!reported )today(?!\s(?:announce|report|publish|said))"
    r"|currently|so far this year|at present|to date)|(?P<last>last month)|(?P<this>this month))\b"
)
NO_YEAR_BEFORE = re.compile(r"(?:[$€£¥]|(?:Vision|Agenda|Model|No\.|ISO|IEC|Note|Page|Room|Route)\s)$")
COUNTED = re.compile(
    r"\s(?!in|of|and|to|was|were|is|are|by|at|for|the|(?:results?|sales|exports|imports|deliveries|revenues|earnings)\b)[a-z]+s\b"
)
# Words before four digits that make them a year, and before May and March a month.
LEADS = re.compile(
    r"(?i)\b(?:in|of|by|since|from|until|till|to|through|for|during|than|over|and|year|fiscal|the|early|late|mid|between"
    r"|ended|before|after|last)[\s-]?$"
)
MONTH_LEADS = re.compile(r"(?i)\b(?:in|of|since|by|until|to|during|for|last|early|late|mid|from)[\s-]$")
ALSO_WORDS = {"May", "Mar", "March"}
COMPARED = re.compile(
    r"(?i)\b(?:(?P<on>on(?=\s?$))|as|from|than|over|above|below|under|(?:ahead|short)\sof|behind|vs\.?|versus|with|against|compared\sto"
    r"|(?:from|of|to)\sits|(?:number|level|figure|total) of|(?:that|those) of)\s?(?:in\s)?(?:the\s)?$"
)
# A number with which another is compared, and whose period follows: from 96 in 2023.
ASIDE = re.compile(
    r"(?i)\b(?:from|than|against|versus|compared\s(?:with|to))\s(?:[^\s,;()]+\s){1,4}(?:in|of)\s(?:the\s)?$"
)
END = re.compile(r"(?i)\bend\s(?:of\s)?$")
EARLIER = re.compile(r"(?i)same|prior|previous|preceding|year-ago|corresponding|earlier|before")
FOUNDED = re.compile(
    r"(?i)(?:founded|established|born|built|opened|since|dates?|dating|incorporated|launched|signed|set up)\s?"
    r"(?:in|from|back to|on)?\s?$"
)
LEVEL = re.compile(r"\s(?:level|peak|average|baseline)s?\b")  # 84% of the 2019 level
BEFORE = 48  # characters


def find(layout: Layout, today: Today) -> Iterator[Mention]:
    """English period words, which may overlap: the first and longest count."""
    plain = layout.plain
    for match in layout.matches(WORDS):
        before = plain[max(0, match.start() - BEFORE) : match.start()]
        if (match["year"] or match["years"]) and not _is_year(match, before, plain):
            continue
        if match[0] in ALSO_WORDS and not MONTH_LEADS.search(before):
            continue
        yield _words(match, before, today)
    for match in layout.matches(VAGUE):
        aside = bool(COMPARED.search(plain, max(0, match.start() - BEFORE), match.start()))
        if match["y"]:
            yield Mention(*match.span(), match["y"], Basis.STATED, int(match["y"]), same=True, local=True, aside=aside)
        elif match["todate"]:
            yield Mention(*match.span(), f"{SOME_YEAR}-01/{TO_DATE}", local=True)
        elif match["back"] or match["back2"]:
            yield Mention(*match.span(), SOME_YEAR, Basis.RELATIVE, same=True, local=True, back=1, aside=aside)
        else:
            yield Mention(*match.span(), aside=bool(EARLIER.search(match[0])))
    for match in layout.matches(NEAR):
        month, now = today.month_before if match["last"] else today.written, bool(match["now"])
        yield Mention(*match.span(), month, Basis.INFERRED if now else Basis.RELATIVE, local=now)


def _is_year(match: re.Match[str], before: str, plain: str) -> bool:
    """Whether four digits are a year, and no quantity: in 2024, but 2000 workers."""
    if NO_YEAR_BEFORE.search(before) or not (before[-1:] + plain[match.end() : match.end() + 1]).isascii():
        return False
    return bool(match["fy"] or LEADS.search(before)) or not COUNTED.match(plain, match.end())


def _words(match: re.Match[str], before: str, today: Today) -> Mention:
    first, last = _part(match)
    year = match["isoyear"] or match["years"] or match["year"] or match["word"]
    year = year or next((match[f"y{number}"] for number in range(1, 9) if match[f"y{number}"]), "")
    begins = ends = year if year.isdigit() else SOME_YEAR
    if match["fromyear"] and year.isdigit():
        begins = match["fromyear"]
    if last and last < first and (year.isdigit() or today.year):  # the year to September
        ending = int(year) if year.isdigit() else (today.year or 0) - (int(last[1:]) > (today.month or DECEMBER))
        begins, ends = f"{ending - 1:04d}", f"{ending:04d}"
    if match["toyear"]:
        ends = year[: 4 - len(match["toyear"])] + match["toyear"]  # 2024-26
        if len(match["toyear"]) < len(year) and int(ends) == int(year) + 1:
            return Mention(*match.span())  # 2024/25 is one year, which begins nobody knows when
    than = None if last is not None else COMPARED.search(before)  # up 5% on 2023, but on 3 June
    other = FOUNDED.search(before) or LEVEL.match(match.string, match.end())
    aside = bool(other or (than and not (than["on"] and first.count("-") > 1)))
    whole = match["word"] and OFFSETS.get(year.lower()) is None  # what is expected of the year is of no other sentence
    once = bool(ASIDE.search(before)) or (before.endswith("(") and match.string.startswith(":", match.end()))
    period = f"{begins}{first}" if last is None else f"{begins}{first}/{ends}{last}"
    mention = Mention(*match.span(), period, aside=aside, once=once, local=bool(END.search(before) or whole))
    offset = OFFSETS.get(year.lower())
    if offset is not None:
        return today.counted(mention, offset)
    return mention.in_year(int(ends if match["spanend"] else begins), Basis.STATED) if year.isdigit() else mention


def _part(match: re.Match[str]) -> tuple[str, str | None]:
    """What stands behind the year in a period: its first part, and its last one where they are two."""
    if match["half"] or match["h"]:
        return f"-H{ORDINAL[match['half'].lower()] if match['half'] else match['h'][1]}", None
    if match["quarter"] or match["q"]:
        return f"-Q{ORDINAL[match['quarter'].lower()] if match['quarter'] else match['q'][1]}", None
    if match["months"]:
        return "-01", f"-{min(_count(match['months']), 12):02d}"
    if match["span"] or match["ends"]:
        last = _month(match["spanend"])
        first = last + 1 - _count(match["span"] or "three")
        return f"-{first if first > 0 else first + 12:02d}", f"-{last:02d}"
    if match["spanend"]:  # the year to September
        last = _month(match["spanend"])
        return ("", None) if last == DECEMBER else (f"-{last + 1:02d}", f"-{last:02d}")
    if match["from"]:
        return f"-{_month(match['from']):02d}", f"-{_month(match['to']):02d}"
    if day := match["day"] or match["day2"]:
        return f"-{_month(match['dmonth'] or match['dmonth2']):02d}-{int(re.sub(r'[a-z]', '', day)):02d}", None
    if match["month"]:
        return f"-{_month(match['month']):02d}", None
    if match["isoyear"]:
        return f"-{match['isomonth']}-{match['isoday']}", None
    return "", "" if match["years"] else None


def _count(word: str) -> int:
    return COUNT.get(word.lower()) or int(word)


def _month(name: str) -> int:
    return MONTHS.index(name[:3].lower()) + 1
