"""The OpenAPI page at /docs; all its files are served from here, so it works offline."""

from contextlib import suppress
from html import escape
from importlib.resources import files

from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from app.errors import ApiError
from app.http.examples import fitted
from app.http.headers import JSON
from app.http.state import AppState
from app.queries.reading import RequestContext
from app.settings import Settings
from app.store.releases import Deadline, ReleaseNotKept
from app.text.decimals import json_bytes

ASSETS = str(files("fastapi_offline") / "static")

# Scripts and styles come from this origin only. Swagger UI sets inline styles through the DOM, which the policy allows.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

PAGE, START = ((files("app.http") / name).read_text(encoding="utf-8") for name in ("docs.html", "docs.js"))


def install(app: FastAPI, settings: Settings) -> None:
    @app.get("/docs", include_in_schema=False)
    def show_docs() -> Response:
        page = PAGE.format(root=settings.root_path, title=escape(settings.title))
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return HTMLResponse(page, headers=headers)

    @app.get("/docs/start.js", include_in_schema=False)
    def start_docs() -> Response:
        return Response(START, media_type="text/javascript")

    # A plain function, which runs in the thread pool: generating the document takes most of a second.
    @app.get("/openapi.json", include_in_schema=False)
    def show_document() -> Response:
        with suppress(ApiError, ReleaseNotKept, DBAPIError):  # clients can be generated before anything is loaded
            return Response(_document(app), media_type=JSON)
        return Response(json_bytes(app.openapi()), media_type=JSON)

    app.mount("/docs/assets", StaticFiles(directory=ASSETS))


def _document(app: FastAPI) -> bytes:
    """The document for the current release, made once for each."""
    state: AppState = app.state.factbook
    release = state.store.current()
    if not release.cache.document:
        document = app.openapi()
        reading = RequestContext(state.store, release, Deadline(state.settings.time_limit))
        release.cache.document = json_bytes(fitted(document, reading))
    return release.cache.document
