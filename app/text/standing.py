"""Which printed numbers state a fact, and why the others do not: dates, ordinals, list numbers, names, codes."""

import bisect
import re
from collections.abc import Callable

from app.text.dates import Dates
from app.text.hedges import Bound
from app.text.layout import Layout
from app.text.naming import is_age, is_code, is_name, is_ordinal, ranks
from app.text.numbers import ENGLISH_DIGIT, PrintedNumber
from app.text.seen import Seen, noun_behind
from app.text.spans import CODE, NAME, Spans

DATE, ORDINAL, LIST_NUMBER, WORD, AGE = "a date", "an ordinal", "a list number", "a word", "an age"
CONDITION, BARE = "a condition", "a number without a unit"

AROUND = 28  # characters that are looked at on each side
SENTENCE = 280  # and of its sentence
NUMERALS = (
    re.compile(r"\d[\d.,]*"),
    re.compile("[零〇一二两三四五六七八九十百千万亿]+"),
    re.compile(rf"\b(?:{'|'.join(ENGLISH_DIGIT)}|half|thirds?|quarters?|an?)\b", re.IGNORECASE),
)
HUNG = re.compile(r"-([A-Za-z]+)(?![A-Za-z-])")  # 150-megawatt
PART = re.compile(
    r"分之|半|[二三四五六七八九十]成|[倍翻]|half|third|quarter|fifth|tenth|doubl|tripl|quadrupl", re.IGNORECASE
)
# What a number is told per, or of: 每10股, one in ten, 规上企业是指.
EVERY = re.compile(r"(?i)(?:每|\bper|\bevery|\beach|\bone (?:in|out of)(?: every)?)\s?$")
DEFINED = re.compile(r"是指|指的是|指年|defined as|are those|refers? to")
TIMES = frozenset({"秒", "分钟", "小时", "分", "天", "seconds", "minutes", "hours", "days"})
# Turns of phrase, and words that make a number of things a figure of speech: 三个方面.
IDIOM = re.compile(r"24小时(?!内)|360度|180度|百分之百|24/7")
PASSING = re.compile("[年月季程间](?:已经?|即将|业已)?$")  # 2025年已经过半
PLAN = re.compile("行动|规划|计划|方案|期(?!间)|级|制")  # 三年行动计划
POWERED = re.compile("[电能]")  # otherwise 度 are those of an angle or the weather
OFTEN = re.compile(r"(?i)[\w-]+ times (?:a|per|every|each) ")
MENTIONED = re.compile(r"(?i)(?:\b(?:the|these|those|all|both|our|their|its|other)|[这该那]|上述|前述|其[余他中])\s?$")
RHETORICAL = re.compile(
    "方面|维度|层面|关键|转变|统一|结合|聚焦|确保|坚持|文明|世纪|阶段|问题|字|特点|亮点|月|村|人|“|时代|地方|步骤|环节|层次|角度"
    "|体系|不|来|一|主|支撑|抓手|清单|重|目标"
)
OF_THEM = re.compile(r"\s?(?:of (?:them|which|these|those|whom)\b|more\b|fewer\b|were\b|are\b|in all\b|straight\b)")
SPELLED_COUNTS = "家 座 所 辆 台 名 户 个 项 条 款 件 艘 栋 companies firms plants factories"
COUNTERS = frozenset(SPELLED_COUNTS.split())
UNCOUNTED = frozenset("年度点分")
POWERS = frozenset("百千万亿")
FEW, MANY, HOURS, THOUSAND = 2, 10, 24, 3


