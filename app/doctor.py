"""The doctor: checks everything a service depends on, and says for each what its state is and what to do."""

import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, make_url, select
from sqlalchemy.exc import DBAPIError

from app import tables
from app.database_errors import described
from app.errors import NotReady, Unusable
from app.folders import abandoned
from app.nouns.series import LATEST, LISTED, WHOLE
from app.seeding.diagnostics import SeedError
from app.seeding.rendering import render
from app.seeding.seeds import Progress
from app.seeding.unchanged import is_draft
from app.seeding.writing import NullSink, write_facts
from app.settings import Settings, masked_url
from app.store import open_store
from app.store.postgresql_draft import first_edition_tables
from app.store.releases import Store
from app.store.schema import SCHEMA, crc
from app.store.sqlite import SqliteStore

Severity = Literal["ok", "warning", "wrong"]
AGAIN = "run `factbook load --again`, which writes everything again"
LOAD = "run `factbook load`"
COLUMNS_NOT_C = """SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
    AND table_name IN (SELECT tablename FROM pg_tables WHERE schemaname = current_schema())
    AND table_name <> 'alembic_version'"""
# Answers that are stored with a checksum: key of the row, answer, checksum.
CHECKED: tuple[tuple[Any, ...], ...] = (
    (tables.fact_answers.c.position, tables.fact_answers.c.json, tables.fact_answers.c.crc),
    (tables.entities.c.id, tables.entities.c.answer, tables.entities.c.answer_crc),
    (tables.comparisons.c.id, tables.comparisons.c.answer, tables.comparisons.c.answer_crc),
    *((tables.series.c.id, *shown) for shown in (LISTED, LATEST, WHOLE)),
    (tables.releases.c.number, tables.releases.c.answer, tables.releases.c.answer_crc),
)
FETCHED = 1000  # rows at a time
# Disk space that a load needs for a release that may be larger than the current one, and `factbook audit` for a copy in
# the temporary folder; neither writes anything else. As a multiple of the current release, and in bytes.
TIMES, AT_LEAST = 1.2, 50_000_000


class CheckResult(NamedTuple):
    """`of` says what is at fault: the seed, or the database and its settings."""

    check: str
    level: Severity
    said: str
    todo: str = ""
    of: Literal["database", "seed"] = "database"


def examined(settings: Settings, progress: Progress) -> Iterator[CheckResult]:
    """Every finding, in an order in which an earlier problem explains later ones."""
    yield CheckResult("settings", "ok", "every FACTBOOK_ variable is valid")
    loaded = yield from _of_database(settings.database_url, progress)
    yield from _of_seed(settings, loaded, progress)
    yield from _of_disk(settings.database_url)
    yield _of_leftovers()


def _of_database(url: str, progress: Progress) -> Generator[CheckResult, None, str | None]:
    """Returns the id of the current release, if there is one that can be read."""
    with closing(open_store(url)) as store:
        try:
            with store.reading() as connection:
                version = ".".join(map(str, connection.dialect.server_version_info or ()))
                yield CheckResult("database", "ok", f"{connection.dialect.name} {version} at {masked_url(url)}")
                if isinstance(store, SqliteStore):
                    yield _of_sqlite(store, connection)
                else:
                    yield from _of_postgresql(connection)
                yield CheckResult("schema", "ok", SCHEMA)
                release = connection.execute(select(tables.revisions.c.revision, tables.revisions.c.loaded_at)).one()
                current = [one.id for one in store.releases() if one.is_current]
                if current != [release.revision]:
                    said = f"the release listed as {current} contains {release.revision}"
                    yield CheckResult("release", "wrong", said, AGAIN)
                else:
                    yield CheckResult("release", "ok", f"{release.revision}, loaded at {release.loaded_at}")
                yield _of_rows(connection, progress)
            yield _of_kept(store)
        except NotReady as error:
            todo = AGAIN if isinstance(error, Unusable) else LOAD if LOAD in error.detail else ""
            yield CheckResult("database", "wrong", error.detail, todo)
            return None
        except (DBAPIError, ValueError, TypeError, AttributeError) as error:  # a damaged file may contain anything
            yield CheckResult("database", "wrong", described(getattr(error, "orig", error)), AGAIN)
            return None
    return str(release.revision)


def _of_sqlite(store: SqliteStore, connection: Connection) -> CheckResult:
    if store.files.has_digest(store.current().id):
        return CheckResult("file", "ok", "its SHA-256 is the one it was written with")
    if (damage := connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()) != "ok":
        return CheckResult("file", "wrong", f"it is damaged: {' '.join(damage.split())}", AGAIN)
    said = "there is no SHA-256 to compare it with, as for a file that was copied on its own"
    return CheckResult("file", "ok", f"{said}; `factbook audit` recomputes everything")


