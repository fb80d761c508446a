"""What HTTP promises of every answer: tags, 304, HEAD, gzip, CORS, ids, media types."""

import gzip
import time

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from app.database import FRESH_FOR, writing_engine
from app.http.headers import accepts
from app.http.tags import known_tags
from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from tests.conftest import CITY, KeptDatabase, NewDatabase, Service, loaded

PATH = "/v1/facts?limit=3"


def test_what_is_here_has_another_tag_once_it_was_loaded_again(
    new_database: NewDatabase, kept_database: KeptDatabase
) -> None:
    url, other = loaded(new_database("sqlite"), CITY), kept_database("sqlite", CITY)
    engine = writing_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE revisions SET loaded_at = '2001-02-03T04:05:06+00:00'"))
        connection.execute(text("UPDATE fact_answers SET json = replace(json, 'vehicle', 'vehikle')"))
    with (
        TestClient(create_app(Settings(database_url=url, access_log=False))) as client,
        TestClient(create_app(Settings(database_url=other, access_log=False))) as elsewhere,
    ):
        for index in ("/v1", "/%76%31"):
            here, there = client.get(index), elsewhere.get(index)
            assert here.json()["revision"] == there.json()["revision"]
            assert here.content != there.content
            assert here.headers["ETag"] != there.headers["ETag"], "other bytes have another strong tag"
        tags = {one.get("/v1/facts?limit=3").headers["ETag"] for one in (client, elsewhere)}
        assert len(tags) == 1, "the same bytes keep the tag, on whatever replica"
        url_of_facts = "/v1/facts?metric=vehicle-output"
        altered = [client.get(url_of_facts) for _ in range(3)][-1].content
        assert b"vehikle" in altered
        load(url, CITY, None, lambda _what, _count: None, again=True)
        client.get("/readyz")
        mended = client.get(url_of_facts).content
        assert mended == elsewhere.get(url_of_facts).content, "what was cached of the altered data is forgotten"
        assert client.get("/v1").json()["loaded_at"] > "2001-02-03T04:05:06+00:00"
    engine.dispose()


def test_a_tag_is_strong_and_belongs_to_one_url_and_encoding(real: Service) -> None:
    plain = real.client.get(PATH, headers={"Accept-Encoding": "identity"})
    zipped = real.client.get(PATH, headers={"Accept-Encoding": "gzip"})
    other = real.client.get("/v1/facts?limit=4", headers={"Accept-Encoding": "identity"})
    tags = [answer.headers["ETag"] for answer in (plain, zipped, other)]
    assert len(set(tags)) == 3
    assert all(tag.startswith('"') for tag in tags)


def test_a_known_answer_is_304_without_a_question_to_the_database(real: Service) -> None:
    tag = real.client.get(PATH).headers["ETag"]
    real.queries.clear()
    again = real.client.get(PATH, headers={"If-None-Match": f'"other", W/{tag}'})
    assert again.status_code == 304
    assert not again.content
    assert again.headers["ETag"] == tag
    assert {"Cache-Control", "Last-Modified", "Vary", "X-Request-ID"} <= {name.title() for name in again.headers} | {
        "X-Request-ID"
    }
    # At most the revision, of a database on another machine that was not asked for it a moment ago.
    assert not any("fact_answers" in query for query in real.queries)


def test_a_revision_not_seen_for_a_while_is_looked_up_once(real: Service) -> None:
    tag = real.client.get(PATH).headers["ETag"]
    time.sleep(FRESH_FOR + 0.05)
    real.queries.clear()
    assert real.client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    # An embedded database tells by itself whether it was written to.
    assert len(real.queries) == (0 if real.url.startswith("sqlite") else 1)


def test_an_answer_to_a_wrong_question_is_never_304(real: Service) -> None:
    for tag in ("*", '"x"'):
        assert real.client.get("/v1/facts?yaer=2024", headers={"If-None-Match": tag}).status_code == 400
        assert real.client.get("/v1/facts/nope", headers={"If-None-Match": tag}).status_code == 404
    assert real.client.get(PATH, headers={"If-None-Match": "*"}).status_code == 304


