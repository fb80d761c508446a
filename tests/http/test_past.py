"""Answers as of a release of before: what was answered then is answered now, and for ever."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from httpx2 import Response
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.api.facts import FACTS
from app.cli import commands
from app.database import writing_engine
from app.http.tags import Question
from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from tests.conftest import CITY, DATABASES, NewDatabase, loaded

FIGURES = "facts/statistics.csv"
URLS = [
    "/v1/facts?limit=500&total=exact",
    "/v1/facts?metric=gdp&sort=-value&fields=id,value",
    "/v1/facts?q=Lindow&limit=3",
    "/v1/facts.csv?metric=gdp",
    "/v1/facts.ndjson",
    "/v1/facts/groups?by=metric,year&stat=max&metric=gdp",
    "/v1/facts/groups.csv?by=source",
    "/v1/organizations",
    "/v1/places/lindow",
    "/v1/sources.csv",
    "/v1/comparisons",
    "/v1/conflicts?limit=1",
]
FOR_EVER = "public, max-age=31536000, immutable"


class City(NamedTuple):
    """A service over a city that was loaded, then corrected; what was answered before, and by which revisions."""

    client: TestClient
    url: str
    seed: Path
    before: dict[str, Response]
    revisions: list[str]


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


def swap(seed: Path, old: str, new: str) -> None:
    path = seed / FIGURES
    written = path.read_text(encoding="utf-8")
    assert written.count(old) == 1
    path.write_text(written.replace(old, new), encoding="utf-8")


def serving(url: str, past_releases: int = 4) -> TestClient:
    return TestClient(create_app(Settings(database_url=url, access_log=False, past_releases=past_releases)))


def corrected(url: str, seed: Path, *versions: int) -> list[str]:
    """Load a figure as 3301, then as each of the versions; the revisions."""
    revisions = [load(url, seed, None, quietly).revision]
    was = 3301
    for now in versions:
        swap(seed, f"{was}00000000,,{was}亿元", f"{now}00000000,,{now}亿元")
        revisions.append(load(url, seed, None, quietly).revision)
        was = now
    return revisions


@contextmanager
def standing(url: str, folder: Path) -> Iterator[City]:
    seed = Path(shutil.copytree(CITY, folder / "seed"))
    with serving(loaded(url, seed)) as client:
        before = {one: client.get(one) for one in URLS}
        yield City(client, url, seed, before, corrected(url, seed, 3302))


@pytest.fixture(params=DATABASES)
def city(request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path: Path) -> Iterator[City]:
    with standing(new_database(request.param), tmp_path) as one:
        yield one


@pytest.fixture(scope="module", params=DATABASES)
def kept(
    request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    """The same for all tests that only read it."""
    with standing(new_database(request.param), tmp_path_factory.mktemp("kept")) as one:
        yield one


def ready(client: TestClient, url: str, headers: dict[str, str] | None = None) -> Response:
    """The answer, once the release is ready; how long that takes is for the machine to say."""
    until = time.monotonic() + 120
    while (answer := client.get(url, headers=headers)).status_code == 503 and time.monotonic() < until:
        assert answer.headers["retry-after"]
        time.sleep(0.2)
    return answer


def as_of(url: str, said: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}as_of={said}"


def execute(url: str, statement: str) -> None:
    engine = writing_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def plain(answer: Response, said: str) -> str:
    """What was answered, but for what links say of it; cursors know what was asked."""
    return re.sub(r"[?&](?=\")", "", re.sub(rf"(?<=[?&])(as_of={said}|after=[\w-]+)&?", "", answer.text))


def test_what_was_answered_then_is_answered_now(kept: City) -> None:
    first, second = kept.revisions
    assert kept.client.get(URLS[0]).json() != kept.before[URLS[0]].json()
    for url, before in kept.before.items():
        then, now, latest = (
            ready(kept.client, as_of(url, first)),
            kept.client.get(as_of(url, second)),
            kept.client.get(url),
        )
        assert {one.status_code for one in (before, then, now, latest)} == {200}
        assert plain(then, first) == plain(before, first)
        assert plain(now, second) == plain(latest, second)
        assert (
            then.headers["cache-control"] == now.headers["cache-control"] == FOR_EVER != latest.headers["cache-control"]
        )


def test_a_fact_that_is_gone_leads_to_itself_as_it_was(kept: City) -> None:
    then = {one["id"]: one for one in kept.before[URLS[0]].json()["data"]}
    now = {one["id"] for one in kept.client.get(URLS[0]).json()["data"]}
    (gone,) = then.keys() - now
    problem = kept.client.get(f"/v1/facts/{gone}")
    assert problem.status_code == 410
    was = ready(kept.client, problem.json()["as_it_was"])
    assert was.json() == then[gone]
    change = kept.client.get(f"/v1/releases/{kept.revisions[1]}").json()["data"][0]
    assert change["before"]["href"] == problem.json()["as_it_was"]
    assert kept.client.get(change["after"]["href"]).json()["id"] == change["successor"]
    come = change["successor"]
    assert ready(kept.client, f"/v1/facts/{come}?as_of={kept.revisions[0]}").status_code == 404


def test_who_has_an_answer_of_then_has_it_still(kept: City) -> None:
    url = as_of(URLS[0], kept.revisions[0])
    tag = ready(kept.client, url).headers["etag"]
    again = kept.client.get(url, headers={"If-None-Match": tag})
    assert (again.status_code, again.headers["cache-control"]) == (304, FOR_EVER)
    export = as_of("/v1/facts.csv", kept.revisions[0])
    tag = kept.client.get(export).headers["etag"]
    assert kept.client.get(export, headers={"If-None-Match": tag}).status_code == 304


def test_pages_of_then_go_on_whatever_is_loaded(city: City) -> None:
    url, seen = f"/v1/facts?limit=20&as_of={city.revisions[0]}", []
    corrected_to = iter(["3303", "3304"])
    was = "3302"
    while url:
        page = ready(city.client, url).json()
        seen += page["data"]
        url = page["links"].get("next")
        if now := next(corrected_to, None):
            swap(city.seed, f"{was}00000000,,{was}亿元", f"{now}00000000,,{now}亿元")
            load(city.url, city.seed, None, quietly)
            was = now
    assert seen == city.before[URLS[0]].json()["data"]


def test_a_day_means_its_last_release(city: City) -> None:
    for number, day in enumerate(("2026-01-05T08:00:00+00:00", "2026-01-07T23:59:59+00:00"), 1):
        execute(city.url, f"UPDATE releases SET loaded_at = '{day}' WHERE number = {number}")  # noqa: S608 - our own
    for day, revision in {"2026-01-05": 0, "2026-01-06": 0, "2026-01-07": 1, "2026-02-01": 1}.items():
        found = ready(city.client, f"/v1/facts?limit=1&as_of={day}").json()
        assert found["meta"]["revision"] == city.revisions[revision]
        assert found["links"]["self"] == f"/v1/facts?limit=1&as_of={city.revisions[revision]}"
    too_early = city.client.get("/v1/facts?as_of=2026-01-04")
    assert (too_early.status_code, too_early.json()["errors"][0]["parameter"]) == (400, "as_of")


@pytest.mark.parametrize(
    "said", ["r-0000000000000000", "x", "2999-01-01", "2026-13-01", "1", "", "x&as_of=y", "%2E%2E/x"]
)
def test_what_names_no_release_is_told(kept: City, said: str) -> None:
    answer = kept.client.get(f"/v1/facts?as_of={said}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "as_of"


def test_a_mistake_beside_it_is_met_before_anything_is_made(city: City) -> None:
    for path, name in (("/v1/audit", "as_of"), ("/v1", "as_of"), ("/v1/releases", "as_of")):
        answer = city.client.get(f"{path}?as_of={city.revisions[0]}")
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, name)
    for mistake in ("limit=-3", "nonsense=1", "sort=colour", "year=x&subject=nobody"):
        assert city.client.get(f"/v1/facts?as_of={city.revisions[0]}&{mistake}").status_code == 400
    assert city.client.app.state.responder.past.folder is None  # type: ignore[attr-defined]


def test_a_release_whose_seed_is_not_kept_is_told(city: City) -> None:
    execute(city.url, "DELETE FROM release_files WHERE number = 1")
    answer = city.client.get(as_of(URLS[0], city.revisions[0]))
    assert answer.status_code == 400
    assert "is not kept" in answer.json()["detail"]
    change = city.client.get("/v1/releases/2").json()["data"][0]
    assert change["before"]["href"] is None
    assert city.client.get(f"/v1/facts/{change['id']}").json()["as_it_was"] is None


def test_a_release_that_cannot_be_made_is_not_tried_at_once_again(city: City) -> None:
    execute(city.url, "DELETE FROM seed_files")
    url = as_of(URLS[0], city.revisions[0])
    until = time.monotonic() + 120
    while "being made ready" in (answer := city.client.get(url)).json()["detail"] and time.monotonic() < until:
        time.sleep(0.2)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "cannot be made ready; the log" in answer.json()["detail"]
    assert city.client.get("/v1/facts").status_code == 200


def test_an_id_of_then_may_be_asked_for_that_is_not_there_any_more(city: City) -> None:
    (city.seed / "organizations.yaml").write_text(
        (city.seed / "organizations.yaml").read_text(encoding="utf-8").replace("ostria-cars:", "ostria-motors:"),
        encoding="utf-8",
    )
    for path in city.seed.rglob("facts/*"):
        path.write_text(path.read_text(encoding="utf-8").replace("ostria-cars", "ostria-motors"), encoding="utf-8")
    load(city.url, city.seed, None, quietly)
    asked = "/v1/facts?subject=ostria-cars"
    assert city.client.get(asked).status_code == 400
    then = ready(city.client, as_of(asked, city.revisions[0]))
    assert [one["subject"]["id"] for one in then.json()["data"]] == ["ostria-cars"] * then.json()["meta"]["total"][
        "value"
    ]
    assert ready(city.client, as_of("/v1/facts?subject=nobody", city.revisions[0])).status_code == 400


def test_what_went_before_then_is_gone_then_too(city: City) -> None:
    (gone,) = {one["id"] for one in city.before[URLS[0]].json()["data"]} - {
        one["id"] for one in city.client.get(URLS[0]).json()["data"]
    }
    swap(city.seed, "330200000000,,3302亿元", "330300000000,,3303亿元")
    load(city.url, city.seed, None, quietly)
    then = ready(city.client, f"/v1/facts/{gone}?as_of={city.revisions[1]}")
    assert (then.status_code, then.headers["cache-control"]) == (410, "no-store")
    assert then.json()["successor"] != city.client.get(f"/v1/facts/{gone}").json()["successor"]


def test_an_export_goes_on_though_its_release_is_let_go_of_and_asked_for_again(city: City) -> None:
    first = city.revisions[0]
    with serving(city.url) as client:
        assert ready(client, as_of("/v1/facts?limit=1", first)).status_code == 200
        past = client.app.state.responder.past  # type: ignore[attr-defined]

        async def used_by_two() -> int:
            async with AsyncExitStack() as early:
                responder = await early.enter_async_context(past._opened(first))  # noqa: SLF001 - to hold it open
                evicted = past._open[first]  # noqa: SLF001
                past._evict(first)  # noqa: SLF001
                async with past._opened(first) as again:  # noqa: SLF001
                    assert again is not responder
                    await early.aclose()
                    assert not evicted.link.exists()
                    made = await again.made(Question(b"/v1/facts", b"limit=1", zipped=False), FACTS.page)
            return int(made.body.rows)

        assert client.portal
        assert client.portal.call(used_by_two) == 1


def test_only_so_many_stay_ready(city: City) -> None:
    swap(city.seed, "330200000000,,3302亿元", "330300000000,,3303亿元")
    revisions = [*city.revisions, load(city.url, city.seed, None, quietly).revision]
    with serving(city.url, past_releases=1) as client:
        for revision in [*revisions[:2], revisions[0]]:
            assert ready(client, as_of("/v1/facts?limit=1", revision)).json()["meta"]["revision"] == revision
            folder = client.app.state.responder.past.folder  # type: ignore[attr-defined]
            assert [one.stem for one in folder.glob("*.db")] == [revision]
    assert not folder.exists()


def test_a_release_is_written_as_a_file_of_its_own(kept: City, tmp_path: Path) -> None:
    file = tmp_path / "then.db"
    ran = CliRunner().invoke(
        commands, ["restore", kept.revisions[0], str(file)], env={"FACTBOOK_DATABASE_URL": kept.url}
    )
    assert ran.exit_code == 0, ran.output
    with serving(f"sqlite:///{file}") as then:
        assert {one: then.get(one).text for one in URLS} == {one: was.text for one, was in kept.before.items()}
        assert [one["number"] for one in then.get("/v1/releases").json()["data"]] == [1]
        assert then.get("/v1/releases/1").json()["release"]["revision"] == kept.revisions[0]
    for said, place in ((kept.revisions[0], file), ("r-0000000000000000", tmp_path / "none.db")):
        ran = CliRunner().invoke(commands, ["restore", said, str(place)], env={"FACTBOOK_DATABASE_URL": kept.url})
        assert ran.exit_code == 2
