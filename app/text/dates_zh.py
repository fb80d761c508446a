"""Chinese period words: 2024年, 今年前三季度, 1—9月, 截至9月底, 近三年, 去年同期."""

import re
from collections.abc import Iterator
from dataclasses import replace

from app.text.dates import SOME_YEAR, TO_DATE, Mention, Today, ends_in
from app.text.layout import Layout
from app.text.numerals import DIGIT, chinese_integer
from app.text.periods import Basis

NUMBER = "(?:[1-9]\\d?|[一二三四五六七八九十]{1,3}|两)"
MONTH = "(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
DAY = r"(?:3[01]|[12]\d|0?[1-9]|(?:三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[日号]))"
TO = "(?:-|~|至|到)"
DIGITS = r"(?<!\d)(?<!\d[.,])(?:19|20)\d\d"
OFFSETS = {"今年": 0, "本年": 0, "年内": 0, "去年": -1, "前年": -2, "明年": 1, "后年": 2}
# 当年 and 全年 are of the year that the text speaks of.
YEAR = re.compile(
    rf"(?P<first>{DIGITS})年?{TO}(?P<last>(?:19|20)\d\d|[1-9]\d(?=年))(?!\d)年?(?!代)"
    rf"|(?P<year>{DIGITS}|[一二][零〇一二三四五六七八九]{{3}})(?:年度?|财年)(?!代)"
    rf"|(?P<word>(?<!产)(?:{'|'.join(OFFSETS)})(?![产均度]))|(?P<spoken>当年|同年|全年(?!龄))|(?P<back>上年(?!度))"
    "|十(?P<plan>[一二三四五六])五”?(?:期间|时期)"
)
PART = re.compile(
    rf"""(?x)(?:
    (?P<half>上半年|下半年|半年度|中期(?=[业業])|前两个?季度)
  | (?P<todate>年初至(?:本?报告)?期末)
  | (?:前|1{TO})(?P<quarters>[三3])个?季度
  | 第?(?P<quarter>[一二三四1234]|首)(?:季度|(?<=首)季|(?<=第[一二三四])季(?!节))
  | 前(?P<months>{NUMBER})个?月
  | (?P<month>{MONTH})月?份?{TO}(?P<tomonth>{MONTH})月份?(?!{DAY}[日号])
  | (?P<dayof>{MONTH})月(?P<day>{DAY})(?![A-Za-z])[日号]?(?:{TO}(?:(?P<todayof>{MONTH})月)?(?P<today>{DAY})[日号])?
  | (?P<in>{MONTH})月(?:份|[底末初]|[上中下]旬)?(?![龄之])
  | (?P<whole>年度|年[底末初终中]|[底末初](?![部期端级代]))
    )(?:同期)?"""
)
ISO_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-/.](0?[1-9]|1[0-2])[-/.](3[01]|[12]\d|0?[1-9])(?![\d-])")
# Of no date that a fact could have, but their numbers are those of time: 十年前, 上世纪90年代, 上午9时30分.
VAGUE = re.compile(
    rf"""(?x)
    (?P<recent>(?:近|过去|最近)(?:的)?(?P<years>{NUMBER})年(?:多?来|间|里|中)?(?!级))
  | (?:近|过去|最近|未来|今后|此后|接下来)(?:的)?{NUMBER}[多余]?(?:年|个月|天|周|个?季度)(?:多?来|内|间|里|中)?(?!级)
  | (?!(?:19|20)\d\d年内)
    (?:{NUMBER}|[1-9]\d{{0,7}}|[数几百千万]{{1,8}})[多余几]?(?:个月|年|天|日|周|个?星期|个?世纪)[多余]?
    [之以]?[前后来间内](?![期景沿瞻台勤])
  | \d{{1,2}}世纪(?:\d0年代)?|[1-9]0年代|{DIGITS}年代|(?<!\d)[1-9]0后
  | (?:上午|下午|凌晨|清晨|早上?|晚上?|傍晚|中午|夜里)?(?<![\d.])(?:[01]?\d|2[0-4])[时点]
    (?:[0-5]?\d分|半|整|许|(?![\d个]))
  | (?<![\d.:])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d.:])
  | (?<![\d.月]){DAY}日(?:{TO}{DAY}日)?
  | [\u3014\[(](?:19|20)\d\d[\u3015\])]"""
)
OPENING = {1, 2, 3}
ENDED = re.compile("止[的之]?(?P<months>[三六九369])个月")
NOW = re.compile("截[至止]目前|目前|如今|现今|现在|当前|眼下|时下|迄今|今(?=已)")
NEAR = re.compile("(?P<this>本月|当月)|(?P<last>上个?月)|(?P<day>[今昨][日天])")
# What a figure is compared with is another period than its own.
COMPARED = re.compile("(?:比|较|与|同|跟|相较于?|相比于?|低于|高于|好于|快于|多于|恢复[至到]|相当于|超过?|是|占)$")
BEHIND = re.compile(
    "(?:=|[,上下]?午?,?从.{2,14}?(?:获悉|了解)|目标(?:任务)?的|(?:计划|预算|任务)的|相比|的?[\\d.一二两三四五六七八九十]+倍|的?水平|的?基础)"
)
FOUNDED = re.compile(
    "(?:[成创]立|创[建办]|始建|建[成厂校]|设立|诞生|落户|上市|投产|出生|创刊|挂牌|印发|施行)(?:于|之?日)?$"
)
FOUNDED_BEHIND = re.compile("(?:[成创]立|创[建办]|始建|出生|[投建]产(?!品)|落户|上市)")
CHANGED, OF_THEM = re.compile("[由从]$"), re.compile("其中[,:]?$")
# What is said of the future is not of the year before.
AHEAD, AHEAD_BEHIND = re.compile("(?:将|拟|定|计划|预计|力争)[于在]$"), re.compile("[,，]?(?:将|拟|力争|计划)")
MONTH_END = re.compile("月[底末]$")
FILLER = re.compile("(?:[的,](?=[前上下第一二三四1]))?")
AFTER_YEAR, NO_PART_BEHIND, TENS = set("去今明上前"), set(".第年"), set("十正元")
AROUND, BEYOND = 8, 24  # characters before and behind


