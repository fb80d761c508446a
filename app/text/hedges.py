"""Words that hedge a printed number or reverse its sign: 超, 近, 以上, more than, nearly, 下降, a loss of."""

from enum import StrEnum


class Bound(StrEnum):
    """What a printed hedge says of the value beside it."""

    EQ = "eq"
    GT = "gt"
    GE = "ge"
    LT = "lt"
    LE = "le"
    APPROX = "approx"
    BELOW = "below"


BREAKTHROUGH = r"(?!了?[^,、。;]{1,5}[项个][^,、。;]{0,8}?(?:技术(?!合同|交易)|瓶颈|难题|难关|纪录))"  # 突破3项关键技术
# The words of a hedge before a number: Chinese (and signs), English.
BEFORE: dict[Bound, tuple[str, str]] = {
    Bound.LE: ("(?:不|未|没有?|从未|未曾|难以)[得能会应可]?(?:超过|超出|突破|多于|高于|大于)"
               "|至多|最多|最高(?!达|[价气])(?:可达|给予|奖励|补[贴助])?|≤|<=",
               "(?:no|not) (?:more|higher|greater) than|(?:not|never) exceed(?:ed|ing|s)?|at most|up to"
               "|capped at|(?:maximum|(?<!market )cap|ceiling) of"),
    Bound.GE: ("不[得能会应可]?(?:少于|低于|小于|下于?)|不亚于|至少|最少|起码|≥|>=",
               "(?:no|not) (?:less|fewer|lower) than|at least|a minimum of"),
    Bound.GT: ("超过|超出|超越|多于|高于|大于|(?<![赶反])超|逾|已过|跨[越过]|站上|>"
               f"|突破{BREAKTHROUGH}|(?<![突打跌降])破{BREAKTHROUGH}",
               "more than|north of|greater than|higher than|in excess of|upwards? of|exceed(?:s|ed|ing)?"
               "|surpass(?:es|ed|ing)?|topp(?:ed|ing)|tops|over|above|passed"),
    Bound.LT: ("[跌降]破|不[足到满及]|(?:未|没有?)(?:满|及|达到?|到)|少于|低于|小于|<",
               "less than|fewer than|lower than|short of|under|below"),
    Bound.BELOW: ("将近|接近|逼近|几乎|(?<![附最靠邻临])近",
                  "nearly|almost|close to|approaching|just under|just shy of"),
    Bound.APPROX: ("大约|大概|差不多|±|(?<![签节预集契违条邀履公制])约(?:[为是占][^\\d,。;]{1,12}?的)?|≈",
               "about|around|approximately|approx\\.?|ca\\.|roughly|some|circa|an estimated"),
    Bound.EQ: ("高达|多达|达到|达", "as many as|as much as"),
}  # fmt: skip
AFTER = {
    Bound.GE: r"(?:\(含\))?[及或]?以上(?!海)|(?<=[元万])起(?![重诉飞案])|or\smore|(?:and|or)\sabove|-?plus\b",
    Bound.LE: r"(?:\(含\))?[及或]?以下(?!简称)|以内|之内|or\s(?:less|fewer)|(?:and|or)\sbelow",
    Bound.APPROX: r"左右|上下(?!游)|or\sso",
    Bound.GT: r"有余|开外|(?<=%)强|-odd\b",
    Bound.LT: "不到|(?<=%)弱",
}
# What a hedge says of a fall: a loss of more than 5 is a profit below -5.
MIRRORED = {Bound.GT: Bound.LT, Bound.GE: Bound.LE, Bound.LT: Bound.GT, Bound.LE: Bound.GE, Bound.BELOW: Bound.APPROX}
FALL = (
    "(?:亏损(?:金?额)?|(?:下降|[降跌减])幅度?)[为达:]?|预亏|亏了?|[▼↓]|负的|减(?=\\d)"
    "|(?:下降|下滑|下跌|下挫|减少|锐减|骤减|降低|回落|负增长|缩减|缩水|萎缩|收窄|缩小|减产|(?<![起升])[降跌]|(?<![抱减正])负)(?!了?[到至为破])了?:?",
    "(?:(?:fell|fall(?:ing|en)|down|decreas(?:ed|ing)|declin(?:ed|ing)|dropp(?:ed|ing)|shrank|contracted|dipped|eased"
    "|sank|slumped|plummeted|slid|slipped|plunged|tumbled|minus|cut"
    "|lost(?! (?:one|two|three|four|five|six|seven|eight|nine|ten|a) ))"
    "(?: (?!nearly|roughly|approximately)[a-z]+ly)?(?! (?:to|below|under|short of)\\b)(?: by)?"
    "|(?:fall|drop|dip|decline|decrease) (?:of|by)|(?:a |net )?loss(?:es)? of"
    "|(?:fell|declined|decreased|dropped|shrank|cut|reduc(?:ed?|ing)|lower(?:ed|ing)?) (?:(?!(?:but|and|while|as|which"
    "|up|ros|gr[eo]w|increas|gain|climb|jump|rais|add)[a-z]*[ ,])[a-z'-]+[ ,]){1,6}by(?: a further)?)",  # cut debt by 8
)


def either(chinese: str, english: str) -> str:
    """Chinese words stand anywhere, English ones between words: `over`, not Hanover."""
    return rf"(?:{chinese}|(?<![a-z])(?=[a-z])(?:{english})(?![a-z]))".replace(" ", r"\s")
