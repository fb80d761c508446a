"""The route class of all reading routes: it calls handlers with the parameters in their signatures.

A handler is a plain FastAPI function: `reading: CurrentReading`, `query: Annotated[SomeQuery, Query()]`, and path
parameters. FastAPI documents it from its signature. It is called here, and not through FastAPI's dependency resolution,
for two reasons: ids are checked against the release being read, together with everything else, and twenty query
parameters are resolved in a fraction of the time (docs/decisions/0022-one-path.md has the figures).
"""

import inspect
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from fastapi import Depends, Request
from fastapi.params import Query as QueryParameter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from app.errors import BadRequest, ErrorDetail, NotReady, ReleaseGone, StaleCursor, TimedOut
from app.http.caching import CachedResponse, Exchange
from app.http.exports import export_response, negotiated_form
from app.http.headers import JSON, PLAIN_TEXT, require_acceptable
from app.http.paths import meant, routes_of, url_of
from app.http.state import AppState
from app.queries.corrections import valid_pairs
from app.queries.formats import Pieces
from app.queries.list_query import ExportedQuery
from app.queries.lists import query_digest
from app.queries.paging import read_cursor
from app.queries.parameters import QueryModel, parsed, read_pairs
from app.queries.reading import Body, Form, Pairs, RequestContext
from app.queries.releases import is_listed, release_as_of
from app.store.releases import Budget, Deadline, Limit, OpenRelease, ReleaseNotKept

ON_EVENT_LOOP = 0.002  # seconds of CPU time that a request may block the event loop
LARGEST_ON_EVENT_LOOP = 100_000  # bytes of a body that are compressed there
QUICK_TIME_LIMIT = 0.25  # seconds that a request may take under the limiter for quick ones
FOR_STATEMENTS = 0.95  # of the time limit; the rest is for reporting that it was exceeded
MOST_TRIES = 3  # of a request whose release is dropped while it is read
LOADED_AGAIN = "Data is being loaded again and again; try again."
ANY_JSON = (b"", b"application/json")  # of Accept

HandlerResult = Body | Pieces
Made = TypeVar("Made")
Handler = Callable[..., HandlerResult]


class Asked(NamedTuple):
    """What is asked of a release. `naming` are the parameters that may name it, `at_least` is the number of one that
    the caller has already seen.
    """

    path: str
    pairs: Pairs
    naming: Pairs = ()
    form: Form = Form.JSON
    at_least: int = 0


def _reading_of_route(request: Request) -> RequestContext:
    """A placeholder: ReadRoute passes the RequestContext."""
    raise TypeError(f"{request.url.path} is no ReadRoute")


CurrentReading = Annotated[RequestContext, Depends(_reading_of_route)]


def takes_long(handler: Handler) -> Handler:
    """Mark a handler as slow: it always runs on a thread, under the limiter for slow requests."""
    handler.takes_long = True  # type: ignore[attr-defined]
    return handler


