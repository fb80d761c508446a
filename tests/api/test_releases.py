"""Releases: what each load changed, told a page at a time."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from tests.conftest import CITY, DATABASES, NewDatabase, loaded, no_progress

FIGURES, NAMES = "facts/statistics.csv", "organizations.yaml"
# What is put in the place of what, load by load: a figure and a name; both as they were.
LOADS = [
    [(FIGURES, "330100000000,,3301亿元", "330200000000,,3302亿元"), (NAMES, "en: Ostria Cars", "en: Ostria Motors")],
    [(FIGURES, "330200000000,,3302亿元", "330100000000,,3301亿元"), (NAMES, "en: Ostria Motors", "en: Ostria Cars")],
]


@pytest.fixture(scope="module", params=DATABASES)
def client(
    request: pytest.FixtureRequest, new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """Of a city that was loaded, changed, and changed back; each answer to /v1/releases is kept in `tags`."""
    seed = Path(shutil.copytree(CITY, tmp_path_factory.mktemp("releases") / "seed"))
    url = loaded(new_database(request.param), seed)
    with TestClient(create_app(Settings(database_url=url, access_log=False))) as asking:
        asking.tags = [asking.get("/v1/releases").headers["etag"]]  # type: ignore[attr-defined]
        for changes in LOADS:
            for file, old, new in changes:
                written = (seed / file).read_text(encoding="utf-8")
                assert written.count(old) == 1
                (seed / file).write_text(written.replace(old, new), encoding="utf-8")
            load(url, seed, None, no_progress)
            assert asking.get("/readyz").is_success  # what it has seen is answered from now on
            asking.tags.append(asking.get("/v1/releases").headers["etag"])  # type: ignore[attr-defined]
        yield asking


def read(client: TestClient, url: str) -> Any:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_last_release_is_the_first_of_the_list(client: TestClient) -> None:
    page = read(client, "/v1/releases?total=exact")
    assert [one["number"] for one in page["data"]] == [3, 2, 1]
    revisions = [one["revision"] for one in page["data"]]
    assert revisions[0] == revisions[2] == page["meta"]["revision"] != revisions[1]
    assert page["meta"]["total"] == {"value": 3, "relation": "eq"}
    told = {"added": 0, "revised": 1, "retracted": 0}
    assert [one["facts"] for one in page["data"]] == [told, told, {"added": 69, "revised": 0, "retracted": 0}]
    assert [one["entities"]["revised"] for one in page["data"]] == [1, 1, 0]
    assert [one["compared"] for one in page["data"]] == [True, True, False]
    assert read(client, "/v1")["links"]["releases"] == "/v1/releases"


def test_a_list_of_releases_is_paged_sorted_and_exported_as_any_other(client: TestClient) -> None:
    url, seen = "/v1/releases?limit=1", []
    while url:
        page = read(client, url)
        seen += [one["number"] for one in page["data"]]
        url = page["links"].get("next")
    assert seen == [3, 2, 1]
    assert [one["number"] for one in read(client, "/v1/releases?sort=number&fields=number")["data"]] == [1, 2, 3]
    lines = client.get("/v1/releases.csv").text.splitlines()
    assert lines[0].startswith("number,revision,loaded_at,compared,facts_added,facts_revised,facts_retracted,")
    assert [line.split(",")[0] for line in lines[1:]] == ["3", "2", "1"]


def test_back_to_the_same_data_is_another_release_with_a_tag_of_its_own(client: TestClient) -> None:
    assert len(set(client.tags)) == len(LOADS) + 1  # type: ignore[attr-defined]


def test_a_release_tells_what_it_changed(client: TestClient) -> None:
    page = read(client, "/v1/releases/2")
    renamed, corrected = page["data"]
    assert (renamed["kind"], renamed["noun"], renamed["id"]) == ("revised", "organizations", "ostria-cars")
    assert [renamed[side]["text"]["en"] for side in ("before", "after")] == ["Ostria Cars", "Ostria Motors"]
    assert (corrected["kind"], corrected["noun"], corrected["id"]) == ("revised", "facts", corrected["before"]["id"])
    assert corrected["successor"] == corrected["after"]["id"]
    assert [corrected[side]["printed"] for side in ("before", "after")] == ["3301亿元", "3302亿元"]
    assert page["meta"]["total"] == {"value": 2, "relation": "eq"}
    assert page["release"] == read(client, "/v1/releases")["data"][1]


def test_a_revision_names_the_last_release_of_its_data(client: TestClient) -> None:
    latest, second, first = read(client, "/v1/releases")["data"]
    assert read(client, f"/v1/releases/{latest['revision']}")["release"] == latest
    assert read(client, f"/v1/releases/{second['revision']}")["release"] == second
    assert read(client, "/v1/releases/1")["release"] == first
    assert read(client, "/v1/releases/1")["data"] == []


def test_changes_are_paged(client: TestClient) -> None:
    page = read(client, "/v1/releases/2?limit=1")
    following = read(client, page["links"]["next"])
    assert [*page["data"], *following["data"]] == read(client, "/v1/releases/2")["data"]
    assert "next" not in following["links"]
    assert "total" not in read(client, "/v1/releases/2?total=none")["meta"]
    assert client.get(page["links"]["next"].replace("/2?", "/3?")).status_code == 400


@pytest.mark.parametrize("said", ["0", "4", "r-0000000000000000", "-1", "2.5"])
def test_what_is_no_release_is_told(client: TestClient, said: str) -> None:
    problem = client.get(f"/v1/releases/{said}")
    assert problem.status_code == 404
    assert problem.json()["errors"][0]["value"] == said
