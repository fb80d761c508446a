"""Which printed numbers state a fact, and why the others do not: dates, ordinals, list numbers, names, codes."""

import bisect
import re
from collections.abc import Callable
from dataclasses import dataclass

from app.claims.dates import Dates
from app.claims.layout import Layout
from app.claims.spans import CODE, NAME, Spans
from app.hedges import Bound
from app.printed import ENGLISH_DIGIT, PrintedNumber

DATE, ORDINAL, LIST_NUMBER, WORD, AGE = "a date", "an ordinal", "a list number", "a word", "an age"
CONDITION, BARE = "a condition", "a number without a unit"

HUNG = re.compile(r"-([A-Za-z]+)(?![A-Za-z-])")  # 150-megawatt
AROUND = 28  # characters that are looked at on each side
DIGIT = re.compile(r"\d")
NUMERALS = (
    re.compile(r"\d[\d.,]*"),
    re.compile("[零〇一二两三四五六七八九十百千万亿]+"),
    re.compile(rf"\b(?:{'|'.join(ENGLISH_DIGIT)}|half|thirds?|quarters?|an?)\b", re.IGNORECASE),
)
FRACTION = re.compile(r"分之|半|[二三四五六七八九十]成|[倍翻]|half|third|quarter|fifth|tenth|doubl|tripl|quadrupl", re.IGNORECASE)

CODE_BEFORE = re.compile(
    r"(?i)(?:代码|简称|编号|文号|号码|电话|热线|传真|拨打|邮编|邮政编码|账号|微信号?|QQ|passcode|dial|call|fax|phone|tel"
    r"|telephone|ISBN|ticker|code|extension|ext)[:.\s号为是临(]{0,3}$"
)
NAME_BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?:[Tt]op|[Pp]age|pp?\.|[Vv]ersion|[Nn]o\.|Nos?\.|[Rr]oom|[Hh]ighway|[Rr]oute|[Ff]loor|[Ss]ection"
    r"|[Cc]hapter|Note|Model|Type|Building|Block|Suite|Form|ISO|IEC|GB/T|EN|Article|Figure|Table|Fig\.|Phase|Level|Grade"
    r"|Class|Vision|Agenda|Flight|Gate|Line|Pier|Dock|Bay|Hall|Group|Appendix|Annex|Part|Step|Item|Covid|Series|Mark"
    r"|Stage|Terminal|Plant|Unit|Area|Zone|District|Channel|Boeing|Airbus|Windows|Web|Industry|Wave|Round|Season"
    r"|Volume|Vol\.|Fortune|Nasdaq|S&P|CSI|FTSE|Nikkei|Issue|Clause|Lot|Number|Pavilion|Exit|Platform)[\s-]?|[图表附件]|工业)$"
)
# Numbers of streets, lines, rooms and editions, and what is called by its number.
NAME_BEHIND = re.compile(
    r"[号#]|国道|省道|县道|路(?:公交|车|口)|版|届|世纪|时代|会议室|室|房间|大街|大道|后(?![来期])|级(?!别)|强(?![化于%])"
    r"|\.0(?!\d)|\s?(?:[A-Z][a-z]+\s){1,2}(?:Road|Street|Avenue|Lane|Drive|Square|Way)\b"
)
STREET = re.compile(r"\s?(?:[A-Z][a-z]+\s){1,2}(?:Road|Street|Avenue|Lane|Drive|Square|Way)\b")
GRADED = re.compile("级|景区|类")  # 5A级
NETWORK = re.compile("全光|网络|光模块|以太|通信|技术|用户|基站|手机|套餐")
RANKED = re.compile("(?:居|列|排|排名|位|跃升至|升至|排在|居于|[国省市球界]|并列|市场)$")
UNRANKED = re.compile("[次届批期季轮步个家条辆台大线]|方阵|梯队|时间|产业|要务")
CURRENCY = re.compile(r"(?:RMB|CNY|USD|EUR|GBP|HKD|JPY|Rs)\s?$")
AGED = re.compile(r"(?i)(?:\baged?|年[满近]|现年)\s?$")
PERSON = re.compile(r"[A-Z][\w.'-]*\s[A-Z][\w'-]+,\s?$")
EVERY = re.compile(r"(?i)(?:每|\bper|\bevery|\beach|\bone (?:in|out of)(?: every)?)\s?$")
DEFINED = re.compile(r"是指|指的是|指年|defined as|are those|refers? to")
RHETORICAL = re.compile(
    "方面|维度|层面|关键|转变|统一|结合|聚焦|确保|坚持|文明|世纪|阶段|问题|字|特点|亮点|月|村|人|“|时代|地方|步骤|环节|层次|角度"
    "|“|体系|不|来|一|主|支撑|抓手|清单|重|目标"
)
IDIOM = re.compile(r"24小时(?!内)|360度|180度|百分之百|24/7")
POWERED = re.compile("[电能]")  # otherwise of an angle or the weather
OFTEN = re.compile(r"(?i)[\w-]+ times (?:a|per|every|each) ")
MENTIONED = re.compile(r"(?i)(?:\b(?:the|these|those|all|both|our|their|its|other)|[这该那]|上述|前述|其[余他中])\s?$")
PASSING = re.compile("[年月季程间](?:已经?|即将|业已)?$")
PLAN = re.compile("行动|规划|计划|方案|期(?!间)|级|制")
PLURAL = re.compile(r"(?:[a-z-]*[^su\W]s|[a-z-]+(?:ss|s|x|ch|sh)es|people|staff|women|men|children|[a-z-]+folk)(?![a-z])")
BETWEEN = re.compile(r"[\s-]?([A-Za-z][A-Za-z'-]*)")
NO_NOUN = frozenset("is was has as this its his us plus versus across less does in of at by on to for from with and or than but "
                    "that which the a an per under over after before when while where if were are be been had have "
                    "will would can could may".split())
