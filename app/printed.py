"""Numbers as printed: 75.24亿元, 近100个, 突破110万辆, more than 1.3 million, 30秒/个."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from app.chinese import squeeze


class Bound(StrEnum):
    """What a printed hedge says of the value beside it."""

    EQ = "eq"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    APPROX = "approx"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class PrintedNumber:
    """A number somebody printed: 近100个 is 100, `below`, with the unit word 个.

    `value` has its magnitude (万, million) but not its unit's scale. `quotient` marks a printed
    fraction (三分之一), whose decimals never end. `start` and `end` span number, hedges and unit.
    """

    value: Decimal
    bound: Bound
    unit: str
    start: int
    end: int
    quotient: bool = False


# Printed forms that differ only in script; one character for one, so that positions stay.
SIMPLIFIED = str.maketrans("萬億兩餘過約將達個輛臺畝戶點層倉−－—–～", "万亿两余过约将达个辆台亩户点层仓-----")

DIGIT = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
MAGNITUDE = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
ENGLISH_MAGNITUDE = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "mln": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
}
ENGLISH_DIGIT = {
    word: number
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen twenty""".split()  # noqa: SIM905 - a list of words reads as such
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

# The words of a hedge before a number: Chinese (and signs), English.
BEFORE: dict[Bound, tuple[str, str]] = {
    Bound.LE: (
        "不超过|不多于|不高于|不大于|至多|最多|≤",
        "no more than|not more than|at most|up to|a maximum of",
    ),
    Bound.GE: (
        "不少于|不低于|不小于|不下|至少|最少|起码|≥",
        "no less than|not less than|no fewer than|not fewer than|at least|a minimum of",
    ),
    Bound.GT: (
        "超过|超出|超越|突破|多于|高于|大于|超|逾|破|>",
        "more than|greater than|higher than|in excess of|upwards? of|exceed(?:s|ed|ing)?"
        "|surpass(?:es|ed|ing)?|topp(?:ed|ing)|tops|over|above|passed",
    ),
    Bound.LT: (
        "不足|不到|不满|未满|未及|少于|低于|小于|<",
        "less than|fewer than|lower than|short of|under|below",
    ),
    Bound.BELOW: ("将近|接近|逼近|近", "nearly|almost|close to|approaching|just under"),
    Bound.APPROX: (
        "大约|大概|约合|约|≈",
        "about|around|approximately|roughly|some|circa|an estimated",
    ),
    Bound.EQ: ("高达|多达|达到|达", "as many as|as much as"),
}
AFTER: dict[Bound, str] = {
    Bound.GE: r"以上|及以上|或以上|起|or more|and above|or above",
    Bound.LE: r"以下|及以下|以内|之内|or less|or fewer|and below",
    Bound.APPROX: r"左右|上下(?!游)|or so",
    Bound.GT: r"有余|开外",
}
FALL = (
    "下降|下滑|下跌|减少|降低|回落|亏损|负增长|缩减|萎缩|收窄|降|负",
    "fell by|fell|falling|down by|down|decreased by|declined by|dropped by|(?:a |net )?loss of",
)

CHINESE_NUMERAL = "[零〇一二两三四五六七八九十百千万亿]"
ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<![\d.,])\d{1,3}(?:\s\d{3})+(?!\d)|\d+(?:\.\d+)?"
ENGLISH = "|".join(sorted(ENGLISH_DIGIT, key=len, reverse=True))
MORE = r"[多余几]"

TWOFOLD = {"翻倍": 1, "翻一番": 1, "翻了一番": 1, "翻番": 1, "翻两番": 3, "翻了两番": 3, "doubled": 1, "doubling": 1,
           "tripled": 2, "quadrupled": 3}  # fmt: skip
