"""The doctor finds any changed byte on both databases, and says what to do, which then repairs it."""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from app import folders
from app.cli import main
from app.doctor import CheckResult, examined
from app.seeding.loading import load
from app.seeding.manifest import pin
from app.seeding.recomputing import audited
from app.settings import Settings
from tests.conftest import CITY, DATABASES, CityDatabase, NewDatabase, loaded
from tests.databases import change, change_file, forget_digests, one, path_of
from tests.postgres import Server
from tests.test_faults import DAMAGED, USELESS, Damage

Copy = Callable[[], str]
# A change of one row each; `{at}` is one of those that are there.
CHANGES = {
    "fact_answers": "UPDATE fact_answers SET json = replace(json, '12.5', '12.6') WHERE json LIKE '%12.5%'",
    "fact_answers, a name": "UPDATE fact_answers SET json = replace(json, 'Marlow', 'Harlow') WHERE position = {at}",
    "fact_answers, no JSON": "UPDATE fact_answers SET json = substr(json, 2) WHERE position = 3",
    "fact_answers, a row gone": "DELETE FROM fact_answers WHERE position = 3",
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
    "series, what its answers begin with": "UPDATE series SET head = head || ' ' WHERE position = 1",
    "series, the rest of an answer": "UPDATE series SET answer_tail = answer_tail || ' ' WHERE position = 1",
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


@pytest.fixture(scope="module", params=DATABASES)
def copy(request: pytest.FixtureRequest, city_database: CityDatabase) -> Copy:
    """Gives the URL of a copy of a database that has the city."""
    return partial(city_database, request.param)


def by_check(findings: list[CheckResult]) -> dict[str, CheckResult]:
    return {found.check: found for found in findings}


def examine(url: str, **settings: Any) -> dict[str, CheckResult]:
    return by_check(list(examined(Settings(database_url=url, **{"seed": CITY, **settings}), quietly)))


def examine_database(url: str) -> dict[str, CheckResult]:
    """Without a seed, which takes longer to read."""
    return examine(url, seed=Path("/nowhere"))


def test_a_database_as_it_was_loaded_is_well(copy: Copy) -> None:
    assert audited(copy(), quietly)[1] == []
    findings = examine(copy())
    assert [found for found in findings.values() if found.level == "wrong"] == []
    known = {"settings", "database", "schema", "release", "rows", "releases", "manifest", "texts", "seed", "disk"}
    assert set(findings) - {"file", "encoding"} == known | {"leftovers"}
    assert "quotes were checked" in findings["texts"].said


@pytest.mark.parametrize("what", [*CHANGES, "fact_words"])
def test_any_change_of_what_is_stored_is_found(what: str, copy: Copy) -> None:
    """In a file by its digest; where that is not at hand, and on a server, by the audit that makes all of it anew."""
    url = copy()
    statement = CHANGES.get(what) or WORDS[make_url(url).get_backend_name()]
    measured = one(url, "SELECT min(position) FROM facts WHERE value_key IS NOT NULL")
    named = one(url, "SELECT min(position) FROM fact_answers WHERE json LIKE '%Marlow%'")
    changed = change(url, statement.format(at=named, measured=measured) if "{" in statement else statement)
    assert changed, "there was something to change"
    if url.startswith("sqlite"):
        found = examine_database(url)["database"]
        assert (found.level, "is damaged" in found.said) == ("wrong", True)
        assert "factbook load" in found.todo
        forget_digests(url)
    if what == "revisions, name":
        assert "wrong" in {found.level for found in examine_database(url).values() if found.of == "database"}
    else:
        assert audited(url, quietly)[1] != []


@pytest.mark.parametrize("what", [name for name in CHANGES if "answer" in name and "gone" not in name])
def test_an_answer_that_was_changed_is_found_by_its_checksum(what: str, copy: Copy) -> None:
    url = copy()
    if url.startswith("sqlite"):
        forget_digests(url)
    named = one(url, "SELECT min(position) FROM fact_answers WHERE json LIKE '%Marlow%'")
    assert examine_database(url)["rows"].level == "ok"
    assert change(url, CHANGES[what].format(at=named))
    found = examine_database(url)["rows"]
    assert (found.level, "factbook load --again" in found.todo) == ("wrong", True)


def test_a_load_says_it_is_there_already_and_again_mends_it(copy: Copy) -> None:
    url = copy()
    revision = one(url, "SELECT revision FROM revisions")
    change(url, CHANGES["fact_answers"])
    if url.startswith("sqlite"):
        forget_digests(url)
    assert not load(url, CITY, None, quietly).changed
    assert examine_database(url)["rows"].level == "wrong"
    again = load(url, CITY, None, quietly, again=True)
    assert (again.changed, again.revision) == (True, revision)
    assert {found.level for found in examine_database(url).values() if found.of == "database"} <= {"ok", "warning"}


def test_a_damaged_file_is_told_and_a_load_puts_another_in_its_place(city_database: CityDatabase) -> None:
    url = city_database("sqlite")
    path = path_of(url)
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(whole[:20_000] + bytes(5000) + whole[25_000:])
    found = examine_database(url)["database"]
    assert found.level == "wrong"
    assert "factbook load --again" in found.said + found.todo
    load(url, CITY, None, quietly)
    assert {found.level for found in examine_database(url).values() if found.of == "database"} <= {"ok", "warning"}


@pytest.fixture(scope="module")
def whole(city_database: CityDatabase) -> bytes:
    """The bytes of a SQLite file."""
    return path_of(city_database("sqlite")).read_bytes()


@pytest.mark.parametrize("damage", [*USELESS.values(), *DAMAGED.values()], ids=[*USELESS, *DAMAGED])
def test_damage_to_a_file_without_its_digest_is_a_finding(damage: Damage, whole: bytes, tmp_path: Path) -> None:
    (file := tmp_path / "city.db").write_bytes(whole)
    assert examine_database(f"sqlite:///{file}")["file"].level == "ok"
    damage(file)
    findings = examine(f"sqlite:///{file}")
    wrong = [found for found in findings.values() if found.level == "wrong"]
    assert wrong
    assert all((found.of, "factbook load" in found.todo) == ("database", True) for found in wrong)
    assert "seed" in findings, "what follows is examined all the same"


def test_a_kept_release_that_rots_is_told(copy: Copy, tmp_path: Path) -> None:
    url = copy()
    before = one(url, "SELECT revision FROM revisions")
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    places = (seed / "places.yaml").read_text(encoding="utf-8")
    (seed / "places.yaml").write_text(places.replace("East Bank", "Eastbank"), encoding="utf-8")
    load(url, seed, None, quietly)
    assert examine_database(url)["releases"].said == "2 are kept, all of them whole"
    if url.startswith("sqlite"):
        change_file(path_of(url).with_suffix(".releases") / f"{before}.db", CHANGES["fact_answers"])
        found = examine_database(url)["releases"]
        assert (found.level, before in found.said) == ("warning", True)


@pytest.mark.parametrize("database", DATABASES)
def test_what_is_missing_is_told_and_what_to_do(database: str, new_database: NewDatabase) -> None:
    url = new_database(database)
    findings = examine(url)
    assert findings["database"].level == "wrong"
    assert "factbook load" in findings["database"].todo
    load(url, CITY, None, quietly)
    table, column = ("alembic_version", "version_num") if database == "sqlite" else ("factbook.releases", "version")
    change(url, f"UPDATE {table} SET {column} = '9999'")  # noqa: S608 - names of our own
    assert "newer" in examine_database(url)["database"].said


def test_a_server_that_is_not_there_is_told() -> None:
    found = examine("postgresql://factbook:sesame@127.0.0.1:1/factbook")["database"]
    assert found.level == "wrong"
    assert "see that the server runs" in found.said
    assert "sesame" not in found.said


def test_an_encoding_that_cannot_hold_chinese_is_told(postgresql: Server) -> None:
    url = postgresql.new_database(options="ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    loaded(url, CITY)
    found = examine_database(url)["encoding"]
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
        (folder / folders.LOCK).touch()
    long_ago = time.time() - 2 * folders.NEW
    os.utime(killed / folders.LOCK, (long_ago, long_ago))
    with folders.temporary_folder() as own:
        os.utime(own / folders.LOCK, (long_ago, long_ago))
        assert folders.abandoned() == [killed], "neither what is in use nor what is just being made"
        found = examine_leftovers()
        assert (found.level, "2 MB" in found.said) == ("warning", True)
        load(url, CITY, None, quietly, again=True)
        assert own.exists()
    assert not killed.exists()
    assert [folder.name for folder in temporary.glob("factbook-work-*")] == [young.name]


def examine_leftovers() -> CheckResult:
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
    change(url, CHANGES["fact_answers"])
    assert run(monkeypatch, "doctor", "--json") == 3
    assert not json.loads(capsys.readouterr().out)["healthy"]
    monkeypatch.setenv("FACTBOOK_PORT", "none")
    assert run(monkeypatch, "doctor", "--json") == 3
    assert "FACTBOOK_PORT" in json.loads(capsys.readouterr().out)["findings"][0]["said"]
