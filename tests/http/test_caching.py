"""The response cache, which is bounded in bytes, and conditional requests."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from app.http.caching import (
    ENTRY_OVERHEAD,
    LARGEST_SHARE,
    LONGEST_KEY,
    ByteBoundedCache,
    CacheKey,
    ResponseCache,
)
from app.http.headers import MOST_TAGS, read_conditions
from app.main import create_app
from app.queries.reading import Body
from app.seeding.loading import load
from app.settings import Settings
from app.store.releases import OpenRelease
from tests.conftest import CITY, DATABASES, CityDatabase, KeptDatabase, NewDatabase, Service, loaded, no_progress, serve

STEPS = st.lists(
    st.tuples(st.sampled_from(["get", "put", "put", "clear"]), st.integers(0, 12), st.integers(-1, 3_000)), max_size=200
)


@given(st.integers(0, 20_000), STEPS)
def test_a_cache_never_exceeds_its_bound_and_keeps_what_was_used_last(
    most: int, steps: list[tuple[str, int, int]]
) -> None:
    cache: ByteBoundedCache[int, tuple[int, int]] = ByteBoundedCache(most)
    model: list[tuple[int, tuple[int, int], int]] = []  # key, value and cost, least recently used first
    for number, (verb, key, size) in enumerate(steps):
        kept = next((one for one in model if one[0] == key), None)
        if verb == "clear":
            cache.clear()
            model = []
        elif verb == "get":
            assert cache.get(key) == (kept[1] if kept else None)
            model.sort(key=lambda one: one[0] == key)
        else:
            cost = max(size, 0) + ENTRY_OVERHEAD
            cache.put(key, (number, size), size)
            model = [one for one in model if one[0] != key]
            if cost <= most // LARGEST_SHARE:
                model.append((key, (number, size), cost))
            while sum(one[2] for one in model) > most:
                model.pop(0)
        assert cache.bytes == sum(one[2] for one in model) <= most
        assert len(cache) == len(model)
    assert [cache.get(key) for key, _, _ in model] == [value for _, value, _ in model]


@given(st.integers(0, 100_000), st.integers(0, 20_000))
def test_what_is_too_large_is_not_kept(most: int, size: int) -> None:
    cache: ByteBoundedCache[str, str] = ByteBoundedCache(most)
    cache.put("key", "value", size)
    assert cache.get("key") == ("value" if size + ENTRY_OVERHEAD <= most // LARGEST_SHARE else None)


def test_many_threads_leave_a_cache_whole() -> None:
    cache: ByteBoundedCache[int, int] = ByteBoundedCache(10_000)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def use(start: int) -> bool:
        for number in range(start, start + 2_000):
            cache.put(number % 97, number % 97, number % 701)
            if cache.get((number + 1) % 97) not in {None, (number + 1) % 97} or cache.bytes > 10_000:
                return False
        return True

    try:
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(use, range(8)))
    finally:
        sys.setswitchinterval(interval)
    for key in range(97):
        cache.put(key, key, 1_000_000)
    assert (cache.bytes, len(cache)) == (0, 0)


BODIES = st.builds(Body, st.binary(max_size=5_000), st.none(), st.none() | st.text("/?=a", max_size=3_000))
RELEASE = SimpleNamespace(id="r-0123456789abcdef", number=7, loaded_at=datetime(2026, 11, 30, tzinfo=UTC))
LONG = st.integers(0, LONGEST_KEY + 1).map(lambda size: b"x" * size)
KEYS = st.tuples(*map(st.just, vars(RELEASE).values()), LONG, LONG, LONG, st.booleans())


@settings(max_examples=50)
@given(st.lists(st.tuples(KEYS, BODIES), max_size=10))
def test_cache_sizes_include_every_part_of_an_entry(answered: list[tuple[CacheKey, Body]]) -> None:
    cache, release = ResponseCache(Settings()), cast(OpenRelease, RELEASE)
    for key, body in answered:
        scope = {"route": SimpleNamespace(path="/v1/facts")}
        exchange: Any = SimpleNamespace(key=lambda _, key=key: key, gzip=key[-1], is_conditional=False, scope=scope)
        cache.response(release, exchange, body, "application/json")
    for kept in (cache, cache._unchanged):  # noqa: SLF001 - the other of its two caches
        parts = 0
        for key in list(kept._entries):  # noqa: SLF001
            found = kept.get(key)
            assert found
            written = sum(len(part) for part in key[3:6])
            assert written <= LONGEST_KEY
            parts += written + sum(len(name) + len(value) for name, value in found.headers) + len(found.body)
        assert parts <= kept.bytes


# What the headers say.

TAGS = st.lists(st.tuples(st.booleans(), st.text("abc-0123", min_size=1, max_size=8)), min_size=1, max_size=MOST_TAGS)


@given(TAGS, st.sampled_from([",", ", ", " ,  "]))
def test_if_none_match_compares_weakly(tags: list[tuple[bool, str]], comma: str) -> None:
    header = comma.join(("W/" if is_weak else "") + f'"{tag}"' for is_weak, tag in tags)
    assert read_conditions(header.encode(), b"Mon, 30 Nov 2026 00:00:00 GMT").tags == {
        f'"{tag}"'.encode() for _, tag in tags
    }


@given(st.binary(min_size=1, max_size=300), st.binary(max_size=60))
def test_any_bytes_of_headers_are_read(if_none_match: bytes, if_modified_since: bytes) -> None:
    assert read_conditions(if_none_match, if_modified_since).since is None
    read_conditions(b"", if_modified_since)


def tag(number: bytes) -> bytes:
    """As ours are: of a release, its number, and what else makes a response."""
    return b'"%b-%b-%b"' % (b"a" * 16, number, b"b" * 24)


def test_only_the_first_tags_of_a_header_are_read() -> None:
    tags = [b'"%d"' % number for number in range(5_000)]
    conditions = read_conditions(b",".join(tags), b"")
    assert conditions.tags == set(tags[:MOST_TAGS])
    # The number of a release in a tag is hexadecimal; nothing else is one.
    tags = [tag(b"1f"), tag(b"2"), tag(b"zz"), b'"x"', b"*"]
    assert read_conditions(b", ".join(tags), b"").newest_number() == 0x1F
    assert read_conditions(tag(b"9" * 5_000), b"").newest_number() == 0


# From outside.

HEADERS = st.fixed_dictionaries(
    {"Accept-Encoding": st.sampled_from(["gzip", "identity", "gzip;q=0", "*", "br, gzip;q=0.5"])},
    optional={
        "Accept": st.sampled_from(["*/*", "application/json", "text/csv", "text/html", "application/*;q=0.5", ""]),
        "If-None-Match": st.sampled_from(["*", '"x"', 'W/"x", "y"', "", "not a tag"]),
        "If-Modified-Since": st.sampled_from(["Mon, 30 Nov 2099 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "x"]),
        "Origin": st.just("https://other.example"),
        "Range": st.just("bytes=0-9"),
        "X-Request-ID": st.sampled_from(["one-2", "not valid", "x" * 200]),
    },
)
URLS = st.sampled_from(
    [
        "/v1/facts?limit=3",
        "/v1/facts?limit=3&fields=id",
        "/v1/facts?metric=gdp&sort=-value&limit=2",
        "/v1/companies/marlow-motors",
        "/v1/facts/groups?by=year",
        "/v1/facts.csv?limit=2",
        "/v1/facts?limit=2&format=ndjson",
        "/v1/facts?yaer=1",
        "/v1/facts/nope",
        "/v1",
    ]
)


@pytest.fixture(scope="module", params=DATABASES)
def with_and_without(
    request: pytest.FixtureRequest, kept_database: KeptDatabase
) -> Iterator[tuple[TestClient, TestClient]]:
    """A service that keeps responses, and one that does not."""
    url = kept_database(request.param, CITY)
    with (
        TestClient(create_app(Settings(database_url=url))) as keeping,
        TestClient(create_app(Settings(database_url=url, cache_bytes=0))) as forgetting,
    ):
        yield keeping, forgetting


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(url=URLS, headers=HEADERS)
def test_a_response_is_the_same_whether_it_was_kept_or_not(
    url: str, headers: dict[str, str], with_and_without: tuple[TestClient, TestClient]
) -> None:
    keeping, forgetting = with_and_without
    shown = []
    for client in (keeping, keeping, forgetting):
        answer = client.get(url, headers=headers)
        others = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
        shown.append((answer.status_code, others, answer.content))
    assert shown[0] == shown[1] == shown[2]


def test_a_kept_response_takes_no_statement_and_one_of_a_long_key_is_not_kept(service: Service) -> None:
    url = "/v1/facts?limit=7&total=none"
    with contextmanager(serve)(service.url) as keeping:
        for expected in (1, 0, 0):
            keeping.queries.clear()
            assert keeping.client.get(url).status_code == 200
            assert len(keeping.queries) == expected
        for _ in range(2):
            keeping.queries.clear()
            answer = keeping.client.get(url, headers={"Accept": "application/json" + ", text/x" * 300})
            assert (answer.status_code, len(keeping.queries)) == (200, 1)


@pytest.mark.parametrize("database", DATABASES)
def test_responses_that_show_the_load_time_have_a_new_tag_after_a_load(
    database: str, city_database: CityDatabase
) -> None:
    url = city_database(database)
    with TestClient(create_app(Settings(database_url=url))) as client:
        old = {path: client.get(path) for path in ("/v1", "/%76%31", "/v1/releases", "/v1/facts?limit=3")}
        while datetime.now(UTC).isoformat(timespec="seconds") <= old["/v1"].json()["loaded_at"]:
            time.sleep(0.05)  # loads are told apart by the second
        load(url, CITY, None, no_progress, again=True)
        assert client.get("/readyz").status_code == 200
        new = {path: client.get(path) for path in old}
        assert new["/v1"].json()["revision"] == old["/v1"].json()["revision"]
        assert new["/v1"].json()["loaded_at"] > old["/v1"].json()["loaded_at"]
        for path in ("/v1", "/%76%31"):
            assert new[path].headers["ETag"] != old[path].headers["ETag"], "other bytes have another strong tag"
            assert client.get(path, headers={"If-None-Match": old[path].headers["ETag"]}).status_code == 200


def test_a_copy_of_a_database_gives_the_same_tags(new_database: NewDatabase) -> None:
    urls = [loaded(new_database("sqlite"), CITY) for _ in range(2)]
    tags = []
    for url in urls:
        with TestClient(create_app(Settings(database_url=url))) as client:
            tags.append([client.get(path).headers["ETag"] for path in ("/v1/facts?limit=3", "/v1/places/lindow")])
    assert tags[0] == tags[1]


def test_how_long_a_response_may_be_kept_is_for_an_operator_to_say(kept_database: KeptDatabase) -> None:
    url = kept_database("sqlite", CITY)
    with TestClient(create_app(Settings(database_url=url, max_age=60))) as client:
        for path in ("/v1/facts?limit=3", "/v1/facts.csv?limit=3"):
            assert client.get(path).headers["Cache-Control"] == "public, max-age=60"
