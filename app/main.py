"""The front door: create_app(settings), read top to bottom, is what happens at start."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.routes import EXPORTED, PATHS, ROUTERS, items, pages
from app.settings import Settings
from app.web import docs, exports, openapi, problems
from app.web.express import Express
from app.web.measurements import Measurements
from app.web.middleware import CrossOrigin, Guarded, Negotiated, Observed
from app.web.responder import SMALLEST_ZIPPED, ZIP_LEVEL, Responder

VERSION = "0.1.0"


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service over the database that the settings name; it may be loaded later."""
    settings = settings or Settings()
    responder = Responder(settings)

    measurements = Measurements(replica_lag=lambda: responder.database.revisions.lag)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # What is there by now stays: the collector need not look at it ever again.
        gc.enable()
        gc.freeze()
        yield
        responder.database.close()

    app = FastAPI(
        title=openapi.TITLE,
        description=openapi.DESCRIPTION,
        version=VERSION,
        license_info={"name": "MIT", "identifier": "MIT"},
        contact={"name": "The Zhengzhou Factbook"},
        openapi_tags=openapi.TAGS,
        servers=[{"url": settings.root_path or "/"}],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        # FastAPI would look for OpenTelemetry in the environment at each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.responder = responder
    app.state.measurements = measurements
    exports.install(app, EXPORTED)  # before what takes any id
    for router in ROUTERS:
        app.include_router(router)
    docs.install(app, settings.root_path)
    app.openapi = cache(lambda: openapi.describe(app))  # type: ignore[method-assign]
    problems.install(app, PATHS)
    # The last added is the outermost.
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST_ZIPPED, compresslevel=ZIP_LEVEL)
    app.add_middleware(Negotiated, lists={one.path for one in EXPORTED})
    app.add_middleware(Guarded)
    app.add_middleware(
        CrossOrigin,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "HEAD"],
        allow_headers=["*"],
        expose_headers=["ETag", "Link", "X-Request-ID"],
    )
    app.add_middleware(Observed, measurements=measurements)
    # Before all of them, and FastAPI's own.
    app.middleware_stack = Express(app.build_middleware_stack(), responder, measurements, pages(), items())
    return app
