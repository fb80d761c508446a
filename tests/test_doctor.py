"""The doctor finds any changed byte on both databases, says what to do, and that is what mends it."""

import json
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text

from app import workplaces
from app.cli import main
from app.database import writing_engine
from app.doctor import Finding, examined
from app.seeding.comparing import differences
from app.seeding.loading import load
from app.seeding.migrating import migrate
from app.seeding.pinning import pin
from app.settings import Settings
from tests.conftest import CITY, DATABASES, NewDatabase, loaded
from tests.postgres import Server

Copy = Callable[[], str]
# A change of one row each; `{at}` is one of those that are there.
CHANGES = {
    "fact_answers": "UPDATE fact_answers SET json = replace(json, '12.5', '12.6') WHERE json LIKE '%12.5%'",
    "fact_answers, a name": "UPDATE fact_answers SET json = replace(json, 'Marlow', 'Harlow') WHERE position = {at}",
    "fact_answers, no JSON": "UPDATE fact_answers SET json = substr(json, 2) WHERE position = 3",
    "fact_answers, a row gone": "DELETE FROM fact_answers WHERE position = 3",
    "fact_csv": "UPDATE fact_csv SET line = replace(line, 'a', 'b') WHERE position = 3",
    "fact_ndjson": "UPDATE fact_ndjson SET line = replace(line, 'a', 'b') WHERE position = 3",
    "fact_texts": "UPDATE fact_texts SET search = search || ' ' WHERE position = 3",
    "facts, a key": "UPDATE facts SET value_key = value_key || '0' WHERE position = {measured}",
    "facts, a span": "UPDATE facts SET span_end = span_end + 1 WHERE span_start = 7",
    "facts, an end of an interval": "UPDATE facts SET value_high_key = '-' WHERE value_high_key = '~'",
    "source_texts": "UPDATE source_texts SET text = text || 'x'",
    "source_texts, a row gone": "DELETE FROM source_texts",
    "facts, two swapped": "UPDATE facts SET status = 'plan' WHERE position = 3 AND status = 'actual'",
    "slices": "UPDATE slices SET facts = facts + 1 WHERE number = 3",
    "slice_facts": "DELETE FROM slice_facts WHERE slice = 3",
    "fact_tags": "DELETE FROM fact_tags WHERE position = 3",
    "search_words": "UPDATE search_words SET word = word || 'x' WHERE word = (SELECT min(word) FROM search_words)",
    "common_words": "INSERT INTO common_words VALUES ('nothing', 501)",
    "entities, an answer": "UPDATE entities SET answer = replace(answer, 'a', 'b') WHERE id = 'marlow-motors'",
    "entities, a name": "UPDATE entities SET name_en = name_en || 'x' WHERE id = 'marlow-motors'",
    "mentions": "DELETE FROM mentions WHERE entity_id = 'marlow-motors'",
    "revisions, counts": "UPDATE revisions SET counts = replace(counts, '69', '68')",
    "revisions, name": "UPDATE revisions SET revision = 'r-0000000000000000'",
}
WORDS = {
    "sqlite": "INSERT INTO fact_words (rowid, words) VALUES (3, 'nothing')",
    "postgresql": "UPDATE fact_words SET words = words || 'nothing'::tsvector WHERE position = 3",
}


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


def change(url: str, statement: str) -> int:
    engine = writing_engine(url)
    try:
        with engine.begin() as connection:
            return connection.execute(text(statement)).rowcount
    finally:
        engine.dispose()


def one(url: str, query: str) -> Any:
    engine = writing_engine(url)
    try:
        with engine.connect() as connection:
            return connection.execute(text(query)).scalar_one()
    finally:
        engine.dispose()