def _of_postgresql(connection: Connection) -> Iterator[CheckResult]:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    strange = list(connection.exec_driver_sql(COLUMNS_NOT_C).scalars())
    if encoding != "UTF8":
        todo = "create a database with `createdb --template=template0 --encoding=UTF8`, and load into that"
        yield CheckResult("encoding", "wrong", f"the database is in {encoding}, not UTF8", todo)
    elif strange:
        said = f"{', '.join(strange[:3])} are sorted by a locale; pages need byte order"
        yield CheckResult("encoding", "wrong", said, AGAIN)
    else:
        yield CheckResult("encoding", "ok", "UTF8, sorted by bytes")
    if left := first_edition_tables(connection):
        todo = f"if nothing else uses them: DROP TABLE {', '.join(left)} CASCADE"
        yield CheckResult("leftover tables", "warning", "the first edition's tables are still in schema public", todo)


def _of_rows(connection: Connection, progress: Progress) -> CheckResult:
    """Compare each answer with its checksum."""
    wrong, count = [], 0
    for columns in CHECKED:
        for key, answer, known in connection.execute(select(*columns), execution_options={"yield_per": FETCHED}):
            count += 1
            if crc(answer) != known:
                wrong.append(f"{columns[1]} of {key}")
    progress("answers checked against their checksums", count)
    if wrong:
        return CheckResult("rows", "wrong", f"{len(wrong)} answers are damaged: {', '.join(wrong[:3])}", AGAIN)
    return CheckResult("rows", "ok", f"{count} answers match their checksums; `factbook audit` recomputes them")


def _of_kept(store: Store) -> CheckResult:
    """Whether the kept releases can be rolled back to."""
    damaged, kept = [], store.releases()
    for one in kept:
        try:
            with store.reading(one.id):
                pass
        except NotReady:
            damaged.append(one.id)
    if damaged:
        said = f"{', '.join(damaged)} cannot be read"
        return CheckResult("releases", "warning", said, "nothing: later loads remove them")
    return CheckResult("releases", "ok", f"{len(kept)} are kept, all of them whole")


def _of_seed(settings: Settings, loaded: str | None, progress: Progress) -> Iterator[CheckResult]:
    folder = settings.seed
    if not folder.is_dir():
        todo = "set FACTBOOK_SEED to the seed folder, to have it compared with the loaded data"
        yield CheckResult("seed", "warning", f"{folder} is not a folder", todo, "seed")
        return
    try:
        data = render(folder, settings.sources, progress)
        revision, checked = write_facts(NullSink(), data), data.quotes_checked
    except SeedError as error:
        first = error.errors[0]
        said = f"{len(error.errors)} mistakes, the first {error.file(first)}:{first.place.line}: {first.message}"
        yield CheckResult("seed", "wrong", said, "run `factbook check`, which lists all of them", "seed")
        return
    if is_draft(folder):
        said = "the seed is a draft: its files are not checked against a manifest"
        yield CheckResult("manifest", "warning", said, "run `factbook pin`")
    else:
        yield CheckResult("manifest", "ok", "every file matches the manifest, and every quote is pinned")
    texts = f"{checked} quotes were checked against the texts available"
    yield CheckResult("texts", "ok", texts if checked else f"{texts}; FACTBOOK_SOURCES can name a folder with texts")
    if loaded and loaded != revision:
        yield CheckResult("seed", "warning", f"has revision {revision}, while {loaded} is loaded", LOAD, "seed")
    else:
        yield CheckResult("seed", "ok", f"no mistakes; revision {revision}")


def _of_disk(url: str) -> Iterator[CheckResult]:
    parsed = make_url(url)
    folders, size = {Path(tempfile.gettempdir())}, 0
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        file = Path(parsed.database)
        folders.add(file.resolve().parent)
        size = file.stat().st_size if file.exists() else 0
    needed = max(int(size * TIMES), AT_LEAST)
    for folder in sorted(folder for folder in folders if folder.is_dir()):
        free = shutil.disk_usage(folder).free
        said, todo = f"{free // 1_000_000:,} MB are free in {folder}", ""
        if free < needed:
            todo = f"make room: a load, or an audit, may need {needed // 1_000_000:,} MB"
        yield CheckResult("disk", "warning" if todo else "ok", said, todo)


def _of_leftovers() -> CheckResult:
    left = abandoned()
    if not left:
        return CheckResult("leftovers", "ok", "no folder of a killed load")
    size = sum(path.stat().st_size for folder in left for path in folder.rglob("*") if path.is_file())
    said = f"killed loads have left {len(left)} folders with {size // 1_000_000:,} MB, such as {left[0]}"
    return CheckResult("leftovers", "warning", said, "nothing: the next load removes them")


def sentences(findings: Sequence[CheckResult]) -> str:
    return "\n".join(
        f"{one.level:7}  {one.check}: {one.said}" + (f"\n         {one.todo}" if one.todo else "") for one in findings
    )
