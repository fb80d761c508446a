"""Numbers that name and do not count: A100, 5G, Model 3, 107国道, 18号楼, 第三届, a phone number, an age."""

import re

from app.text.seen import Seen

CODE_BEFORE = re.compile(
    r"(?i)(?:代码|简称|编号|文号|号码|电话|热线|传真|拨打|邮编|邮政编码|账号|微信号?|QQ|passcode|dial|call|fax|phone|tel"
    r"|telephone|ISBN|ticker|code|extension|ext)[:.\s号为是临(]{0,3}$"
)
NAME_BEFORE = re.compile(
    r"(?:(?<![A-Za-z])(?:[Tt]op|[Pp]age|pp?\.|[Vv]ersion|[Nn]o\.|Nos?\.|[Rr]oom|[Hh]ighway|[Rr]oute|[Ff]loor|[Ss]ection"
    r"|[Cc]hapter|Note|Model|Type|Building|Block|Suite|Form|ISO|IEC|GB/T|EN|Article|Figure|Table|Fig\.|Phase|Level|Grade"
    r"|Class|Vision|Agenda|Flight|Gate|Line|Pier|Dock|Bay|Hall|Group|Appendix|Annex|Part|Step|Item|Covid|Series|Mark"
    r"|Stage|Terminal|Plant|Unit|Area|Zone|District|Channel|Boeing|Airbus|Windows|Web|Industry|Wave|Round|Season"
    r"|Volume|Vol\.|Fortune|Nasdaq|S&P|CSI|FTSE|Nikkei|Issue|Clause|Lot|Number|Pavilion|Exit|Platform)[\s-]?"
    r"|[图表附件]|工业)$"
)
# Numbers of streets, lines, rooms and editions, and what is called by its number.
NAME_BEHIND = re.compile(
    r"[号#]|国道|省道|县道|路(?:公交|车|口)|版|届|世纪|时代|会议室|室|房间|大街|大道|后(?![来期])|级(?!别)|强(?![化于%])"
    r"|\.0(?!\d)"
)
STREET = re.compile(r"\s?(?:[A-Z][a-z]+\s){1,2}(?:Road|Street|Avenue|Lane|Drive|Square|Way)\b")
FLOORS = frozenset("层栋幢座")  # 88号12层
NETWORK = re.compile("全光|网络|光模块|以太|通信|技术|用户|基站|手机|套餐")
GRADED = re.compile("级|景区|类")  # 5A级
CLASS = re.compile("级(?!别)")  # 千亿级
HYPHENED = re.compile(r"[A-Za-z]-$")
CURRENCY = re.compile(r"(?:RMB|CNY|USD|EUR|GBP|HKD|JPY|Rs)\s?$")
RANKED = re.compile("(?:居|列|排|排名|位|升至|排在|居于|[国省市球界]|并列|市场)$")
UNRANKED = re.compile("[次届批期季轮步个家条辆台大线]|方阵|梯队|时间|产业|要务")
AGED = re.compile(r"(?i)(?:\baged?|年[满近]|现年)\s?$")
PERSON = re.compile(r"[A-Z][\w.'-]*\s[A-Z][\w'-]+,\s?$")
AGE_BEHIND = re.compile("岁|-year-old")
ENDS = re.compile('[,.;)"”]|$')
AGES = range(16, 100)
LONGEST = 6  # digits of a number without a comma, a magnitude or a unit
MILESTONE, MANY = 1000, 10


def is_code(seen: Seen) -> bool:
    long = seen.bare and len(seen.numeral) > LONGEST and "," not in seen.numeral
    return long or bool(CODE_BEFORE.search(seen.before))


def is_ordinal(seen: Seen) -> bool:
    """Whether it only says which: no rank, and no milestone such as 第200万辆."""
    if "第" not in (seen.before[-1:], seen.printed[:1]):
        return False
    return not ranks(seen) and (seen.whole < MILESTONE or not seen.number.unit)


def ranks(seen: Seen) -> bool:
    return bool(RANKED.search(seen.before.rstrip("第"))) and not UNRANKED.match(seen.behind)


def is_name(seen: Seen) -> bool:
    """Whether the letters or words around it make it a name."""
    before, behind, unit = seen.before, seen.behind, seen.number.unit
    if before[-1:].isascii() and before[-1:].isalpha() and not CURRENCY.search(before):
        return True
    if STREET.match(behind) or (HYPHENED.search(before) and not seen.spelled):
        return True
    if unit:
        return (
            (unit in FLOORS and before.endswith("号"))
            or (unit in {"G", "g"} and (seen.whole < MANY or bool(NETWORK.match(behind))))
            or (len(unit) == 1 and unit.isascii() and bool(GRADED.match(behind)))
        )
    if seen.number.power:
        return seen.spelled and bool(CLASS.match(behind))
    stuck = behind[:1].isascii() and behind[:1].isalpha() and seen.printed[-1:].isdigit()
    return stuck or bool(NAME_BEFORE.search(before) or NAME_BEHIND.match(behind))


def is_age(seen: Seen) -> bool:
    if seen.number.unit == "岁" or AGE_BEHIND.match(seen.behind):
        return True
    if seen.number.unit or seen.whole not in AGES:
        return False
    return bool(AGED.search(seen.before) or (PERSON.search(seen.before) and ENDS.match(seen.behind)))
