"""Which printed numbers state a fact, and why the others do not: dates, ordinals, list numbers, names, codes."""

import bisect
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.text.dates import Dates
from app.text.hedges import Bound
from app.text.layout import Layout
from app.text.numbers import PrintedNumber
from app.text.numerals import ENGLISH_DIGIT
from app.text.vocabulary import noun_behind

DATE, ORDINAL, LIST_NUMBER, NAME, CODE = "a date", "an ordinal", "a list number", "part of a name", "a code"
RATIO, WORD, AGE, CONDITION, BARE = "a ratio", "a word", "an age", "a condition", "a number without a unit"

# What stands in a text as one thing, and whose digits count nothing.
SPANS = re.compile(
    r"""(?x)
    (?P<title>《[^《》]{1,80}》)
  | (?P<address>(?:https?://|www\.)[!-~]{1,500}|(?<![A-Za-z\d._-])[A-Za-z\d._-]{1,64}@[A-Za-z\d-]{1,64}\.[A-Za-z.]{2,20})
  | (?P<phone>(?<![\d.,])(?:\+\d{1,3}(?:[\s-]?\d{2,8}){2,4}|\(?(?:0\d{2,3}|400|800)\)?[\s-]\d{3,8}(?:[\s-]\d{3,8})*
      |1[3-9]\d{9}(?!\s?[元美辆人台家个]))(?![\d,.]*\d))
  | (?P<code>\d{6}\.(?:SH|SZ|HK|BJ)(?![A-Za-z])|(?<!\d)20\d\d-\d{2,3}(?![\d-]|年))
  | (?P<ratio>(?<![\d.])(?!20\d\d:)\d{1,9}(?:\.\d{1,9})?(?:[:∶]\d{1,9}(?:\.\d{1,9})?){1,9}(?![\d.:∶]*\d)
      |(?<!\d)\d{1,9}[×xX*](?!10[\^3-9])\d{1,9})
  | (?P<scheme>[“"'‘][\d+一二三四五六七八九十百千NnXx-]{1,8}[”"'’]|\d[+]N)
  | (?P<called>“[^“”\n]{1,9}”)
  | (?P<note>\[\d{1,3}\]|\(\d{1,2}\)|\([一二三四五六七八九十]{1,3}\))
    """
)
REASONS = {"title": NAME, "address": CODE, "phone": CODE, "code": CODE, "ratio": RATIO, "scheme": NAME, "called": NAME,
           "note": LIST_NUMBER}  # fmt: skip
# A quotation of a quantity alone is no name: 超过“110万辆”.
QUANTITY = re.compile(r"“[^\d“”]{0,2}[\d.,]+(?:[十百千万亿]+|(?=[%个家]))[^\d“”]{0,3}”")

CODE_BEFORE = re.compile(
    r"(?i)(?:代码|简称|编号|文号|号码|电话|热线|传真|拨打|邮编|邮政编码|账号|微信号?|QQ|passcode|dial|call|fax|phone|tel"
    r"|telephone|ISBN|ticker|code|extension|ext)[:.\s号为是临(]{0,3}$"
)
NAME_BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?:[Tt]op|[Pp]age|pp?\.|[Vv]ersion|[Nn]o\.|Nos?\.|[Rr]oom|[Hh]ighway|[Rr]oute|[Ff]loor|[Ss]ection"
    r"|[Cc]hapter|Note|Model|Type|Building|Block|Suite|Form|ISO|IEC|GB/T|EN|Article|Figure|Table|Fig\.|Phase|Level|Grade"
    r"|Class|Vision|Agenda|Flight|Gate|Line|Pier|Dock|Bay|Hall|Group|Appendix|Annex|Part|Step|Item|Covid|Series|Mark"
    r"|Stage|Terminal|Plant|Unit|Area|Zone|District|Channel|Boeing|Airbus|Windows|Web|Industry|Wave|Round|Season"
    r"|Volume|Vol\.|Fortune|Nasdaq|S&P|CSI|FTSE|Nikkei|Issue|Clause|Lot|Number|Pavilion|Exit|Platform)s?[\s-]?"
    r"|[图表附件]|工业)$"
)
# Numbers of streets, lines, rooms and editions, and what is called by its number.
NAME_BEHIND = re.compile(
    r"[号#]|国道|省道|县道|路(?:公交|车|口)|版|届|世纪|时代|会议室|室|房间|大街|大道|后(?![来期])|级(?!别)|强(?![化于%])"
    r"|\.0(?!\d)"
)
STREET = re.compile(r"\s?(?:[A-Z][a-z]+\s){1,2}(?:Road|Street|Avenue|Lane|Drive|Square|Way)\b")
FLOORS, VOLTS = frozenset("层栋幢座"), frozenset(["千伏", "kV"])  # 88号12层, 220千伏线路
NETWORK = re.compile("全光|网络|光模块|以太|通信|技术|用户|基站|手机|套餐")  # 5G技术
GRADED, CLASS = re.compile("级|景区|类"), re.compile("级(?!别)")  # 5A级, 10万吨级
LETTER_BEFORE, HYPHENED = re.compile("[A-Za-z]$"), re.compile(r"[A-Za-z]-$")
RANKED = re.compile("(?:居|列|排|排名|位|升至|排在|居于|[国省市球界]|并列|市场)$")
UNRANKED = re.compile("[次届批期季轮步个家条辆台大线]|方阵|梯队|时间|产业|要务")
AGED = re.compile(
    r"(?i)(?:\baged?|年[满近]|现年"
    r"|\b(?:residents|people|workers|staff|adults|women|men|are|were)\s(?:over|under))\s?$"
)
PERSON = re.compile(r"[A-Z][\w.'-]*\s[A-Z][\w'-]+,\s?$")
AGE_BEHIND, AGE_ENDS, AGES = re.compile("岁|-year-old"), re.compile('[,.;)"”]|$'), range(16, 100)