def find(layout: Layout, today: Today) -> Iterator[Mention]:
    """Chinese period words, which may overlap: the first and longest count."""
    plain = layout.plain
    for match in layout.matches(YEAR):
        yield _with_part(match, plain, today)
    for match in layout.matches(PART):
        if _stands_alone(match, plain):
            yield _marked(plain, Mention(*match.span(), _part(match)), today)
    for match in layout.matches(ISO_DAY):
        day = f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"
        yield Mention(*match.span(), day, Basis.STATED, int(match[1]))
    for match in layout.matches(VAGUE):
        yield _vague(match, today)
    for match in layout.matches(NOW):
        yield Mention(*match.span(), today.written, local=True)
    for match in layout.matches(NEAR):
        yield _near(match, today)


def _with_part(match: re.Match[str], plain: str, today: Today) -> Mention:
    """A year with the part of it that follows: 2024年上半年, 今年以来, 去年同期."""
    start, end = match.span()
    if match["first"]:
        last = match["first"][: 4 - len(match["last"])] + match["last"]  # 2024—26年
        return Mention(start, end, f"{match['first']}/{last}", Basis.STATED, int(match["first"]))
    if match["plan"]:  # the eleventh Five-Year Plan began in 2006
        first = 2001 + 5 * DIGIT[match["plan"]]
        return Mention(start, end, f"{first}/{first + 4}", Basis.INFERRED, first)
    offset = OFFSETS.get(match["word"] or "")
    period, same = SOME_YEAR, False
    filler = FILLER.match(plain, end)
    if found := PART.match(plain, filler.end() if filler else end):
        end, period = found.end(), _part(found)
        if found["day"] and (ended := ENDED.match(plain, end)):
            last = _number(found["dayof"])
            end, period = ended.end(), _range(f"-{last + 1 - _number(ended['months']):02d}", f"-{last:02d}")
    elif plain.startswith("全年", end):
        end += 2
    elif plain.startswith("同期", end):
        end, same = end + 2, True
    elif offset == 0 and today.month and plain.startswith(("以来", "来"), end):
        period = _range("-01", f"-{today.month:02d}")
    mention = _marked(plain, Mention(start, end, period, same=same, local=same, back=bool(match["back"])), today)
    if match["back"]:
        return replace(mention, basis=Basis.RELATIVE)
    if offset is not None:
        return today.counted(mention, offset)
    return mention.in_year(_number(match["year"]), Basis.STATED) if match["year"] else mention


