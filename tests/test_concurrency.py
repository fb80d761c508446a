"""Loads beside many readers: each answer is of one release, none goes back to an older one, and nothing is refused."""

import threading
from collections import defaultdict
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from app.main import create_app
from app.seeding.loading import load
from app.settings import Settings
from tests.conftest import CITY, DATABASES, CityDatabase, no_progress, shortened
from tests.store.tiny import until

LOADS, READERS = 4, 3
PAUSE = 0.03  # seconds between two requests of one, which leaves most of the machine to the loads
PATHS = [
    "/v1/facts?limit=200&sort=-value", "/v1/facts/groups?by=initiative,year&limit=500", "/v1/companies",
    "/v1/places/lindow", "/v1/facts.csv", "/v1/organizations.ndjson",
]  # fmt: skip
WALK = "/v1/facts?limit=10"


class Seen:
    """What readers were answered: the bodies of each URL and release, and what was wrong."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], set[bytes]] = defaultdict(set)
        self.walks: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self.releases: set[str] = set()
        self.wrong: list[str] = []

    def add(self, answer: Response, at_least: int = 0) -> int:
        """The number of its release, which is not to be lower than that of one before; 0 for no answer."""
        if answer.status_code != 200:
            self.wrong.append(f"{answer.url}: {answer.status_code} {answer.text}")
            return 0
        release, number, _ = answer.headers["ETag"].strip('"').split("-")
        if int(number, 16) < at_least:
            self.wrong.append(f"{answer.url}: release {number} after {at_least:x}")
        self.releases.add(release)
        self.bodies[str(answer.url), release].add(answer.content)
        return int(number, 16)

    def walk(self, client: TestClient) -> None:
        """All pages of a list belong to the release of the first."""
        ids: list[str] = []
        found: set[str] = set()
        following: str | None = WALK
        while following:
            answer = client.get(following)
            if not self.add(answer):
                return
            page = answer.json()
            found.add(page["meta"]["revision"])
            ids += [one["id"] for one in page["data"]]
            following = page["links"].get("next")
        if len(found) == 1:
            self.walks[found.pop()].add(tuple(ids))
        else:
            self.wrong.append(f"a walk through {found}")


@pytest.mark.parametrize("cache_bytes", [0, 32_000_000], ids=["nothing kept", "kept"])
@pytest.mark.parametrize("database", DATABASES)
def test_a_reader_sees_one_release_or_the_other(
    database: str, cache_bytes: int, city_database: CityDatabase, tmp_path: Path
) -> None:
    seeds = [CITY, shortened(tmp_path)]
    url = city_database(database)
    seen, done = Seen(), threading.Event()
    settings = Settings(database_url=url, cache_bytes=cache_bytes, export_limit=READERS, access_log=False)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:

        def read(first: int) -> None:
            number = 0
            while not done.is_set():
                for path in PATHS[first:] + PATHS[:first]:
                    number = seen.add(client.get(path), number)
                    done.wait(PAUSE)
                seen.walk(client)

        readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
        for reader in readers:
            reader.start()
        try:
            for number in range(1, LOADS + 1):
                release = load(url, seeds[number % 2], None, no_progress).revision.removeprefix("r-")
                # Each is read at least once, then loads and readers race.
                until(lambda release=release: release in seen.releases or seen.wrong)  # type: ignore[misc]
            until(lambda: len(seen.walks) == len(seeds) or seen.wrong)
        finally:
            done.set()
            for reader in readers:
                reader.join()
    assert seen.wrong == []
    assert len(seen.releases) == len(seeds)
    assert {len(walks) for walks in seen.walks.values()} == {1}
    assert all(len(bodies) == 1 for (address, _), bodies in seen.bodies.items() if WALK not in address)
