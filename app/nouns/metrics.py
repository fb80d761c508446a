"""Metrics: what is measured, in which unit, and how one metric is derived from another."""

from typing import Annotated

from pydantic import Field

from app import answers, tables
from app.nouns.noun import Noun
from app.queries.entities import EntityFilters, entity_list, kinds
from app.queries.expressions import FilterExpression
from app.queries.filters import Choice, Ids

METRIC = tables.metrics
TRANSFORM = "How it is derived from another metric; `none`: it is not derived."


class MetricFilters(EntityFilters):
    """Filters for the list of metrics."""

    kind: kinds(METRIC.c.kind, answers.MetricKind) = None  # type: ignore[valid-type]
    transform: Annotated[
        FilterExpression[str] | None,
        Choice(METRIC.c.transform, tuple(answers.Transform)),
        Field(description=TRANSFORM, examples=[["growth"]]),
    ] = None
    of: Annotated[
        FilterExpression[str] | None,
        Ids(METRIC.c.of_id, ("metric",)),
        Field(description="The metric it is derived from.", examples=[["nev-output"]]),
    ] = None
    unit: Annotated[
        FilterExpression[str] | None,
        Ids(METRIC.c.unit_id, ("unit",)),
        Field(description="The unit it is measured in.", examples=[["percent"]]),
    ] = None


METRICS = Noun(
    plural="metrics",
    singular="metric",
    list=entity_list("/v1/metrics", answers.Metric, tables.metrics, MetricFilters, type_="metric"),
    page=answers.Metrics,
    about="Metrics, such as those with facts about an initiative: `curl 'http://localhost:8000/v1/metrics?initiative=diamond-city'`.",
    about_one="One metric: `curl 'http://localhost:8000/v1/metrics/nev-output'`.",
    example="nev-output",
)
