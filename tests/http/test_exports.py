"""What a list or groups are as CSV and NDJSON: all rows, in the order and with the values of the JSON pages."""

import asyncio
import csv
import gc
import io
import itertools
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message

from app.http.exports import ExportResponse
from app.main import create_app
from app.queries.formats import CsvWriter
from app.seeding.loading import load
from app.settings import Settings
from app.text.decimals import json_bytes
from tests.conftest import CITY, DATABASES, CityDatabase, NewDatabase, Service, loaded, no_progress, serve
from tests.http.reading import (
    EXPORTED,
    FORMS,
    FORMULAS,
    GROUPS,
    cell,
    columns,
    exported,
    flat,
    pages,
    rows,
    tabled,
    with_parameter,
)

FACTS = "/v1/facts"
STATISTICS = "/v1/facts/groups?by=series,year&series=any&stat=sum,avg,min,max"
OF_METRICS = "/v1/facts/groups?by=metric,year&metric=gdp-growth&stat=sum,avg,min,max"  # known since the load
SOME = ["/v1/facts", "/v1/facts?sort=-value", "/v1/companies", GROUPS]
QUESTIONS = [
    *EXPORTED,
    STATISTICS,
    OF_METRICS,
    "/v1/facts?sort=-value,subject",
    "/v1/facts?sort=-year",
    "/v1/facts?year=2024&initiative=car-city,glass-city",
    "/v1/facts?q=潮汐",
    "/v1/facts?year=1999",
    "/v1/events?sort=-year&initiative=any",
    "/v1/facts?fields=id,value,period,subject.name",
    "/v1/events?fields=id,participants.id,period.printed",
    "/v1/sources?fields=republished,name.en&sort=name.en",
]
COLUMNS = {
    "/v1/facts": (
        "id kind subject_type subject_id subject_name_zh subject_name_en "
        "metric_type metric_id metric_name_zh metric_name_en scope_type scope_id scope_name_zh scope_name_en "
        "value unit bound printed measure status vintage relation_type relation_id relation_name_zh relation_name_en "
        "object_type object_id object_name_zh object_name_en "
        "period_start period_end period_precision period_printed period_basis frequency "
        "place_type place_id place_name_zh place_name_en market_type market_id market_name_zh market_name_en "
        "industries initiatives statement_zh statement_en "
        "citation_source_id citation_source_title_zh citation_source_title_en "
        "citation_source_publisher_type citation_source_publisher_id "
        "citation_source_publisher_name_zh citation_source_publisher_name_en "
        "citation_source_published citation_source_address citation_source_kind citation_source_republished "
        "citation_evidence citation_quote citation_start citation_end "
        "derived note series preferred standing comparisons href"
    ),
    "/v1/initiatives": (
        "id type name_zh name_en aliases industries initiatives fact_count href place summary_zh summary_en"
    ),
    GROUPS: "key_initiative key_year count href",
    STATISTICS: "key_series key_year count unit sum avg min max href",
}


@pytest.mark.parametrize("url", QUESTIONS)
def test_the_rows_are_the_answers_of_all_pages(url: str, service: Service, small_pieces: None) -> None:
    answers = pages(service.client, url, limit=11)
    body = exported(service.client, url, "csv")
    names = body.decode().split("\r\n")[0].split(",")
    flattened = [flat(one) for one in tabled(service.client, url, answers)]
    assert rows(body, "csv") == [{name: cell(one.get(name)) for name in names} for one in flattened]
    assert {name for one in flattened for name, value in one.items() if value is not None} <= set(names)
    assert len(set(names)) == len(names)
    # Lines of NDJSON are the objects of the pages, their numbers exact and their fields in the same order.
    lines = rows(exported(service.client, url, "ndjson"), "ndjson")
    assert [json.dumps(one, default=str) for one in lines] == [json.dumps(one, default=str) for one in answers]


@pytest.mark.parametrize("url", COLUMNS)
def test_the_columns_are_the_fields_in_the_order_of_an_answer(url: str, service: Service) -> None:
    assert columns(service.client, url) == COLUMNS[url].split()


def test_fields_leave_the_columns_that_they_name(service: Service) -> None:
    asked = "/v1/facts?fields=citation.quote,subject.name,id,period.start,subject.name.zh"
    shown = ["id", "subject_name_zh", "subject_name_en", "period_start", "citation_quote"]
    assert columns(service.client, asked) == shown
    assert columns(service.client, "/v1/facts?fields=metric") == [
        "metric_type",
        "metric_id",
        "metric_name_zh",
        "metric_name_en",
    ]


def test_a_row_whose_only_column_is_empty_is_no_blank_line(service: Service) -> None:
    lines = exported(service.client, "/v1/facts?kind=relation&fields=value", "csv").decode().splitlines()
    assert set(lines[1:]) == {'""'}


