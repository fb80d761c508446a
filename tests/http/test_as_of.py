"""Responses from a kept release stay what they were, and cursors continue in the release they started in."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from app.store import open_store
from tests.conftest import CITY, DATABASES, CopyDatabase, NewDatabase, no_progress
from tests.databases import change, forget_digests
from tests.store.tiny import until

FIGURES = "facts/statistics.csv"
URLS = [
    "/v1/facts?limit=500&total=exact",
    "/v1/facts?metric=gdp&sort=-value&fields=id,value",
    "/v1/facts?q=Lindow&limit=3",
    "/v1/facts.csv?metric=gdp",
    "/v1/facts.ndjson",
    "/v1/facts/groups?by=metric,year&stat=max&metric=gdp-growth",
    "/v1/facts/groups.csv?by=source",
    "/v1/organizations",
    "/v1/places/lindow",
    "/v1/sources.csv",
    "/v1/comparisons",
    "/v1/conflicts?limit=1",
    "/v1/audit",
]
FOR_EVER = "public, max-age=31536000, immutable"
UNKNOWN = "r-0000000000000000"


class City(NamedTuple):
    """A service over a city whose figure was loaded as 3301, then as 3302; what was answered before, and both ids."""

    client: TestClient
    url: str
    seed: Path
    before: dict[str, Response]
    releases: list[str]

    def correct(self, *figures: int, keep: int = 5) -> list[str]:
        """Load the figure as each of these; the ids."""
        made = []
        path = self.seed / FIGURES
        for figure in figures:
            written = path.read_text(encoding="utf-8")
            new, count = re.subn(r"33\d\d00000000,,33\d\d亿元", f"{figure}00000000,,{figure}亿元", written)
            assert count == 1
            path.write_text(new, encoding="utf-8")
            made.append(load(self.url, self.seed, None, no_progress, keep=keep).revision)
            assert self.client.get("/readyz").json()["revision"] == made[-1]
        return made


@contextmanager
def corrected(url: str, folder: Path) -> Iterator[City]:
    seed = Path(shutil.copytree(CITY, folder / "seed"))
    first = load(url, seed, None, no_progress).revision
    with TestClient(create_app(Settings(database_url=url, access_log=False))) as client:
        city = City(client, url, seed, {one: client.get(one) for one in URLS}, [first])
        city.releases.extend(city.correct(3302))
        yield city


@pytest.fixture(scope="module")
def originals(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], City]:
    """Makes such a city on each kind of database, which nobody has open."""

    @cache
    def make(kind: str) -> City:
        with corrected(new_database(kind), tmp_path_factory.mktemp("original")) as one:
            return one

    return make


@contextmanager
def copied(original: City, url: str, folder: Path) -> Iterator[City]:
    """The same over a copy of its database."""
    seed = Path(shutil.copytree(original.seed, folder / "seed"))
    with TestClient(create_app(Settings(database_url=url, access_log=False))) as client:
        yield original._replace(client=client, url=url, seed=seed)


@pytest.fixture(scope="module", params=DATABASES)
def original(request: pytest.FixtureRequest, originals: Callable[[str], City]) -> City:
    return originals(request.param)


@pytest.fixture
def city(original: City, copy_database: CopyDatabase, tmp_path: Path) -> Iterator[City]:
    with copied(original, copy_database(original.url), tmp_path) as one:
        yield one


@pytest.fixture(scope="module")
def kept(original: City, copy_database: CopyDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The same for all tests that only read it."""
    with copied(original, copy_database(original.url), tmp_path_factory.mktemp("kept")) as one:
        yield one


def as_of(url: str, release: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}as_of={release}"


def plain(answer: Response, release: str) -> str:
    """What was answered, but for what links say of it; cursors know what was asked."""
    return re.sub(r"[?&](?=\")", "", re.sub(rf"(?<=[?&])(as_of={release}|after=[\w-]+)&?", "", answer.text))


def walked(client: TestClient, url: str, *, meanwhile: Any = None) -> list[dict[str, Any]]:
    """All answers, page by page; something happens after the first."""
    seen = []
    for _ in range(500):
        page = client.get(url)
        assert page.status_code == 200, page.text
        seen += page.json()["data"]
        if meanwhile:
            meanwhile()
            meanwhile = None
        if "next" not in page.json()["links"]:
            return seen
        url = page.json()["links"]["next"]
    raise AssertionError("the walk does not end")


def test_what_was_answered_then_is_answered_now(kept: City) -> None:
    first, second = kept.releases
    assert kept.client.get(URLS[0]).json() != kept.before[URLS[0]].json()
    for url, before in kept.before.items():
        then, now, latest = (kept.client.get(one) for one in (as_of(url, first), as_of(url, second), url))
        assert {one.status_code for one in (before, then, now, latest)} == {200}
        assert plain(then, first) == plain(before, first)
        assert plain(now, second) == plain(latest, second)
        for answer in (then, now):
            assert answer.headers["Cache-Control"] == FOR_EVER
        assert latest.headers["Cache-Control"] == "no-cache"


