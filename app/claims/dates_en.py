"""English period words: last year, Q1 2024, in the first nine months of 2024, by the end of June, a year earlier."""

import re
from collections.abc import Iterator

from app.claims.dates import Today, Words
from app.periods import Basis

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?"
    r"|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![a-z])"
)
DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\d.]*\d|%)"
YEAR = r"(?:19|20)\d\d(?![\d%]|[.,]\d|-[a-z])"
ORDINAL = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
COUNT = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11}
OF = r"(?:,?\s?(?:of\s|in\s)?(?:the\s)?(?:fiscal\s|full\s)?(?:year\s)?)"
OFFSETS = {"last year": -1, "this year": 0, "next year": 1, "the year": None, "year-end": None}
NUMBER = rf"(?:{'|'.join(COUNT)}|\d{{1,2}}|several|few|couple\sof|dozen)"
WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
WORDS = re.compile(
    rf"""(?x)(?<![A-Za-z\d])(?:
    (?i:(?:the\s)?(?P<half>first|second|1st|2nd)[\s-]half|(?P<h>H[12]))(?:{OF}(?P<y1>{YEAR}|(?i:last\syear|this\syear)))?
  | (?i:(?:the\s)?(?P<quarter>first|second|third|fourth|1st|2nd|3rd|4th)[\s-]quarter|(?P<q>Q[1-4]))
      (?:{OF}(?P<y2>{YEAR}|(?i:last\syear|this\syear)))?
  | (?i:(?:the\s)?first\s(?P<months>{"|".join(COUNT)}|\d{{1,2}})\smonths)(?:{OF}(?P<y3>{YEAR}|(?i:last\syear|this\syear)))?
  | (?i:(?:the\s)?(?P<span>three|six|nine|twelve|3|6|9|12)\smonths\s(?:to|ended|ending|through)\s)
      (?P<spanend>{MONTH})(?:\s?\d{{1,2}})?(?:,?\s?(?P<y4>{YEAR}))?
  | (?P<from>{MONTH})\s?(?:-|~|to\s|through\s)\s?(?P<to>{MONTH})(?!\s?\d{{1,2}}(?!\d))(?:\speriod)?(?:{OF}(?P<y5>{YEAR}))?
  | (?P<dmonth>{MONTH})\s?(?P<day>{DAY})(?:,?\s?(?P<y6>{YEAR}))?
  | (?P<day2>{DAY})\s(?P<dmonth2>{MONTH})(?:,?\s?(?P<y7>{YEAR}))?
  | (?P<month>{MONTH})(?:,?\s?(?:of\s)?(?P<y8>{YEAR}|(?i:last\syear|this\syear)))?
  | (?P<isoyear>(?:19|20)\d\d)-(?P<isomonth>0[1-9]|1[0-2])-(?P<isoday>0[1-9]|[12]\d|3[01])(?!\d)
  | (?P<years>(?:19|20)\d\d)\s?(?:-|~|to\s)\s?(?P<toyear>(?:19|20)\d\d|\d\d)(?![\d,.]\d|\d)
  | (?i:(?P<fy>(?:fiscal|full[\s-]year|FY|year)\s?)?)(?P<year>{YEAR})(?!\s(?:m|b|tr)illion)
  | (?i:(?P<word>last\syear|this\syear|next\syear|year-end|the\s(?:end\sof\sthe\s)?year(?=[\s.,;](?!(?:before|earlier|ago))|$)))
    )"""
)
VAGUE = re.compile(
    rf"""(?xi)(?<![a-z\d])(?:
    (?:a|the|one|{NUMBER})\s(?:years?|months?|weeks?|days?|decades?)\s(?:ago|earlier|before|later|prior)
  | (?:the\s)?(?:same|prior|previous|preceding|year-ago|corresponding)\s(?:period|year|quarter|month)(?:\s(?:of\s)?(?P<y>{YEAR}))?
  | (?:the\s)?(?:past|last|next|previous|coming|in|within|over)\s(?:the\s)?(?:past\s|last\s|next\s)?{NUMBER}\s(?:years|months|weeks|decades|days)(?!\s(?:to|ended|ending|through)\b)
  | \d{{1,2}}(?::\d\d)?\s?[ap]\.?m\.?(?![a-z]) | \d{{1,2}}:\d\d(?!\d) | (?:19|20)?\d0s(?![a-z])
  | {NUMBER}-(?:years?|months?|weeks?|days?|hours?)(?:-old)?(?![a-z])
    )"""
)
RECENT = re.compile(r"(?i)\b(?:(?P<now>now|today|currently|so far this year|at present|to date)|(?P<last>last month)|(?P<this>this month))\b")
NOT_A_YEAR_BEFORE = re.compile(r"(?:[$€£¥]|(?:Vision|Agenda|Model|No\.|ISO|IEC|Note|Page|Room|Route)\s)$")
NOT_A_YEAR_BEHIND = re.compile(r"\s(?!in|of|and|to|was|were|is|are|by|at|for|the|results?\b)[a-z]+s\b")
LEADS = re.compile(r"(?i)\b(?:in|of|by|since|from|until|till|to|through|for|during|than|over|and|year|fiscal|the|early|late|mid|between|ended|before|after)[\s-]?$")
COMPARED = re.compile(
    r"(?i)\b(?:from|than|over|above|below|vs\.?|versus|with|against|(?:number|level|figure|total) of|(?:that|those) of)"
    r"\s?(?:in\s)?(?:the\s)?$"
)
EARLIER = re.compile(r"(?i)same|prior|previous|preceding|year-ago|corresponding|earlier|before")
FOUNDED = re.compile(r"(?i)(?:founded|established|born|built|opened|since|dates?|dating|incorporated|launched|signed|set up)\s?(?:in|from|back to|on)?\s?$")