@pytest.mark.parametrize("form", FORMS)
def test_selecting_every_field_changes_nothing(form: str, service: Service) -> None:
    every_field = ",".join(service.client.get("/v1/facts?limit=1").json()["data"][0])
    assert exported(service.client, FACTS, form) == exported(service.client, f"{FACTS}?fields={every_field}", form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("url", SOME)
def test_a_limit_is_kept_and_a_cursor_goes_on_from_a_page(url: str, form: str, service: Service) -> None:
    whole = rows(exported(service.client, url, form), form)
    page = with_parameter(url, "limit=1")
    assert rows(exported(service.client, page, form), form) == whole[:1]
    rest = service.client.get(page).json()["links"]["next"].replace("limit=1&", "")
    assert rows(exported(service.client, rest, form), form) == whole[1:]
    assert rows(exported(service.client, with_parameter(rest, "limit=2"), form), form) == whole[1:3]


def test_without_rows_there_are_still_the_columns(service: Service) -> None:
    names = ",".join(columns(service.client, FACTS))
    assert exported(service.client, "/v1/facts?year=1999", "csv").decode() == f"{names}\r\n"
    assert exported(service.client, "/v1/facts?year=1999", "ndjson") == b""


@pytest.mark.parametrize("url", SOME)
def test_csv_is_plain_utf8_and_begins_with_a_mark_only_for_excel(url: str, service: Service) -> None:
    plain = exported(service.client, url, "csv")
    for_excel = exported(service.client, with_parameter(url, "bom=1"), "csv")
    assert for_excel.startswith(b"\xef\xbb\xbf")
    assert rows(for_excel.removeprefix(b"\xef\xbb\xbf"), "csv") == [
        {name: cell(value, for_excel=not is_number(value)) for name, value in row.items()} for row in rows(plain, "csv")
    ]
    assert plain == exported(service.client, with_parameter(url, "bom=0"), "csv")
    assert not plain.startswith(b"\xef\xbb\xbf")
    assert "\\u" not in plain.decode("utf-8")


def is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))


def test_values_are_exact_and_never_in_exponent_form(service: Service) -> None:
    for form in FORMS:
        text = exported(service.client, "/v1/facts?kind=measurement&fields=value", form).decode()
        for exact in ("98765432101234567890.5", "0.000000000001", "-1500000000.5"):
            assert (f"\r\n{exact}\r\n" if form == "csv" else f'{{"value":{exact}}}\n') in text


def test_an_export_behind_a_proxy_has_links_that_begin_with_its_path(service: Service) -> None:
    with TestClient(create_app(Settings(database_url=service.url, root_path="/city/"))) as client:
        for form in FORMS:
            links = [row["href"] for row in rows(exported(client, GROUPS, form), form)]
            assert links
            assert all(link.startswith("/city/v1/facts?") for link in links)


# Formulas, and what CSV must quote.


def csv_line(values: list[Any], *, harmless: bool) -> str:
    """A row of these values, as it is exported."""
    columns = tuple((f"c{number}", (f"c{number}",)) for number in range(len(values)))
    answer = json_bytes({name: value for (name, _), value in zip(columns, values, strict=True)})
    return CsvWriter(columns, None, for_excel=harmless).rows([answer]).decode()