@pytest.fixture(scope="module", params=DATABASES)
def copy(
    request: pytest.FixtureRequest,
    new_database: NewDatabase,
    postgresql: Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Copy:
    """Gives the URL of a copy of a database that has the city."""
    first = loaded(new_database(request.param), CITY)
    folder = tmp_path_factory.mktemp("copies")

    def of_file() -> str:
        target = folder / f"{len(list(folder.iterdir()))}.db"
        with closing(sqlite3.connect(make_url(first).database or "")) as source, closing(sqlite3.connect(target)) as to:
            source.backup(to)
        return f"sqlite:///{target}"

    return of_file if request.param == "sqlite" else lambda: postgresql.new_database(make_url(first).database or "")


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    return {found.check: found for found in findings}


def examine(url: str, **settings: Any) -> dict[str, Finding]:
    return by_check(list(examined(Settings(database_url=url, **{"seed": CITY, **settings}), quietly)))


def test_a_database_as_it_was_loaded_is_well(copy: Copy) -> None:
    findings = examine(copy())
    assert [found for found in findings.values() if found.level == "wrong"] == []
    known = {"settings", "database", "schema", "revision", "contents", "manifest", "texts", "seed", "disk", "leftovers"}
    assert set(findings) - {"file", "encoding"} == known
    assert findings["texts"].said.startswith("23 quotes") or "quotes were held" in findings["texts"].said


@pytest.mark.parametrize("what", [*CHANGES, "fact_words"])
def test_any_change_of_what_is_stored_is_found(what: str, copy: Copy) -> None:
    url = copy()
    statement = CHANGES.get(what) or WORDS[make_url(url).get_backend_name()]
    measured = one(url, "SELECT min(position) FROM facts WHERE value_key IS NOT NULL")
    named = one(url, "SELECT min(position) FROM fact_answers WHERE json LIKE '%Marlow%'")
    assert differences(url, quietly) == []
    changed = change(url, statement.format(at=named, measured=measured) if "{" in statement else statement)
    assert changed, "there was something to change"
    found = examine(url)["contents"]
    assert found.level == "wrong"
    assert "factbook load --again" in found.todo


def test_a_load_says_it_is_there_already_and_again_mends_it(copy: Copy) -> None:
    url = copy()
    revision, before = one(url, "SELECT revision FROM revisions"), one(url, "SELECT loaded_at FROM revisions")
    change(url, CHANGES["fact_csv"])
    change(url, "UPDATE revisions SET loaded_at = '2001-02-03T04:05:06+00:00'")
    assert not load(url, CITY, None, quietly).changed
    assert examine(url)["contents"].level == "wrong"
    again = load(url, CITY, None, quietly, again=True)
    assert (again.changed, again.revision) == (True, revision)
    assert one(url, "SELECT loaded_at FROM revisions") >= before, "it was loaded now"
    assert examine(url)["contents"].level == "ok"


@pytest.mark.parametrize("text_of", ["答", "12.5%", "Marlow"])
def test_a_byte_flipped_in_the_file_is_found(text_of: str, new_database: NewDatabase, tmp_path: Path) -> None:
    url = loaded(new_database("sqlite"), CITY)
    path = Path(make_url(url).database or "")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    places = [at for at in range(len(whole)) if whole.startswith(text_of.encode(), at)]
    if text_of == "答":
        assert not places, "what is not there cannot be flipped"
        return
    for at in (places[0], places[len(places) // 2], places[-1]):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        levels = {found.check: found.level for found in examine(url).values()}
        assert "wrong" in (levels.get("contents"), levels["file"]), at


def test_a_damaged_file_is_told_and_what_to_do(new_database: NewDatabase) -> None:
    url = loaded(new_database("sqlite"), CITY)
    path = Path(make_url(url).database or "")
    whole = path.read_bytes()
    path.write_bytes(whole[:20_000] + bytes(5000) + whole[25_000:])
    wrong = [found for found in examine(url).values() if found.level == "wrong"]
    assert wrong
    assert "move it away" in wrong[0].said + wrong[0].todo


@pytest.mark.parametrize("database", DATABASES)
def test_what_is_missing_is_told_and_what_to_do(database: str, new_database: NewDatabase) -> None:
    url = new_database(database)
    findings = examine(url)
    told = findings["database"] if database == "sqlite" else findings["schema"]
    assert told.level == "wrong"
    assert "factbook load" in told.todo
    migrate(url)
    findings = examine(url)
    assert (findings["revision"].level, findings["revision"].todo) == ("wrong", "run `factbook load`")
    change(url, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer" in examine(url)["schema"].said


def test_a_server_that_is_not_there_is_told() -> None:
    found = examine("postgresql://factbook:sesame@127.0.0.1:1/factbook")["database"]
    assert found.level == "wrong"
    assert "see that the server runs" in found.said
    assert "sesame" not in found.said


def test_an_encoding_that_cannot_hold_chinese_is_told(postgresql: Server) -> None:
    url = postgresql.new_database(options="ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    loaded(url, CITY)
    found = examine(url)["encoding"]
    assert (found.level, "SQL_ASCII" in found.said) == ("wrong", True)
    assert "UTF8" in found.todo


def test_the_seed_is_looked_at_too(copy: Copy, tmp_path: Path) -> None:
    url = copy()
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    pin(seed, None)
    assert examine(url, seed=seed)["manifest"].level == "ok"
    places = (seed / "places.yaml").read_text(encoding="utf-8")
    (seed / "places.yaml").write_text(places.replace("East Bank", "Eastbank"), encoding="utf-8")
    found = examine(url, seed=seed)["seed"]
    assert (found.level, found.of) == ("wrong", "seed")
    assert "places.yaml" in found.said
    (seed / "manifest").write_text("draft\n", encoding="utf-8")
    findings = examine(url, seed=seed)
    assert findings["manifest"].level == findings["seed"].level == "warning"
    assert "is loaded" in findings["seed"].said
    assert examine(url, seed=tmp_path / "none")["seed"].level == "warning"


def test_little_room_is_told(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    found = examine(copy())["disk"]
    assert found.level == "warning"
    assert "make room" in found.todo


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_load_has_left_is_told_and_the_next_load_removes_it(copy: Copy, temporary: Path) -> None:
    url = copy()
    killed, young = temporary / "factbook-work-killed", temporary / "factbook-work-young"
    for folder in (killed, young):
        folder.mkdir()
        (folder / "000-00000.shown").write_bytes(b"x" * 2_000_000)
        (folder / workplaces.LOCK).touch()
    long_ago = time.time() - 2 * workplaces.NEW
    os.utime(killed / workplaces.LOCK, (long_ago, long_ago))
    with workplaces.workplace() as own:
        os.utime(own / workplaces.LOCK, (long_ago, long_ago))
        assert workplaces.left() == [killed], "neither what is in use nor what is just being made"
        found = examine_leftovers()
        assert (found.level, "2 MB" in found.said) == ("warning", True)
        load(url, CITY, None, quietly, again=True)
        assert own.exists()
    assert not killed.exists()
    assert [folder.name for folder in temporary.glob("factbook-work-*")] == [young.name]


def examine_leftovers() -> Finding:
    return by_check(list(examined(Settings(database_url="sqlite:////no/such/folder/none.db", seed=CITY), quietly)))[
        "leftovers"
    ]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["factbook", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_the_command_ends_as_what_it_found(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = copy()
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", url)
    monkeypatch.setenv("FACTBOOK_SEED", str(CITY))
    assert run(monkeypatch, "doctor", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["healthy"]
    assert {"check", "level", "said", "todo", "of"} == set(told["findings"][0])
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    (seed / "places.yaml").write_text("", encoding="utf-8")
    monkeypatch.setenv("FACTBOOK_SEED", str(seed))
    assert run(monkeypatch, "doctor") == 1
    assert "factbook check" in capsys.readouterr().out
    change(url, CHANGES["slices"])
    assert run(monkeypatch, "doctor", "--json") == 3
    assert not json.loads(capsys.readouterr().out)["healthy"]
    monkeypatch.setenv("FACTBOOK_PORT", "none")
    assert run(monkeypatch, "doctor", "--json") == 3
    assert "FACTBOOK_PORT" in json.loads(capsys.readouterr().out)["findings"][0]["said"]