ENGLISH_PART = {"third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
HALF = {"一半": 50, "半数": 50, "过半": 50, "half": 50}


class NumberReader:
    """Finds the numbers of a printed text, given the unit words that may follow them."""

    def __init__(self, unit_words: Iterable[str]) -> None:
        words = {normalise(word) for word in unit_words if word}
        signs = [word for word in words if re.fullmatch(r"[^\w\s%‰/]+|US\$|RMB", word)]
        self._pattern = re.compile(_grammar(_alternatives(words - set(signs)), _alternatives(signs)), re.IGNORECASE)
        self._words = {word.casefold(): word for word in words}

    def read(self, text: str) -> list[PrintedNumber]:
        """Every number in the text, in its order; both ends of a range, each with its bound.

        Positions are those in the squeezed text: see `chinese.squeeze`.
        """
        plain = normalise(squeeze(text).text)
        found: list[PrintedNumber] = []
        for match in self._pattern.finditer(plain):
            found.extend(self._numbers(match))
        return _share_units(found, plain)

    def _numbers(self, match: re.Match[str]) -> list[PrintedNumber]:
        whole = PrintedNumber(Decimal(0), _bound(match), self._unit(match), match.start(), match.end())
        if word := match["twofold"]:
            return [replace(whole, value=Decimal(TWOFOLD[word.casefold()]), unit="倍")]
        if word := match["half"]:
            bound = Bound.GT if word == "过半" else whole.bound
            return [replace(whole, value=Decimal(50), bound=bound, unit="%")]
        if match["denominator"]:
            return [_fraction(whole, match["denominator"], match["numerator"])]
        if match["part"]:
            return [_fraction(whole, str(ENGLISH_PART[match["part"].casefold()]), match["parts"])]
        if match["over"]:
            return [replace(_fraction(whole, match["under"], match["over"]), start=match.start("over"))]
        value = _signed(match, _value(match["number"], match["magnitude"]))
        if match["tenths"]:
            value += Decimal(DIGIT[match["tenths"]]) / 10
        if low := match["low"]:
            shared = match["lowmagnitude"] or match["magnitude"]
            first = _signed(match, _value(low, shared))
            if first < value:
                return [replace(whole, value=first, bound=Bound.GE), replace(whole, value=value, bound=Bound.LE)]
        return [replace(whole, value=value)]

    def _unit(self, match: re.Match[str]) -> str:
        word = match["unit"] or match["sign"] or ""
        return self._words.get(word.casefold(), word)


def normalise(text: str) -> str:
    """NFKC and one script for what prints in two, position for position where NFKC allows it."""
    return unicodedata.normalize("NFKC", text).translate(SIMPLIFIED)


def _alternatives(words: Iterable[str]) -> str:
    ordered = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) + (r"(?![a-z])" if word[-1:].isascii() and word[-1:].isalpha() else "")
                    for word in ordered) or r"(?!)"  # fmt: skip


def _grammar(units: str, signs: str) -> str:
    before = "|".join(f"(?P<b_{bound}>{_either(*words)})" for bound, words in BEFORE.items())
    after = "|".join(f"(?P<a_{bound}>{_spaced(words)})" for bound, words in AFTER.items())
    english_magnitude = "|".join(ENGLISH_MAGNITUDE)
    # 千 before 瓦时 or 米 is part of the unit.
    magnitude = (
        rf"(?:[十百万亿]|千(?![瓦米克]))+|\s?(?:{english_magnitude})(?![a-z])|\s?(?:{english_magnitude})(?=th\b)"
    )
    numeral = rf"{ARABIC}|(?:{ENGLISH}|an?(?=\s(?:hundred|thousand|million|billion)))(?![a-z])|{CHINESE_NUMERAL}+"
    return rf"""(?x:
        (?:(?P<fall>{_either(*FALL)})(?!了?[到至为]|\s?to\b)(?:了|\sby)?\s?)?
        (?:(?:{before})[了有为达至]?\s?)?
        (?:
            (?P<twofold>{"|".join(TWOFOLD)})
          | (?P<half>{"|".join(HALF)})(?![a-z])
          | (?P<denominator>{CHINESE_NUMERAL}+)分之(?P<numerator>{CHINESE_NUMERAL}+|{ARABIC})
          | (?P<parts>one|two|three|an?)[\s-](?P<part>{"|".join(ENGLISH_PART)})s?(?![a-z])
          | (?<![\d/.])(?P<over>[1-9]\d?)/(?P<under>[2-9]|[1-9]\d)(?![\d/.])
          | (?P<ordinal>第)?(?P<several>[上数几过])?(?P<sign>{signs})?\s?(?P<minus>(?<![\d\w])-)?
            (?:(?P<low>{ARABIC})(?P<lowmagnitude>{magnitude})?(?:{units})?\s?(?:-|至|到|\bto\b|~)\s?)?
            (?P<number>{numeral})
            (?P<more1>{MORE}(?=[十百千万亿]))?(?P<magnitude>{magnitude})?(?P<plus1>[+])?(?P<th>(?:st|nd|rd|th)\b)?
            (?P<more2>{MORE})?\s?(?P<unit>{units})?(?P<tenths>(?<=成)[一二三四五六七八九])?(?P<plus2>[+])?
            (?P<more3>[多余](?!\w))?
            \s?(?:{after})?
        ))"""