# What a number is counted per, or defines: 每10股, one in ten, 规上企业是指.
EVERY = re.compile(
    r"(?i)(?:每|满分为?|限值|个部分|正负|\(含|(?<![目之此提以日年月天])前|\b(?:adds? up to|per|every|each|limit:"
    r"|one (?:in|out of)(?: every)?))\s?[$€£]?$"
)
DEFINED = re.compile(r"是指|指的是|指年|defined as|are those|refers? to")
TIMES = frozenset({"秒", "分钟", "小时", "天", "seconds", "minutes", "hours", "days"})
# Turns of phrase, and words that make a number of things a figure of speech: 三个方面.
IDIOM = re.compile(
    r"24小时(?!内)|\d+(?:分钟|小时)[^\W\d]{0,8}圈|360度|180度|百分之百|24/7|\d+\s(?:hours|days)\sa\s(?:day|week)"
    r"|(?i:[\w-]+ times (?:a|per|every|each) )"
)
# Projects of over 100 million yuan are counted by another number: 亿元以上项目142个.
THRESHOLD = re.compile(r"元(?:及?以上|以下)$")
OF_THRESHOLD = re.compile(r"的?[\u4e00-\u9fff]{0,6}?(?:(?P<firms>企业)|项目|工程|集群|产业|园区)")
PASSING = re.compile("[年月季程间](?:已经?|即将|业已)?$")  # 2025年已经过半
PLAN = re.compile("行动|规划|计划|方案|期(?!间)|级|制")  # 三年行动计划
POWERED = re.compile("[电能]")  # otherwise 度 are those of an angle or the weather
MENTIONED = re.compile(r"(?i)(?:\b(?:the|these|those|all|both|our|their|its|other)|[这该那]|上述|前述|其[余他中])\s?$")
RHETORICAL = re.compile(
    "方面|维度|层面|关键|转变|统一|结合|聚焦|确保|坚持|文明|世纪|阶段|问题|字|特点|亮点|月|村|人|“|时代|地方|步骤|环节|层次|角度"
    "|体系|不|来|一|主|支撑|抓手|清单|重|目标"
)
PART = re.compile(
    r"(?i)分之|半|[一二两三四五六七八九十几]成|[倍翻]|hal[fv]|third|quarter|(?:fif|six|seven|eigh|nin|ten)th|doubl|tripl"
    r"|quadrupl|twice|fold|\s(?:in|out of)\s|per\s?cent"
)
OF_THEM = re.compile(
    r"\s?(?:of (?:them|which|these|those|whom|the \d)|in (?:19|20)\d\d|(?:short|more|fewer|were|are|in all|straight)\b)"
)
# What is a number without a unit: the ratio or index that is named before it.
INDEX = re.compile(
    r"(?i)(?:指数|系数|[之入价]比|比值|PMI|\bindex|\bratio|\bcoefficient|\bscore)"
    r"(?:为|是|达|:|\s|of|at|was|is|stood)*$"
)
MEASURED = re.compile(r"(?i)(?:[为是至达]|\b(?:was|is|at|of|to|from|against|averaged|reached))\s?$")
SPELLED_COUNTS = "元 美元 吨 亩 公里 平方米 家 座 所 辆 台 名 户 个 项 条 款 件 艘 栋 companies firms plants factories"
COUNTERS, UNCOUNTED, POWERS = frozenset(SPELLED_COUNTS.split()), frozenset("年度点分"), frozenset("百千万亿")