def _stands_alone(match: re.Match[str], plain: str) -> bool:
    """Whether a part is one of the year that is spoken of: 6月, but no 16月, 第3季度 or 二十六月."""
    before = plain[match.start() - 1 : match.start()]
    if match["whole"]:
        return match["whole"] in {"年底", "年末", "年初"} and before not in AFTER_YEAR and not before.isdigit()
    return not (before.isdigit() or before in NO_PART_BEHIND or (match["in"] in DIGIT and before in TENS))


def _part(match: re.Match[str]) -> str:
    """The part of a year as a period."""
    if match["half"]:
        return f"{SOME_YEAR}-H{2 if match['half'][0] == '下' else 1}"
    if match["todate"]:
        return f"{SOME_YEAR}-01/{TO_DATE}"
    if match["quarters"]:
        return _range("-01", "-09")
    if match["quarter"]:
        return f"{SOME_YEAR}-Q{1 if match['quarter'] == '首' else _number(match['quarter'])}"
    if match["months"]:
        return _range("-01", f"-{_number(match['months']):02d}")
    if match["month"]:
        return _range(f"-{_number(match['month']):02d}", f"-{_number(match['tomonth']):02d}")
    if match["day"]:
        first = f"-{_number(match['dayof']):02d}-{_number(match['day']):02d}"
        last = f"-{_number(match['todayof'] or match['dayof']):02d}-{_number(match['today'] or match['day']):02d}"
        return _range(first, last)
    return f"{SOME_YEAR}-{_number(match['in']):02d}" if match["in"] else SOME_YEAR


def _range(first: str, last: str) -> str:
    return f"{SOME_YEAR}{first}/{SOME_YEAR}{last}" if first != last else f"{SOME_YEAR}{first}"


def _number(text: str) -> int:
    return int(text) if text.isdigit() else chinese_integer(text)


def _marked(plain: str, mention: Mention, today: Today) -> Mention:
    """Period words, and whether they are of another date than the figures beside them, or of what is to come."""
    before, behind = plain[max(0, mention.start - AROUND) : mention.start], plain[mention.end : mention.end + BEYOND]
    part = mention.period.rpartition("/")[2].removeprefix(SOME_YEAR)
    if part and today.year and today.month and (AHEAD.search(before) or AHEAD_BEHIND.match(behind)):
        mention = mention.in_year(today.year + (ends_in(part) < today.month), Basis.INFERRED)
    aside = COMPARED.search(before) or BEHIND.match(behind) or FOUNDED.search(before) or FOUNDED_BEHIND.match(behind)
    local = mention.local or bool(MONTH_END.search(plain, mention.start, mention.end) or OF_THEM.search(before))
    return replace(mention, aside=bool(aside), once=bool(CHANGED.search(before)), local=local)


def _vague(match: re.Match[str], today: Today) -> Mention:
    if match[0].startswith("过去一年") and today.month in OPENING:  # a report that opens a year looks back
        return today.counted(Mention(*match.span(), SOME_YEAR), -1)
    if match["recent"] and (start := today.ago(_number(match["years"]))):
        return Mention(*match.span(), f"{start}/{today.written}", Basis.RELATIVE)
    return Mention(*match.span())


def _near(match: re.Match[str], today: Today) -> Mention:
    """本月 and 今天, in a document whose month or day is known."""
    period = today.month_before if match["last"] else ""
    if match["this"] == "本月" and today.month:
        period = today.written
    if today.day and (match["day"] or "").startswith("今"):
        period = f"{today.written}-{today.day:02d}"
    return Mention(*match.span(), period, Basis.RELATIVE)
