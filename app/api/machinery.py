"""How the service is: alive, ready to answer, and what it has measured of itself."""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from app import answers
from app.decimals import json_bytes
from app.errors import NotReady
from app.http.headers import JSON
from app.http.problems import documented
from app.http.responder import responder_of

router = APIRouter(tags=["service"])
NO_STORE = {"Cache-Control": "no-store"}
PATIENCE = 1.0  # seconds for which a database is waited for


def _shown(readiness: answers.Readiness) -> Response:
    return Response(json_bytes(readiness.model_dump()), headers=NO_STORE, media_type=JSON)


@router.get(
    "/livez",
    operation_id="readLiveness",
    summary="Is it alive",
    response_model=answers.Readiness,
    responses=documented(NotReady),
)
async def read_liveness() -> Response:
    """Whether the process answers at all; it asks no database: `curl 'http://localhost:8000/livez'`."""
    return _shown(answers.Readiness(status="alive", revision=None, replica_lag_seconds=None))


@router.get(
    "/readyz",
    operation_id="readReadiness",
    summary="Is it ready",
    response_model=answers.Readiness,
    responses=documented(NotReady),
)
def read_readiness(request: Request) -> Response:
    """Whether the database is there, migrated and loaded: `curl 'http://localhost:8000/readyz'`."""
    database = responder_of(request).database
    revision, lag = database.revision_within(PATIENCE), database.revisions.lag
    return _shown(answers.Readiness(status="ready", revision=revision.name, replica_lag_seconds=lag))


@router.get(
    "/metrics",
    operation_id="readMeasurements",
    summary="What is measured",
    response_class=PlainTextResponse,
    responses=documented(NotReady),
)
async def read_measurements(request: Request) -> Response:
    """Requests by route, cache, threads, data and memory, as Prometheus text: `curl 'http://localhost:8000/metrics'`."""
    text, media_type = request.app.state.measurements.written()
    return Response(text, headers=NO_STORE | {"Content-Type": media_type})
