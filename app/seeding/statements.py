"""Statements: each fact as a sentence in zh and en, unless its author wrote one."""

import re
from collections.abc import Mapping
from itertools import product
from string import Formatter
from typing import NamedTuple

import polars as pl

from app.nouns.events import EventRecord
from app.nouns.fields import EntityRecord
from app.nouns.metrics import MeasurementTemplates, MetricRecord, Transform
from app.nouns.relations import RelationRecord
from app.seeding.spoken import BilingualText, en_part, en_period, zh_period
from app.text.hedges import MIRRORED, Bound
from app.text.periods import Period, Precision
from app.text.verbs import EN_VERBS, ZH_VERBS

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
ZH_MEASUREMENT = "{period}{subject}{scope}{metric}{was}{value}。"
EN_MEASUREMENT = "{subject}'s {metric}[ of {scope}] {was} {value}{period}."
VERB = re.compile(r"\{(?:was|were)\}")
# 新能源汽车产量为 is 实际下线量为 where that is what the source calls it.
MEASURED = r"^(\{(?:period|by)\}\{subject\}).*?(\{(?:was|were|rose|fell)\})\{value\}"
MEASURED_OTHERWISE = r"^(\{(?:period|by)\}\{subject\}).*\{value\}"
# "Its output was to be 5" of a target is said of the subject: it aimed for output of 5.
MEANT = r"^\{subject\}'s (.*) \{(?:was|were)\} \{value\}"
OF_SCOPE = re.compile(r"\[([^\]|]*)(?:\|([^\]]*))?\]")  # `[with a scope|without one]`
WITH_ARTICLE = {"alliance", "base", "centre", "cluster", "headquarters", "node", "plant", "port", "zone"}
NAME_AT_THE_START = r"^.\p{Uppercase}"  # such as xFusion, which keeps its small letter
GROWTHS = (Transform.GROWTH, Transform.REAL_GROWTH, Transform.AVERAGE_GROWTH)
# What a sentence says of a value: how high it is, that something rose or fell by it, or that it is a loss.
LEVEL, RISE, FALL, LOSS = "level", "rise", "fall", "loss"
WORDING = {
    **dict.fromkeys(("metric_id", "trend"), pl.String),
    "has_scope": pl.Boolean,
    **dict.fromkeys(("template_zh", "template_en", "metric_zh", "metric_en"), pl.String),
    "bare": pl.Boolean,
}


class Templates(NamedTuple):
    zh: str
    en: str


def wordings(metrics: Mapping[str, MetricRecord]) -> pl.DataFrame:
    """For each metric, trend, and whether there is a scope: the templates, the metric's names, and whether the English
    sentence names what is counted, so that the value has no unit there.
    """
    rows = []
    for (key, metric), trend, has_scope in product(metrics.items(), (LEVEL, RISE, FALL, LOSS), (True, False)):
        of, templates = metric, _templates(metric, has_scope=has_scope)
        if trend in (RISE, FALL):
            of = metrics.get(metric.of or "", metric)
            templates = _of_change(metric, of, trend, has_scope=has_scope)
        elif trend == LOSS and metric.loss and _says(metric.loss, has_scope=has_scope):
            templates = Templates(metric.loss.zh, metric.loss.en)
        chosen = (OF_SCOPE.sub(r"\1" if has_scope else r"\2", template) for template in templates)
        bare = "{count}" in templates.en or ("{metric}" in templates.en and "number of" in of.en.lower())
        rows.append((key, trend, has_scope, *chosen, of.zh, in_a_sentence(of.en), bare))
    return pl.DataFrame(rows, WORDING, orient="row")


def _says(own: MeasurementTemplates | None, *, has_scope: bool) -> bool:
    """Whether a metric has a sentence of its own that says what a value is of: of a scope, it has to name that."""
    return own is not None and (not has_scope or ("{scope}" in own.zh and "{scope}" in own.en))


def _templates(metric: MetricRecord, *, has_scope: bool) -> Templates:
    own = metric.statement
    if own is None or "{rose}" in own.en or not _says(own, has_scope=has_scope):
        are = own is not None and "{were}" in own.en  # exports
        return Templates(ZH_MEASUREMENT, EN_MEASUREMENT.replace("{was}", "{were}") if are else EN_MEASUREMENT)
    return Templates(own.zh, own.en)


