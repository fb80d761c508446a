"""The JSON of each fact, as it is sent, and the text that searches look in."""

from decimal import Decimal

import polars as pl

from app import answers
from app.nouns.events import EventRecord
from app.nouns.metrics import MetricRecord
from app.nouns.relations import RelationRecord
from app.nouns.units import UnitRecord
from app.seeding import statements
from app.seeding.entities import Entities
from app.seeding.fact_rows import with_derived
from app.seeding.search_texts import name_lines, search_texts
from app.seeding.spoken import RATES, BilingualText, spoken_number
from app.store.schema import crc
from app.text.hedges import Bound
from app.text.periods import read_period

REFERENCES = ("subject", "metric", "scope", "relation", "object", "place", "market", "source")
STATEMENT = ("statement_zh", "statement_en")
STATED = ("subject_id", "relation_id", "object_id", "period")  # what the statement of no measurement is made from
NOTHING = BilingualText("", "")


class FactAnswers:
    """Renders facts. What depends on an entity alone is computed once, however many facts name it."""

    def __init__(self, entities: Entities) -> None:
        self._entities, self._names = entities, name_lines(entities)
        self._metrics, self._units = entities.of(MetricRecord), entities.of(UnitRecord)
        self._relations, self._events = entities.of(RelationRecord), entities.of(EventRecord)
        self._wordings = statements.wordings(self._metrics)

    def render(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The columns `position`, `json`, its `crc`, and `search`."""
        facts = self._with_statements(self._entities.join(facts, *REFERENCES))
        made = facts.select("position", json=as_json(_shown()))
        checksums = list(map(crc, made["json"].cast(pl.Binary).to_list()))
        return made.with_columns(pl.Series("crc", checksums, pl.Int64), search_texts(facts, self._names))

    def _with_statements(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The facts with a statement for those whose authors wrote none."""
        is_measured = pl.col("metric_id").is_not_null()
        measured, others = facts.filter(is_measured), facts.filter(~is_measured)
        made = (
            (measured, statements.measurements(self._with_slots(measured))),
            (
                others,
                with_derived(others.select(STATED), list(STATED), self._other, dict.fromkeys(STATEMENT, pl.String)),
            ),
        )
        return pl.concat(
            some.with_columns(pl.coalesce(name, pl.lit(generated[name])) for name in STATEMENT)
            for some, generated in made
        ).sort("position")

    def _with_slots(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Measurements with the columns of `statements.measurements`."""
        facts = facts.with_columns(
            statements.trends(facts, self._metrics),
            has_scope=pl.col("scope_id").is_not_null(),
        )
        facts = facts.join(self._wordings, on=["metric_id", "trend", "has_scope"], how="left", maintain_order="left")
        for slot, keys, derive in (
            ("subject", ["subject_id"], self._subject),
            ("scope", ["scope_id"], self._scope),
            ("aside", ["market_id"], self._aside),
            ("hedge", ["bound", "unit_id", "trend"], self._hedge),
            ("number", ["given", "printed", "unit_id", "trend", "bare"], self._number),
            ("period", ["period"], lambda when: statements.when(read_period(when))),
            ("by", ["period"], lambda when: statements.by(read_period(when))),
        ):
            facts = with_derived(facts, keys, derive, {f"{slot}_zh": pl.String, f"{slot}_en": pl.String})
        return facts

    def _subject(self, subject_id: str) -> BilingualText:
        subject = self._entities[subject_id]
        return BilingualText(subject.zh, statements.named(subject.en))

    def _scope(self, scope_id: str | None) -> BilingualText:
        scope = self._entities[scope_id] if scope_id else None
        return BilingualText(scope.zh, statements.in_a_sentence(scope.en)) if scope else NOTHING

    def _aside(self, market_id: str | None) -> BilingualText:
        return statements.aside(self._entities[market_id] if market_id else None)

    def _hedge(self, bound: str, unit_id: str, trend: str) -> BilingualText:
        mirrored = trend in (statements.FALL, statements.LOSS)
        return statements.hedge(Bound(bound), mirrored=mirrored, is_rate=self._units[unit_id].symbol in RATES)

    def _number(self, given: str, printed: str | None, unit_id: str, trend: str, bare: bool) -> BilingualText:
        value = Decimal(given)
        value = value if trend == statements.LEVEL else value.copy_abs()
        return spoken_number(value, printed or "", self._units[unit_id], bare=bare)

    def _other(self, subject_id: str, relation_id: str | None, object_id: str | None, period: str) -> BilingualText:
        if relation_id and object_id:
            named = self._entities[subject_id], self._entities[object_id]
            return statements.relation(self._relations[relation_id], *named)
        return statements.occurrence(self._events[subject_id], read_period(period))


def _shown() -> pl.Expr:
    """The fields of answers.Fact."""
    period = {"start": "period_shown", "end": "period_end", "precision": "precision", "printed": "period_printed"}
    cited = shaped(answers.Citation, source="source_ref", start="span_start", end="span_end")
    return shaped(
        answers.Fact,
        **{name: f"{name}_ref" for name in REFERENCES},
        unit="unit_id",
        period=shaped(answers.Timespan, **period),
        industries="industry_ids",
        initiatives="initiative_ids",
        statement=shaped(answers.Name, zh="statement_zh", en="statement_en"),
        citation=cited,
        series="series_id",
        href=pl.format("/v1/facts/{}", "id"),
    )


def shaped(shape: type[answers.Answer], **made: pl.Expr | str) -> pl.Expr:
    """The fields of a response as a struct, each from the column of its name unless `made` gives another."""
    found = {name: made.get(name, name) for name in shape.model_fields}
    return pl.struct([(pl.col(one) if isinstance(one, str) else one).alias(name) for name, one in found.items()])


def as_json(shown: pl.Expr) -> pl.Expr:
    """Responses as JSON. Values are sent as numbers with all their digits, so their quotation marks are removed."""
    return shown.struct.json_encode().str.replace('"value":"([^"]*)"', '"value":$1')
