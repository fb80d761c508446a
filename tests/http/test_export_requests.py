"""How exports are requested and sent: suffix, format or Accept, errors, ETags, HEAD, file names, ranges."""

import base64
import gzip
import json
from itertools import pairwise
from typing import Any

import pytest

from app.store.releases import OpenRelease
from tests.conftest import Service
from tests.http.reading import EXPORTED, FORMS, GROUPS, exported, suffixed, with_parameter
from tests.http.test_problems import problem

PLAIN = {"Accept-Encoding": "identity"}
CSV, NDJSON, JSON = FORMS["csv"], FORMS["ndjson"], "application/json"

# Which form.


@pytest.mark.parametrize("url", EXPORTED)
def test_suffix_format_and_accept_give_the_same_bytes(url: str, service: Service) -> None:
    for form, media_type in FORMS.items():
        expected = exported(service.client, url, form)
        named = with_parameter(url, f"format={form}")
        answers = [service.client.get(asked) for asked in (named, suffixed(named, form))]
        answers.append(service.client.get(url, headers={"Accept": media_type.partition(";")[0]}))
        assert [one.content for one in answers] == [expected] * 3
        assert {one.headers["Content-Type"] for one in answers} == {media_type}


def test_a_form_is_found_however_its_parameter_is_written(service: Service) -> None:
    answer = service.client.get("/v1/facts?%66ormat=csv")
    assert answer.content == exported(service.client, "/v1/facts", "csv")


@pytest.mark.parametrize("accept", ["application/json", "text/html,*/*;q=0.8", "image/png", "text/csv;q=0"])
def test_a_named_format_wins_over_accept(accept: str, service: Service) -> None:
    for url in ("/v1/facts.csv?limit=3", "/v1/facts?format=csv&limit=3"):
        assert service.client.get(url, headers={"Accept": accept}).headers["Content-Type"] == CSV
    assert service.client.get("/v1/facts?format=json", headers={"Accept": "text/csv"}).headers["Content-Type"] == JSON


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("text/csv, application/json", JSON),
        ("text/csv;q=0.4, application/json;q=0.5", JSON),
        ("text/csv;q=0.5, application/json;q=0.4", CSV),
        ("application/json;q=0.4, text/csv;q=0.50", CSV),
        ("TEXT/CSV, */*;q=0.1", CSV),
        ("text/csv; header=present", CSV),
        ("text/*, application/json;q=0.9", CSV),
        ("application/ndjson", NDJSON),
        ("application/jsonl", NDJSON),
        ("text/csv;q=0, application/x-ndjson", NDJSON),
        ("application/x-ndjson, text/csv;q=0.9", NDJSON),
        ("application/x-ndjson;q=0.8, text/csv;q=0.9", CSV),
        ("text/html", None),
        ("text/csv;q=0", None),
        ("text/csv;q=0, application/json;q=0, application/x-ndjson;q=0.000", None),
        ("application/vnd.apache.parquet", None),
    ],
)
def test_accept_chooses_the_format_with_the_highest_weight_or_406(
    accept: str, media_type: str | None, service: Service
) -> None:
    for url in ("/v1/facts?limit=3", GROUPS, "/v1/companies"):
        answer = service.client.get(url, headers={"Accept": accept})
        assert answer.status_code == (200 if media_type else 406)
        assert answer.headers["Content-Type"] == (media_type or "application/problem+json")
        assert answer.headers["Vary"] == "Accept, Accept-Encoding, Origin"


def test_several_accept_headers_are_one(service: Service) -> None:
    both = [("Accept", "application/json;q=0.5"), ("Accept", "text/csv")]
    assert service.client.get("/v1/facts?limit=3", headers=both).headers["Content-Type"] == CSV


def test_a_single_item_cannot_be_exported(service: Service) -> None:
    assert service.client.get("/v1/companies/marlow-motors", headers={"Accept": "text/csv"}).status_code == 406
    problem(service, "/v1/companies/marlow-motors.csv", 404)
    problem(service, "/v1/companies/marlow-motors?format=csv", 400)
    problem(service, "/v1/facts.xlsx", 404)


# Mistakes.


