"""Statements: each fact as a sentence in zh and en, unless its author wrote one."""

from calendar import month_name
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from app.nouns.fields import EntityRecord
from app.nouns.metrics import MetricRecord
from app.nouns.relations import RelationRecord
from app.nouns.units import UnitRecord
from app.text.decimals import EXACT, written
from app.text.hedges import Bound
from app.text.periods import Period, Precision, read_period

ZH_BOUND = {
    Bound.EQ: "",
    Bound.GT: "超过",
    Bound.GE: "不少于",
    Bound.LT: "不足",
    Bound.LE: "不超过",
    Bound.APPROX: "约",
    Bound.BELOW: "接近",
}
EN_BOUND = {
    Bound.EQ: "",
    Bound.GT: "more than ",
    Bound.GE: "at least ",
    Bound.LT: "less than ",
    Bound.LE: "at most ",
    Bound.APPROX: "about ",
    Bound.BELOW: "nearly ",
}
ZH_IS = {"actual": "为", "target": "的目标为", "plan": "规划为", "estimate": "预计为"}
EN_IS = {
    "actual": "was",
    "target": "is targeted to reach",
    "plan": "is planned to reach",
    "estimate": "is estimated to be",
}
ZH_MEASUREMENT = "{period}{subject}{scope}{metric}{was}{value}。"
EN_MEASUREMENT = "{subject}'s {metric}{of_scope} {was} {value}{period}."
ZH_MAGNITUDES = ((8, "亿"), (4, "万"))


class Statement(NamedTuple):
    """A sentence in each language."""

    zh: str
    en: str


class Wording(NamedTuple):
    """What all statements about a metric have in common."""

    zh: str
    en: str
    metric_zh: str
    metric_en: str
    unit: UnitRecord
    counted: bool  # the metric's name includes the unit


def wording(metric: MetricRecord, unit: UnitRecord) -> Wording:
    """A statement from the metric's own template, or from the general one."""
    zh = metric.statement.zh if metric.statement else ZH_MEASUREMENT
    en = metric.statement.en if metric.statement else EN_MEASUREMENT
    counted = "number of" in (metric.en + en).lower()
    return Wording(zh, en, metric.zh, _lower(metric.en), unit, counted)


def measurement(
    value: Decimal,
    bound: Bound,
    status: str,
    wording: Wording,
    of: tuple[EntityRecord, EntityRecord | None],
    when: Statement,
) -> Statement:
    """A value `of` a subject and the part of it that is its scope, if any; see `when`."""
    unit = wording.unit
    subject, scope = of
    zh = wording.zh.format(
        subject=subject.zh,
        metric=wording.metric_zh,
        scope=scope.zh if scope else "",
        # 为 stands before a plain number only: 产量为5万辆, 产量超过5万辆.
        was="" if status == "actual" and bound is not Bound.EQ else ZH_IS[status],
        value=_zh_bound(bound, unit) + _zh_number(value, unit),
        period=when.zh,
    )
    en = wording.en.format(
        subject=subject.en,
        metric=wording.metric_en,
        scope=_lower(scope.en) if scope else "",
        of_scope=f" of {_lower(scope.en)}" if scope else "",
        was=EN_IS[status],
        value=EN_BOUND[bound] + _en_number(value, unit, counted=wording.counted),
        period=when.en,
    )
    return Statement(zh, _sentence(en))


def when(period: Period | None) -> Statement:
    """A period as part of a sentence; empty if there is none."""
    return Statement(zh_period(period), en_period(period))


def relation(relation: RelationRecord, subject: EntityRecord, target: EntityRecord) -> Statement:
    template = relation.statement
    return Statement(
        zh=template.zh.format(subject=subject.zh, object=target.zh),
        en=_sentence(template.en.format(subject=subject.en, object=target.en)),
    )


def occurrence(event: EntityRecord, period: Period | None) -> Statement:
    """The name and date of an event: some names are nouns, others are sentences."""
    if not period:
        return Statement(zh=f"{event.zh}。", en=_sentence(f"{event.en}."))
    _, when = _en_when(period)
    return Statement(zh=f"{zh_period(period)}，{event.zh}。", en=_sentence(f"{event.en}, {when}."))


@lru_cache(maxsize=10_000)
def zh_period(period: Period | None) -> str:
    if period is None:
        return ""
    start, end = period.start, period.end
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
            return f"{first}至{last.removeprefix(f'{end.year}年') if _one_year(period) else last}"


@lru_cache(maxsize=10_000)
def en_period(period: Period | None) -> str:
    """` in 2024`, ` on 5 November 2021`, ` from January to September 2024`, with a leading space."""
    if period is None:
        return ""
    preposition, when = _en_when(period)
    return f" {preposition} {when}"


def _en_when(period: Period) -> tuple[str, str]:
    """The preposition of a period and the period itself: `on` and `5 November 2021`."""
    if period.precision is Precision.RANGE:
        first, last = (_en_part(part) for part in _ends(period))
        if _one_year(period):
            first = first.removesuffix(f" {period.start.year}")
        return "from", f"{first} to {last}"
    return "on" if period.precision is Precision.DAY else "in", _en_part(period)


def _en_part(period: Period) -> str:
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


def _ends(period: Period) -> tuple[Period, Period]:
    first, _, last = period.written.partition("/")
    return read_period(first) or period, read_period(last) or period


def _zh_number(value: Decimal, unit: UnitRecord) -> str:
    plain = written(value)
    if unit.symbol in {"%", "‰"}:
        return f"{plain}{unit.symbol}"
    for power, word in ZH_MAGNITUDES:
        if value.adjusted() >= power and len(short := written(EXACT.scaleb(value, -power))) < len(plain):
            return f"{short}{word}{unit.zh}"
    return f"{plain}{unit.zh}"


def _zh_bound(bound: Bound, unit: UnitRecord) -> str:
    """ "At least" is 不少于 for a number of things, and 不低于 for a rate."""
    return "不低于" if bound is Bound.GE and unit.symbol == "%" else ZH_BOUND[bound]


def _en_number(value: Decimal, unit: UnitRecord, *, counted: bool) -> str:
    """Units that are not written: those in the metric's name, and those that no source prints."""
    number = f"{value:,f}"
    number = number.rstrip("0").rstrip(".") if "." in number else number
    if unit.symbol == "%":
        return f"{number}%"
    return number if counted or not unit.printed else f"{number} {unit.en}"


def _lower(name: str) -> str:
    """A metric's name as part of a sentence: `vehicle output` for `Vehicle output`, but `NEV output`."""
    return name[0].lower() + name[1:] if name[1:2].islower() or name[1:2] == " " else name


def _sentence(text: str) -> str:
    """A sentence with a capital at its start, unless that is a name such as xFusion."""
    return text if text[1:2].isupper() else text[0].upper() + text[1:]
