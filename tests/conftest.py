"""Fixtures. Every test that reads asks a service over a database made by the real migrations and the real loader.

`service` answers for the invented city of tests/city, `real` for seed/; both come once for SQLite and once for
PostgreSQL. `kept_database` gives a loaded one to tests that only read; for tests that write, `new_database` makes an
empty one and `city_database` a copy of one that has the city, which is quicker than another load. Commands and servers
are forked from a process that has imported them: see forking.py. The files of tests are shared out to some processes,
each with a PostgreSQL server, databases and folders of its own.
"""

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url
from starlette.testclient import TestClient

from app.seeding.loading import load
from app.settings import Settings
from app.store.releases import OpenRelease
from bench.processes import Server
from tests import forking, postgres
from tests.databases import path_of

ROOT = Path(__file__).parents[1]
CITY = Path(__file__).parent / "city"
SEED = ROOT / "seed"
DATABASES = ("sqlite", "postgresql")
# Files of tests, or folders of them, that take a process twenty seconds or more.
LONGEST = (
    *("tests/drills/", "tests/test_fuzz.py", "tests/text/test_cost.py", "tests/seeding/", "tests/test_doctor.py"),
    *("tests/http/test_openapi.py", "tests/test_concurrency.py", "tests/test_replicas.py", "tests/store/"),
)

NewDatabase = Callable[[str], str]
KeptDatabase = Callable[[str, Path], str]
CopyDatabase = Callable[[str], str]
CityDatabase = Callable[[str], str]

# What a process of these tests has compiled is kept for those that follow, even where the environment forbids it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# A slow machine, or one whose cores are all busy, is no mistake.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Generator[None, int, int]:
    """A process a core for folders of tests, and one more, as tests wait a quarter of their time for what is to happen.

    None for a file or a test, which ends before another process is there.
    """
    cores = yield
    return cores + 1 if all(Path(asked).is_dir() for asked in config.args) else 0


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest is begun first, and leaves no core idle at the end. The order of all else stays random."""

    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((number for number, part in enumerate(LONGEST) if part in path), len(LONGEST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What has been imported lives until the end, and need not be searched for garbage: as in the service itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of whoever runs the tests does not reach them."""
    for name in os.environ:
        if name.startswith("FACTBOOK_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def quick_starts() -> Iterator[None]:
    """The servers of benchmark and drills are forked, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Server, "begin", forking.Process)
        yield
    forking.end()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Makes an empty database of a kind; gives its URL. A server is started once somebody asks for one of its own."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('database') / 'factbook'}.db"
        server: postgres.Server = request.getfixturevalue("postgresql")
        return server.new_database()

    return make


def no_progress(_what: str, _count: int) -> None:
    """Loads tell nobody how far they are."""


def shortened(folder: Path) -> Path:
    """A copy of the city without the last five of its figures."""
    copy = folder / "shortened"
    shutil.copytree(CITY, copy)
    figures = next((copy / "facts").glob("*.csv"))
    figures.write_text("".join(figures.read_text(encoding="utf-8").splitlines(keepends=True)[:-5]), encoding="utf-8")
    (copy / "manifest").write_text("draft\n", encoding="utf-8")
    return copy


def loaded(url: str, folder: Path) -> str:
    load(url, folder, None, no_progress)
    return url


@pytest.fixture(scope="session")
def kept_database(new_database: NewDatabase) -> KeptDatabase:
    """Gives the URL of a database of a kind that has a seed, for all tests that only read it."""

    @cache
    def keep(kind: str, folder: Path) -> str:
        return loaded(new_database(kind), folder)

    return keep


@pytest.fixture(scope="session")
def copy_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> CopyDatabase:
    """Makes a copy of a database that nobody has open; gives its URL."""

    def copy(url: str) -> str:
        if url.startswith("sqlite"):
            folder = tmp_path_factory.mktemp("copies") / "copy"
            shutil.copytree(path_of(url).parent, folder)
            return f"sqlite:///{folder / path_of(url).name}"
        server: postgres.Server = request.getfixturevalue("postgresql")
        return server.new_database(template=make_url(url).database or "")

    return copy


@pytest.fixture(scope="session")
def city_database(new_database: NewDatabase, copy_database: CopyDatabase) -> CityDatabase:
    """Makes a database of a kind that has the city and may be changed; gives its URL."""
    original = cache(lambda kind: loaded(new_database(kind), CITY))
    return lambda kind: copy_database(original(kind))


QUERIES: list[str] = []  # the SQL that was answered, of whichever service: tests run one after another


RECORDED: set[type[OpenRelease]] = set()


def record_queries(release: type[OpenRelease]) -> None:
    """Let all releases of a kind tell what was read of them; what is given up, and read again on a thread, is not."""
    if release in RECORDED:
        return
    RECORDED.add(release)
    read = release.rows

    def rows(self: OpenRelease, statement: Any, values: Any, limit: Any) -> Any:
        found = read(self, statement, values, limit)
        QUERIES.append(statement.sql)
        return found

    release.rows = rows  # type: ignore[method-assign]


@dataclass
class Service:
    """A service to ask, the URL of its database, and the SQL that ran since `queries.clear()`."""

    client: TestClient
    url: str
    queries: list[str] = field(default_factory=lambda: QUERIES)


def serve(url: str) -> Iterator[Service]:
    from app.main import create_app  # noqa: PLC0415

    app = create_app(Settings(database_url=url))
    record_queries(type(app.state.factbook.store.current()))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(client, url)


@pytest.fixture(scope="session")
def kept_service(kept_database: KeptDatabase) -> Iterator[Callable[[str, Path], Service]]:
    """Gives a service over such a database; each runs until the last test has ended, whoever asks for which in turn."""
    with ExitStack() as running:

        @cache
        def keep(kind: str, folder: Path) -> Service:
            return running.enter_context(contextmanager(serve)(kept_database(kind, folder)))

        yield keep


@pytest.fixture(scope="session", params=DATABASES)
def service(request: pytest.FixtureRequest, kept_service: Callable[[str, Path], Service]) -> Service:
    return kept_service(request.param, CITY)


@pytest.fixture(scope="session", params=DATABASES)
def real(request: pytest.FixtureRequest, kept_service: Callable[[str, Path], Service]) -> Service:
    return kept_service(request.param, SEED)
