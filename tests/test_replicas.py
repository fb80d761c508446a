"""A service over several PostgreSQL servers: standbys answer, and nobody is shown an older release than before.

The standby is real and its replay is paused, so that it lags for as long as a test wants.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.http import exports
from app.http.headers import Conditions
from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, loaded, shortened
from tests.standbys import Pair, running_pair
from tests.store.tiny import until

FACTS = "/v1/facts?limit=5"
PATHS = [FACTS, "/v1/facts/groups?by=year", "/v1/facts.csv", "/v1/companies.ndjson", "/v1/places/lindow", "/v1"]


class City(Pair):
    """A pair that has a city, or the same without its last five facts."""

    def load(self, folder: Path) -> str:
        """Load over the URL of both; the tag that the primary gives then."""
        loaded(self.url(), folder)
        return self.tag()

    def tag(self) -> str:
        with service(self.url(self.primary)) as other:
            return tag_of(other.get(FACTS))


@contextmanager
def service(url: str) -> Iterator[TestClient]:
    settings = Settings(database_url=url, access_log=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


def tag_of(answer: Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.headers["ETag"])


def release_of(tag: str) -> str:
    """The id and the number of a release, as a tag has them."""
    return tag.strip('"').rpartition("-")[0]


def shown(answer: Response) -> str:
    return release_of(tag_of(answer))


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    with running_pair() as pair:
        yield pair


@pytest.fixture(scope="module")
def smaller(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shortened(tmp_path_factory.mktemp("seeds"))


@pytest.fixture(scope="module")
def original(servers: Pair) -> str:
    """The name of a database that has the city."""
    found = servers.with_new_database()
    loaded(found.url(servers.primary), CITY)
    return found.name


@pytest.fixture
def pair(servers: Pair, original: str) -> City:
    """With a database that has the city at both."""
    found = City(servers.primary, servers.standby, servers.with_new_database(original).name)
    found.settle()
    return found


@pytest.mark.parametrize("standby_first", [True, False])
def test_a_load_goes_to_the_primary_and_the_standby_answers(standby_first: bool, pair: City, smaller: Path) -> None:
    order = (pair.standby, pair.primary) if standby_first else (pair.primary, pair.standby)
    with service(pair.url(*order)) as client, pair.lagging():
        old = shown(client.get(FACTS))
        loaded(pair.url(*order), smaller)
        new = release_of(pair.tag())
        time.sleep(1.1)  # then the service looks again which release is current
        assert shown(client.get(FACTS)) == old != new, "the standby was asked, which has not got it yet"
        pair.settle()
        until(lambda: shown(client.get(FACTS)) == new)


def test_the_primary_answers_where_the_standby_is_away(pair: City, smaller: Path) -> None:
    with service(pair.url()) as client:
        old = shown(client.get(FACTS))
        pair.standby.stop()
        try:
            new = release_of(pair.load(smaller))
            until(lambda: shown(client.get(FACTS)) == new != old)
            assert client.get("/readyz").json() == {
                "status": "ready",
                "revision": f"r-{new.partition('-')[0]}",
                "replica_lag_seconds": None,
            }
        finally:
            pair.standby.start()


@pytest.mark.parametrize("right", [True, False], ids=["right", "control"])
def test_a_tag_of_a_newer_release_is_never_answered_with_an_older(
    right: bool, pair: City, smaller: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not right:
        monkeypatch.setattr(Conditions, "newest_number", lambda _: 0)
        monkeypatch.setattr(exports, "number_of", lambda _: 0)
    with pair.lagging():
        tag = pair.load(smaller)
        with service(pair.url()) as client:
            old = {path: shown(client.get(path)) for path in PATHS}
        for path in PATHS:
            for headers in (
                {"If-None-Match": tag},
                {"If-None-Match": f'"x", W/{tag}'},
                {"If-Range": tag, "Range": "bytes=0-99"},
            ):
                if "Range" in headers and not path.endswith(("csv", "ndjson")):
                    continue  # a page is never given in part
                with service(pair.url()) as client:  # which has seen neither
                    answer = client.get(path, headers=headers)
                    assert answer.status_code in {200, 206, 304}
                    found = release_of(answer.headers["ETag"])
                    assert (found == release_of(tag)) is right
                    assert (found == old[path]) is not right
                    if right:
                        assert shown(client.get(path)) == found, "nor is anybody else, from now on"


def test_a_cursor_of_a_newer_release_is_followed(pair: City, smaller: Path) -> None:
    with pair.lagging():
        tag = pair.load(smaller)
        with service(pair.url(pair.primary)) as other:
            first = other.get(FACTS).json()
            second = other.get(first["links"]["next"]).json()
        with service(pair.url()) as client:
            shown(client.get(FACTS))
            answer = client.get(first["links"]["next"])
            assert shown(answer) == release_of(tag)
            assert answer.json() == second


def test_a_named_release_is_found_where_it_is(pair: City, smaller: Path) -> None:
    with service(pair.url()) as client, pair.lagging():
        name = f"r-{release_of(pair.load(smaller)).partition('-')[0]}"
        answer = client.get(f"{FACTS}&as_of={name}")
        assert (answer.status_code, answer.json()["meta"]["revision"]) == (200, name)


def test_a_fact_that_a_standby_lacks_is_found_on_the_primary(pair: City, smaller: Path) -> None:
    """A standby that lags does not know what the new release has; that release once shown, it is not believed."""
    pair.load(smaller)
    with service(pair.url()) as client, pair.lagging():
        tag = pair.load(CITY)
        with service(pair.url(pair.primary)) as other:
            ids = [one["id"] for one in other.get("/v1/facts?limit=500").json()["data"]]
        missing = [one for one in ids if client.get(f"/v1/facts/{one}").status_code != 200]
        assert missing
        assert client.get(FACTS, headers={"If-None-Match": tag}).status_code == 304
        assert {client.get(f"/v1/facts/{one}").status_code for one in missing} == {200}


def test_loading_an_earlier_seed_again_makes_a_newer_release(pair: City, smaller: Path) -> None:
    second = pair.load(smaller)
    with service(pair.url()) as client, pair.lagging():
        assert shown(client.get(FACTS)) == release_of(second)
        third = pair.load(CITY)
        assert client.get(FACTS, headers={"If-None-Match": third}).status_code == 304
        assert shown(client.get(FACTS)) == release_of(third)


def test_where_only_older_releases_can_be_reached_there_is_no_answer(pair: City, smaller: Path) -> None:
    with pair.lagging():
        headers = {"If-None-Match": pair.load(smaller)}
        with service(pair.url()) as shown_before, service(pair.url()) as shown_nothing:
            assert shown_before.get(FACTS, headers=headers).status_code == 304
            pair.primary.stop()
            try:
                until(lambda: shown_before.get(FACTS, headers=headers).status_code != 304)
                for client in (shown_before, shown_nothing):
                    for path in PATHS:
                        refused(client.get(path, headers=headers))
                refused(shown_before.get("/readyz"))
                assert shown(shown_nothing.get(FACTS)) != release_of(headers["If-None-Match"])
                assert shown_nothing.get("/readyz").status_code == 200, "it can answer whoever was shown nothing newer"
            finally:
                pair.primary.start()
            for client in (shown_before, shown_nothing):
                until(lambda client=client: client.get("/v1/companies", headers=headers).status_code == 200)  # type: ignore[misc]


def refused(answer: Response) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"


def walked(client: TestClient, page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A page and those that follow it."""
    yield page
    while following := page["links"].get("next"):
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page