def test_a_tag_of_a_kept_release_still_gives_304(kept: City) -> None:
    for url in (URLS[0], "/v1/facts.csv", "/v1/places/lindow"):
        asked = as_of(url, kept.releases[0])
        tag = kept.client.get(asked).headers["ETag"]
        again = kept.client.get(asked, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["Cache-Control"]) == (304, b"", FOR_EVER)
        assert kept.client.head(asked).headers["ETag"] == tag


def test_only_responses_that_name_a_release_are_immutable(kept: City) -> None:
    first = kept.releases[0]
    for query in ("q=as_of=", "q=lindow&limit=2", f"q=as_of={first}%26", f"limit=1&q=x%26as_of={first}"):
        answer = kept.client.get(f"/v1/facts?{query}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache"), query
    for query in (f"as_of={first}", f"limit=2&as_of={first}", f"as_of={first}&q=lindow"):
        assert kept.client.get(f"/v1/facts?{query}").headers["Cache-Control"] == FOR_EVER, query


def test_after_a_rollback_a_date_of_the_newer_release_gives_the_older(city: City) -> None:
    time.sleep(1 - time.time() % 1)  # a date has seconds
    (newest,) = city.correct(3303)
    first, date = city.releases[0], city.client.get(URLS[0]).headers["Last-Modified"]
    with closing(open_store(city.url)) as store:
        store.use(first)
    assert city.client.get("/readyz").json()["revision"] == first
    for url in (URLS[0], "/v1/facts.csv"):
        back = city.client.get(url, headers={"If-Modified-Since": date})
        assert (back.status_code, back.content) == (200, city.client.get(url).content)
        again = city.client.get(url, headers={"If-Modified-Since": back.headers["Last-Modified"]})
        assert again.status_code == 304
    assert city.client.get(as_of(URLS[0], newest)).headers["Last-Modified"] == date


def test_a_fact_that_was_corrected_is_410_and_leads_to_itself_as_it_was(kept: City) -> None:
    then = {one["id"]: one for one in kept.before[URLS[0]].json()["data"]}
    now = {one["id"] for one in kept.client.get(URLS[0]).json()["data"]}
    (gone,) = then.keys() - now
    (come,) = now - then.keys()
    problem = kept.client.get(f"/v1/facts/{gone}")
    assert (problem.status_code, problem.json()["type"]) == (410, "/problems/retracted")
    assert problem.headers["Cache-Control"] == "no-store"
    assert problem.json()["successor"] == f"/v1/facts/{come}"
    assert kept.client.get(problem.json()["as_it_was"]).json() == then[gone]
    # The changes of a release lead to both.
    (corrected,) = kept.client.get("/v1/releases/2").json()["data"]
    assert corrected["before"]["href"] == problem.json()["as_it_was"]
    assert kept.client.get(corrected["after"]["href"]).json()["id"] == come
    # What was not there yet is not found, and what was there is.
    assert kept.client.get(as_of(f"/v1/facts/{come}", kept.releases[0])).status_code == 404
    assert kept.client.get(as_of(f"/v1/facts/{gone}", kept.releases[1])).status_code == 410


def test_ids_are_those_of_the_release(city: City) -> None:
    for path in city.seed.rglob("*"):
        if path.suffix in (".yaml", ".csv"):
            written = path.read_text(encoding="utf-8")
            path.write_text(written.replace("ostria-cars", "ostria-motors"), encoding="utf-8")
    load(city.url, city.seed, None, no_progress)
    assert city.client.get("/readyz").is_success
    asked = "/v1/facts?subject=ostria-cars"
    assert city.client.get(asked).status_code == 400
    then = city.client.get(as_of(asked, city.releases[0])).json()
    assert {one["subject"]["id"] for one in then["data"]} == {"ostria-cars"}
    assert city.client.get(as_of("/v1/facts?subject=nobody", city.releases[0])).status_code == 400
    assert city.client.get(as_of("/v1/companies/ostria-motors", city.releases[0])).status_code == 404


def test_a_day_means_its_last_release(city: City) -> None:
    for number, day in enumerate(("2026-01-05T08:00:00+00:00", "2026-01-07T23:59:59+00:00"), 1):
        change(city.url, f"UPDATE releases SET loaded_at = '{day}' WHERE number = {number}")  # noqa: S608 - our own
    forget_digests(city.url) if city.url.startswith("sqlite") else None
    assert city.client.get("/readyz").is_success
    for day, release in {"2026-01-05": 0, "2026-01-06": 0, "2026-01-07": 1, "2026-02-01": 1}.items():
        found = city.client.get(f"/v1/facts?limit=1&as_of={day}")
        assert found.status_code == 200, found.text
        assert found.json()["meta"]["revision"] == city.releases[release]
        assert found.headers["Cache-Control"] == "no-cache", "after `factbook use` it may be another"
    too_early = city.client.get("/v1/facts?as_of=2026-01-04")
    assert (too_early.status_code, too_early.json()["errors"][0]["parameter"]) == (400, "as_of")


