"""What HTTP promises of every response: tags, 304, HEAD, gzip, CORS, request ids, media types."""

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from app.http.headers import quality, weights
from tests.conftest import Service

PATH = "/v1/facts?limit=3"
PLAIN, ZIPPED = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip"}
# One of each kind of route: a list, an item, groups, an export, the index, and what is no ReadRoute.
READ = [PATH, "/v1/companies/xfusion", "/v1/facts/groups?by=year", "/v1/companies.csv", "/v1", "/v1/audit"]
OTHERS = ["/livez", "/readyz", "/docs", "/openapi.json"]


def test_a_tag_is_strong_and_belongs_to_one_url_and_encoding(real: Service) -> None:
    asked = [(PATH, PLAIN), (PATH, ZIPPED), ("/v1/facts?limit=4", PLAIN), ("/v1/facts?limit=03", PLAIN)]
    tags = [real.client.get(url, headers=headers).headers["ETag"] for url, headers in asked]
    assert len(set(tags)) == len(tags)
    assert all(tag.startswith('"') for tag in tags)


@pytest.mark.parametrize("url", READ)
def test_what_the_caller_has_is_304_and_takes_no_statement(url: str, real: Service) -> None:
    whole = real.client.get(url)
    for sent in (whole.headers["ETag"], f'"other", W/{whole.headers["ETag"]}'):
        real.queries.clear()
        again = real.client.get(url, headers={"If-None-Match": sent})
        assert (again.status_code, again.content) == (304, b"")
        assert real.queries == []
        for name in ("ETag", "Cache-Control", "Last-Modified", "Vary"):
            assert again.headers[name] == whole.headers[name]
        assert again.headers["X-Request-ID"] != whole.headers["X-Request-ID"]
    for sent in ('"other"', "other", "", whole.headers["ETag"].strip('"')):
        again = real.client.get(url, headers={"If-None-Match": sent})
        assert (again.status_code, again.content) == (200, whole.content)


@pytest.mark.parametrize("url", READ)
def test_an_asterisk_matches_any_response(url: str, real: Service) -> None:
    assert real.client.get(url, headers={"If-None-Match": "*"}).status_code == 304


@pytest.mark.parametrize("sent", [{"If-None-Match": "*"}, {"If-None-Match": '"x"'}, {"If-Modified-Since": "now"}])
def test_an_error_is_never_304(sent: dict[str, str], real: Service) -> None:
    if "If-Modified-Since" in sent:
        sent = {"If-Modified-Since": format_datetime(datetime.now(UTC), usegmt=True)}
    for url, status in (("/v1/facts?yaer=2024", 400), ("/v1/facts/nope", 404), ("/v1/nothing", 404)):
        assert real.client.get(url, headers=sent).status_code == status


@pytest.mark.parametrize("url", READ)
def test_what_was_not_modified_since_is_304(url: str, real: Service) -> None:
    loaded_at = parsedate_to_datetime(real.client.get(url).headers["Last-Modified"])

    def status(since: str, **others: str) -> int:
        return real.client.get(url, headers={"If-Modified-Since": since, **others}).status_code

    for seconds, expected in ((0, 304), (1, 200), (3600, 200), (-1, 200), (-86400, 200)):
        moment = format_datetime(loaded_at + timedelta(seconds=seconds), usegmt=True)
        assert status(moment) == expected, seconds
        # RFC 9110, 13.1.3: a tag decides alone.
        assert status(moment, **{"If-None-Match": '"other"'}) == 200
    for nonsense in ("", "yesterday", "2026-11-30", "0"):
        assert status(nonsense) == 200


@pytest.mark.parametrize("url", [*READ, *OTHERS])
def test_head_has_the_headers_of_get_and_no_body(url: str, real: Service) -> None:
    for encoding in (PLAIN, ZIPPED):
        sent = {**encoding, "X-Request-ID": "one"}
        head, get, again = (ask(url, headers=sent) for ask in (real.client.head, real.client.get, real.client.head))
        assert (head.status_code, head.content) == (get.status_code, b"") == (200, b"")
        assert dict(head.headers) == dict(get.headers) == dict(again.headers)


def test_head_of_the_metrics_has_no_body(real: Service) -> None:
    assert (real.client.head("/metrics").status_code, real.client.head("/metrics").content) == (200, b"")


@pytest.mark.parametrize("url", [PATH, "/v1/facts/groups?by=year", "/v1/companies.csv", "/v1/facts?limit=500"])
@pytest.mark.parametrize(
    ("accepted", "is_zipped"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0, br", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("br", False),
        ("identity", False),
    ],
)
def test_a_response_is_compressed_on_request(url: str, accepted: str, is_zipped: bool, real: Service) -> None:
    plain = real.client.get(url, headers=PLAIN)
    with real.client.stream("GET", url, headers={"Accept-Encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert (gzip.decompress(raw) if is_zipped else raw) == plain.content
    assert answer.headers.get("Content-Encoding") == ("gzip" if is_zipped else None)
    assert (answer.headers["ETag"] == plain.headers["ETag"]) is not is_zipped
    assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept, Accept-Encoding, Origin"


def test_what_is_small_is_not_compressed(real: Service) -> None:
    url = "/v1/companies/xfusion?fields=id"
    assert "Content-Encoding" not in real.client.get(url, headers=ZIPPED).headers


def test_pages_of_other_origins_may_read_and_not_write(real: Service) -> None:
    origin = {"Origin": "http://elsewhere.example"}
    for url in (*READ, *OTHERS, "/v1/nothing", "/v1/facts?yaer=1"):
        headers = real.client.get(url, headers=origin).headers
        assert headers["Access-Control-Allow-Origin"] == "*", url
        assert {"ETag", "Link", "Retry-After"} <= set(headers["Access-Control-Expose-Headers"].split(", "))
    asked = {**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    assert real.client.options(PATH, headers=asked).status_code == 200
    asked["Access-Control-Request-Method"] = "DELETE"
    refused = real.client.options(PATH, headers=asked)
    assert refused.status_code == 400
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_request_id_goes_out_as_it_came_in_or_is_made(real: Service) -> None:
    for url in (PATH, "/v1/companies.csv", "/v1/nothing", "/v1/facts?yaer=1", "/livez"):
        assert real.client.get(url, headers={"X-Request-ID": "a-1"}).headers["X-Request-ID"] == "a-1"
        first, second = (real.client.get(url).headers["X-Request-ID"] for _ in range(2))
        assert first != second
        for wrong in ("no spaces, please", "x" * 200, ""):
            made = real.client.get(url, headers={"X-Request-ID": wrong}).headers["X-Request-ID"]
            assert made.replace("-", "").isalnum()
            assert made != wrong


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
    assert (quality(weights(accept), ("application/json", "application/*", "*/*")) > 0) is accepted
    for url in (PATH, "/v1/companies/byd", "/v1", "/v1/audit"):
        answer = real.client.get(url, headers={"Accept": accept})
        assert answer.status_code == (200 if accepted else 406)
        if not accepted:
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_response_says_how_long_it_may_be_kept(real: Service) -> None:
    for url in READ:
        assert real.client.get(url).headers["Cache-Control"] == "no-cache"
    for url in (*OTHERS[:2], "/metrics", "/v1/nothing", "/v1/facts?yaer=1"):
        assert real.client.get(url).headers["Cache-Control"] == "no-store"
