"""Request headers are read as HTTP defines them: `If-Modified-Since`, weights in `Accept`, `Host`."""

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, KeptDatabase, Service

PATHS = ["/v1/facts?limit=3", "/v1/facts.csv", "/v1/facts?format=ndjson", "/v1", "/v1/audit"]
ASCTIME, RFC_850 = "%a %b %d %H:%M:%S %Y", "%A, %d-%b-%y %H:%M:%S GMT"
NO_DATES = ["", "yesterday", "1", "Mon, 99 Nov 2026 10:00:00 GMT", "Mon, 30 Nov 2099 10:00:00 +0000"]
MINUTE = timedelta(minutes=1)


def loaded_at(service: Service, path: str) -> datetime:
    return parsedate_to_datetime(service.client.get(path).headers["Last-Modified"])


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_since_a_date_is_not_sent(path: str, method: str, service: Service) -> None:
    date, whole = loaded_at(service, path), service.client.get(path)
    for said in (format_datetime(date, usegmt=True), date.strftime(ASCTIME), date.strftime(RFC_850)):
        answer = service.client.request(method, path, headers={"If-Modified-Since": said})
        assert (answer.status_code, answer.content) == (304, b""), said
        assert answer.headers["ETag"] == whole.headers["ETag"]
        assert answer.headers["Last-Modified"] == whole.headers["Last-Modified"]
        assert not {"content-type", "content-encoding", "content-length"} & answer.headers.keys()
    # Nobody was shown another date of this release: one that is later may be that of a release which was current since.
    for other in (-timedelta(seconds=1), MINUTE, 9000 * timedelta(days=1)):
        said = format_datetime(date + other, usegmt=True)
        changed = service.client.request(method, path, headers={"If-Modified-Since": said})
        assert (changed.status_code, changed.content) == (200, whole.content if method == "GET" else b"")


@pytest.mark.parametrize("path", PATHS)
def test_a_tag_wins_over_a_date_and_an_invalid_date_is_ignored(path: str, service: Service) -> None:
    whole = service.client.get(path)
    date = whole.headers["Last-Modified"]
    for said in NO_DATES:
        assert service.client.get(path, headers={"If-Modified-Since": said}).status_code == 200, said
    twice = service.client.get(path, headers=[("If-Modified-Since", date), ("If-Modified-Since", date)])
    assert twice.status_code == 200
    both = {"If-Modified-Since": date, "If-None-Match": '"other"'}
    assert service.client.get(path, headers=both).content == whole.content
    early = {"If-Modified-Since": format_datetime(datetime(2000, 1, 1, tzinfo=UTC), usegmt=True)}
    assert service.client.get(path, headers=early | {"If-None-Match": whole.headers["ETag"]}).status_code == 304


def test_a_date_does_not_turn_an_error_into_304(service: Service) -> None:
    late = {"If-Modified-Since": "Mon, 30 Nov 2099 10:00:00 GMT"}
    assert service.client.get("/v1/facts?yaer=2024", headers=late).status_code == 400
    assert service.client.get("/v1/facts/nope", headers=late).status_code == 404
    assert service.client.get("/livez", headers=late).status_code == 200
    assert service.client.post("/v1/verify", content="2024年", headers=late).status_code == 200


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv;q=9.5, application/json;q=0.1", "application/json"),
        ("text/csv;q=1.5, application/json;q=0.1", "application/json"),
        ("text/csv;q=0.1234, application/x-ndjson;q=0.1", "application/x-ndjson"),
        ("text/csv;q=, application/x-ndjson;q=0.1", "application/x-ndjson"),
        ("text/csv;q=-1, application/x-ndjson;q=0.1", "application/x-ndjson"),
        ("text/csv;q=1.001, application/x-ndjson;q=0.1", "application/x-ndjson"),
        ("text/csv;q=１, application/x-ndjson;q=0.1", "application/x-ndjson"),
        ("text/csv;q=1.000, application/json;q=0.999", "text/csv"),
        ("text/csv;q=1., application/json;q=0.", "text/csv"),
        # What Java sends of itself; its weights lack the nought.
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/json"),
    ],
)
def test_a_media_range_with_an_invalid_weight_is_ignored(accept: str, media_type: str, service: Service) -> None:
    answer = service.client.get("/v1/facts?limit=1", headers=[(b"Accept", accept.encode())])
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == media_type


def test_accept_without_a_valid_media_range_is_406(service: Service) -> None:
    for path in ("/v1/facts?limit=1", "/v1/facts/groups?by=year", "/v1"):
        for accept in ("text/csv;q=9.5", "application/json;q=9.5, text/csv;q=much"):
            assert service.client.get(path, headers={"Accept": accept}).status_code == 406


@given(st.decimals(-3, 12, places=4).map(str) | st.text(st.sampled_from("0123456789.+-eE"), max_size=6))
def test_gzip_is_sent_only_if_its_weight_allows_it(kept_service: Callable[[str, Path], Service], weight: str) -> None:
    """By the grammar of RFC 9110, 12.4.2; the nought before the point may be missing."""
    whole, point, part = weight.partition(".")
    digits = part.isdigit() or (not part and bool(whole))
    valid = digits and len(part) <= 3 and (whole in {"0", "1"} or (whole == "" and bool(point)))
    valid = valid and (whole != "1" or not part.strip("0"))
    accepted = valid and float(weight) > 0
    client = kept_service("sqlite", CITY).client
    for accept in ("*/*", "text/html, */*"):  # the short way and the long one
        said = {"Accept-Encoding": f"gzip;q={weight}", "Accept": accept}
        with client.stream("GET", "/v1/facts", headers=said) as sent:
            content = b"".join(sent.iter_raw())
            assert (sent.headers.get("Content-Encoding") == "gzip") == accepted, weight
            assert (gzip.decompress(content) if accepted else content).startswith(b'{"data":')


@pytest.mark.parametrize("allowed", ["::1", "[::1]", "0:0:0:0:0:0:0:1"])
def test_an_ipv6_host_is_allowed_however_it_is_written(allowed: str, kept_database: KeptDatabase) -> None:
    settings = Settings(database_url=kept_database("sqlite", CITY), allowed_hosts=[allowed, "facts.example.org"])
    with TestClient(create_app(settings)) as client:
        for host, status in {
            "[::1]": 200,
            "[::1]:8000": 200,
            "[0:0::1]:80": 200,
            "facts.example.org:8000": 200,
            "[::2]": 400,
            "[::2]:8000": 400,
            "::1": 400,
            "[::1": 400,
            "[::1]evil.example": 400,
            "[::1]:80:80": 400,
            "evil.example:[::1]": 400,
        }.items():
            for accept in ("*/*", "text/html, */*"):
                answer = client.get("/v1/facts?limit=1", headers={"Host": host, "Accept": accept})
                assert answer.status_code == status, host
