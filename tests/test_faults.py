"""Databases that cannot be used: commands say what is wrong and what to do, the service is not ready, nothing is wrong.

The faults are real: bytes of a real file are overwritten, a process may write no larger files or has no right to write.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from starlette.testclient import TestClient

from app.cli import main
from app.database_errors import advice
from app.main import create_app
from app.settings import Settings
from app.store.schema import SCHEMA
from tests.conftest import CITY, DATABASES, ROOT, SEED, CityDatabase, NewDatabase
from tests.databases import change_file, path_of
from tests.forking import without_privileges

Damage = Callable[[Path], None]
SORTED = [f"/v1/facts?limit=500&sort={key}" for key in ("value", "-year", "subject")]
GROUPED = "/v1/facts/groups?by=year,metric&limit=500"
PATHS = ["/v1", *SORTED, "/v1/facts?q=产量", GROUPED, "/v1/companies", "/v1/places/lindow", "/v1/sources"]
PAGE = 8192
NEVER = "9999"


@pytest.fixture(scope="module")
def good(city_database: CityDatabase) -> Path:
    """A SQLite file that has the city."""
    return path_of(city_database("sqlite"))


@pytest.fixture
def file(good: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged. It has no digest beside it, so that nothing but SQLite tells."""
    copy = tmp_path / "city.db"
    copy.write_bytes(good.read_bytes())
    return copy


def pages(*shares: float, of: Callable[[Random], bytes]) -> Damage:
    """Overwrite pages at these shares of the file."""

    def damage(path: Path) -> None:
        count = path.stat().st_size // PAGE
        with path.open("r+b") as written:
            for share in shares:
                written.seek(int(share * count) * PAGE)
                written.write(of(Random(share)))  # noqa: S311 - a fault, not a secret

    return damage


def noise(random: Random) -> bytes:
    return random.randbytes(PAGE)


def nothing(_random: Random) -> bytes:
    return bytes(PAGE)


def _write(path: Path, what: bytes) -> None:
    path.write_bytes(what)


