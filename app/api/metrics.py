"""Metrics: what is measured, in which unit, and how one follows from another."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.http import exports
from app.http.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.http.responder import responder_of
from app.queries.entities import entity_list, kinds
from app.queries.filters import Choice, Ids

router = APIRouter(prefix="/v1", tags=["entities"])
METRIC = tables.Metric
TRANSFORM = "How it follows from another metric; `none` where it does not."
METRICS = entity_list(
    "/v1/metrics",
    answers.Metric,
    METRIC,
    type_="metric",
    more=[
        kinds(METRIC.kind, answers.MetricKind),
        Choice("transform", TRANSFORM, "growth", METRIC.transform, tuple(answers.Transform)),
        Ids("of", "The metric it follows from.", "nev-output", METRIC.of_id, ("metric",)),
        Ids("unit", "Measured in the unit.", "percent", METRIC.unit_id, ("unit",)),
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
async def list_metrics(request: Request) -> Response:
    """Metrics, such as those with facts about an initiative: `curl 'http://localhost:8000/v1/metrics?initiative=diamond-city'`."""
    return await exports.respond(request, METRICS)


@router.get(
    "/metrics/{metric_id}",
    operation_id="readMetric",
    summary="Read a metric",
    response_model=answers.Metric,
    responses=ONE_PROBLEMS,
    openapi_extra=METRICS.questions_of_one.openapi(),
)
async def read_metric(request: Request, metric_id: MetricId) -> Response:
    """One metric: `curl 'http://localhost:8000/v1/metrics/nev-output'`."""
    return await responder_of(request).respond(request, METRICS.one_of(metric_id))