class ReadRoute(APIRoute):
    """A route whose handler reads a release."""

    def __init__(self, path: str, endpoint: Handler, **options: Any) -> None:
        """Raises TypeError for a handler that it cannot serve."""
        super().__init__(path, endpoint, **options)
        self.query_model = _query_model(self)
        self._takes_query = "query" in inspect.signature(endpoint).parameters
        self.takes_long = getattr(endpoint, "takes_long", False)
        self._is_list = issubclass(self.query_model, ExportedQuery)
        suffix = path.rpartition(".")[2]
        self._form = Form(suffix) if suffix in tuple(Form) else None  # from the suffix of the path
        is_text = getattr(self.response_class, "media_type", None) == "text/plain"
        self._media_type = PLAIN_TEXT if is_text else JSON

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As in FastAPI, in one step: there are a hundred routes to try. No path parameter needs to be converted."""
        if scope.get("root_path"):
            return super().matches(scope)
        found = self.path_regex.match(scope["path"])
        if not found:
            return Match.NONE, {}
        known = {"endpoint": self.endpoint, "path_params": found.groupdict(), "route": self}
        return (Match.FULL if scope["method"] in (self.methods or ()) else Match.PARTIAL), known

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request on the event loop, or in a slot of the limiter for its kind."""
        if scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)  # which refuses it
            return
        state: AppState = scope["app"].state.factbook
        exchange: Exchange = scope["state"]["exchange"]
        pairs, accept = read_pairs(scope["query_string"]), exchange.accept
        names, seconds = dict(pairs), state.settings.time_limit * FOR_STATEMENTS
        path = scope["path"].removesuffix(f".{self._form}") if self._form else scope["path"]
        asked = Asked(path, pairs, pairs, at_least=exchange.at_least)
        if self._is_list:
            if self._form or "format" in names or accept not in ANY_JSON:
                request = Request(scope, receive)
                form = negotiated_form(request, pairs, self._form)
                if form is not Form.JSON:
                    make = partial(self._export, state, exchange, asked._replace(form=form))
                    response = await export_response(request, form, make, seconds)
                    await response(scope, receive, send)
                    return
        elif accept not in ANY_JSON or self._media_type != JSON:
            require_acceptable(Request(scope), self._media_type)
        found = None
        if not self.takes_long and "sort" not in names and "as_of" not in names:
            try:
                if state.store.embedded:
                    found = self._response(state, exchange, asked, Budget(time.thread_time() + ON_EVENT_LOOP))
                else:
                    found = await state.limiters.quick.run(
                        lambda: self._response(state, exchange, asked, Deadline(QUICK_TIME_LIMIT))
                    )
            except TimedOut:
                found = None
        if found is None:
            found = await state.limiters.slow.run(lambda: self._response(state, exchange, asked, Deadline(seconds)))
        await exchange.respond(found, send)

    def _response(self, state: AppState, exchange: Exchange, asked: Asked, limit: Limit) -> CachedResponse:
        body, release = read_release(partial(self._answer, exchange), state, asked, limit)
        assert isinstance(body, Body)  # noqa: S101 - exports are handled above
        if exchange.gzip and len(body.content) > LARGEST_ON_EVENT_LOOP and isinstance(limit, Budget):
            raise TimedOut
        response = state.cache.response(release, exchange, body, self._media_type)
        state.telemetry.cache_bytes.set(state.cache.bytes)
        return response

    def _export(
        self, state: AppState, exchange: Exchange, asked: Asked, limit: Limit, of: OpenRelease | None = None
    ) -> tuple[HandlerResult, OpenRelease]:
        asked = asked._replace(at_least=exchange.at_least)  # If-Range may have named one
        return read_release(partial(self._answer, exchange), state, asked, limit, of)

    def _answer(self, exchange: Exchange, reading: RequestContext, errors: Iterable[ErrorDetail]) -> HandlerResult:
        """The handler's result. Raises ApiError."""
        try:
            query = parsed(self.query_model, reading, errors)
        except BadRequest as error:
            error.instead = None if tuple(errors) else self._instead(reading, exchange)
            raise
        given = {"query": query} if self._takes_query else {}
        result: HandlerResult = self.endpoint(reading=reading, **given, **exchange.scope["path_params"])
        return result

    def _instead(self, reading: RequestContext, exchange: Exchange) -> str | None:
        """The URL of what a refused query probably meant."""
        if exchange.scope["path_params"]:  # what they name may not be there: paths.py looks
            return None
        suffix = f".{self._form}" if self._form else ""
        pairs = valid_pairs(self.query_model, reading)
        if pairs is None:
            return meant(f"{reading.path}{suffix}", reading, routes_of(exchange.scope["app"].routes))
        if pairs == reading.pairs:
            return None
        corrected = replace(reading, pairs=pairs)
        if query_digest(corrected) != query_digest(reading):  # a cursor is of one query
            corrected.pairs = pairs = [pair for pair in pairs if pair[0] != "after"]
        if any(name == "as_of" and (name, value) not in reading.pairs for name, value in pairs):  # nobody looked it up
            return None
        return url_of(self, reading.path + suffix, corrected)


