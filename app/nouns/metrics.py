"""Metrics: what is measured, in which unit, and how one metric is derived from another."""

from typing import Annotated

from app import answers, tables
from app.nouns.noun import EntityFilters, Noun, entity_list, kinds
from app.queries.filters import Alternatives, Choice, Ids
from app.queries.parameters import described

METRIC = tables.metrics


class MetricFilters(EntityFilters):
    """Filters for the list of metrics."""

    kind: kinds(METRIC.c.kind, answers.MetricKind) = None  # type: ignore[valid-type]
    transform: Annotated[Alternatives, Choice(tuple(answers.Transform), METRIC.c.transform)] = described(
        "How it is derived from another metric; `none`: it is not derived.", ["growth"]
    )
    of: Annotated[Alternatives, Ids(("metric",), METRIC.c.of_id)] = described(
        "The metric it is derived from.", ["nev-output"]
    )
    unit: Annotated[Alternatives, Ids(("unit",), METRIC.c.unit_id)] = described(
        "The unit it is measured in.", ["percent"]
    )


METRICS = Noun(
    plural="metrics",
    singular="metric",
    list=entity_list("/v1/metrics", answers.Metric, tables.metrics, MetricFilters, type_="metric"),
    page=answers.Metrics,
    about="Metrics, such as those with facts about an initiative: `curl 'http://localhost:8000/v1/metrics?initiative=diamond-city'`.",
    about_one="One metric: `curl 'http://localhost:8000/v1/metrics/nev-output'`.",
    example="nev-output",
)
