"""Numerals as printed, in Chinese and in English, and their values: 75.24, 三千五百, 3万4000, two hundred and fifty."""

import re
from decimal import Decimal

DIGIT = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
POWER = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8, "hundred": 2, "thousand": 3, "million": 6, "mln": 6, "mn": 6,
         "billion": 9, "bn": 9, "trillion": 12, "trn": 12, "tn": 12, "k": 3, "m": 6, "b": 9}  # fmt: skip
CAPITALS = str.maketrans("壹贰貳叁叄參肆伍陆陸柒捌玖拾佰仟", "一二二三三三四五六六七八九十百千")
ENGLISH_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"""
ENGLISH_DIGIT = dict(zip(ENGLISH_WORDS.split(), [*range(20), *range(20, 100, 10)], strict=True))
CURRENCIES = "RMB CNY USD EUR GBP JPY HKD CHF AUD CAD SGD KRW INR NZD TWD NOK SEK DKK PLN CZK HUF BRL MXN ZAR"

TENS = "[十百千万亿]"
THOUSAND = "千(?![瓦米克卡伏])"  # 千 before 瓦时 or 米 is part of the unit.
CHINESE_DIGIT = "[零〇一二两三四五六七八九]"
CHINESE_INTEGER = rf"(?:{CHINESE_DIGIT}|[十百万亿]|{THOUSAND}){{1,32}}"
CHINESE = rf"{CHINESE_INTEGER}(?:点{CHINESE_DIGIT}{{1,32}}(?!十))?"
CAPITAL = rf"[{''.join(map(chr, CAPITALS))}][拾佰仟万亿][{''.join(map(chr, CAPITALS))}零万亿]{{0,30}}"
# 2万3千, 3万4000, 2万1,306, 1千零1
MIXED = (
    rf"(?<![\d.,])\d{{1,4}}(?:[百万亿]|{THOUSAND})(?:(?:零?\d{{1,4}}(?:[十百千]?万|[十百]|{THOUSAND})){{1,3}}"
    r"(?:零\d{1,3}|(?<=万)\d{4})?|零\d{1,3}|(?<=万)\d,?\d{3})(?![\d.年])"
)
EXPONENT = r"e\+?\d{1,2}(?![a-z\d.])|\s?[×x*]\s?10(?:\^\d{1,2}|[3-9])(?!\d)"  # 10⁴ is 104 where a text is normal
ARABIC = (
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<![\d.,])\d{1,3}(?:\s\d{3})+(?!\d)"
    rf"|\d+(?:\.\d+)?(?:{EXPONENT})?|(?<![\w.])\.\d+"
)
ENGLISH_MAGNITUDE = "|".join(word for word in POWER if word.isascii() and len(word) > 1)
ENGLISH_ONES = "|".join(list(ENGLISH_DIGIT)[1:10])
ENGLISH_WORD = rf"(?:{'|'.join(list(ENGLISH_DIGIT)[20:])})[\s-](?:{ENGLISH_ONES})|{'|'.join(ENGLISH_DIGIT)}"
ENGLISH = (
    rf"(?<![a-z])(?=[a-z])(?:(?:(?:{ENGLISH_ONES}|a)\shundred\s(?:and\s)?)?(?:{ENGLISH_WORD})(?:\sand\sa\shalf)?"
    rf"|(?:(?:half\s|a\squarter\sof\s)?an?|several)(?=\s(?:{ENGLISH_MAGNITUDE}|dozen|point\b)))(?!-(?:{ENGLISH_ONES})\b|(?!fold\b)[a-z])"
)
MAGNITUDE = (
    rf"(?:[十百万亿]|{THOUSAND}){{1,4}}|(?=[\sa-z-])(?:[\s-]?(?:{ENGLISH_MAGNITUDE})(?:(?=th\b)|(?![a-z]))){{1,3}}"
    r"|(?(sign)[kmb](?![a-z\d])|[km](?=\s(?:[a-z]{2,20}s|teu|people)\b))"  # $5m, 3m visitors
)
NUMERAL = f"{MIXED}|{ARABIC}|{ENGLISH}|{CAPITAL}|{CHINESE}"
WORDS, BETWEEN_DIGITS, TIMES_TEN = re.compile("[a-z]+|."), re.compile(r"[,\s]"), re.compile(r"\s?[×x*]\s?10\^?")
DIGITS = re.compile(r"\d+|.")


def power_of(magnitude: str | None) -> int:
    return sum(POWER.get(word, 0) for word in WORDS.findall(magnitude.casefold())) if magnitude else 0


def value_of(number: str, power: int) -> Decimal:
    word = number.casefold().translate(CAPITALS)
    if word[0].isalpha() and word[0].isascii():
        return Decimal(f"{_english(word.replace('-', ' ').split())}E{power}")
    if word[0] in DIGIT or set(word) & POWER.keys():
        whole, _, decimals = word.partition("点")
        return Decimal(f"{chinese_integer(whole)}.{''.join(str(DIGIT[one]) for one in decimals)}E{power}")
    digits, _, exponent = BETWEEN_DIGITS.sub("", TIMES_TEN.sub("e", word)).partition("e")
    return Decimal(f"{digits}E{power + int(exponent or 0)}")


def _english(words: list[str]) -> Decimal:
    """two hundred and fifty is 250, one and a half is 1.5, half a and a are what precedes a magnitude."""
    total = 0 if words[0] == "half" or "quarter" in words else ENGLISH_DIGIT.get(words[0], 1)
    for word in words[1:]:
        total = 100 * total if word == "hundred" else total + ENGLISH_DIGIT.get(word, 0)
    return Decimal(f"{total}{'.25' * ('quarter' in words)}{'.5' * ('half' in words)}")


def chinese_integer(numeral: str) -> int:
    """两千四百 is 2400, 一百零五 is 105, 一万五 is 15000, 千亿 is 10**11, 二〇二四 is 2024, 3万4000 is 34000."""
    if all(character in DIGIT for character in numeral):
        return int("".join(str(DIGIT[character]) for character in numeral))
    total = section = digit = 0
    for part in DIGITS.findall(numeral.replace(",", "")):
        size = 10 ** POWER.get(part, 0)
        if part in "十百千":
            section += digit * size if digit else section * (size - 1) or size
        elif part in "万亿" and total >= size and section + digit:  # 一亿三千万
            total, section = total + (section + digit) * size, 0
        elif part in "万亿":
            total, section = (total + section + digit or 1) * size, 0
        digit = int(part) if part.isdecimal() else DIGIT.get(part, 0)
    if digit and numeral[-1] in DIGIT and numeral[-2] in "百千万亿":
        digit *= 10 ** (POWER[numeral[-2]] - 1)
    return total + section + digit