def _query_model(route: APIRoute) -> type[QueryModel]:
    """The handler's query model. Raises TypeError for parameters that ReadRoute does not support and would ignore."""
    handler, model = route.endpoint, QueryModel
    if inspect.iscoroutinefunction(handler):
        raise TypeError(f"{handler.__name__} is a coroutine; a ReadRoute takes a plain function")
    for name, hint in get_type_hints(handler, include_extras=True).items():
        if name == "return" or hint is CurrentReading or name in route.param_convertors:
            continue
        is_query = get_origin(hint) is Annotated and isinstance(get_args(hint)[1], QueryParameter)
        if name != "query" or not is_query or not issubclass(get_args(hint)[0], QueryModel):
            raise TypeError(f"{handler.__name__} asks for {name}, which a ReadRoute does not give")
        model = get_args(hint)[0]
    return model


def read_release(
    read: Callable[[RequestContext, Iterable[ErrorDetail]], Made],
    state: AppState,
    asked: Asked,
    limit: Limit,
    of: OpenRelease | None = None,
) -> tuple[Made, OpenRelease]:
    """What `read` makes of a release, and the release: `of`, or the one that is named.

    `read` gets the errors in how it was named; it then reads the current one. It is called again where the release is
    dropped meanwhile. Raises what `read` and `select_release` raise, and NotReady; TimedOut also if `limit` does not
    allow it to wait.
    """
    names, at_least, root_path = dict(asked.naming), asked.at_least, state.settings.root_path
    for _ in range(MOST_TRIES):
        release: OpenRelease | None = of or state.store.known(at_least=at_least)
        errors: Iterable[ErrorDetail] = ()
        try:
            if release is None or (not of and ("as_of" in names or "after" in names)):
                release, errors = select_release(state, at_least, asked.naming, limit)
            reading = RequestContext(
                state.store, release, limit, asked.path, root_path, asked.pairs, asked.form, state.settings.title
            )
            return read(reading, errors), release
        except ReleaseNotKept:
            continue
    raise NotReady(LOADED_AGAIN)


# The release, and errors in how it was named; with errors, it is the current release.
Selected = tuple[OpenRelease, Iterable[ErrorDetail]]


def select_release(state: AppState, at_least: int, pairs: Pairs, limit: Limit) -> Selected:
    """The release that a query string names; `at_least` is the number of a release that the caller has already seen.

    Raises TimedOut on the event loop if it would have to wait for another machine or a file; ReleaseGone, StaleCursor,
    NotReady, Unusable.
    """
    named = [value for name, value in pairs if name == "as_of"]
    if len(named) == 1 and named[0]:  # otherwise the error is reported with those of the rest of the query
        return _as_of(state, named[0], limit)
    after = [value for name, value in pairs if name == "after"]
    cursor = read_cursor(after[0]) if len(after) == 1 else None
    at_least = max(at_least, cursor.number if cursor else 0)
    current = state.store.known(at_least=at_least)
    if isinstance(limit, Budget) and (current is None or (cursor and cursor.release != current.id)):
        raise TimedOut
    current = current or state.store.current(at_least=at_least)
    if cursor is None or cursor.release == current.id:
        return current, ()
    try:
        return state.store.kept(cursor.release), ()
    except ReleaseNotKept:
        raise StaleCursor("The release of that page is not kept any more; start again without `after`.") from None


def _as_of(state: AppState, named: str, limit: Limit) -> Selected:
    current = state.store.current()
    reading = RequestContext(state.store, current, limit)
    try:
        release = release_as_of(named, reading)
    except BadRequest as error:
        return current, error.errors
    try:
        return state.store.kept(release), ()
    except ReleaseNotKept:
        if is_listed(release, reading):
            raise ReleaseGone(
                f"{release} is not kept any more. Load it from its seed, as version control has it, into a database of "
                "its own: `FACTBOOK_DATABASE_URL=sqlite:///old.db factbook load SEED`."
            ) from None
        detail = f"There is no release {named[:40]!r}. /v1/releases lists what there is."
        return current, [ErrorDetail("invalid-value", "as_of", named, detail)]