def find(plain: str, today: Today) -> Iterator[Words]:
    """English period words, which may overlap: the first and longest count."""
    for match in WORDS.finditer(plain):
        if (match["year"] or match["years"]) and not _is_year(match, plain):
            continue
        if match["month"] and match[0] in {"May", "Mar", "March"} and not _names_a_month(match, plain):
            continue
        yield _words(match, plain)
    for match in VAGUE.finditer(plain):
        if match["y"]:
            yield Words(*match.span(), year=int(match["y"]), first="", same=True)
        else:
            yield Words(*match.span(), aside=bool(EARLIER.search(match[0])))
    for match in RECENT.finditer(plain):
        yield _near(match, today)


def _is_year(match: re.Match[str], plain: str) -> bool:
    """Whether four digits are a year, and no quantity: in 2024, but 2000 workers."""
    before, behind = plain[max(0, match.start() - 12) : match.start()], plain[match.end() : match.end() + 30]
    if NOT_A_YEAR_BEFORE.search(before) or (before[-1:] and before[-1] > "\u2e7f") or behind[:1] > "\u2e7f":
        return False
    return bool(match["fy"] or LEADS.search(before)) or not NOT_A_YEAR_BEHIND.match(behind)


def _names_a_month(match: re.Match[str], plain: str) -> bool:
    """May may be a word that opens a sentence."""
    before = plain[max(0, match.start() - 12) : match.start()]
    return bool(match["y8"]) or bool(re.search(r"(?i)\b(?:in|of|since|by|until|to|during|for|last|early|late|mid|from)[\s-]$", before))


def _words(match: re.Match[str], plain: str) -> Words:
    before = plain[max(0, match.start() - 24) : match.start()]
    year = next((match[f"y{number}"] for number in range(1, 9) if match[f"y{number}"]), None) or match["year"]
    last: str | None = None
    last_year: int | None = None
    offset: int | None = None
    if match["half"] or match["h"]:
        first = f"-H{ORDINAL[match['half'].lower()] if match['half'] else match['h'][1]}"
    elif match["quarter"] or match["q"]:
        first = f"-Q{ORDINAL[match['quarter'].lower()] if match['quarter'] else match['q'][1]}"
    elif match["months"]:
        first, last = _months(1, COUNT.get(match["months"].lower()) or int(match["months"]))
    elif match["span"]:
        first, last = _until(_month(match["spanend"]), match["span"].lower())
    elif match["from"]:
        first, last = f"-{_month(match['from']):02d}", f"-{_month(match['to']):02d}"
    elif match["day"] or match["day2"]:
        day = re.sub(r"\D", "", match["day"] or match["day2"])
        first = f"-{_month(match['dmonth'] or match['dmonth2']):02d}-{int(day):02d}"
    elif match["month"]:
        first = f"-{_month(match['month']):02d}"
    elif match["isoyear"]:
        year, first = match["isoyear"], f"-{match['isomonth']}-{match['isoday']}"
    elif match["years"]:
        year, first, last = match["years"], "", ""
        last_year = int(match["toyear"] if len(match["toyear"]) > 2 else year[:2] + match["toyear"])  # noqa: PLR2004
    else:
        first = ""
        year = year or match["word"]
    if year and not year.isdigit():
        offset, year = OFFSETS.get(year.lower().replace("\n", " ")), None
    return Words(
        *match.span(), year=int(year) if year else None, offset=offset, first=first, last=last, last_year=last_year,
        aside=bool((last is None and COMPARED.search(before)) or FOUNDED.search(before)),
    )  # fmt: skip


def _months(first: int, last: int) -> tuple[str, str | None]:
    return f"-{first:02d}", f"-{min(last, 12):02d}"


def _until(last: int, count: str) -> tuple[str, str | None]:
    """The months that end with one; those of the year before are left out."""
    months = {"three": 3, "six": 6, "nine": 9, "twelve": 12}.get(count) or int(count)
    return _months(max(1, last - months + 1), last)


def _month(name: str) -> int:
    return MONTHS.index(name[:3].lower()) + 1


def _near(match: re.Match[str], today: Today) -> Words:
    written = today.written
    if match["last"]:
        if not today.month or not today.year:
            return Words(*match.span())
        year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
        written = f"{year:04d}-{month:02d}"
    return Words(*match.span(), written=written, basis=Basis.INFERRED if match["now"] else Basis.RELATIVE)
