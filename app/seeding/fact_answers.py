"""The JSON of each fact, as it is sent, and the text that searches look in."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain

import polars as pl

from app import answers
from app.nouns.fields import EntityRecord
from app.nouns.metrics import MetricRecord
from app.nouns.relations import RelationRecord
from app.nouns.units import UnitRecord
from app.seeding import statements
from app.seeding.references import References
from app.seeding.statements import Statement
from app.store.schema import crc
from app.text.hedges import Bound
from app.text.normalizing import search_line
from app.text.periods import read_period

# The columns that statements are made from, and those that are searched, with the names of the entities.
STATED = (
    *("subject_id", "metric_id", "relation_id", "object_id", "scope_id", "market_id", "given", "bound", "status"),
    *("period", "statement_zh", "statement_en"),
)
NAMES = ("subject_id", "metric_id", "scope_id", "relation_id", "object_id")
PRINTED = (*NAMES, "statement_zh", "statement_en", "quote", "printed", "measure")
REFERENCES = ("subject", "metric", "scope", "relation", "object", "place", "market", "source")


class FactAnswers:
    """Renders facts. What depends on an entity alone is computed once, however many facts name it."""

    def __init__(self, entities: Mapping[str, EntityRecord], references: References) -> None:
        self._records, self._references = entities, references
        self._wordings = cache(self._wording)
        self._whens = cache(lambda when: statements.when(read_period(when)))
        self._lines, self._names = cache(self._name_lines), lru_cache(100_000)(self._all_names)

    def render(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The columns `position`, `json`, its `crc`, and `search`."""
        written = [self._statement(*row) for row in facts.select(STATED).iter_rows()]
        facts = facts.with_columns(pl.DataFrame(written, schema=["statement_zh", "statement_en"], orient="row"))
        facts = self._references.join(facts, *REFERENCES)
        # Values are sent as numbers with all their digits, so the quotation marks are removed.
        shown = pl.struct(_fields()).struct.json_encode().str.replace('"value":"([^"]*)"', '"value":$1')
        made = facts.select("position", json=shown)
        checksums = [crc(text) for text in made["json"].cast(pl.Binary)]
        searches = [self._search(*row) for row in facts.select(PRINTED).iter_rows()]
        return made.with_columns(pl.Series("crc", checksums, pl.Int64), pl.Series("search", searches, pl.String))

    def _statement(self, *row: str | None) -> Statement:
        subject_id, metric_id, relation_id, object_id, *of_value, when, zh, en = row
        if zh and en:
            return Statement(zh, en)
        subject = self._records[subject_id or ""]
        if metric_id:
            scope_id, _, given, bound, status = of_value
            value = Decimal(given or "0"), Bound(bound or Bound.EQ), status or ""
            scope = self._records[scope_id] if scope_id else None
            return statements.measurement(*value, self._wordings(metric_id), (subject, scope), self._whens(when or ""))
        relation = self._records[relation_id or ""] if relation_id else None
        if isinstance(relation, RelationRecord):
            return statements.relation(relation, subject, self._records[object_id or ""])
        return statements.occurrence(subject, read_period(when or ""))

    def _wording(self, metric_id: str) -> statements.Wording:
        metric = self._records[metric_id]
        assert isinstance(metric, MetricRecord)  # noqa: S101 - narrows the type for mypy
        unit = self._records[metric.unit]
        assert isinstance(unit, UnitRecord)  # noqa: S101 - narrows the type for mypy
        return statements.wording(metric, unit)

    def _search(self, *row: str | None) -> str:
        named, printed = row[: len(NAMES)], row[len(NAMES) :]
        lines = dict.fromkeys([search_line(text) for text in printed if text])
        return "\n".join(lines | self._names(*named))

    def _all_names(self, *entity_ids: str | None) -> dict[str, None]:
        """The lines with all names of these entities."""
        return dict.fromkeys(chain.from_iterable(map(self._lines, sorted({one for one in entity_ids if one}))))

    def _name_lines(self, entity_id: str) -> list[str]:
        record = self._records[entity_id]
        return [search_line(name) for name in (record.zh, record.en, *record.aliases)]


def _fields() -> list[pl.Expr]:
    """The fields of answers.Fact, in their order."""
    col = pl.col
    made = {
        **{name: col(f"{name}_ref") for name in REFERENCES},
        "unit": col("unit_id"),
        "period": _struct(
            answers.Timespan, start="period_shown", end="period_end", precision="precision", printed="period_printed"
        ),
        "industries": col("industry_ids"),
        "initiatives": col("initiative_ids"),
        "statement": _struct(answers.Name, zh="statement_zh", en="statement_en"),
        "citation": _struct(answers.Citation, source="source_ref", start="span_start", end="span_end"),
        "series": col("series_id"),
        "href": pl.format("/v1/facts/{}", "id"),
    }
    return [made.get(name, col(name)).alias(name) for name in answers.Fact.model_fields]


def _struct(shape: type[answers.Answer], **columns: str) -> pl.Expr:
    return pl.struct([pl.col(columns.get(name, name)).alias(name) for name in shape.model_fields])
