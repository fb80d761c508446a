"""Dates as people and programs write them in a query, and ranges of two."""

import re
import unicodedata

from app.text import dates_en, dates_zh
from app.text.dates import SOME_YEAR, Dates, Today
from app.text.layout import Layout
from app.text.periods import Basis, read_period

OPEN = ("+", "-", "~", "～", "—")  # behind the first of two dates
# How programs write dates; how people print them, the reader of texts knows.
_YEAR, _MONTH, _DAY, _PART = "(?P<year>[0-9]{4})", "(?P<month>[0-9]{1,2})", "(?P<day>[0-9]{1,2})", "(?P<kind>[QHS])"
DATE_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}[\s-]?{_PART}(?P<part>[1-4])",
        rf"{_PART}(?P<part>[1-4])[\s-]?{_YEAR}",
        rf"(?P<part>[1-4]){_PART}[\s-]?(?P<year>(?:20)?[0-9]{{2}})",
        rf"{_YEAR}[\s-]?M{_MONTH}",
        rf"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})?",
        rf"{_YEAR}[-/.]{_MONTH}(?:[-/.]{_DAY})?",
        rf"{_MONTH}[-/.]{_YEAR}",
        rf"{_DAY}\.{_MONTH}\.{_YEAR}",
        rf"(?P<day>1[3-9]|2[0-9]|3[01])[-/]{_MONTH}[-/]{_YEAR}",
        rf"{_MONTH}[-/](?P<day>1[3-9]|2[0-9]|3[01])[-/]{_YEAR}",
    )
]
CLOCK = re.compile(r"(?<=[0-9])[T ][0-9]{2}:(?:(?!\.\.)[0-9:.+Z-])*|(?<=^[0-9]{4})\.0$", re.IGNORECASE)
BETWEEN_DATES = (r"\.\.\.?|[:~—–至到]|\s+-\s+|\s+to\s+", "/", "-")


def read_dates(text: str) -> list[str | None]:
    """One date as ours are written, or the ends of a range, of which one may be empty; None for what is no date."""
    text = CLOCK.sub("", unicodedata.normalize("NFKC", text))
    one = _date(text)
    return _two_dates(text) if one is None else [*one.split("/")]


def _two_dates(text: str) -> list[str | None]:
    """The ends of a range, of which one may be open; None for an end that is no date."""
    if text.endswith(OPEN):
        return [_date(text[:-1]), ""]
    bare = re.sub(r"^[\[(]?(?:from\s)?|[\])]$", "", text, flags=re.IGNORECASE)
    for sign in BETWEEN_DATES:
        parts = [part.strip() for part in re.split(sign, bare, flags=re.IGNORECASE)]
        if len(parts) == 2:  # noqa: PLR2004 - two ends
            found = ["" if part in ("", "*") else _date(part) for part in parts]
            if None not in found:
                return found
    return [None]


def _date(text: str) -> str | None:
    """A date as ours are written: 2024, 2024-Q3, 2024-09 or 2024-09-27; two of them as A/B. None if it is none."""
    written = text.strip().strip("'\"")
    for form in DATE_FORMS:
        if found := form.fullmatch(written):
            parts = found.groupdict()
            year = parts["year"] if len(parts["year"]) == len("2024") else f"20{parts['year']}"  # 3Q24
            days = [parts[name].zfill(2) for name in ("month", "day") if parts.get(name)]
            part = [parts["kind"].upper().replace("S", "H") + parts["part"]] if "kind" in parts else []
            date = "-".join([year, *part, *days])
            break
    else:
        date = _printed_date(re.sub(r"(?<=[a-z])-(?=[0-9])", " ", written, flags=re.IGNORECASE))
    try:
        read_period(date)
    except ValueError:
        return None
    return date


def _printed_date(text: str) -> str:
    """The period that a text names and nothing else, such as 2024年上半年 or May 2024; empty if it is none."""
    for written in (text, f"{text}年"):  # 二〇二四
        layout = Layout(written)
        found = Dates(layout, Today(), (dates_en.find, dates_zh.find)).mentions
        if len(found) == 1 and found[0].basis is Basis.STATED:
            (one,) = found
            if (one.start, one.end) == (0, len(layout.plain)) and SOME_YEAR not in one.period:
                return one.period
    return ""