NOUN_WITHIN = 4  # words: 1,200 new energy passenger cars
OF_THEM = re.compile(r"\s?(?:of (?:them|which|these|those|whom)\b|more\b|fewer\b|were\b|are\b|in all\b|straight\b)")
TIMES = frozenset({"秒", "分钟", "小时", "分", "天", "seconds", "minutes", "hours", "days"})
SMALL_COUNTERS = frozenset("家 座 所 辆 台 名 户 个 项 条 款 件 艘 栋 companies firms plants factories".split())
LARGE, LONG_CODE, MANY = 1000, 6, 10
AGES = range(16, 100)
YEARS = range(1900, 2100)
SPOKEN_POWERS = frozenset("百千万亿")


@dataclass(frozen=True, slots=True)
class Seen:
    """A number with what stands around its numeral."""

    number: PrintedNumber
    unit: str  # its own, or that which the noun behind it is a word of: 2,340 high-tech enterprises
    printed: str
    numeral: str
    at: int
    before: str
    behind: str  # behind all of it: hedges and unit too
    sentence: str  # what stands before it in its sentence
    clause: str  # and in its clause

    @property
    def spelled(self) -> bool:
        """Whether it is printed in words only: 八个, three."""
        return not DIGIT.search(self.printed)

    @property
    def whole(self) -> int:
        return int(abs(self.number.value)) if abs(self.number.value) < LARGE**4 else LARGE**4

    @property
    def english(self) -> bool:
        """Whether what follows is English, as far as it is anything."""
        return not self.behind or self.behind[0].isascii()


class Standing:
    """Tells of the numbers of a text why they state no fact."""

    def __init__(self, layout: Layout, dates: Dates, spelled: Callable[[str], str]) -> None:
        """`spelled` gives the unit word that a word such as megawatt stands for, or nothing."""
        self._layout = layout
        self._spelled = spelled
        self._spans = Spans(layout.plain)
        self._dates = [(one.start, one.end) for one in dates.mentions]
        self._starts = [start for start, _ in self._dates]

    def seen(self, number: PrintedNumber) -> Seen:
        plain = self._layout.plain
        found = (numeral.search(plain, number.start, number.end) for numeral in NUMERALS)
        numeral = next(filter(None, found), None)
        at = numeral.start() if numeral else number.start
        sentence, _ = self._layout.sentence(at)
        clause, _ = self._layout.clause(number.start)
        hung = HUNG.match(plain, number.end)
        noun = hung[1] if hung else _noun_behind(plain[number.end : number.end + AROUND])
        return Seen(
            number,
            number.unit or self._spelled(noun.lower()),
            plain[number.start : number.end],
            numeral[0] if numeral else "",
            at,
            plain[max(0, at - AROUND) : at],
            plain[number.end : number.end + AROUND],
            plain[max(sentence, at - 10 * AROUND) : at],
            plain[max(clause, number.start - AROUND) : number.start],
        )

    def why_not(self, seen: Seen) -> str | None:
        """Why a number states no fact; None where it does."""
        if self._is_date(seen):
            return DATE
        if why := self._spans.at(seen.at):
            return why
        if self._lists(seen):
            return LIST_NUMBER
        return _why_not(seen)

    def _is_date(self, seen: Seen) -> bool:
        index = bisect.bisect_right(self._starts, seen.at) - 1
        return index >= 0 and seen.at < self._dates[index][1]

    def _lists(self, seen: Seen) -> bool:
        """Whether a number counts the lines of a list: 1. and (2) and 三、 at the begin of a line."""
        behind = self._layout.plain[seen.at + len(seen.numeral.rstrip(".,")) :][:1]
        opens = self._layout.begins_line(seen.at - seen.before.endswith("("))
        return opens and behind in {".", "、", ")"} and not seen.number.unit and seen.whole < 10 * MANY


