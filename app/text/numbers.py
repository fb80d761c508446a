"""Numbers as printed: 75.24亿元, 近100个, 突破110万辆, more than 1.3 million, 30秒/个."""

import re
from collections.abc import Iterable, Iterator
from decimal import Context, Decimal, Inexact
from typing import NamedTuple

from app.text.hedges import AFTER, BEFORE, FALL, MIRRORED, Bound, either
from app.text.normalizing import normalise, squeezed_text
from app.text.numerals import (
    ARABIC,
    CAPITALS,
    CHINESE,
    CHINESE_DIGIT,
    CHINESE_INTEGER,
    CURRENCIES,
    DIGIT,
    ENGLISH_ONES,
    MAGNITUDE,
    NUMERAL,
    POWER,
    TENS,
    power_of,
    value_of,
)
from app.text.patterns import Pause, characters, go_on, matches, prefix_tree


class PrintedNumber(NamedTuple):
    """A number somebody printed: 近100个 is 100, `below`, with the unit word 个.

    `value` has its magnitude (万, million; `power` counts its zeros) but not its unit's scale. `quotient` marks a
    fraction (三分之一) whose decimals never end. `start` and `end` span number, hedges and unit.
    """

    value: Decimal
    bound: Bound
    unit: str
    start: int
    end: int
    quotient: bool = False
    power: int = 0


MORE = "[多余几]"
WORD = "(?<![a-z])[a-z]"

TWOFOLD = {"翻倍": 1, "翻一番": 1, "翻了一番": 1, "翻番": 1, "翻两番": 3, "翻了两番": 3, "翻三番": 7, "halved": -0.5,
           "doubled": 1, "doubling": 1, "tripled": 2, "quadrupled": 3, "double": 2, "twice": 2}  # fmt: skip