@pytest.mark.parametrize(
    ("url", "parameter"),
    [
        ("/v1/facts.csv?format=ndjson", "format"),
        ("/v1/facts.csv?format=json", "format"),
        ("/v1/facts.ndjson?format=csv", "format"),
        ("/v1/facts.csv?format=csv&format=ndjson", "format"),
        ("/v1/facts?format=csv&format=ndjson", "format"),
        ("/v1/facts?format=csv&format=csv", "format"),
        ("/v1/facts?format=xml", "format"),
        ("/v1/facts?format=CSV", "format"),
        ("/v1/facts?format=", "format"),
        ("/v1/facts/groups.csv?by=year&format=ndjson", "format"),
        ("/v1/facts.ndjson?bom=1", "bom"),
        ("/v1/facts/groups.ndjson?by=year&bom=1", "bom"),
        ("/v1/facts.csv?bom=yes", "bom"),
        ("/v1/facts.csv?bom=1&bom=1", "bom"),
        ("/v1/facts.csv?yaer=2024", "yaer"),
        ("/v1/facts.ndjson?year=2024..2020", "year"),
        ("/v1/facts.csv?limit=0", "limit"),
        ("/v1/facts.csv?limit=501", "limit"),
        ("/v1/facts.csv?offset=10", "offset"),
        ("/v1/facts.csv?sort=colour", "sort"),
        ("/v1/facts.csv?fields=id,colour", "fields"),
        ("/v1/facts.csv?initiative=car-ciy", "initiative"),
        ("/v1/facts.csv?after=nonsense", "after"),
        ("/v1/companies.csv?parent=nope", "parent"),
        ("/v1/facts/groups.csv", "by"),
        ("/v1/facts/groups.csv?by=colour", "by"),
        ("/v1/facts/groups.ndjson?by=year&stat=sum", "stat"),
    ],
)
def test_a_mistake_is_a_problem_before_the_first_byte(url: str, parameter: str, service: Service) -> None:
    body = problem(service, url, 400)
    assert {one["parameter"] for one in body["errors"]} == {parameter}
    assert "Content-Disposition" not in service.client.get(url).headers


def test_all_mistakes_are_told_at_once_as_those_of_a_page(service: Service) -> None:
    query = "yaer=2024&limit=0&fields=colour"
    assert problem(service, f"/v1/facts.csv?{query}", 400) == problem(service, f"/v1/facts?{query}", 400)


def test_a_cursor_of_another_question_or_of_other_data_is_refused(service: Service) -> None:
    cursor = service.client.get("/v1/facts?limit=1&sort=year").json()["links"]["next"].split("after=")[1]
    assert service.client.get(f"/v1/facts.csv?sort=year&after={cursor}").status_code == 200
    problem(service, f"/v1/facts.csv?sort=-year&after={cursor}", 400)
    problem(service, f"/v1/companies.csv?after={cursor}", 400)
    problem(service, f"/v1/facts/groups.csv?by=year&after={cursor}", 400)
    _revision, *rest = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    stale = base64.urlsafe_b64encode(json.dumps(["r-0000000000000000", *rest]).encode()).decode().rstrip("=")
    problem(service, f"/v1/facts.csv?sort=year&after={stale}", 410)


# Tags, HEAD, gzip.


def test_each_form_has_a_tag_of_its_own(service: Service) -> None:
    asked: list[dict[str, str]] = [{}, {"Accept": "text/csv"}, {"Accept": "application/x-ndjson"}]
    encodings: list[dict[str, str]] = [PLAIN, {"Accept-Encoding": "gzip"}]
    tags = [
        service.client.get("/v1/facts?limit=3", headers=accept | encoding).headers["ETag"]
        for accept in asked
        for encoding in encodings
    ]
    assert len(set(tags)) == len(tags)
    assert all(tag.startswith('"') for tag in tags)