def test_walks_go_on_in_their_release_over_a_swap_and_over_a_server_that_is_lost(pair: City, smaller: Path) -> None:
    with service(pair.url()) as client:
        whole = client.get("/v1/facts?limit=500").json()["data"]
        walk = walked(client, client.get(FACTS).json())
        pages = [next(walk)]
        new = release_of(pair.load(smaller))
        pair.settle()
        until(lambda: shown(client.get("/v1/companies")) == new)
        pages.append(next(walk))
        pair.standby.stop()
        try:
            pages.append(next(walk))
        finally:
            pair.standby.start()
        pair.settle()
        pair.primary.stop()
        try:
            pages += walk
        finally:
            pair.primary.start()
        assert [one for page in pages for one in page["data"]] == whole
        assert {page["meta"]["revision"] for page in pages} == {pages[0]["meta"]["revision"]}
        assert len(client.get("/v1/facts?limit=500").json()["data"]) == len(whole) - 5


def test_numbers_that_are_made_up_hurt_nobody(pair: City) -> None:
    """Who brings one is told to come back, as it may be real; it is answered once the primary goes on without it."""
    with service(pair.url()) as client:
        whole = client.get(FACTS)
        forged = {"If-None-Match": '"0123456789abcdef-ffffffff-0123456789abcdef01234567"'}
        while (answer := client.get(FACTS, headers=forged)).status_code != 200:
            refused(answer)
        assert client.get(FACTS, headers=forged).content == whole.content
        for tags in ('"0123456789abcdef-0123456789abcdef01234567"', '"a-g-b"', "--", '"a-111111111-b"', "*"):
            answer = client.get(FACTS, headers={"If-None-Match": f"{tags}, {tag_of(whole)}"})
            assert answer.status_code == 304
            answer = client.get(FACTS, headers={"If-None-Match": tags})
            assert (answer.status_code == 304) is (tags == "*")
            assert answer.status_code == 304 or answer.content == whole.content


def test_a_lag_can_be_seen(pair: City, smaller: Path) -> None:
    def lag(client: TestClient) -> Any:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        return answer.json()["replica_lag_seconds"]

    with service(pair.url(pair.standby)) as client, service(pair.url(pair.primary)) as other:
        until(lambda: lag(client) == 0)
        assert lag(other) is None
        until(lambda: "factbook_replica_lag_seconds 0.0" in client.get("/metrics").text)
        assert "factbook_replica_lag_seconds" not in other.get("/metrics").text
        with pair.lagging():
            pair.load(smaller)
            until(lambda: lag(client) > 0.1)
        until(lambda: lag(client) == 0)