def test_head_has_the_headers_of_get_and_no_body(real: Service) -> None:
    for path in (PATH, "/v1/companies/xfusion", "/livez", "/readyz", "/metrics", "/docs", "/openapi.json"):
        get, head = real.client.get(path), real.client.head(path)
        assert head.status_code == get.status_code == 200, path
        assert not head.content
        if path == "/metrics":
            continue  # it has measured the first request when the second comes
        for name in ("Content-Type", "Content-Length", "Content-Encoding", "ETag", "Vary", "Link"):
            assert head.headers.get(name) == get.headers.get(name), (path, name)


def test_a_page_is_compressed_on_request_and_says_so(real: Service) -> None:
    plain = real.client.get(PATH, headers={"Accept-Encoding": "identity"})
    with real.client.stream("GET", PATH, headers={"Accept-Encoding": "gzip"}) as zipped:
        assert zipped.headers["Content-Encoding"] == "gzip"
        raw = b"".join(zipped.iter_raw())
    assert gzip.decompress(raw) == plain.content
    refused = real.client.get(PATH, headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in refused.headers
    assert refused.headers["ETag"] == plain.headers["ETag"]
    for answer in (plain, zipped, refused):
        assert answer.headers["Vary"] == "Accept, Accept-Encoding, Origin"


def test_pages_of_other_origins_may_read_and_not_write(real: Service) -> None:
    origin = {"Origin": "http://elsewhere.example"}
    assert real.client.get(PATH, headers=origin).headers["Access-Control-Allow-Origin"] == "*"
    asked = {**origin, "Access-Control-Request-Method": "GET"}
    assert real.client.options(PATH, headers=asked).status_code == 200
    asked["Access-Control-Request-Method"] = "DELETE"
    refused = real.client.options(PATH, headers=asked)
    assert refused.status_code == 400
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_request_id_goes_out_as_it_came_in_or_is_made(real: Service) -> None:
    assert real.client.get(PATH, headers={"X-Request-ID": "a-1"}).headers["X-Request-ID"] == "a-1"
    first, second = (real.client.get(PATH).headers["X-Request-ID"] for _ in range(2))
    assert first != second
    made = real.client.get(PATH, headers={"X-Request-ID": "no spaces, please"}).headers["X-Request-ID"]
    assert " " not in made
    assert real.client.get("/v1/nothing", headers={"X-Request-ID": "b-2"}).headers["X-Request-ID"] == "b-2"


@pytest.mark.parametrize(
    ("accept", "accepted"),
    [
        ("*/*", True),
        ("application/json", True),
        ("text/html, application/*;q=0.8", True),
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("text/plain", False),
        ("application/json;q=0", False),
        ("application/json;q=0, */*", False),
        ("*/*;q=0, application/json", True),
        ("text/html, image/gif, *; q=.2, */*; q=.2", True),
        ("application/json;q=0.000", False),
        ("application/json;q=much", False),
    ],
)
def test_an_answer_is_json_or_406(accept: str, accepted: bool, real: Service) -> None:
    assert accepts(accept, ("application/json", "application/*", "*/*")) is accepted
    answer = real.client.get(PATH, headers={"Accept": accept})
    assert answer.status_code == (200 if accepted else 406)
    if not accepted:
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_if_none_match_compares_weakly() -> None:
    assert known_tags(b'W/"a", "b"') == {b'"a"', b'"b"'}


def test_measurements_are_by_route_and_not_by_url(real: Service) -> None:
    real.client.get("/v1/companies/byd")
    real.client.get("/v1/nothing-at-all")
    text = real.client.get("/metrics").text
    assert "# HELP http_server_request_duration_seconds" in text
    assert 'route="/v1/companies/{company_id}"' in text
    assert "nothing-at-all" not in text
    real.client.head("/v1/companies/byd")
    assert 'method="HEAD",route="/v1/companies/{company_id}"' in real.client.get("/metrics").text