def _either(chinese: str, english: str) -> str:
    """Chinese words stand anywhere, English ones between words: `over`, not Hanover."""
    return rf"(?:{chinese}|(?<![a-z])(?:{_spaced(english)})(?![a-z]))"


def _spaced(words: str) -> str:
    """Spaces of a verbose pattern, taken literally."""
    return words.replace(" ", r"\s")


def _bound(match: re.Match[str]) -> Bound:
    for bound in BEFORE:
        if match[f"b_{bound}"] and bound is not Bound.EQ:
            return bound
    if match["several"]:
        return Bound.GE if match["several"] == "上" else Bound.GT
    if match["plus1"] or match["plus2"]:
        return Bound.GE
    if match["more1"] or match["more2"] or match["more3"]:
        return Bound.GT
    return next((bound for bound in AFTER if match[f"a_{bound}"]), Bound.EQ)


def _signed(match: re.Match[str], value: Decimal) -> Decimal:
    return -value if match["fall"] or match["minus"] else value


def _value(number: str, magnitude: str | None) -> Decimal:
    times = Decimal(1)
    for word in (magnitude or "").strip().casefold().split():
        times *= ENGLISH_MAGNITUDE.get(word, 1)
    for character in magnitude or "":
        times *= MAGNITUDE.get(character, 1)
    if number[0].isdigit():
        return Decimal(re.sub(r"[,\s]", "", number)) * times
    word = number.casefold()
    if word in {"a", "an"}:
        return times
    return Decimal(ENGLISH_DIGIT[word] if word in ENGLISH_DIGIT else chinese_integer(number)) * times


def _fraction(whole: PrintedNumber, denominator: str, numerator: str) -> PrintedNumber:
    """三分之一 and 1/3 as a percentage, 百分之九十八 too."""
    share = 100 * _value(numerator, None) / _value(denominator, None)
    return replace(whole, value=share, unit="%", quotient=share != share.to_integral_value())


def chinese_integer(numeral: str) -> int:
    """两千四百 is 2400, 一百零五 is 105, 千亿 is 10**11, 二〇二四 is 2024."""
    if all(character in DIGIT for character in numeral):
        return int("".join(str(DIGIT[character]) for character in numeral))
    total = section = digit = 0
    for character in numeral:
        if character in DIGIT:
            digit = DIGIT[character]
        elif (size := MAGNITUDE[character]) < MAGNITUDE["万"]:
            section += (digit or 1) * size if digit or not section else section * (size - 1)
            digit = 0
        else:
            total = (total + section + digit or 1) * size
            section = digit = 0
    return total + section + digit


def _share_units(numbers: list[PrintedNumber], text: str) -> list[PrintedNumber]:
    """In a list the unit may be printed once, behind its last number: 5、6和7家."""
    shared = list(numbers)
    for index in range(len(shared) - 2, -1, -1):
        number, following = shared[index], shared[index + 1]
        between = text[number.end : following.start].strip()
        if not number.unit and following.unit and between in {"、", "和", "及", "与", "/", "and", ","}:
            shared[index] = replace(number, unit=following.unit)
    return shared
