"""Facts stream through as many processes, runs and pieces as it takes: what comes out is always the same."""

import json
import re
import shutil
from contextlib import closing
from decimal import Decimal
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from app import answers
from app.seeding import csv_files, files, rendering, runs, sqlite, writing
from app.seeding.csv_files import WHOLE, Share
from app.seeding.files import read_text
from app.seeding.loading import Loaded, load
from app.seeding.mistakes import SeedError
from app.seeding.rendering import rendered
from app.seeding.seeds import LocatedFact, read_entities, read_facts
from app.store import open_store
from tests.conftest import CITY, DATABASES, SEED, NewDatabase, loaded
from tests.databases import contents, rows
from tests.seeding.breaking import append
from tests.seeding.broken import FIGURES

MANY = 1200  # rows: more than two turns of one process
SQLITE_INDEXES = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY sql"
POSTGRESQL_INDEXES = """SELECT replace(indexdef, schemaname || '.', '') FROM pg_indexes
    WHERE schemaname = current_schema() ORDER BY 1"""
ROW = "lindow,gdp,{value},,{value}元,,,,,2018,,,,macroeconomy,,lindow-statistics,,,,\n"
TWIN = ROW.format(value=1_000_007)


def quietly(_what: str, _count: int) -> None:
    """No progress is shown."""


def put(url: str, seed: Path) -> Loaded:
    return load(url, seed, None, quietly)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """The city with so many figures that two processes have rows of the same file to read."""
    seed = Path(shutil.copytree(CITY, tmp_path / "seed"))
    append(FIGURES, "".join(ROW.format(value=1_000_000 + number) for number in range(MANY)))(seed)
    return seed