class Standing:
    """Tells of the numbers of a text why they state no fact."""

    def __init__(self, layout: Layout, dates: Dates, spelled: Callable[[str], str]) -> None:
        """`spelled` gives the unit word that a word such as megawatt stands for, or nothing."""
        self._layout = layout
        self._spelled = spelled
        self._spans = Spans(layout.plain, layout.pause)
        self._dates = [(one.start, one.end) for one in dates.mentions]

    def seen(self, number: PrintedNumber) -> Seen:
        plain, layout = self._layout.plain, self._layout
        found = (numeral.search(plain, number.start, number.end) for numeral in NUMERALS)
        numeral = next(filter(None, found), None)
        at = numeral.start() if numeral else number.start
        behind = plain[number.end : number.end + AROUND]
        hung = HUNG.match(behind)
        return Seen(
            number=number,
            unit=number.unit or self._spelled((hung[1] if hung else noun_behind(behind)).lower()),
            printed=plain[number.start : number.end],
            numeral=numeral[0] if numeral else "",
            at=at,
            before=plain[max(0, at - AROUND) : at],
            behind=behind,
            clause=plain[max(layout.clause(number.start)[0], number.start - AROUND) : number.start],
            sentence=plain[max(layout.sentence(at)[0], at - SENTENCE) : at],
        )

    def why_not(self, seen: Seen) -> str | None:
        """Why a number states no fact; None where it does."""
        if self._is_date(seen):
            return DATE
        if why := self._spans.at(seen.at):
            return why
        if self._lists(seen):
            return LIST_NUMBER
        return _named(seen) or _phrased(seen)

    def _is_date(self, seen: Seen) -> bool:
        index = bisect.bisect_right(self._dates, seen.at, key=lambda one: one[0]) - 1
        return index >= 0 and seen.at < self._dates[index][1]

    def _lists(self, seen: Seen) -> bool:
        """Whether a number counts the items of a list: 1. and (2) and 三、 where a line begins."""
        end = seen.at + len(seen.numeral.rstrip(".,"))
        behind = self._layout.plain[end : end + 1]
        opens = self._layout.begins_line(seen.at - seen.before.endswith("("))
        return opens and behind in {".", "、", ")"} and not seen.number.unit and seen.whole < MANY**2


def _named(seen: Seen) -> str | None:
    if is_code(seen):
        return CODE
    if is_ordinal(seen):
        return ORDINAL
    if "第" in (seen.before[-1:], seen.printed[:1]):
        return None
    if is_name(seen):
        return NAME
    return AGE if is_age(seen) else None


def _phrased(seen: Seen) -> str | None:
    unit, printed, behind = seen.number.unit, seen.printed, seen.behind
    if unit in {"日", "月"} or (printed.endswith("过半") and PASSING.search(seen.before)):
        return DATE
    if unit == "点" and seen.whole <= HOURS and "." not in seen.numeral:
        return DATE
    if IDIOM.match(printed + behind[:1]) or OFTEN.match(printed + behind):
        return WORD
    if (unit in {"年", "years"} and PLAN.match(behind)) or (unit == "度" and not POWERED.search(seen.before)):
        return WORD
    if (EVERY.search(seen.before) and unit not in TIMES) or DEFINED.search(seen.sentence):
        return CONDITION
    if "第" in (seen.before[-1:], printed[:1]):
        return None
    if seen.spelled:
        return None if _spelled_fact(seen) else WORD
    return None if unit or _counts(seen) else BARE


def _spelled_fact(seen: Seen) -> bool:
    """Whether a number in words states a fact: 三成, 数十家, 两家, six plants; but not 千家万户, 一个."""
    number = seen.number
    if PART.search(seen.printed) and number.unit:
        return True
    if MENTIONED.search(seen.before):
        return False
    if seen.numeral.isascii():
        return seen.whole >= FEW and (not seen.bare or _counts(seen))
    if number.bound is not Bound.EQ:
        return bool(number.unit) and number.unit not in UNCOUNTED
    if seen.numeral[0] in POWERS or seen.whole < FEW:
        return False
    return number.unit in COUNTERS and not RHETORICAL.match(seen.behind)


def _counts(seen: Seen) -> bool:
    """Whether a number without a unit counts something: 1,200 workers, 5.2亿, 24000+."""
    if seen.number.power >= THOUSAND or "," in seen.numeral:
        return True
    if seen.number.bound is not Bound.EQ and seen.whole >= MANY:
        return True
    if seen.behind.startswith("-"):
        return bool(seen.unit)
    if not seen.behind or not seen.behind[0].isascii():
        return ranks(seen)
    return bool(OF_THEM.match(seen.behind) or noun_behind(seen.behind))