USELESS: dict[str, Damage] = {
    "a table of text": lambda path: _write(path, b"id,name\nlindow,Lindow\n" * 1000),
    "noise": lambda path: _write(path, noise(Random(1)) * 20),  # noqa: S311
    "cut off": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut off in its first page": lambda path: os.truncate(path, 1000),
    "another first page": pages(0, of=noise),
}
DAMAGED: dict[str, Damage] = {
    **{f"noise at {share:.0%}": pages(share, of=noise) for share in (0.1, 0.3, 0.5, 0.7, 0.9)},
    "noise in many places": pages(*(number / 20 for number in range(1, 20)), of=noise),
    "zeros in many places": pages(*(number / 20 for number in range(1, 20)), of=nothing),
    "noise everywhere behind the first page": pages(*(number / 1000 for number in range(20, 1000)), of=noise),
}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses a server was to listen on; none is started."""
    calls: list[str] = []
    monkeypatch.setattr("app.http.server.serve", lambda _create, settings, _store: calls.append(settings.host))
    return calls


def run(monkeypatch: pytest.MonkeyPatch, url: str, *arguments: str) -> int:
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["factbook", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def client_of(url: str) -> TestClient:
    return TestClient(create_app(Settings(database_url=url)), raise_server_exceptions=False)


def reason(client: TestClient, path: str = "/readyz") -> str:
    """Why a path is not answered, with 503 and when to try again."""
    answer = client.get(path)
    assert answer.status_code == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    return str(answer.json()["detail"])


@pytest.mark.parametrize("damage", USELESS.values(), ids=USELESS)
def test_a_file_that_is_no_database_is_not_served_and_a_load_puts_a_release_in_its_place(
    damage: Damage, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    damage(file)
    before = file.read_bytes()
    assert run(monkeypatch, f"sqlite:///{file}", "serve") == 3
    assert "run `factbook load`" in capsys.readouterr().err.splitlines()[-1]
    assert started == []
    assert file.read_bytes() == before
    with client_of(f"sqlite:///{file}") as client:
        assert client.get("/livez").status_code == 200
        for path in ("/readyz", *PATHS):
            assert "run `factbook load`" in reason(client, path)
        assert run(monkeypatch, f"sqlite:///{file}", "load", str(CITY)) == 0
        assert client.get("/readyz").status_code == 200


@pytest.fixture(scope="module")
def answers(good: Path) -> dict[str, bytes]:
    with client_of(f"sqlite:///{good}") as client:
        return {path: client.get(path).content for path in PATHS}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_gives_right_answers_or_none(damage: Damage, file: Path, answers: dict[str, bytes]) -> None:
    damage(file)
    wrong = []
    with client_of(f"sqlite:///{file}") as client:
        for path in PATHS:
            answer = client.get(path)
            if answer.status_code == 503:
                # What was seen to be damaged is not trusted any more.
                assert "The database file is damaged" in reason(client)
                for other in PATHS:  # unless it was answered before, and is kept
                    kept = client.get(other)
                    assert kept.content == answers[other] or "The database file is damaged" in reason(client, other)
            elif (answer.status_code, answer.content) != (200, answers[path]):
                wrong.append((path, answer.status_code, answer.text[:200]))
    assert wrong == []


def test_damage_is_found_by_the_questions_that_meet_it(file: Path) -> None:
    DAMAGED["noise everywhere behind the first page"](file)
    with client_of(f"sqlite:///{file}") as client:
        assert "The database file is damaged" in reason(client, "/v1/facts")


@pytest.mark.parametrize("path", ["/v1/facts.csv", "/v1/facts.ndjson?sort=value", "/v1/companies.csv"])
def test_damage_that_an_export_meets_is_remembered(path: str, file: Path) -> None:
    DAMAGED["noise everywhere behind the first page"](file)
    with client_of(f"sqlite:///{file}") as client:
        assert client.get(path).status_code == 503
        assert "The database file is damaged" in reason(client)


def test_a_schema_of_the_future_is_not_read_nor_replaced(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    url = f"sqlite:///{file}"
    change_file(file, f"UPDATE alembic_version SET version_num = '{NEVER}'")  # noqa: S608 - our own
    before = file.read_bytes()
    for command in (["load", str(SEED)], ["serve"]):
        assert run(monkeypatch, url, *command) == 3
        assert f"has the schema {NEVER}, which is newer than this version reads ({SCHEMA})" in capsys.readouterr().err
    assert started == []
    assert file.read_bytes() == before
    with client_of(url) as client:
        for path in ("/readyz", "/v1", "/v1/facts"):
            assert "is newer than this version reads" in reason(client, path)
        assert client.get("/readyz").json()["type"] == "/problems/database-unusable"


@pytest.mark.parametrize("state", ["older", "none", "unloaded"])
def test_a_schema_of_the_past_or_none_asks_for_a_load(
    state: str, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    url = f"sqlite:///{file}"
    if state == "none":
        file.unlink()
    else:
        unloaded = "DELETE FROM revisions" if state == "unloaded" else "UPDATE alembic_version SET version_num = '0001'"
        change_file(file, unloaded)
    assert run(monkeypatch, url, "serve") == 3
    assert "run `factbook load`" in capsys.readouterr().err
    assert started == []
    with client_of(url) as client:
        assert "run `factbook load`" in reason(client)


@pytest.mark.parametrize("kind", DATABASES)
def test_before_the_first_load_there_is_no_start(
    kind: str, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    started: list[str],
) -> None:  # fmt: skip
    url = new_database(kind)
    assert run(monkeypatch, url, "serve") == 3
    assert "run `factbook load`" in capsys.readouterr().err
    assert started == []
    with client_of(url) as client:
        assert "run `factbook load`" in reason(client)


def test_a_server_that_is_not_there_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], started: list[str]
) -> None:
    url = "postgresql://reader:secret@127.0.0.1:1/city"
    assert run(monkeypatch, url, "serve") == 0
    told = capsys.readouterr().err
    assert "The database cannot be reached." in told
    assert "Not ready until it can." in told
    assert "secret" not in told
    assert started == ["127.0.0.1"]
    with client_of(url) as client:
        assert reason(client) == "The database cannot be reached."
    assert run(monkeypatch, url, "load", str(CITY)) == 3
    assert "see that the server runs, and that FACTBOOK_DATABASE_URL says where" in capsys.readouterr().err


@pytest.fixture
def closed(file: Path) -> Iterator[Path]:
    """A file and its folder that nobody may write."""
    file.chmod(0o444)
    file.parent.chmod(0o555)
    yield file
    file.parent.chmod(0o755)


ASK = """
from starlette.testclient import TestClient
from app.main import create_app
with TestClient(create_app()) as client:
    print(*(client.get(path).status_code for path in ("/readyz", "/v1/facts", "/v1/facts.csv", "/v1/companies/nobody")))
"""


def asked_without_privileges(url: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FACTBOOK_")}
    kept |= {"FACTBOOK_DATABASE_URL": url, "FACTBOOK_ACCESS_LOG": "false"}
    return subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=kept, capture_output=True,
        text=True, timeout=60, check=True, preexec_fn=without_privileges,
    ).stdout.strip()  # fmt: skip


def test_a_file_is_served_from_where_nothing_may_be_written(closed: Path) -> None:
    before = closed.read_bytes()
    for url in (f"sqlite:///{closed}", f"sqlite:///file:{closed}?mode=ro&immutable=1&uri=true"):
        assert asked_without_privileges(url) == "200 200 200 404"
    assert closed.read_bytes() == before
    assert [path.name for path in closed.parent.iterdir()] == [closed.name]


def test_a_file_that_is_said_to_be_read_only_is_not_replaced(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = file.read_bytes()
    assert run(monkeypatch, f"sqlite:///file:{file}?mode=ro&immutable=1&uri=true", "load", str(SEED)) == 3
    assert "mode=ro" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_a_file_that_may_not_be_read_is_told(file: Path) -> None:
    file.chmod(0)
    assert asked_without_privileges(f"sqlite:///{file}") == "503 503 503 503"


class OfPostgresql(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("no")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "what"),
    [
        ("28P01", "correct user and password"), ("3D000", "make the database first"),
        ("42501", "give this user the right"),
        ("53100", "make room on its disk"), ("57P03", "the server is starting or stopping"),
        (None, "see that the server runs"),
        ("25006", "this server only reads; load into the primary"), ("22012", ""),
    ],
)  # fmt: skip
def test_what_postgresql_refuses_has_an_advice(sqlstate: str | None, what: str) -> None:
    assert advice(OfPostgresql(sqlstate)).startswith(what)
    assert bool(advice(OfPostgresql(sqlstate))) == bool(what)
