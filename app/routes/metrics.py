"""Metrics: what is measured, in which unit, and how one follows from another."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http.answering import service_of
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.queries.entities import entity_list, kinds
from app.queries.filters import Choice, Ids

router = APIRouter(prefix="/v1", tags=["entities"])
METRICS = entity_list(
    "/v1/metrics",
    answers.Metric,
    tables.Metric,
    type_="metric",
    more=[
        kinds(tables.Metric.kind, answers.MetricKind),
        Choice(
            name="transform",
            description="How it follows from another metric; `none` where it does not.",
            example="growth",
            column=tables.Metric.transform,
            choices=tuple(answers.Transform),
        ),
        Ids(
            name="of",
            description="The metric it follows from.",
            example="nev-output",
            column=tables.Metric.of_id,
            types=("metric",),
        ),
        Ids(
            name="unit",
            description="Measured in the unit.",
            example="percent",
            column=tables.Metric.unit_id,
            types=("unit",),
        ),
    ],
)
MetricId = Annotated[str, Path(description="Id of a metric", examples=["nev-output"])]


@router.get(
    "/metrics",
    operation_id="listMetrics",
    summary="List metrics",
    response_model=answers.Metrics,
    responses=LIST_PROBLEMS,
    openapi_extra=METRICS.questions.openapi(),
)
def list_metrics(request: Request) -> Response:
    """Metrics, such as those with facts about an initiative: `curl 'http://localhost:8000/v1/metrics?initiative=diamond-city'`."""
    return service_of(request).answer(request, METRICS.page)


@router.get(
    "/metrics/{metric_id}",
    operation_id="readMetric",
    summary="Read a metric",
    response_model=answers.Metric,
    responses=ONE_PROBLEMS,
    openapi_extra=METRICS.questions_of_one.openapi(),
)
def read_metric(request: Request, metric_id: MetricId) -> Response:
    """One metric: `curl 'http://localhost:8000/v1/metrics/nev-output'`."""
    return service_of(request).answer(request, METRICS.one_of(metric_id))
