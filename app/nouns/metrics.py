"""Metrics: what is measured, in which unit, and how one metric is derived from another."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app import tables
from app.answers.entities import Entity, Name
from app.nouns.fields import EntityRecord, MeasurementTemplate, MetricId, Names, Record, UnitId
from app.nouns.noun import EntityFilters, Noun, kinds
from app.queries.filters import Alternatives, ChoiceFilter, IdFilter

metrics = tables.entity_table(
    "metrics",
    tables.text("kind"),
    tables.text("transform", null=True),
    tables.text("unit_id", "units"),
    tables.text("of_id", "metrics", null=True),
    *tables.texts("definition_zh", "definition_en", "statement_zh", "statement_en", "loss_zh", "loss_en", null=True),
)


class MetricKind(StrEnum):
    """A stock is there at a time, a flow adds up over time. A ratio adds up over neither time nor parts: a share, a
    rate, an average, a rank, a limit, a length of time.
    """

    STOCK = "stock"
    FLOW = "flow"
    RATIO = "ratio"


class Transform(StrEnum):
    """How a metric is derived from the one in `of`. `real-growth` is at constant prices, `average-growth` is the yearly
    rate over several years: neither can be computed from two levels.
    """

    GROWTH = "growth"
    REAL_GROWTH = "real-growth"
    AVERAGE_GROWTH = "average-growth"
    SHARE = "share"
    CUMULATIVE = "cumulative"
    AVERAGE = "average"


class MeasurementTemplates(Record):
    zh: MeasurementTemplate
    en: MeasurementTemplate


class MetricRecord(EntityRecord):
    unit: UnitId
    kind: MetricKind
    of: MetricId | None = None
    transform: Transform | None = None
    definition: Names | None = None
    statement: MeasurementTemplates | None = None
    loss: Annotated[
        MeasurementTemplates | None,
        Field(description="The sentence for a negative value, which it writes without a sign"),
    ] = None

    @property
    def is_extensive(self) -> bool:
        """Whether a whole has at least as much of it as each of its parts; what may be negative need not."""
        adds_up = self.kind is not MetricKind.RATIO and self.transform in (None, Transform.CUMULATIVE)
        return adds_up and self.loss is None


class Metric(Entity):
    unit: str
    kind: MetricKind
    of: str | None
    transform: Transform | None
    definition: Name | None


class MetricFilters(EntityFilters):
    """Filters for the list of metrics."""

    kind: Alternatives = kinds(metrics.c.kind, MetricKind)
    transform: Alternatives = ChoiceFilter(tuple(Transform), metrics.c.transform).described(
        "How it is derived from another metric; `none`: it is not derived.", "growth"
    )
    of: Alternatives = IdFilter(("metric",), metrics.c.of_id).described("The metric it is derived from.", "nev-output")
    unit: Alternatives = IdFilter(("unit",), metrics.c.unit_id).described("The unit it is measured in.", "percent")


METRICS = Noun(
    singular="metric",
    table=metrics,
    record=MetricRecord,
    response=Metric,
    filters=MetricFilters,
    is_about_facts=True,
    about="Metrics, such as those with facts about an initiative: `curl 'http://localhost:8000/v1/metrics?initiative=diamond-city'`.",
    example="nev-output",
)