@pytest.mark.parametrize("start", FORMULAS)
def test_text_that_begins_like_a_formula_is_made_harmless_for_excel(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    for harmless, shown in ((True, f"'{text}"), (False, text)):
        (read,) = next(csv.reader(io.StringIO(csv_line([text], harmless=harmless), newline="")))
        assert read == shown
        assert csv_line([[text, "b"]], harmless=harmless).strip('"').startswith("'") is harmless, "a list is text too"
    assert csv_line([f"a{text}"], harmless=True).strip('"\r\n') == f"a{text}", "only the start of a cell matters"


def test_a_negative_number_stays_a_number() -> None:
    numbers = [Decimal("-0.30"), -5, Decimal("1E+3"), True, None]
    assert csv_line(numbers, harmless=True) == csv_line(numbers, harmless=False) == "-0.3,-5,1000,true,\r\n"
    assert csv_line(["-0.3"], harmless=True) == "'-0.3\r\n"


TEXTS = st.text(st.sampled_from("=+-@\t\r\n\"',; a汽🚗") | st.characters(codec="utf-8"), max_size=12)


@given(
    values=st.lists(TEXTS | st.none() | st.lists(TEXTS, max_size=3) | st.decimals(-9, 9, places=3), min_size=1),
    harmless=st.booleans(),
)
def test_a_line_read_back_has_the_values_it_was_written_with(values: list[Any], harmless: bool) -> None:
    (read,) = csv.reader(io.StringIO(csv_line(values, harmless=harmless), newline=""), strict=True)
    # Numbers have one written form, without trailing zeros.
    assert [Decimal(one) if isinstance(value, Decimal) else one for value, one in zip(values, read, strict=True)] == [
        value if isinstance(value, Decimal) else cell(value, for_excel=harmless) for value in values
    ]


WICKED = ['=HYPERLINK("http://elsewhere.example","算力")', "+1", "-1+1", "@SUM(A1)", 'a "quoted", word', "a;b", "'a"]


@pytest.fixture(scope="module", params=DATABASES)
def wicked(
    request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The city, with texts that spreadsheets take for formulas: in names, aliases, statements and notes."""
    city = tmp_path_factory.mktemp("wicked") / "city"
    shutil.copytree(CITY, city)
    with (city / "facts" / "statistics.csv").open(encoding="utf-8", newline="") as file:
        names, *lines = csv.reader(file)
    for line, text in zip(lines, WICKED, strict=False):
        for column in ("derived", "note", "statement_zh", "statement_en"):
            line[names.index(column)] = text
    with (city / "facts" / "statistics.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([names, *lines])
    with (city / "organizations.yaml").open("a", encoding="utf-8") as file:
        for number, text in enumerate(WICKED):
            said = json.dumps(text, ensure_ascii=False)
            file.write(f"wicked-{number}: {{zh: {said}, en: {said}, kind: company, aliases: [{said}, b]}}\n")
    yield from serve(loaded(new_database(request.param), city))


@pytest.mark.parametrize("url", ["/v1/facts", "/v1/companies", "/v1/facts?fields=id,note,statement"])
def test_wicked_texts_of_a_seed_are_as_written_and_harmless_for_excel(url: str, wicked: Service) -> None:
    whole = pages(wicked.client, url, limit=500)
    answers = [flat(one) for one in whole]
    texts = {value for one in answers for value in one.values() if isinstance(value, str)}
    assert texts >= set(WICKED)
    for for_excel in (False, True):
        asked = with_parameter(url, f"bom={int(for_excel)}")
        found = rows(exported(wicked.client, asked, "csv").removeprefix(b"\xef\xbb\xbf"), "csv")
        assert [one["id"] for one in found] == [one["id"] for one in answers]
        for row, answer in zip(found, answers, strict=True):
            for name, shown in row.items():
                assert shown == cell(answer.get(name), for_excel=for_excel)
                assert not for_excel or not shown.startswith(FORMULAS) or isinstance(answer[name], Decimal | int)
    assert rows(exported(wicked.client, url, "ndjson"), "ndjson") == whole


# One release.


@pytest.fixture
def other_city(tmp_path: Path) -> Path:
    """The city without its last facts, and without all that is about 2018."""
    other = tmp_path / "other"
    shutil.copytree(CITY, other)
    bulk = other / "facts" / "statistics.csv"
    lines = bulk.read_text(encoding="utf-8").splitlines(keepends=True)
    bulk.write_text("".join(line for line in lines[:-5] if ",2018," not in line), encoding="utf-8")
    return other


def load_again(address: str, city: Path) -> None:
    load(address, city, None, no_progress)


def read_slowly(app: FastAPI, url: str, meanwhile: Callable[[], Any]) -> tuple[dict[str, str], list[bytes]]:
    """The headers and the pieces of an answer whose reader does something else after the first piece."""
    path, _, query = url.partition("?")
    headers: dict[str, str] = {}
    pieces: list[bytes] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the reader does not go away
        return {}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers.update({name.decode(): value.decode() for name, value in message["headers"]})
            return
        pieces.append(message["body"])
        if len(pieces) == 1:
            await asyncio.to_thread(meanwhile)

    asked = {"method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode()}
    asyncio.run(
        app(
            {"type": "http", "http_version": "1.1", "headers": [(b"host", b"x")], "root_path": "", **asked},
            receive,
            send,
        )
    )
    return headers, pieces


@pytest.mark.parametrize("database", DATABASES)
def test_an_export_that_began_before_a_load_ends_as_it_began(
    database: str, city_database: CityDatabase, other_city: Path, small_pieces: None
) -> None:
    app = create_app(Settings(database_url=(address := city_database(database))))
    cities = itertools.cycle([other_city, CITY])
    with TestClient(app, headers={"Accept-Encoding": "identity"}) as client:
        for url in ("/v1/facts.csv", "/v1/metrics.ndjson?sort=-name.en&fields=id,fact_count"):
            before = client.get(url)
            headers, pieces = read_slowly(app, url, lambda: load_again(address, next(cities)))
            assert len(pieces) > 2
            assert b"".join(pieces) == before.content
            assert headers["etag"] == before.headers["ETag"]
            assert client.get("/readyz").is_success
            assert client.get(url).headers["ETag"] != before.headers["ETag"], "there was a load meanwhile"


def test_a_finished_export_leaves_no_reference_cycles() -> None:
    pieces = [b"id,value\r\n", b"a,1\r\n"]
    sent: list[bytes] = []

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError("the caller waits for all of it")

    async def each() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def left_by_one() -> int:
        scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
        await ExportResponse(each(), 200, AsyncExitStack())(scope, receive, send)
        gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.disable()
        try:
            await ExportResponse(each(), 200, AsyncExitStack())(scope, receive, send)
            gc.collect()
            return len(gc.garbage)
        finally:
            gc.enable()
            gc.set_debug(0)
            gc.garbage.clear()

    assert asyncio.run(left_by_one()) == 0
    assert b"".join(sent) == b"".join(pieces) * 2