TIMES = dict.fromkeys(("double", "twice"), r"(?=\s(?:the|that|what|as|its|their)\b)")  # and no double room
MANY = rf"数以(?:{TENS}{{1,4}})计|(?:(?:ten|hundred)s\sof\s)?(?:dozen|hundred|thousand|million|billion)s\sof(?=\s)"
OF_ALL = "two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|10|20|100"  # three in ten, but not in ten years
ENGLISH_PART = {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
PARTLY = (  # a third of it, and a third more, but no third plant
    r"(?=\s(?:quarter|[a-z]+\b(?!\s(?!(?:of|or|and|more|less|fewer|higher|lower|from|to|in|on|since|year\son)\b)[a-z])))"
)
# But no first half, half-year or half a million.
HALF = r"一半|半数|过半|(?<![a-z])(?<!first[\s-])(?<!second[\s-])(?<!latter\s)(?<!\sa\s)half(?![a-z]|[\s-]year|\san?\b)"
NEIGHBOURS = re.compile(f"(?!十四五$)(|.*{TENS})(?=一二|一两|[二两]三|三四|四五|五六|六七|七八|八九)(.)(.)({TENS}*)")
ROSE = "rise|rose|rising|grow|grew|up|increased|climbed|jumped|went"
CHANGE = re.compile(r"(?:从|由|(?<!range\s)(?<!ranges\s)(?<!ranging\s)(?<!ranged\s)\bfrom\s?)$", re.IGNORECASE)
ROSE_BY = re.compile(rf"\b(?:{ROSE})(?:\sby)?\s?$", re.IGNORECASE)
CHANGE_WITHIN = 40  # characters
MANY_WORDS = re.compile(rf"{TENS}|dozen|ten|hundred|thousand|million|billion")
EXACT = Context(prec=10_000)
LEAST_PARTS, ROUNDING = 3, Decimal("0.5")  # of a whole, whose parts are rounded each by itself
SIGN = re.compile(rf"[A-Z]{{0,2}}[^\w\s%‰/]+|{'|'.join(CURRENCIES.split())}|.{{1,2}}币", re.IGNORECASE)  # $, HK$, EUR
LETTER = re.compile(r"[A-Za-z]\$?")
ENDS = {"成": "(?![立为员功果本长熟交品效])", "大": "(?!关)"}  # no tenth, and no 100万大关


class NumberReader:
    """Finds the numbers of a printed text, given the unit words that may follow them."""

    def __init__(self, unit_words: Iterable[str]) -> None:
        words = {normalise(word) for word in unit_words if word}
        signs = {word for word in words if SIGN.fullmatch(word)}
        self._pattern = re.compile(_grammar(words, signs), re.IGNORECASE)
        self._words = {word.casefold(): word for word in sorted(words, reverse=True)}

    @property
    def characters(self) -> frozenset[str]:
        """Every character that its grammar mentions: what is none of them says nothing of a number beside it."""
        return frozenset(self._pattern.pattern)

    def read(self, text: str, *, lists: bool = True) -> list[PrintedNumber]:
        """Every number in the text, in its order; both ends of a range, each with its bound.

        In `lists` the unit behind the last number is that of those before it: 5、6和7家.
        Positions are those in the squeezed text: see `normalizing.squeeze`.
        """
        return self.read_squeezed(squeezed_text(text), lists=lists)

    def read_squeezed(self, text: str, *, lists: bool = True) -> list[PrintedNumber]:
        """The same for a text that is squeezed."""
        plain = normalise(text)
        found = list(self.each(plain))
        return share_units(found, plain) if lists else found

    def each(self, plain: str, pause: Pause = go_on) -> Iterator[PrintedNumber]:
        """The numbers of a text that is squeezed and normal, one after the other, each with no unit but its own."""
        for match in matches(self._pattern, plain, pause):
            numbers = self._numbers(match)
            falls = match["fall"] or match["fell"] or match["less"] is not None
            yield from map(_negated, numbers) if falls else numbers

    def _numbers(self, match: re.Match[str]) -> list[PrintedNumber]:
        before = next(bound for bound in BEFORE if match[f"b_{bound}"]) if match["before"] else Bound.EQ
        after = _after(match)
        bound = after if before is Bound.EQ else before
        sign, unit = match["sign"], "倍" if match["fold"] else match["unit"] or match["same"]
        unit = sign if not unit or (unit == "元" and sign and sign != "人民币") else unit  # 港币5元
        unit = self._words.get((unit or "").casefold(), unit or "")
        if match["number"] is None:
            return _share(match, PrintedNumber(Decimal(0), bound, unit, *match.span()))
        low, high, power = _ends(match)
        if low is None:
            return [PrintedNumber(high, bound, unit, *match.span(), power=power)]
        led = match.string[max(0, match.start() - CHANGE_WITHIN) : match.start()]
        rose_by = (match["lowmagnitude"] or sign) and ROSE_BY.search(led) and low * 2 < high  # rose $48m to $391m
        if low < high and not rose_by and not CHANGE.search(led):
            before, after = Bound.GE, Bound.LE  # otherwise a change: 从20%到10%
        return [PrintedNumber(low, before, unit, *match.span()), PrintedNumber(high, after, unit, *match.span())]


def _units(words: Iterable[str]) -> str:
    """Unit words, the longest first; of one letter in 100 A and 5g, but not in 20 a day."""
    letters = sorted(word for word in words if LETTER.fullmatch(word))
    ends = {word: ENDS.get(word) or "(?![a-z])" * bool(LETTER.match(word[-1])) for word in {*words} - {*letters}}
    plain = map(re.escape, letters)
    return "|".join([prefix_tree(ends), *(rf"(?:(?-i:{one.upper()})|(?<!\s){one})(?![a-z])" for one in plain)])


def _grammar(words: set[str], sign_words: set[str]) -> str:
    units, signs = _units(words), _units(sign_words)
    before = "|".join(f"(?P<b_{bound}>{either(*words)})" for bound, words in BEFORE.items())
    after = "|".join(f"(?P<a_{bound}>{words})" for bound, words in AFTER.items())
    falls, hedges = characters(FALL[0]), characters(*(chinese for chinese, _ in BEFORE.values()))
    first = characters(*DIGIT, *POWER, "一半过介第上几数", *map(chr, CAPITALS)) + r"\d\s.\-"
    first += "".join(re.escape(word[0]) for word in (*TWOFOLD, *sign_words) if not LETTER.match(word))
    twofold = "|".join("(?<![a-z])" * word.isascii() + word + TIMES.get(word, "") for word in TWOFOLD)
    return rf"""(?x:
        (?=[{first}{falls}{hedges}]|{WORD})
        (?:(?P<fall>{either(*FALL)})\s?)?
        (?:(?P<before>{before})(?:达到|增长|提高|提升|(?P<fell>下降|减少|降低)|[有为达至占合])?了?\s?(?:the\s)?["“”\u2018\u2019']?)?
        (?=[{first}]|{WORD})
        (?:
            (?P<twofold>{twofold})
          | (?P<many>{MANY})
          | (?P<half>{HALF})
          | (?P<denominator>{CHINESE_INTEGER}|\d{{1,9}})分之(?P<numerator>{CHINESE}|{ARABIC})
          | \s?(?={WORD})(?<!first\s)(?P<parts>one|two|three|four|an?{PARTLY})[\s-](?P<part>{"|".join(ENGLISH_PART)})s?
            (?![a-z]|\sof\sa\s[mb]illion)
          | \s?(?={WORD})(?P<some>{ENGLISH_ONES})\s(?:in|out\sof)\s(?:every\s)?(?P<all>{OF_ALL})
            (?![\w-]|\s(?:years|quarters|months|weeks|days|hours))
          | (?<![\d/.])(?P<over>[1-9]\d?)/(?P<under>[2-9]|[1-9]\d)(?![\d/.a-z])
          | (?P<between>\bbetween\s?|介于)?第?(?:(?P<several>[上几]|(?<!总)数|(?<![通经超不])过)(?={TENS}))?
            (?P<sign>(?!(?<=[a-z])[a-z])(?:{signs}))?\s?
            (?P<minus>(?<![\w)\]%-])-|(?<=[\u4e00-\u9fff])-(?=[\d.,]+(?:[%‰]|个百分点|[百千万亿]*元)))?
            (?:(?!(?<=in\s)(?:19|20)\d\d\sto\b|(?:19|20)\d\d年)(?P<low>{NUMERAL})(?P<lowmagnitude>{MAGNITUDE})?\s?(?P<lowunit>{units})?
               \s?(?:-|~|至|到|\bto\b|(?(between)and\b|(?!))|(?(between)和|(?!)))\s?(?:(?(sign)(?:{signs})?))(?P<minus2>-)?)?
            (?P<number>{NUMERAL})(?P<dozen>\sdozen(?![a-z]))?
            (?P<more1>{MORE}(?={TENS}))?(?P<magnitude>{MAGNITUDE})?
            (?P<plus1>[+](?!\d|[a-z]{{1,2}}(?![a-z])))?(?:(?:st|nd|rd|th)\b)?
            (?P<more2>{MORE})?\s?(?:个(?P<more3>[多余])(?=月|小时))?(?:(?(lowunit)(?P<same>(?P=lowunit))
               |(?:(?P<unit>{units})|(?P<fold>[\s-]?fold(?![a-z])|(?<=\d)x(?!\w)))?))
            (?P<tenths>(?<=成)(?:{CHINESE_DIGIT}|半))?(?P<plus2>[+](?![a-z\d]))?
            (?P<more4>[多余](?!\w)|(?<=[年月天时里亩秒钟度倍元成])[多余](?![元样种类级层方个家项次名条年月日人]))?
            (?P<less>(?<=[%t])(?=\s?(?:fewer|less|lower|drop|decline|decrease|fall|reduction|cut)\b))?
        )(?:\s?(?P<after>{after}))?)"""


def _after(match: re.Match[str]) -> Bound:
    several, plus1, plus2, *more = match.group("several", "plus1", "plus2", "more1", "more2", "more3", "more4")
    if several == "上" or plus1 or plus2:
        return Bound.GE
    if several or any(more) or match["many"] or (match["number"] or "").casefold() == "several":
        return Bound.GT
    return next(bound for bound in AFTER if match[f"a_{bound}"]) if match["after"] else Bound.EQ


def _negated(number: PrintedNumber) -> PrintedNumber:
    return number._replace(value=number.value.copy_negate(), bound=MIRRORED.get(number.bound, number.bound))


def _ends(match: re.Match[str]) -> tuple[Decimal | None, Decimal, int]:
    """The low end of a range or None, its high end or the number, and the power of its magnitude."""
    number, low, power = match["number"], match["low"], power_of(match["magnitude"])
    high = EXACT.multiply(value_of(number, power), 12 if match["dozen"] else 1)
    if match["tenths"]:
        high = EXACT.add(high, value_of(match["tenths"].replace("半", "五"), -1))
    if low is None:
        if not number.isascii() and (between := NEIGHBOURS.fullmatch(number)):  # 五六百, 七八个
            before, first, last, after = between.groups()
            return value_of(before + first + after, power), value_of(before + last + after, power), power
        return None, high.copy_negate() if match["minus"] else high, power
    base = number.rstrip("百千万亿") or number
    shared = power + power_of(number[len(base) :])  # 10至20万 shares its 万, 3000至1万 does not
    own = match["lowmagnitude"] or match["lowunit"] or low[-1] in POWER or value_of(low, 0) > value_of(base, 0)
    first = value_of(low, power_of(match["lowmagnitude"]) if own else shared)
    return (first.copy_negate() if match["minus"] else first), (high.copy_negate() if match["minus2"] else high), power


def _share(match: re.Match[str], whole: PrintedNumber) -> list[PrintedNumber]:
    """A number that is a part or a multiple, or one of many: 翻番, 一半, 三分之一, a third, 3/4, 数以万计."""
    if word := match["twofold"]:
        return [whole._replace(value=Decimal(TWOFOLD[word.casefold()]), unit="倍")]
    if word := match["half"]:
        return [whole._replace(value=Decimal(50), bound=Bound.GT if word == "过半" else whole.bound, unit="%")]
    if word := match["many"]:
        power = sum(POWER.get(one, 1) for one in MANY_WORDS.findall(word.casefold()))
        return [whole._replace(value=Decimal(12 if "dozen" in word.casefold() else f"1E{power}"), power=power)]
    numerator = match["numerator"] or match["parts"] or match["over"] or match["some"]
    denominator = match["denominator"] or match["part"] or match["under"] or match["all"]
    parts = Decimal(ENGLISH_PART.get(denominator.casefold(), 0)) or value_of(denominator, 0)
    if not parts or (match["some"] and value_of(numerator, 0) >= parts):
        return []
    context = Context(prec=28, traps=[])
    share = context.divide(value_of(numerator, 2), parts)  # in percent, 百分之九十八 too
    return [whole._replace(value=share, unit="%", quotient=bool(context.flags[Inexact]))]


def share_units(numbers: list[PrintedNumber], text: str) -> list[PrintedNumber]:
    """In a list unit and magnitude may be printed once, behind its last number: 5、6和7家, 5.2、6.3和7.1万辆."""
    shared = _named_parts(numbers, text)
    for index in range(len(shared) - 2, -1, -1):
        number, following = shared[index], shared[index + 1]
        between = text[number.end : following.start].strip()
        begun = following.unit != number.unit and following.unit.startswith(number.unit)  # 0.4个、0.6个百分点
        if begun and between in {"、", "和", "及", "与", "或", "and", "or", ","}:
            hundredfold = EXACT.scaleb(following.value, 2 - following.power)
            alike = not (number.unit or number.power) and number.value.copy_abs() < hundredfold.copy_abs()
            power = following.power if alike else 0
            value = EXACT.scaleb(number.value, power)
            shared[index] = number._replace(value=value, unit=following.unit, power=number.power + power)
    return shared


def _named_parts(numbers: list[PrintedNumber], text: str) -> list[PrintedNumber]:
    """The numbers with those as percentages that are three or more parts of a whole: 4.1:42.1:53.8."""
    parts, begin = list(numbers), 0
    for end in range(1, len(numbers) + 1):
        if end < len(numbers) and text[numbers[end - 1].end : numbers[end].start] in {":", "∶"}:
            continue
        chain = numbers[begin:end]
        if len(chain) >= LEAST_PARTS and not any(one.unit for one in chain):
            if abs(sum((one.value for one in chain), Decimal(-100))) <= ROUNDING:
                parts[begin:end] = [one._replace(unit="%") for one in chain]
        begin = end
    return parts
