"""The JSON of each fact, as it is sent, and the text that searches look in."""

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from app import answers
from app.nouns import TYPES
from app.nouns.fields import EntityRecord
from app.nouns.metrics import MetricRecord
from app.nouns.relations import RelationRecord
from app.nouns.units import UnitRecord
from app.seeding import statements
from app.seeding.fact_rows import with_derived
from app.seeding.search_texts import name_lines, search_texts
from app.seeding.statements import Statement
from app.store.schema import crc
from app.text.hedges import Bound
from app.text.periods import read_period

NAME = {"zh": pl.String, "en": pl.String}
ROLES = ("subject", "metric", "relation", "object")
STATEMENT = ("statement_zh", "statement_en")
STATED = ("subject_id", "relation_id", "object_id", "period")  # what the statement of no measurement is made from


class FactAnswers:
    """Renders facts. What depends on an entity alone is computed once, however many facts name it."""

    def __init__(self, entities: Mapping[str, EntityRecord], nouns: Mapping[str, str]) -> None:
        self._records = entities
        rows = [
            (key, {"type": TYPES[nouns[key]], "id": key, "name": {"zh": one.zh, "en": one.en}})
            for key, one in entities.items()
        ]
        ref = pl.Struct({"type": pl.String, "id": pl.String, "name": pl.Struct(NAME)})
        self._refs = pl.DataFrame(rows, schema={"key": pl.String, "ref": ref}, orient="row")
        self._names = name_lines(entities)
        wordings = {key: statements.wording(one) for key, one in entities.items() if isinstance(one, MetricRecord)}
        self._wordings = pl.DataFrame(
            [(key, *one) for key, one in wordings.items()],
            schema=dict.fromkeys(["metric_id", *statements.Wording._fields], pl.String) | {"counted": pl.Boolean},
            orient="row",
        )

    def render(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The columns `position`, `json`, its `crc`, and `search`."""
        for name in ROLES:
            refs = self._refs.select(pl.col("key").alias(f"{name}_id"), pl.col("ref").alias(f"{name}_ref"))
            facts = facts.join(refs, on=f"{name}_id", how="left", maintain_order="left")
        facts = self._with_statements(facts)
        # Values are sent as numbers with all their digits, so the quotation marks are removed.
        shown = pl.struct(_fields()).struct.json_encode().str.replace('"value":"([^"]*)"', '"value":$1')
        made = facts.select("position", json=shown)
        checksums = list(map(crc, made["json"].cast(pl.Binary).to_list()))
        return made.with_columns(pl.Series("crc", checksums, pl.Int64), search_texts(facts, self._names))

    def _with_statements(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The facts with a statement for those whose authors wrote none."""
        is_measured = pl.col("metric_id").is_not_null()
        measured, others = facts.filter(is_measured), facts.filter(~is_measured)
        rows = [(position, *self._other(*ids)) for position, *ids in others.select("position", *STATED).iter_rows()]
        made = pl.concat(
            [
                measured.select("position").hstack(statements.measurements(self._with_slots(measured))),
                pl.DataFrame(rows, {"position": pl.UInt32, **dict.fromkeys(STATEMENT, pl.String)}, orient="row"),
            ]
        )
        facts = facts.join(made, on="position", how="left", suffix="_made", maintain_order="left")
        return facts.with_columns(pl.coalesce(name, f"{name}_made") for name in STATEMENT)

    def _with_slots(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Measurements with the columns of `statements.measurements`."""
        name = pl.col("subject_ref").struct.field("name").struct
        facts = facts.join(self._wordings, on="metric_id", how="left", maintain_order="left")
        facts = facts.with_columns(name.field("zh").alias("subject_zh"), name.field("en").alias("subject_en"))
        for slot, keys, derive in (
            ("industry", ["industry_id"], self._industry),
            ("hedge", ["bound", "unit_id"], lambda bound, unit: statements.hedge(Bound(bound), self._unit(unit))),
            ("number", ["given", "unit_id", "counted"], self._number),
            ("period", ["period"], lambda when: statements.when(read_period(when))),
        ):
            facts = with_derived(facts, keys, derive, {f"{slot}_zh": pl.String, f"{slot}_en": pl.String})
        return facts

    def _industry(self, industry_id: str | None) -> Statement:
        industry = self._records[industry_id] if industry_id else None
        return Statement(industry.zh, statements.inside(industry.en)) if industry else Statement("", "")

    def _number(self, given: str, unit_id: str, counted: bool) -> Statement:
        return statements.number(Decimal(given), self._unit(unit_id), counted=counted)

    def _unit(self, unit_id: str) -> UnitRecord:
        unit = self._records[unit_id]
        assert isinstance(unit, UnitRecord)  # noqa: S101 - narrows the type for mypy
        return unit

    def _other(self, subject_id: str, relation_id: str | None, object_id: str | None, period: str) -> Statement:
        subject, relation = self._records[subject_id], self._records[relation_id] if relation_id else None
        if isinstance(relation, RelationRecord):
            return statements.relation(relation, subject, self._records[object_id or ""])
        return statements.occurrence(subject, read_period(period))


def _fields() -> list[pl.Expr]:
    """The fields of answers.Fact, in their order."""
    col = pl.col
    made = {
        "subject": col("subject_ref"),
        "metric": _label("metric_ref"),
        "unit": col("unit_id"),
        "relation": _label("relation_ref"),
        "object": col("object_ref"),
        "period": _struct(
            answers.Timespan, start="period_start", end="period_end", precision="precision", printed="period_printed"
        ),
        "place": col("place_id"),
        "industries": col("industry_ids"),
        "initiatives": col("initiative_ids"),
        "statement": _struct(answers.Name, zh="statement_zh", en="statement_en"),
        "citation": _struct(answers.Citation, source="source_id", start="span_start", end="span_end"),
    }
    return [made.get(name, col(name)).alias(name) for name in answers.Fact.model_fields]


def _struct(shape: type[answers.Answer], **columns: str) -> pl.Expr:
    return pl.struct([pl.col(columns.get(name, name)).alias(name) for name in shape.model_fields])


def _label(name: str) -> pl.Expr:
    ref = pl.col(name)
    label = pl.struct(id=ref.struct.field("id"), name=ref.struct.field("name"))
    return pl.when(ref.is_not_null()).then(label)