def _of_change(metric: MetricRecord, of: MetricRecord, trend: str, *, has_scope: bool) -> Templates:
    """That something rose or fell: the metric's own sentence if that says so, or the one on the level."""
    own, level = metric.statement, _templates(of, has_scope=has_scope)
    is_average = metric.transform is Transform.AVERAGE_GROWTH
    if own and "{rose}" in own.en and _says(own, has_scope=has_scope):
        zh, en = own.zh, own.en
    else:
        zh = level.zh if VERB.search(level.zh) else ZH_MEASUREMENT
        zh = VERB.sub("年均{rose}" if is_average else "{rose}", zh)
        en = VERB.sub("{rose}", level.en if VERB.search(level.en) else EN_MEASUREMENT)
        en = en.replace("{value}", "an average of {value} a year") if is_average else en
    verb = "{rose}" if trend == RISE else "{fell}"
    return Templates(zh.replace("{rose}", verb), en.replace("{rose}", verb))


def trends(facts: pl.DataFrame, metrics: Mapping[str, MetricRecord]) -> pl.Series:
    """The trend of each measurement, by its metric and the sign of its value (`given`)."""
    changes = [key for key, one in metrics.items() if one.transform in GROWTHS and one.of]
    losses = [key for key, one in metrics.items() if one.loss]
    value, metric = pl.col("given").str.head(1), pl.col("metric_id")
    is_zero = pl.col("given").str.contains(r"^-?0(\.0+)?$")
    return facts.select(
        pl.when(metric.is_in(changes) & ~is_zero)
        .then(pl.when(value == "-").then(pl.lit(FALL)).otherwise(pl.lit(RISE)))
        .when(metric.is_in(losses) & (value == "-"))
        .then(pl.lit(LOSS))
        .otherwise(pl.lit(LEVEL))
        .alias("trend")
    ).to_series()


def measurements(facts: pl.DataFrame) -> pl.DataFrame:
    """`statement_zh` and `statement_en` of measurements, whose templates and slots are columns in each language.

    The value of a statement is in two columns, `hedge` and `number`; `aside` is the market.
    """
    status, bound, zh, en = (pl.col(name) for name in ("status", "bound", "template_zh", "template_en"))
    measure = pl.col("measure")
    named = (
        pl.when(zh.str.contains(MEASURED))
        .then(zh.str.replace(MEASURED, "${1}{measure}${2}{value}"))
        .otherwise(zh.str.replace(MEASURED_OTHERWISE, "${1}{measure}{was}{value}"))
    )
    meant = en.str.replace(MEANT, "{subject} {aimed} ${1} of {value}")
    facts = facts.with_columns(
        template_zh=pl.when(measure.is_not_null()).then(named).otherwise(zh),
        template_en=pl.when(status.is_in(["target", "plan"])).then(meant).otherwise(en),
        measure_zh=pl.when(pl.col("trend") == LEVEL).then(measure).otherwise(measure.str.strip_suffix("增速")),
    )
    verbs = [
        status.replace_strict(words, return_dtype=pl.String).alias(f"{verb}_{language}")
        for language, known in (("zh", ZH_VERBS), ("en", EN_VERBS))
        for verb, words in known.items()
    ]
    # 产量为5万辆, but 产量超过5万辆; 产量目标为5万辆, but 产量目标约5万辆 and 产量力争超过5万辆.
    is_least = (status == "target") & bound.is_in([Bound.GT, Bound.GE])
    was = pl.when(is_least).then(pl.lit("力争")).when(bound != Bound.EQ)
    facts = facts.with_columns(*verbs).with_columns(
        *(was.then(pl.col(name).str.strip_suffix("为")).otherwise(name).alias(name) for name in ("was_zh", "were_zh")),
        value_zh=pl.concat_str("hedge_zh", "number_zh"),
        value_en=pl.concat_str("hedge_en", "number_en"),
    )
    en = pl.col("statement_en")
    return pl.DataFrame([_filled(facts, "zh"), _filled(facts, "en")]).with_columns(
        pl.col("statement_zh").str.replace_all("产业产业", "产业"),
        pl.when(en.str.contains(NAME_AT_THE_START)).then(en).otherwise(_capitalized(en)),
    )


