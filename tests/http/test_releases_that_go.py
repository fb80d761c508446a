"""While a response is being made, another release becomes current, or the one being read is dropped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient

from app.http import routing
from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from app.store.releases import OpenRelease, ReleaseNotKept
from tests.conftest import DATABASES, CityDatabase, no_progress, shortened
from tests.databases import one

EXPORT, PART = "/v1/facts.csv", {"Range": "bytes=0-99"}


class Two(NamedTuple):
    """A service over two releases of different length, the first and the current one."""

    client: TestClient
    ids: list[str]

    def use(self, number: int) -> None:
        store = self.client.app.state.factbook.store  # type: ignore[attr-defined]
        store.use(self.ids[number])
        store.check(5)


@pytest.fixture(params=DATABASES)
def two(request: pytest.FixtureRequest, city_database: CityDatabase, tmp_path: Path) -> Iterator[Two]:
    url = city_database(request.param)
    first = one(url, "SELECT revision FROM revisions")
    second = load(url, shortened(tmp_path), None, no_progress).revision
    with TestClient(create_app(Settings(database_url=url)), headers={"Accept-Encoding": "identity"}) as client:
        yield Two(client, [first, second])


def test_the_length_of_a_part_is_that_of_its_release(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    for number in (0, 1):
        two.use(number)
        lengths.append(len(two.client.get(EXPORT).content))
    assert lengths[0] != lengths[1]
    read_release = routing.read_release

    def then_another_is_current(*given: Any) -> Any:
        made = read_release(*given)
        two.use(0)
        return made

    monkeypatch.setattr(routing, "read_release", then_another_is_current)
    part = two.client.get(EXPORT, headers=PART)
    monkeypatch.undo()
    assert part.headers["Content-Range"] == f"bytes 0-99/{lengths[1]}"
    for number in (1, 0):
        two.use(number)
        assert two.client.get(EXPORT, headers=PART).headers["Content-Range"] == f"bytes 0-99/{lengths[number]}"


@pytest.fixture
def dropped(two: Two, monkeypatch: pytest.MonkeyPatch) -> Two:
    """Whatever is read of a release, it is not kept any more."""

    def gone(self: OpenRelease, *_given: Any) -> Any:
        raise ReleaseNotKept(self.id)
        yield

    def gone_at_once(self: OpenRelease, *_given: Any) -> Any:
        raise ReleaseNotKept(self.id)

    kind = type(two.client.app.state.factbook.store.current())  # type: ignore[attr-defined]
    monkeypatch.setattr(kind, "stream", gone)
    monkeypatch.setattr(kind, "rows", gone_at_once)
    return two


def test_an_export_whose_release_goes_before_its_first_row_is_410(dropped: Two) -> None:
    for headers in ({}, PART):
        answer = dropped.client.get(EXPORT, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (410, "/problems/release-not-kept")


def test_a_release_that_is_dropped_again_and_again_is_503(dropped: Two) -> None:
    for url in ("/v1/facts", "/v1/facts?as_of=2026-01-01", "/v1/facts.csv?as_of=2026-01-01"):
        answer = dropped.client.get(url)
        assert (answer.status_code, answer.json()["type"], answer.headers["Retry-After"]) == (
            503, "/problems/not-ready", "5",
        ), url  # fmt: skip
    assert dropped.client.post("/v1/verify", content="2024年郑州市汽车产量突破110万辆").status_code == 503
