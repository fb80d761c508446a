"""The path of a request through the app: how long it is, and which handlers a ReadRoute accepts."""

import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from app.http import routing
from app.http.routing import CurrentReading, ReadRoute
from app.main import create_app
from app.queries import vocabulary
from app.queries.list_query import AsOfQuery
from app.queries.reading import Body
from app.settings import Settings
from tests.conftest import ROOT, SEED, KeptDatabase

MOST_FILES, MOST_FUNCTIONS = 12, 38
APP = str(ROOT / "app")


def test_a_warm_request_for_a_list_meets_few_files_and_functions_of_ours(kept_database: KeptDatabase) -> None:
    seen: set[tuple[str, str, int]] = set()

    def look(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(APP):
            seen.add((str(Path(code.co_filename).relative_to(APP)), code.co_name, code.co_firstlineno))

    async def trace() -> None:
        sys.setprofile(look)

    async def leave() -> None:
        sys.setprofile(None)

    app = create_app(Settings(database_url=kept_database("sqlite", SEED), access_log=False))
    with TestClient(app, headers={"Accept-Encoding": ""}) as client:
        assert client.portal
        for url in ("/v1/facts?year=2021", "/v1/facts?year=2022", "/v1/facts?year=2022&limit=3"):
            assert client.get(url).status_code == 200
        threading.setprofile(look)  # of threads that are started for it
        client.portal.call(trace)
        try:
            answer = client.get("/v1/facts?year=2023")
        finally:
            client.portal.call(leave)
            threading.setprofile(None)
    assert answer.json()["data"]
    files = {file for file, *_ in seen}
    assert len(files) <= MOST_FILES, sorted(files)
    assert len(seen) <= MOST_FUNCTIONS, sorted(seen)
    assert "http/middleware.py" in files, "something was seen"
    assert "queries/lists.py" in files


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/facts/groups?by=year", 200),
        ("/v1/facts.csv", 200),
        ("/v1/facts/nope", 404),
        ("/v1/sources/nope/text", 404),
    ],
)
def test_a_route_is_found_below_a_path_of_another_app(path: str, status: int, kept_database: KeptDatabase) -> None:
    app = create_app(Settings(database_url=kept_database("sqlite", SEED), access_log=False))
    with TestClient(app) as alone, TestClient(Starlette(routes=[Mount("/city", app)])) as below:
        for asked, found in ((alone.get(path), status), (below.get(f"/city{path}"), status), (below.get(path), 404)):
            assert asked.status_code == found


def test_a_statement_that_takes_long_to_build_is_not_built_on_the_event_loop(
    kept_database: KeptDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings(database_url=kept_database("sqlite", SEED), access_log=False))
    store = app.state.factbook.store
    build, built = store.statement, list[int]()

    def counted(query: Any) -> Any:
        built.append(threading.get_ident())
        return build(query)

    monkeypatch.setattr(store, "statement", counted)
    # On a busy machine other steps alone may take longer than an answer may on the event loop.
    monkeypatch.setattr(routing, "ON_EVENT_LOOP", 60)
    with TestClient(app) as client:
        assert client.portal
        event_loop = client.portal.call(threading.get_ident)
        client.get("/v1/facts?year=2024&limit=1")  # the first year that there is is looked up once
        for years, is_on_event_loop in ((range(2015, 2018), True), (range(1990, 2011), False)):
            asked = "&".join(f"year={year}" for year in years)
            for expected in (1, 0):
                built.clear()
                assert client.get(f"/v1/facts?{asked}&total=none&limit={7 + expected}").status_code == 200
                assert len(built) == expected
                assert all((one == event_loop) is is_on_event_loop for one in built)


def test_the_clock_is_looked_at_before_ids_are_compared(
    kept_database: KeptDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings(database_url=kept_database("sqlite", SEED), access_log=False))
    nearest, compared = vocabulary.nearest, list[int]()

    def counted(*asked: Any) -> Any:
        compared.append(threading.get_ident())
        return nearest(*asked)

    monkeypatch.setattr(vocabulary, "nearest", counted)
    monkeypatch.setattr(routing, "ON_EVENT_LOOP", 0)  # it is over at once
    with TestClient(app) as client:
        assert client.portal
        event_loop = client.portal.call(threading.get_ident)
        assert client.get("/v1/facts?metric=gdb").status_code == 400
    assert compared
    assert event_loop not in compared


def reads_nothing(reading: CurrentReading) -> Body:
    return Body(b"{}", 0)


async def is_a_coroutine(reading: CurrentReading) -> Body:
    return Body(b"{}", 0)


def asks_for_the_request(reading: CurrentReading, request: Request) -> Body:
    return Body(b"{}", 0)


def asks_for_a_header(reading: CurrentReading, referer: Annotated[str, Header()]) -> Body:
    return Body(b"{}", 0)


def asks_for_a_dependency(reading: CurrentReading, other: Annotated[int, Depends(lambda: 1)]) -> Body:
    return Body(b"{}", 0)


def asks_for_a_bare_parameter(reading: CurrentReading, year: Annotated[str, Query()] = "") -> Body:
    return Body(b"{}", 0)


def calls_its_query_otherwise(reading: CurrentReading, wanted: Annotated[AsOfQuery, Query()]) -> Body:
    return Body(b"{}", 0)


def forgets_that_it_is_a_query(reading: CurrentReading, query: AsOfQuery) -> Body:
    return Body(b"{}", 0)


@pytest.mark.parametrize(
    "handler",
    [
        is_a_coroutine,
        asks_for_the_request,
        asks_for_a_header,
        asks_for_a_dependency,
        asks_for_a_bare_parameter,
        calls_its_query_otherwise,
        forgets_that_it_is_a_query,
    ],
    ids=lambda handler: handler.__name__,
)
def test_a_handler_that_asks_for_what_it_would_not_get_is_refused_at_start(handler: Any) -> None:
    router = APIRouter(route_class=ReadRoute)
    router.add_api_route("/fine", reads_nothing)
    with pytest.raises(TypeError, match=handler.__name__):
        router.add_api_route("/wrong", handler)