NUMERALS = (
    re.compile(r"\d[\d.,]*"),
    re.compile("[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+"),
    re.compile(rf"\b(?:{'|'.join(ENGLISH_DIGIT)}|half|thirds?|quarters?|several|an?)(?:\b|(?=fold))", re.IGNORECASE),
)
PER = re.compile(r"/(?![年月日天]|year)(?:[^\W\d_]{1,5}[23]?)")  # 微克/立方米, but 5万吨/年 are 吨
HYPHENED_UNIT = re.compile(r"-([A-Za-z]+)(?![A-Za-z-])")  # 150-megawatt
AROUND, SENTENCE = 28, 280  # characters that are looked at on each side, and before it in its sentence
LONGEST = 6  # digits of a number without a comma, a magnitude or a unit
LARGEST = Decimal(10**12)  # larger numbers need not be told apart
FEW, MANY, HOURS, LAST_ITEM, MILESTONE = 2, 10, 24, 99, 1000
SPELLED_OUT, THOUSAND = 5, 3  # characters, zeros


@dataclass(frozen=True, slots=True)
class NumberInText:
    """A number with what stands around it; `unit` is its own word, or the noun behind it: 2,340 high-tech enterprises.

    `noun` is what it counts where that is no word of a unit: 1,240 chargers.
    `before` ends where the `numeral` begins, `behind` begins where all of it ends, hedge and unit too; `clause` and
    `sentence` are what stands before it in them.
    """

    number: PrintedNumber
    unit: str
    noun: str
    printed: str
    numeral: str
    at: int
    before: str
    behind: str
    clause: str
    sentence: str

    @property
    def is_spelled(self) -> bool:
        """Whether it is printed in words only: 八个, three."""
        return not any(map(str.isdecimal, self.printed))

    @property
    def is_ordinal(self) -> bool:
        return "第" in (self.before[-1:], self.printed[:1])

    @property
    def is_bare(self) -> bool:
        """Whether neither a unit nor a magnitude is printed with it."""
        return not self.number.unit and not self.number.power

    @property
    def ranks(self) -> bool:
        return bool(RANKED.search(self.before.rstrip("第"))) and not UNRANKED.match(self.behind)

    @property
    def whole(self) -> int:
        """Its size, without decimals and sign."""
        return int(min(self.number.value.copy_abs(), LARGEST))


class Exclusions:
    """Tells why numbers of a text state no fact."""

    def __init__(self, layout: Layout, dates: Dates, spelled: Callable[[str], str]) -> None:
        """`spelled` gives the unit word that a word such as megawatt stands for, or nothing."""
        self._layout = layout
        self._spelled = spelled
        found = (match for match in layout.matches(SPANS) if not QUANTITY.fullmatch(match[0]))
        self._spans = [(*match.span(), REASONS[str(match.lastgroup)]) for match in found]
        self._dates = [(one.start, one.end, DATE) for one in dates.mentions]

    def in_text(self, number: PrintedNumber) -> NumberInText:
        plain, layout = self._layout.plain, self._layout
        found = (numeral.search(plain, number.start, number.end) for numeral in NUMERALS)
        numeral = next(filter(None, found), None)
        at = numeral.start() if numeral else number.start
        behind = plain[number.end : number.end + AROUND]
        hyphened = HYPHENED_UNIT.match(behind)
        noun, per = noun_behind(behind).lower(), PER.match(behind) if number.unit else None
        return NumberInText(
            number=number,
            unit=number.unit + (per[0] if per else "") or self._spelled(hyphened[1] if hyphened else noun),
            noun=noun,
            printed=plain[number.start : number.end],
            numeral=numeral[0] if numeral else "",
            at=at,
            before=plain[max(0, at - AROUND) : at],
            behind=behind,
            clause=plain[max(layout.clause(number.start)[0], number.start - AROUND) : number.start],
            sentence=plain[max(layout.sentence(at)[0], at - SENTENCE) : at],
        )

    def reason(self, one: NumberInText) -> str | None:
        """Why a number states no fact; None where it does."""
        if reason := _reason_at(one.at, self._dates) or _reason_at(one.at, self._spans):
            return None if reason == RATIO and one.number.unit == "%" else reason  # of parts of a whole
        return LIST_NUMBER if self._lists(one) else _why_named(one) or _why_phrased(one)

    def _lists(self, one: NumberInText) -> bool:
        """Whether a number counts the items of a list: 1. and (2) and 三、 where a line begins."""
        end = one.at + len(one.numeral.rstrip(".,"))
        behind = self._layout.plain[end : end + 1]
        opens = self._layout.begins_line(one.at - one.before.endswith("("))
        return opens and behind in {".", "、", ")"} and not one.number.unit and one.whole <= LAST_ITEM