@pytest.mark.parametrize("named", [UNKNOWN, "x", "2999-01-01", "2026-13-01", "1", "", "x&as_of=y", "%2E%2E/x"])
def test_an_invalid_as_of_is_refused(kept: City, named: str) -> None:
    for path in ("/v1/facts", "/v1/facts.csv", "/v1/places/lindow", "/v1/facts/groups", "/v1/audit"):
        answer = kept.client.get(f"{path}?as_of={named}" + ("&by=year" if "groups" in path else ""))
        assert answer.status_code == 400, path
        assert [one["parameter"] for one in answer.json()["errors"]] == ["as_of"]


def test_other_errors_are_reported_together_with_a_wrong_as_of(kept: City) -> None:
    for mistake, name in (("limit=-3", "limit"), ("yaer=1", "yaer"), ("sort=colour", "sort"), ("year=x", "year")):
        right, wrong = (kept.client.get(f"/v1/facts?as_of={one}&{mistake}") for one in (kept.releases[0], UNKNOWN))
        assert [one["parameter"] for one in right.json()["errors"]] == [name]
        assert [one["parameter"] for one in wrong.json()["errors"]] == [name, "as_of"]
    for path in ("/v1", "/v1/releases/1"):
        answer = kept.client.get(f"{path}?as_of={kept.releases[0]}")
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "as_of")


def test_a_release_that_is_not_kept_is_410_and_says_what_to_do(city: City) -> None:
    first = city.releases[0]
    assert city.client.get(as_of(URLS[0], first)).status_code == 200
    city.correct(3303, keep=2)
    # A server of PostgreSQL reads on for a second in what it has found to be kept.
    until(lambda: city.client.get(as_of(URLS[0], first)).status_code != 200)
    for url in URLS:
        gone = city.client.get(as_of(url, first))
        assert (gone.status_code, gone.headers["Content-Type"]) == (410, "application/problem+json"), url
        assert gone.json()["type"] == "/problems/release-not-kept"
        assert "factbook load SEED" in gone.json()["detail"]
        assert city.client.get(as_of(url, city.releases[1])).status_code == 200


def test_pages_go_on_in_the_release_they_began_in(city: City) -> None:
    figures = iter([3303, 3304, 3305])
    expected = city.client.get("/v1/facts?limit=500").json()["data"]
    for url in ("/v1/facts?limit=20", "/v1/facts?limit=20&sort=-value", f"/v1/facts?limit=20&as_of={city.releases[0]}"):
        found = walked(city.client, url, meanwhile=lambda: city.correct(next(figures), keep=6))
        if "as_of" in url:
            assert found == city.before[URLS[0]].json()["data"]
        elif "sort" not in url:
            assert found == expected
        assert len({one["id"] for one in found}) == len(found) == len(expected)
    current = city.client.get("/v1/facts?limit=500").json()["data"]
    assert current != expected


def test_an_export_goes_on_in_the_release_its_cursor_began_in(city: City) -> None:
    whole = city.client.get("/v1/facts.ndjson").text.splitlines()
    rest = city.client.get("/v1/facts?limit=20").json()["links"]["next"].replace("limit=20&", "")
    city.correct(3303)
    assert city.client.get("/v1/facts.ndjson").text.splitlines() != whole
    assert city.client.get(rest.replace("/facts?", "/facts.ndjson?")).text.splitlines() == whole[20:]


def test_a_cursor_whose_release_is_not_kept_is_410_and_says_how_to_begin_again(city: City) -> None:
    following = city.client.get("/v1/facts?limit=20").json()["links"]["next"]
    city.correct(3303)
    assert city.client.get(following).status_code == 200
    city.correct(3304, keep=1)
    until(lambda: city.client.get(following).status_code != 200)
    for url in (following, following.replace("/facts?", "/facts.csv?")):
        gone = city.client.get(url)
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/stale-cursor")
        assert "start again without `after`" in gone.json()["detail"]
    assert city.client.get(following.split("&after=")[0]).status_code == 200


@pytest.mark.parametrize(
    "named",
    [{"If-None-Match": "{tag}"}, {"If-Range": "{tag}", "Range": "bytes=0-99"}],
    ids=lambda named: next(iter(named)),
)
def test_a_process_that_has_not_looked_yet_gives_nobody_an_older_release_than_another_did(
    named: dict[str, str],
    originals: Callable[[str], City],
    copy_database: CopyDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Several processes serve one SQLite file, and each looks for itself whether it was replaced."""
    path, plain = "/v1/facts.csv", {"Accept-Encoding": "identity"}
    original = originals("sqlite")
    with copied(original, copy_database(original.url), tmp_path) as city:
        assert city.client.get("/readyz").is_success
        monkeypatch.setattr("app.store.sqlite.LOOK_EVERY", 3600)
        load(city.url, Path(shutil.copytree(CITY, tmp_path / "again")), None, no_progress)
        with TestClient(create_app(Settings(database_url=city.url, access_log=False))) as other:
            tag = other.get(path, headers=plain).headers["ETag"]
        assert city.client.get(path, headers=plain).headers["ETag"] != tag, "it has not looked"
        headers = plain | {name: value.format(tag=tag) for name, value in named.items()}
        answer = city.client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["ETag"]) == (206 if "Range" in named else 304, tag)
