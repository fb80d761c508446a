"""The application: create_app(settings), read from top to bottom, is what happens at start."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import RedirectResponse

from app.api import ROUTERS
from app.http import docs, openapi, problems, traces
from app.http.middleware import FactbookMiddleware
from app.http.state import AppState
from app.settings import Settings
from app.store import open_store
from app.store.releases import Store

VERSION = "0.2.0"

# Requests create few reference cycles, and a collection during an expensive one would block all others.
GC_THRESHOLDS = (5_000, 10, 20)  # see gc.set_threshold; with a higher first value, garbage would be kept too long
SWITCH_INTERVAL = 0.0005  # seconds that a thread may keep the GIL while the event loop waits for it


def create_app(settings: Settings | None = None, store: Store | None = None) -> FastAPI:
    """The application for the database in the settings, which may still be empty, and may be open already."""
    settings = settings or Settings()
    state = AppState(settings, store or open_store(settings.database_url, keep=settings.keep_releases))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # Everything imported so far lives until the end: exempt it from garbage collection.
        gc.enable()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        sys.setswitchinterval(SWITCH_INTERVAL)
        await to_thread.run_sync(state.open)
        yield
        state.close()
        end_traces()

    app = FastAPI(
        title=settings.title,
        description=openapi.DESCRIPTION,
        version=VERSION,
        license_info={"name": "MIT", "identifier": "MIT"},
        contact={"name": settings.title},
        openapi_tags=openapi.tags(),
        servers=[{"url": settings.root_path or "/"}],
        openapi_url=None,  # served by app/http/docs.py
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # FastAPI would look for OpenTelemetry in the environment at each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.factbook = state
    for router in ROUTERS:
        app.router.routes.extend(router.routes)  # include_router would match each path twice
    docs.install(app, settings)
    app.add_api_route("/", lambda: RedirectResponse(f"{settings.root_path}/docs"), include_in_schema=False)
    app.openapi = openapi.document_of(app, settings)  # type: ignore[method-assign]
    paths = openapi.paths_of(app)
    problems.install(app, paths, settings.root_path)
    problems.install_pages(app, settings.root_path)
    # Of FastAPI's own middleware this leaves out what ours does: answering and logging unhandled exceptions, telemetry.
    inner = ExceptionMiddleware(AsyncExitStackMiddleware(app.router), app.exception_handlers)
    stack = FactbookMiddleware(inner, state, paths)
    app.middleware_stack, end_traces = traces.traced(app, stack)
    return app