def _capitalized(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(text.str.slice(0, 1).str.to_uppercase(), text.str.slice(1))


def _filled(facts: pl.DataFrame, language: str) -> pl.Series:
    """The templates of a language with their slots filled, one template after the other; the aside precedes a verb."""
    of, filled = f"template_{language}", [pl.DataFrame(schema={"row": pl.UInt32, "text": pl.String})]
    for (template,), some in facts.with_row_index("row").group_by(of):
        parts = [
            part
            for literal, slot, *_ in Formatter().parse(str(template))
            for part in (pl.lit(literal), *_slot(slot, language))
        ]
        filled.append(some.select("row", text=pl.concat_str(parts)))
    return pl.concat(filled).sort("row")["text"].alias(f"statement_{language}")


def _slot(slot: str | None, language: str) -> list[pl.Expr]:
    if not slot:
        return []
    verbs, of = (ZH_VERBS, "zh") if language == "zh" else (("period", "by"), "en")
    aside = [pl.col(f"aside_{of}")] if slot in verbs else []
    return [*aside, pl.col(f"{'value' if slot == 'count' else slot}_{language}")]


def hedge(bound: Bound, *, mirrored: bool, is_rate: bool) -> BilingualText:
    """What stands before a number: "at least" is 不少于 for a number of things, and 不低于 for a rate. The bound of a
    negative value is mirrored where the sentence says that something fell.
    """
    bound = MIRRORED.get(bound, bound) if mirrored and bound is not Bound.BELOW else bound
    return BilingualText("不低于" if bound is Bound.GE and is_rate else ZH_BOUND[bound], EN_BOUND[bound])


def aside(market: EntityRecord | None) -> BilingualText:
    """The market, which a template has no place for: before the verb in zh, and after the value in en."""
    return BilingualText(f"（{market.zh}）", f" ({market.en})") if market else BilingualText("", "")


def when(period: Period | None) -> BilingualText:
    """A period as part of a sentence; empty if there is none."""
    return BilingualText(zh_period(period), en_period(period))


def by(period: Period | None) -> BilingualText:
    """The period of what has added up by its end."""
    if period is None or period.is_open:
        return when(period)
    if period.precision is Precision.RANGE:
        return BilingualText(
            f"{zh_period(period)}，", en_period(period).replace(" from ", " between ").replace(" to ", " and ")
        )
    return BilingualText(f"截至{zh_period(period)}，", f" by {en_part(period)}")


def named(name: str) -> str:
    """A name as part of an English sentence: `the Airport Zone`."""
    return (
        f"the {name}" if name.split(" (", maxsplit=1)[0].rsplit(" ", maxsplit=1)[-1].lower() in WITH_ARTICLE else name
    )


def relation(relation: RelationRecord, subject: EntityRecord, target: EntityRecord) -> BilingualText:
    template = relation.statement
    return BilingualText(
        zh=template.zh.format(subject=subject.zh, object=target.zh),
        en=_sentence(template.en.format(subject=named(subject.en), object=named(target.en))),
    )


def occurrence(event: EventRecord, period: Period | None) -> BilingualText:
    """What happened, in the event's own sentence, or else its name and date."""
    if event.statement:
        zh = event.statement.zh.format(period=zh_period(period)).removeprefix("，")
        return BilingualText(zh, _sentence(event.statement.en.format(period=en_period(period))))
    if not period:
        return BilingualText(zh=f"{event.zh}。", en=_sentence(f"{event.en}."))
    return BilingualText(zh=f"{zh_period(period)}，{event.zh}。", en=_sentence(f"{event.en},{en_period(period)}."))


def in_a_sentence(name: str) -> str:
    """A metric's name as part of a sentence: `vehicle output` for `Vehicle output`, but `NEV output`."""
    return name[0].lower() + name[1:] if name[1:2].islower() or name[1:2] == " " else name


def _sentence(text: str) -> str:
    """A sentence with a capital at its start, unless that is a name such as xFusion."""
    return text if text[1:2].isupper() else text[0].upper() + text[1:]