def _why_not(seen: Seen) -> str | None:
    number = seen.number
    if CODE_BEFORE.search(seen.before) or (
        not number.unit and not number.power and len(seen.numeral) > LONG_CODE and "," not in seen.numeral
    ):
        return CODE
    if _is_named(seen):
        return NAME
    if "第" in (seen.before[-1:], seen.printed[:1]):
        return None if _ranks(seen) or (seen.whole >= LARGE and number.unit) else ORDINAL
    if _is_age(seen):
        return AGE
    if seen.printed.endswith("过半") and PASSING.search(seen.before):
        return DATE
    if IDIOM.match(seen.printed + seen.behind[:1]) or PLAN.match(seen.behind) and number.unit in {"年", "years"}:
        return WORD
    if EVERY.search(seen.before) and number.unit not in TIMES or DEFINED.search(seen.sentence):
        return CONDITION
    if number.unit in {"日", "月"} or (number.unit == "点" and seen.whole <= 24 and "." not in seen.numeral):  # noqa: PLR2004 - an hour
        return DATE
    if (number.unit == "度" and not POWERED.search(seen.before)) or OFTEN.match(seen.printed + seen.behind):
        return WORD
    if seen.spelled:
        return None if _spelled_fact(seen) else WORD
    return None if number.unit or _counts(seen) else BARE


def _is_named(seen: Seen) -> bool:
    """Whether letters before or behind make it a name: A100, 5G, Model 3, 107国道, Covid-19, 88号12层."""
    before, number = seen.before, seen.number
    if number.unit in {"层", "栋", "幢", "座"} and before.endswith("号"):
        return True
    if before[-1:].isascii() and before[-1:].isalpha() and not CURRENCY.search(before[-4:]):
        return True
    if re.search(r"[A-Za-z]-$", before) and not seen.spelled:
        return True
    if number.unit.casefold() == "g" and (seen.whole < MANY or NETWORK.match(seen.behind)):
        return True
    if STREET.match(seen.behind) or (GRADED.match(seen.behind) and number.unit.isascii() and len(number.unit) == 1):
        return True
    if number.unit or number.power:
        return bool(re.match("级(?!别)", seen.behind)) and seen.spelled
    stuck = seen.behind[:1].isascii() and seen.behind[:1].isalpha() and seen.printed[-1:].isdigit()
    return stuck or bool(NAME_BEFORE.search(before)) or bool(NAME_BEHIND.match(seen.behind))


def _ranks(seen: Seen) -> bool:
    before = seen.before.rstrip("第")
    return bool(RANKED.search(before)) and not UNRANKED.match(seen.behind)


def _is_age(seen: Seen) -> bool:
    number = seen.number
    if number.unit == "岁" or re.match(r"岁|-year-old", seen.behind):
        return True
    if number.unit or seen.whole not in AGES:
        return False
    return bool(AGED.search(seen.before)) or bool(PERSON.search(seen.before) and re.match(r"[,.;)\"”]|$", seen.behind))


def _spelled_fact(seen: Seen) -> bool:
    """Whether a number in words states a fact: 三成, 数十家, 两家, six plants; but not 千家万户, 一个."""
    number = seen.number
    if FRACTION.search(seen.printed) and number.unit:
        return True
    if MENTIONED.search(seen.before):
        return False
    if seen.numeral.isascii():
        return seen.whole > 1 and (bool(number.unit or number.power) or _counts(seen))
    if not number.unit:
        return False
    if number.bound is not Bound.EQ:
        return number.unit not in {"年", "度", "点", "分"}
    if seen.numeral[0] in SPOKEN_POWERS or seen.whole < 2:  # noqa: PLR2004 - 一个 counts nothing
        return False
    return number.unit in SMALL_COUNTERS and not RHETORICAL.match(seen.behind)


def _counts(seen: Seen) -> bool:
    """Whether a number without a unit counts something: 1,200 workers, 5.2亿, 24000+."""
    number = seen.number
    if number.power > 2 or "," in seen.numeral:  # noqa: PLR2004 - thousands
        return True
    if number.bound is not Bound.EQ and seen.whole >= MANY:
        return True
    if seen.behind.startswith("-"):
        return bool(seen.unit)
    if not seen.english or not seen.behind:
        return bool(_ranks(seen))
    return bool(OF_THEM.match(seen.behind) or _noun_behind(seen.behind))


def _noun_behind(behind: str) -> str:
    """The noun in the plural that follows a number, with no more than a few words before it."""
    at = 0
    for _ in range(NOUN_WITHIN):
        word = BETWEEN.match(behind, at)
        if not word or word[1].lower() in NO_NOUN:
            break
        if PLURAL.fullmatch(word[1].lower()):
            return word[1]
        at = word.end()
    return ""