@pytest.mark.parametrize("url", ["/v1/facts.csv", "/v1/companies.ndjson", suffixed(GROUPS, "csv")])
def test_what_the_caller_has_is_not_read_again(url: str, service: Service) -> None:
    whole = service.client.get(url)
    service.queries.clear()
    again = service.client.get(url, headers={"If-None-Match": f'"other", W/{whole.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert service.queries == []
    for name in ("ETag", "Cache-Control", "Last-Modified", "Vary"):
        assert again.headers[name] == whole.headers[name]
    assert "Content-Disposition" not in again.headers
    assert service.client.get(url, headers={"If-None-Match": '"other"'}).content == whole.content


def test_an_asterisk_matches_any_export_but_no_error(service: Service) -> None:
    anything = {"If-None-Match": "*"}
    for form in FORMS:
        assert service.client.get(f"/v1/facts.{form}", headers=anything).status_code == 304
        assert service.client.get(f"/v1/facts.{form}?yaer=2024", headers=anything).status_code == 400


def test_the_tag_of_one_form_is_not_taken_for_another(service: Service) -> None:
    tag = service.client.get("/v1/facts?limit=3").headers["ETag"]
    for accept in ("text/csv", "application/x-ndjson"):
        answer = service.client.get("/v1/facts?limit=3", headers={"Accept": accept, "If-None-Match": tag})
        assert answer.status_code == 200


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("url", [*(suffixed(url, "csv") for url in EXPORTED), "/v1/facts.ndjson?year=1999"])
def test_head_has_the_headers_of_get_and_no_body(url: str, encoding: str, service: Service) -> None:
    asked = {"Accept-Encoding": encoding, "X-Request-ID": "one"}
    head, get = service.client.head(url, headers=asked), service.client.get(url, headers=asked)
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(get.headers)
    assert "Content-Length" not in head.headers, "an export has no length before its end"
    assert service.client.head(url, headers=asked | {"Range": "bytes=0-9"}).status_code == 200


def test_head_meets_mistakes_and_tags_too(service: Service) -> None:
    assert service.client.head("/v1/facts.csv?yaer=2024").status_code == 400
    tag = service.client.head("/v1/facts.csv").headers["ETag"]
    assert service.client.head("/v1/facts.csv", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("form", FORMS)
def test_an_export_is_compressed_on_request(form: str, service: Service) -> None:
    url = f"/v1/facts.{form}"
    with service.client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as zipped:
        raw = b"".join(zipped.iter_raw())
    plain = service.client.get(url, headers=PLAIN)
    assert gzip.decompress(raw) == plain.content
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert service.client.head(url, headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers


# File names.


@pytest.mark.parametrize(
    ("url", "disposition"),
    [
        ("/v1/facts.csv", 'attachment; filename="facts.csv"'),
        ("/v1/facts?format=ndjson", 'attachment; filename="facts.ndjson"'),
        ("/v1/companies.csv?bom=1&limit=3&fields=id&total=none", 'attachment; filename="companies.csv"'),
        ("/v1/facts.csv?year=2018..2024&sort=-year", 'attachment; filename="facts-year-2018..2024-sort--year.csv"'),
        ("/v1/facts.csv?status=-target", 'attachment; filename="facts-status--target.csv"'),
        (
            "/v1/facts/groups.ndjson?by=series,year&series=any&unit=vehicle&stat=max",
            'attachment; filename="facts-groups-by-series-year-series-any-unit-vehicle-stat-max.ndjson"',
        ),
        (
            "/v1/facts.csv?q=潮汐",
            "attachment; filename=\"facts-q-_.csv\"; filename*=UTF-8''facts-q-%E6%BD%AE%E6%B1%90.csv",
        ),
        ('/v1/facts.csv?q="; filename=x.exe', 'attachment; filename="facts-q--filename-x.exe.csv"'),
        ("/v1/facts.csv?q=../../etc", 'attachment; filename="facts-q-..-..-etc.csv"'),
    ],
)
def test_the_name_of_the_file_tells_what_was_asked(url: str, disposition: str, service: Service) -> None:
    assert service.client.get(url).headers["Content-Disposition"] == disposition


def test_the_name_of_a_file_is_short_whatever_was_asked(service: Service) -> None:
    for word in ("a", "潮"):
        disposition = service.client.get(f"/v1/facts.csv?q={word * 200}").headers["Content-Disposition"]
        assert len(disposition.split('"')[1]) <= 104
        assert disposition.isascii()


def test_pages_of_json_have_no_file_name(service: Service) -> None:
    assert "Content-Disposition" not in service.client.get("/v1/facts").headers


# Parts.


@pytest.mark.parametrize("url", ["/v1/facts.csv", "/v1/companies.ndjson?fields=id,name", suffixed(GROUPS, "csv")])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("0-0", slice(0, 1)),
        ("0-99", slice(0, 100)),
        ("150-180", slice(150, 181)),
        ("150-", slice(150, None)),
        ("-7", slice(-7, None)),
        ("3-999999999", slice(3, None)),
        ("-999999999", slice(0, None)),
    ],
)
def test_a_range_is_that_part_of_the_bytes(asked: str, expected: slice, url: str, service: Service) -> None:
    whole = service.client.get(url, headers=PLAIN)
    part = service.client.get(url, headers={"Range": f"bytes={asked}", "Accept-Encoding": "gzip"})
    assert (part.status_code, part.content) == (206, whole.content[expected])
    span = range(len(whole.content))[expected]
    assert part.headers["Content-Range"] == f"bytes {span[0]}-{span[-1]}/{len(whole.content)}"
    assert part.headers["Content-Length"] == str(len(span))
    for name in ("ETag", "Content-Type", "Content-Disposition", "Accept-Ranges"):
        assert part.headers[name] == whole.headers[name]


def test_the_parts_of_an_export_are_the_whole(service: Service, small_pieces: None) -> None:
    whole = exported(service.client, "/v1/facts", "csv")
    cuts = [*range(0, len(whole), 4321), len(whole)]
    parts = [
        service.client.get("/v1/facts.csv", headers={"Range": f"bytes={start}-{stop - 1}"}).content
        for start, stop in pairwise(cuts)
    ]
    assert b"".join(parts) == whole
    assert len(parts) > 5


def test_a_range_beyond_the_end_is_a_problem_that_tells_the_length(service: Service) -> None:
    for url in ("/v1/facts.csv", "/v1/facts.ndjson?year=1999"):
        length = len(service.client.get(url).content)
        for asked in (f"bytes={length}-", "bytes=-0"):
            answer = service.client.get(url, headers={"Range": asked})
            assert answer.status_code == 416
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.headers["Content-Range"] == f"bytes */{length}"


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=0-1,4-5", "bytes=", "bytes=-", "bytes=a-b", "lines=0-1", "bytes"]
)
def test_a_range_of_another_kind_is_ignored(asked: str, service: Service) -> None:
    answer = service.client.get("/v1/facts.csv", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, exported(service.client, "/v1/facts", "csv"))


def test_a_range_of_an_answer_that_is_no_longer_there_is_the_whole_new_one(service: Service) -> None:
    whole = service.client.get("/v1/facts.csv", headers=PLAIN)
    for tag, status in ((whole.headers["ETag"], 206), ('"other"', 200), (f"W/{whole.headers['ETag']}", 200)):
        answer = service.client.get("/v1/facts.csv", headers={"Range": "bytes=0-9", "If-Range": tag, **PLAIN})
        assert (answer.status_code, answer.content) == (status, whole.content[: 10 if status == 206 else None])


def test_a_known_answer_and_a_mistake_come_before_a_range(service: Service) -> None:
    part = {"Range": "bytes=0-9", **PLAIN}
    tag = service.client.get("/v1/facts.csv", headers=PLAIN).headers["ETag"]
    assert service.client.get("/v1/facts.csv", headers=part | {"If-None-Match": tag}).status_code == 304
    assert service.client.get("/v1/facts.csv?yaer=2024", headers=part).status_code == 400


def test_a_page_of_json_is_always_whole(service: Service) -> None:
    answer = service.client.get("/v1/facts?limit=3", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, len(answer.json()["data"])) == (200, 3)


def test_the_length_is_counted_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    release: type[OpenRelease] = type(service.client.app.state.factbook.store.current())  # type: ignore[attr-defined]
    stream, streams = release.stream, []

    def streamed(*arguments: Any) -> Any:
        streams.append(arguments)
        return stream(*arguments)

    monkeypatch.setattr(release, "stream", streamed)
    for expected in (2, 1, 1):  # one for the length, one for the part
        streams.clear()
        answer = service.client.get("/v1/companies.csv?sort=-name.zh", headers={"Range": "bytes=0-9"})
        assert (answer.status_code, len(streams)) == (206, expected)