def _reason_at(place: int, spans: list[tuple[int, int, str]]) -> str | None:
    index = bisect.bisect_right(spans, place, key=lambda one: one[0]) - 1
    return spans[index][2] if index >= 0 and place < spans[index][1] else None


def _why_named(one: NumberInText) -> str | None:
    """Numbers that name and do not count: A100, 5G, Model 3, 107国道, 18号楼, 第三届, a phone number, an age."""
    if CODE_BEFORE.search(one.before) or (one.is_bare and len(one.numeral) > LONGEST and "," not in one.numeral):
        return CODE
    if one.is_ordinal:  # no rank, and no milestone such as 第200万辆
        return ORDINAL if not one.ranks and (one.whole < MILESTONE or not one.number.unit) else None
    if _is_name(one):
        return NAME
    aged = AGED.search(one.before) or (PERSON.search(one.before) and AGE_ENDS.match(one.behind))
    of_age = (aged and not one.number.unit and one.whole in AGES) or AGE_BEHIND.match(one.behind)
    return AGE if of_age or (one.number.unit == "岁" and "." not in one.numeral) else None  # a mean has decimals


def _is_name(one: NumberInText) -> bool:
    """Whether the letters or words around it make it a name."""
    before, behind, unit = one.before, one.behind, one.number.unit
    if LETTER_BEFORE.search(before) and not (unit[1:] and before.casefold().endswith(unit.casefold())):
        return True
    if STREET.match(behind) or (HYPHENED.search(before) and not one.is_spelled and one.printed[:1] != "-"):
        return True
    if unit in FLOORS:
        return before.endswith("号")
    if unit in {"G", "g"} and (one.whole < MANY or NETWORK.match(behind)):
        return True
    if unit in VOLTS or (CLASS.match(behind) and (unit or one.number.power)):
        return True
    if unit or one.number.power:
        return len(unit) == 1 and unit.isascii() and bool(GRADED.match(behind))
    stuck = behind[:1].isascii() and behind[:1].isalpha() and one.printed[-1:].isdigit()
    return stuck or bool(NAME_BEFORE.search(before) or NAME_BEHIND.match(behind))


def _why_phrased(one: NumberInText) -> str | None:
    unit, printed, behind = one.number.unit, one.printed, one.behind
    if unit in {"日", "月"} or (printed.endswith("过半") and PASSING.search(one.before)):
        return DATE
    if unit == "点" and one.whole <= HOURS and "." not in one.numeral:
        return DATE
    if IDIOM.match(printed.lstrip() + behind):
        return WORD
    if (unit in {"年", "years"} and PLAN.match(behind)) or (unit == "度" and not POWERED.search(one.before)):
        return WORD
    if (EVERY.search(one.before) and unit not in TIMES) or DEFINED.search(one.sentence):
        return CONDITION
    if unit == "元" and (limited := OF_THRESHOLD.match(behind)):
        if THRESHOLD.search(printed) or (limited["firms"] and one.number.bound is Bound.GT):
            return CONDITION
    if one.is_ordinal:
        return None
    if one.is_spelled:
        return None if _spells_fact(one) else WORD
    return None if unit or _counts(one) else BARE


def _spells_fact(one: NumberInText) -> bool:
    """Whether a number in words states a fact: 三成, 数十家, 两家, six plants; but not 千家万户, 一个."""
    number = one.number
    if number.unit and (PART.search(one.printed) or one.before.endswith("连续")):
        return True
    if MENTIONED.search(one.before) or one.behind.startswith("-"):
        return False
    if one.numeral.isascii():
        return one.whole >= FEW and (not one.is_bare or _counts(one))
    if number.bound is not Bound.EQ:
        return bool(number.unit or number.power) and number.unit not in UNCOUNTED
    if len(one.numeral) >= SPELLED_OUT and number.unit:
        return True
    if one.numeral[0] in POWERS or one.whole < FEW:
        return False
    return number.unit in COUNTERS and not RHETORICAL.match(one.behind)


def _counts(one: NumberInText) -> bool:
    """Whether a number without a unit counts something: 1,200 workers, 5.2亿, 24000+."""
    if one.number.power >= THOUSAND or "," in one.numeral or one.number.value < 0 or INDEX.search(one.before):
        return True
    if ("." in one.numeral and MEASURED.search(one.before)) or (one.number.bound is not Bound.EQ and one.whole >= MANY):
        return True
    if one.behind.startswith("-"):
        return bool(one.unit)
    if not (one.behind and one.behind[0].isascii()):
        return one.ranks
    return bool(OF_THEM.match(one.behind) or noun_behind(one.behind))
