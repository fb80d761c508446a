"""The service itself: its index, liveness, readiness and metrics."""

import json

from anyio import to_thread
from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import PlainTextResponse, Response

from app import answers, tables
from app.errors import NotReady
from app.http.headers import JSON
from app.http.problems import READ_PROBLEMS, documented
from app.http.routing import CurrentReading, ReadRoute
from app.http.telemetry import Telemetry
from app.nouns.listed import COLLECTIONS
from app.queries.reading import Body
from app.store.releases import Store
from app.text.decimals import json_bytes

router = APIRouter(tags=["service"])
NO_STORE = {"Cache-Control": "no-store"}
SHOWN = """# HELP factbook_cache_bytes Size of the response cache in bytes.
# TYPE factbook_cache_bytes gauge
factbook_cache_bytes 918273.0
"""
LONGEST_WAIT = 1.0  # seconds for a database


def read_index(reading: CurrentReading) -> Body:
    """Every collection with its count, and the current release of the data: `curl 'http://localhost:8000/v1'`."""
    statement = reading.statement("counts", lambda: select(tables.revisions.c.counts))
    counts, root_path = json.loads(reading.rows(statement, {})[0][0]), reading.root_path
    shown = answers.Index(
        title=reading.title,
        revision=reading.release.id,
        loaded_at=reading.release.loaded_at.isoformat(),
        collections=[
            answers.Collection(name=one.plural, count=counts[one.plural], href=f"{root_path}/v1/{one.plural}")
            for one in COLLECTIONS
        ],
        templates={one.singular: f"{root_path}/v1/{one.plural}/{{id}}" for one in COLLECTIONS},
        links={
            "self": f"{root_path}/v1",
            "groups": f"{root_path}/v1/facts/groups?by=initiative,year",
            "releases": f"{root_path}/v1/releases",
            "coverage": f"{root_path}/v1/coverage",
            "docs": f"{root_path}/docs",
            "openapi": f"{root_path}/openapi.json",
        },
    )
    return Body(shown.json_text().encode(), len(COLLECTIONS))


router.add_api_route(
    "/v1",
    read_index,
    operation_id="readIndex",
    summary="List the collections",
    response_model=answers.Index,
    responses=documented(*READ_PROBLEMS),
    route_class_override=ReadRoute,
)


def _shown(readiness: answers.Readiness) -> Response:
    return Response(json_bytes(readiness.model_dump()), headers=NO_STORE, media_type=JSON)


@router.get(
    "/livez",
    operation_id="readLiveness",
    summary="Check liveness",
    response_model=answers.Readiness,
    responses=documented(NotReady),
)
async def read_liveness() -> Response:
    """Whether the process is alive; the database is not checked: `curl 'http://localhost:8000/livez'`."""
    return _shown(answers.Readiness(status=answers.State.ALIVE, revision=None, replica_lag_seconds=None))


@router.get(
    "/readyz",
    operation_id="readReadiness",
    summary="Check readiness",
    response_model=answers.Readiness,
    responses=documented(NotReady),
)
def read_readiness(request: Request) -> Response:
    """Whether the database is reachable, migrated and loaded: `curl 'http://localhost:8000/readyz'`."""
    store: Store = request.app.state.factbook.store
    release = store.check(LONGEST_WAIT)
    return _shown(answers.Readiness(status=answers.State.READY, revision=release.id, replica_lag_seconds=store.lag))


@router.get(
    "/metrics",
    operation_id="readMeasurements",
    summary="Read metrics",
    response_class=PlainTextResponse,
    responses={200: {"content": {"text/plain": {"example": SHOWN}}}, **documented(NotReady)},
)
async def read_measurements(request: Request) -> Response:
    """Requests by route, cache, threads, data and memory, in Prometheus text format:
    `curl 'http://localhost:8000/metrics'`.
    """
    telemetry: Telemetry = request.app.state.factbook.telemetry
    text, media_type = await to_thread.run_sync(telemetry.metrics_text, limiter=telemetry.scrape_limiter)
    return Response(text, headers=NO_STORE | {"Content-Type": media_type})