@pytest.fixture
def two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load by two processes, however many cores there are and however small the seed is."""
    monkeypatch.setattr(rendering, "_shares", lambda _folder: 2)


@pytest.mark.parametrize("database", DATABASES)
def test_two_processes_write_what_one_does(
    database: str, new_database: NewDatabase, seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, together = new_database(database), new_database(database)
    first = put(alone, seed)
    monkeypatch.setattr(rendering, "_shares", lambda _folder: 2)
    assert put(together, seed) == first
    assert held(together) == held(alone)
    assert found(together, "产量") == found(alone, "产量") != []
    append(FIGURES, ROW.format(value=7))(seed)  # over what is there
    assert put(together, seed).revision == put(alone, seed).revision != first.revision
    assert held(together) == held(alone)
    assert found(together, "产量") == found(alone, "产量")


def held(url: str) -> dict[str, str]:
    """What tables hold, but for the time of the load."""
    return {name: digest for name, digest in contents(url).items() if name != "revisions"}


def asked(url: str, queries: dict[str, str], **values: str) -> list[str | int]:
    """The first column of a query, which each database has its own of."""
    return [row[0] for row in rows(url, queries[make_url(url).get_backend_name()], **values)]


def found(url: str, word: str) -> list[str | int]:
    """The positions of facts found by a word, straight from the index of words."""
    queries = {
        "sqlite": "SELECT rowid FROM fact_words WHERE fact_words MATCH :word ORDER BY rowid",
        "postgresql": "SELECT position FROM fact_words WHERE words @@ CAST(:word AS tsquery) ORDER BY position",
    }
    return asked(url, queries, word=word)


@pytest.mark.parametrize("of", [1, 2, 3, 5])
def test_processes_share_all_rows_and_read_none_twice(of: int, seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_files, "TURN", 7)

    def places(share: Share) -> list[str]:
        facts: list[LocatedFact] = list(read_facts(read_entities(seed, quietly), share, quietly))
        return [str(fact.at()) for fact in facts]

    shared = [places(Share(number, of)) for number in range(of)]
    assert all(shared)
    assert sorted(chain.from_iterable(shared)) == sorted(places(WHOLE))


def test_many_small_runs_make_what_one_large_run_does(
    new_database: NewDatabase, seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = new_database("sqlite"), new_database("sqlite")
    first = put(whole, seed)
    for module, name in ((runs, "RUN"), (runs, "BLOCK"), (writing, "BATCH")):
        monkeypatch.setattr(module, name, 13)
    monkeypatch.setattr(writing, "GATHERED", 100)
    monkeypatch.setattr(sqlite, "VALUES_A_STATEMENT", 50)
    assert put(cut, seed) == first
    assert held(cut) == held(whole)


@pytest.mark.usefixtures("two_processes")
def test_twins_in_the_hands_of_two_processes_are_both_named(seed: Path, new_database: NewDatabase) -> None:
    first = (seed / FIGURES).read_text(encoding="utf-8").splitlines(keepends=True).index(TWIN) + 1
    append(FIGURES, TWIN)(seed)
    (seed / "facts" / "x.csv").write_text(
        (seed / FIGURES).read_text(encoding="utf-8").splitlines(keepends=True)[0] + TWIN, encoding="utf-8"
    )
    url = new_database("sqlite")
    with pytest.raises(SeedError) as refused:
        put(url, seed)
    last = (seed / FIGURES).read_text(encoding="utf-8").count("\n")
    says = f"says what {FIGURES}:{first}:1 says already; keep one of them"
    assert [(str(one.place), one.message) for one in refused.value.mistakes] == [
        (f"{FIGURES}:{last}:1", says),
        ("facts/x.csv:2:1", says),
    ]


@pytest.mark.usefixtures("two_processes")
def test_the_mistakes_of_all_processes_are_told_at_once_and_once_each(seed: Path, new_database: NewDatabase) -> None:
    lines = (seed / FIGURES).read_text(encoding="utf-8").splitlines(keepends=True)
    wrong = list(range(100, len(lines), 100))
    for line in wrong:
        lines[line - 1] = lines[line - 1].replace(",gdp,", ",gpd,")
    (seed / FIGURES).write_text("".join(lines) + 'lindow,"gdp\n', encoding="utf-8")
    with pytest.raises(SeedError) as refused:
        put(new_database("sqlite"), seed)
    told = {one.place.line: one.message for one in refused.value.mistakes}
    assert list(told) == [*wrong, len(lines) + 1]
    assert "did you mean gdp" in told[100]
    assert told[len(lines) + 1].startswith("is not CSV")


def test_nothing_is_left_in_the_temporary_folder(seed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    with rendered(seed, None, quietly) as data:
        assert data.folder.parent == tmp_path
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (b"a,b\nc\x07d\n", "1:2:2: has the control character U+0007"),
        ("甲\n\n乙\u2028".encode(), "1:3:2: has the control character U+2028"),
        ("\ufeffa".encode(), "1:1:1: starts with a byte order mark"),
        ("甲\n乙\n".encode() + b"\xff", "1:3:1: is not UTF-8"),
        ("甲\x01\n".encode() + b"\xff", "1:2:1: is not UTF-8"),
        ("甲\n乙".encode()[:-1], "1:2:1: is not UTF-8"),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, 3, 4, 1000])
def test_odd_text_is_told_wherever_pieces_of_it_meet(
    written: bytes, place: str, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PIECE", piece)
    (tmp_path / "text").write_bytes(written)
    with pytest.raises(SeedError, match=re.escape(place)):
        read_text(tmp_path / "text", "1")


@pytest.mark.parametrize("folder", [CITY, SEED], ids=["city", "seed"])
def test_a_fact_is_stored_as_its_shape_writes_it_byte_for_byte(folder: Path, new_database: NewDatabase) -> None:
    stored = rows(loaded(new_database("sqlite"), folder), "SELECT json FROM fact_answers")
    assert len(stored) > 50
    for (shown,) in stored:
        assert answers.Fact.model_validate(json.loads(shown, parse_float=Decimal)).json_text() == shown


@pytest.mark.parametrize("database", DATABASES)
def test_a_load_leaves_the_indexes_of_the_migrations(database: str, new_database: NewDatabase) -> None:
    url = new_database(database)
    with closing(open_store(url)) as store, store.drafting() as draft:
        queries = {"sqlite": SQLITE_INDEXES, "postgresql": POSTGRESQL_INDEXES}
        made = draft.connection.execute(text(queries[database])).scalars().all()
    assert len(made) > 10
    for load_over in (CITY, SEED):
        put(url, load_over)
        assert asked(url, {"sqlite": SQLITE_INDEXES, "postgresql": POSTGRESQL_INDEXES}) == made
