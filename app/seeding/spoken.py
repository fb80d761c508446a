"""Periods and values as people say them, in zh and en."""

import re
from calendar import month_name
from decimal import Decimal
from typing import NamedTuple

from app.nouns.units import UnitRecord
from app.text.decimals import EXACT, written
from app.text.normalizing import normalise, squeezed_text
from app.text.periods import Period, Precision, read_period

ZH_MAGNITUDES = ((12, "万亿"), (8, "亿"), (4, "万"))
EN_MAGNITUDES = ((12, "trillion"), (9, "billion"), (6, "million"))
ZH_POWERS = {"万亿": 12, "亿": 8, "千万": 7, "百万": 6, "万": 4, "": 0}
EN_POWERS = {word: power for power, word in EN_MAGNITUDES} | {"": 0}
NUMERAL = r"(\d+(?:,\d{3})*(?:\.\d+)?)"
ZH_NUMBER = re.compile(rf"{NUMERAL}({'|'.join(ZH_POWERS)})")
EN_NUMBER = re.compile(rf"{NUMERAL}(?: ?({'|'.join(word for word in EN_POWERS if word)}))?")
ZH_TIMES = re.compile(r"(\d+(?:\.\d+)?)倍")
LONGEST_ZH = 8  # digits before the point that are read at a glance
EN_DECIMALS = 3  # of millions: 1.234 million, but 1,234,567
RATES = {"%", "‰"}
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SMALL = {Decimal(value): word for value, word in enumerate(WORDS, 1)}


class BilingualText(NamedTuple):
    """A text in each language."""

    zh: str
    en: str


def spoken_number(value: Decimal, printed: str, unit: UnitRecord, *, bare: bool) -> BilingualText:
    """A value with its unit, as it is printed where that can be said again: with its scale word and all its digits.

    With `bare`, the English sentence names the unit elsewhere; that of a unit which no source prints is never said.
    """
    plain = normalise(squeezed_text(printed))
    zh = _printed(ZH_NUMBER, ZH_POWERS, plain, value) or _in_zh(value)
    en = _printed(EN_NUMBER, EN_POWERS, plain, value) or _in_en(value)
    if unit.symbol in RATES:
        times = ZH_TIMES.fullmatch(plain)
        said = times[0] if times and EXACT.multiply(Decimal(times[1]), 100) == value else f"{zh}{unit.symbol}"
        return BilingualText(said, f"{en}{unit.symbol}")
    if bare and value in SMALL:
        return BilingualText(f"{zh}{unit.zh}", SMALL[value])
    singular = re.sub(r"(?<!s)s$", "", re.sub(r"ies$", "y", unit.en)) if value == 1 else unit.en
    return BilingualText(f"{zh}{unit.zh}", en if bare or not unit.printed else f"{en} {singular}")


def _printed(pattern: re.Pattern[str], powers: dict[str, int], printed: str, value: Decimal) -> str:
    """The number as printed, if it is this value in the words of the language, and easily read."""
    found = [one for one in pattern.finditer(printed) if one[0]]
    if len(found) != 1:
        return ""
    numeral, word = found[0][1].replace(",", ""), found[0][2] or ""
    if EXACT.scaleb(Decimal(numeral), powers[word]) != value:
        return ""
    if powers is EN_POWERS:
        if not word and value >= 10 ** EN_MAGNITUDES[-1][0]:
            return ""
        whole, point, decimals = numeral.partition(".")
        return f"{int(whole):,}{point}{decimals}{' ' if word else ''}{word}"
    is_long = len(numeral.partition(".")[0]) > LONGEST_ZH or (not word and numeral.endswith("0000"))
    return "" if is_long else numeral + word


def _in_zh(value: Decimal) -> str:
    plain = written(value)
    for power, word in ZH_MAGNITUDES:
        short = written(EXACT.scaleb(value, -power))
        if value.adjusted() >= power and (len(short) < len(plain) or power > ZH_MAGNITUDES[-1][0]):
            return f"{short}{word}".replace("-", "负")
    return plain.replace("-", "负")


def _in_en(value: Decimal) -> str:
    for power, word in EN_MAGNITUDES:
        short = written(EXACT.scaleb(value, -power))
        decimals = len(short.partition(".")[2])
        if value.adjusted() >= power and (decimals <= EN_DECIMALS or power > EN_MAGNITUDES[-1][0]):
            return f"{short} {word}".replace("-", "minus ")
    number = f"{value:,f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    return number.replace("-", "minus ")


def zh_period(period: Period | None) -> str:
    if period is None:
        return ""
    start, end = period.start, period.end
    if period.is_open:
        return f"截至{zh_period(_ends(period)[1])}"
    match period.precision:
        case Precision.YEAR:
            return f"{start.year}年"
        case Precision.HALF:
            return f"{start.year}年{'上' if start.month == 1 else '下'}半年"
        case Precision.QUARTER:
            return f"{start.year}年第{'一二三四'[start.month // 3]}季度"
        case Precision.MONTH:
            return f"{start.year}年{start.month}月"
        case Precision.DAY:
            return f"{start.year}年{start.month}月{start.day}日"
        case Precision.RANGE:
            first, last = (zh_period(part) for part in _ends(period))
            shared = f"{end.year}年" if _one_year(period) else ""
            shared += f"{end.month}月" if _one_month(period) else ""
            return f"{first}至{last.removeprefix(shared)}"


def en_period(period: Period | None) -> str:
    """` in 2024`, ` on 5 November 2021`, ` from January to September 2024`, with a leading space."""
    if period is None:
        return ""
    if period.is_open:
        return f" by {en_part(_ends(period)[1])}"
    if period.precision is not Precision.RANGE:
        return f" {'on' if period.precision is Precision.DAY else 'in'} {en_part(period)}"
    first, last = (en_part(part) for part in _ends(period))
    if _one_month(period):
        first = first.partition(" ")[0]
    elif _one_year(period):
        first = first.removesuffix(f" {period.start.year}")
    return f" from {first} to {last}"


def en_part(period: Period) -> str:
    start = period.start
    match period.precision:
        case Precision.HALF:
            return f"the {'first' if start.month == 1 else 'second'} half of {start.year}"
        case Precision.QUARTER:
            return f"the {('first', 'second', 'third', 'fourth')[start.month // 3]} quarter of {start.year}"
        case Precision.MONTH:
            return f"{month_name[start.month]} {start.year}"
        case Precision.DAY:
            return f"{start.day} {month_name[start.month]} {start.year}"
        case _:
            return str(start.year)


def _one_year(period: Period) -> bool:
    """Whether both ends are parts of the same year, which is then written only once."""
    whole = any(part.precision is Precision.YEAR for part in _ends(period))
    return period.start.year == period.end.year and not whole


def _one_month(period: Period) -> bool:
    """Whether both ends are days of the same month."""
    days = all(part.precision is Precision.DAY for part in _ends(period))
    return days and (period.start.year, period.start.month) == (period.end.year, period.end.month)


def _ends(period: Period) -> tuple[Period, Period]:
    first, _, last = period.written.partition("/")
    closing = read_period(last or first) or period
    return closing if period.is_open else read_period(first) or period, closing
