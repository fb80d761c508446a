"""The doctor: looks at everything a service stands on, and says of each thing how it is and what to do."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from app import workplaces
from app.database import reading_engine
from app.revisions import SCHEMA
from app.seeding import manifest
from app.seeding.comparing import differences
from app.seeding.mistakes import SeedError
from app.seeding.rendering import rendered
from app.seeding.seeds import Progress
from app.settings import Settings, without_password
from app.troubles import DAMAGED, described

Level = Literal["ok", "warning", "wrong"]
AGAIN = "run `factbook load --again`, which writes all of it anew"
LOAD = "run `factbook load`"
COLUMNS_NOT_C = """SELECT table_name || '.' || column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
    AND table_name <> 'alembic_version'"""
# What a load needs beside what is there: the new data before the old goes, and the rows it sorts.
TIMES, AT_LEAST = 3, 200_000_000
UNREADABLE = (DBAPIError, sqlite3.Error, ValueError, KeyError, TypeError, OSError)


class Finding(NamedTuple):
    """`of` says what is to blame: the seed, or the database and its settings."""

    check: str
    level: Level
    said: str
    todo: str = ""
    of: Literal["database", "seed"] = "database"


def examined(settings: Settings, progress: Progress) -> Iterator[Finding]:
    """Every finding, in an order in which the first that is wrong explains those behind it."""
    yield Finding("settings", "ok", "every FACTBOOK_ variable is valid")
    loaded = yield from _of_database(settings.database_url, progress)
    yield from _of_seed(settings, loaded, progress)
    yield from _of_room(settings.database_url)
    yield _of_leftovers()


def _of_database(url: str, progress: Progress) -> Generator[Finding, None, str | None]:
    """Returns the revision that is loaded, if there is one."""
    engine = reading_engine(url)
    try:
        with engine.begin() as connection:
            yield Finding("database", "ok", _called(connection, url))
            looked = _of_sqlite(connection) if connection.dialect.name == "sqlite" else _of_postgresql(connection)
            for finding in looked:
                yield finding
                if finding.level == "wrong":
                    return None
            schema = _schema(connection)
            yield schema
            if schema.level == "wrong":
                return None
            rows = connection.execute(text("SELECT revision, loaded_at FROM revisions")).all()
    except (DBAPIError, sqlite3.Error) as error:
        yield Finding("database", "wrong", described(getattr(error, "orig", None) or error), _todo(url))
        return None
    finally:
        engine.dispose()
    if not rows:
        yield Finding("revision", "wrong", "nothing is loaded", LOAD)
        return None
    yield Finding("revision", "ok", f"{rows[0][0]}, loaded at {rows[0][1]}")
    yield _of_contents(url, progress)
    return str(rows[0][0])


def _todo(url: str) -> str:
    path = Path(make_url(url).database or "")
    return LOAD if url.startswith("sqlite") and not path.exists() else "mend that, then run this again"


def _called(connection: Connection, url: str) -> str:
    version = ".".join(map(str, connection.dialect.server_version_info or ()))
    return f"{connection.dialect.name} {version} at {without_password(url)}"


def _of_sqlite(connection: Connection) -> Iterator[Finding]:
    for check, whole in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
        found = [tuple(row) for row in connection.exec_driver_sql(f"PRAGMA {check}").fetchmany(3)]
        if found != whole:
            yield Finding("file", "wrong", f"{check} says {found}", DAMAGED)
            return
    yield Finding("file", "ok", "is whole, says SQLite")


def _of_postgresql(connection: Connection) -> Iterator[Finding]:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        todo = "make the database with `createdb --template=template0 --encoding=UTF8`, and load into that"
        yield Finding("encoding", "wrong", f"the database holds {encoding}, not UTF8", todo)
        return
    strange = list(connection.exec_driver_sql(COLUMNS_NOT_C).scalars())
    if strange:
        said = f"{', '.join(strange[:3])} sort by a locale, not by bytes as pages do"
        yield Finding("encoding", "wrong", said, "make the database anew and load into it")
        return
    yield Finding("encoding", "ok", "UTF8, sorted by bytes")


def _schema(connection: Connection) -> Finding:
    named = connection.dialect.has_table(connection, "alembic_version")
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() if named else None
    if found == SCHEMA:
        return Finding("schema", "ok", found)
    if found and found > SCHEMA:
        return Finding("schema", "wrong", f"{found} is newer than this version reads ({SCHEMA})", "run the newer one")
    return Finding("schema", "wrong", f"{found or 'there is none'}, where this version reads {SCHEMA}", LOAD)


def _of_contents(url: str, progress: Progress) -> Finding:
    try:
        found = differences(url, progress)
    except UNREADABLE as error:
        found = [f"it cannot be read: {str(getattr(error, 'orig', None) or error)[:200]}"]
    if found:
        said = f"not what this version would write: {'; '.join(found[:3])}"
        return Finding("contents", "wrong", said, f"it was changed, or another version loaded it: {AGAIN}")
    return Finding("contents", "ok", "every row is what its facts make, and they make the revision")


def _of_seed(settings: Settings, loaded: str | None, progress: Progress) -> Iterator[Finding]:
    folder = settings.seed
    if not folder.is_dir():
        todo = "set FACTBOOK_SEED to the seed, to have it held against what is loaded"
        yield Finding("seed", "warning", f"{folder} is not a folder", todo, "seed")
        return
    try:
        with rendered(folder, settings.sources, progress) as data:
            revision, held = data.revision, data.quotes_held
    except SeedError as error:
        first = error.mistakes[0]
        said = f"{len(error.mistakes)} mistakes, the first {error.file(first)}:{first.place.line}: {first.message}"
        yield Finding("seed", "wrong", said, "run `factbook check`, which tells all of them", "seed")
        return
    if manifest.is_draft(folder):
        yield Finding(
            "manifest", "warning", "the seed is a draft: nothing tells whether it is whole", "run `factbook pin`"
        )
    else:
        yield Finding("manifest", "ok", "every file is what the manifest says, and every quote is pinned")
    texts = f"{held} quotes were held against texts at hand"
    yield Finding("texts", "ok", texts if held else f"{texts}; FACTBOOK_SOURCES may name a folder of them")
    if loaded and loaded != revision:
        yield Finding("seed", "warning", f"makes {revision}, while {loaded} is loaded", LOAD, "seed")
    else:
        yield Finding("seed", "ok", f"everything holds, and makes {revision}")


def _of_room(url: str) -> Iterator[Finding]:
    parsed = make_url(url)
    file = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
    there = file.stat().st_size if file and file.exists() else 0
    needed = max(there * TIMES, AT_LEAST)
    folders = {Path(tempfile.gettempdir()), *([file.resolve().parent] if file else [])}
    for folder in sorted(folder for folder in folders if folder.is_dir()):
        free = shutil.disk_usage(folder).free
        said = f"{free // 1_000_000:,} MB are free in {folder}"
        if free < needed:
            todo = f"make room: a load may need {needed // 1_000_000:,} MB"
            yield Finding("disk", "warning", said, todo)
        else:
            yield Finding("disk", "ok", said)


def _of_leftovers() -> Finding:
    left = workplaces.left()
    if not left:
        return Finding("leftovers", "ok", "no folder of a killed load")
    size = sum(path.stat().st_size for folder in left for path in folder.rglob("*") if path.is_file())
    said = f"killed loads have left {len(left)} folders of {size // 1_000_000:,} MB, such as {left[0]}"
    return Finding("leftovers", "warning", said, "nothing: the next load removes them")


def blamed(findings: Sequence[Finding]) -> set[str]:
    """What something is wrong with: the database, the seed, or neither."""
    return {one.of for one in findings if one.level == "wrong"}


def written(findings: Sequence[Finding], *, as_json: bool) -> str:
    if as_json:
        shown = [finding._asdict() for finding in findings]
        return json.dumps({"healthy": not blamed(findings), "findings": shown}, ensure_ascii=False)
    return "\n".join(
        f"{one.level:7}  {one.check}: {one.said}" + (f"\n         {one.todo}" if one.todo else "") for one in findings
    )
