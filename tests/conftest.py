"""Fixtures. Every test that reads asks a service over a database made by the real migrations and the real loader.

`service` answers for the invented city of tests/city, `real` for seed/; both come once for SQLite and once for
PostgreSQL. `new_database` makes an empty one, for tests that write.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.seeding.loading import load
from app.seeding.migrating import migrate
from app.settings import Settings
from tests import postgres

ROOT = Path(__file__).parents[1]
CITY = Path(__file__).parent / "city"
SEED = ROOT / "seed"
DATABASES = ("sqlite", "postgresql")

NewDatabase = Callable[[str], str]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests does not reach them."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FACTBOOK_{name.upper()}", raising=False)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def new_database(postgresql: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Makes an empty database of a kind; gives its URL."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('database') / 'factbook'}.db"
        return postgresql.new_database()

    return make


def loaded(url: str, folder: Path) -> str:
    migrate(url)
    load(url, folder, None, lambda _what, _count: None)
    return url


@dataclass
class Service:
    """A service to ask, the URL of its database, and the SQL that ran since `queries.clear()`."""

    client: TestClient
    url: str
    queries: list[str] = field(default_factory=list)


def serve(url: str) -> Iterator[Service]:
    app = create_app(Settings(database_url=url))
    with TestClient(app, raise_server_exceptions=False) as client:
        service = Service(client, url)
        app.state.responder.database.readers.ran = lambda statement, _: service.queries.append(statement.sql)
        yield service


@pytest.fixture(scope="session", params=DATABASES)
def service(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Service]:
    yield from serve(loaded(new_database(request.param), CITY))


@pytest.fixture(scope="session", params=DATABASES)
def real(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Service]:
    yield from serve(loaded(new_database(request.param), SEED))
