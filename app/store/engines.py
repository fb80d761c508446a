"""SQLAlchemy engines for PostgreSQL, for loads and other commands: on the primary, one transaction at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.database_errors import described
from app.errors import NotReady
from app.store.addresses import PATIENT, READ_ONLY, arguments
from app.store.migrating import hold_schema
from app.store.pointer import NOTHING_LOADED
from app.store.releases import ReleaseNotKept
from app.store.sessions import MISSING

# Tables that any version of the first edition created in `public`.
FIRST_EDITION = {
    "alembic_version", "common_words", "comparisons", "entities", "entity_tags", "events", "fact_answers",
    "fact_csv", "fact_lines", "fact_ndjson", "fact_tags", "fact_texts", "fact_words", "fact_years", "facts",
    "identities", "industries", "initiatives", "mentions", "metrics", "organizations", "participants", "places",
    "policies", "relations", "release_changes", "release_files", "releases", "retractions", "revisions",
    "search_words", "seed_files", "slice_facts", "slices", "source_texts", "sources", "units",
}  # fmt: skip
IN_PUBLIC = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
READS = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
CURRENT = "SELECT schema, version FROM factbook.current JOIN factbook.releases USING (schema)"
KEPT = "SELECT schema, version FROM factbook.releases WHERE id = :id AND retired_at IS NULL"


@contextmanager
def writing(url: URL) -> Iterator[Engine]:
    """An engine without a connection pool."""
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments(url, PATIENT, role="read-write"))
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def reading(url: URL) -> Iterator[Connection]:
    """A read-only connection, in a transaction that sees one snapshot. Raises NotReady."""
    # A standby may not have received the last load yet.
    asked = arguments(url, PATIENT, READ_ONLY, role="primary")
    engine = create_engine(url, poolclass=NullPool, connect_args=asked)
    try:
        try:
            connection = engine.connect()
        except DBAPIError as error:
            raise NotReady(f"The database cannot be reached: {described(error.orig)}") from error
        with connection:
            connection.execute(READS)
            yield connection
    finally:
        engine.dispose()


def listed(connection: Connection, release_id: str | None) -> str:
    """The schema of a kept release, or of the current one. Raises ReleaseNotKept, NotReady, Unusable."""
    statement, values = (CURRENT, {}) if release_id is None else (KEPT, {"id": release_id})
    try:
        found = connection.execute(text(statement), values).one_or_none()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in MISSING:
            raise NotReady(NOTHING_LOADED) from error
        raise
    if found is None:
        raise NotReady(NOTHING_LOADED) if release_id is None else ReleaseNotKept(f"No release {release_id} is kept.")
    schema, version = found
    hold_schema(version)
    return str(schema)


def search_in(connection: Connection, schema: str) -> None:
    """Let unqualified names refer to this schema, until the transaction ends."""
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": f'"{schema}"'})


def first_edition_tables(connection: Connection) -> list[str]:
    """Tables that the first edition left in `public`; nothing reads them any more, and nothing here drops them."""
    found = connection.scalars(IN_PUBLIC).all()
    # Other software may have tables with such names, but hardly all three of these.
    is_ours = {"alembic_version", "revisions", "fact_answers"}.issubset(found)
    return [f"public.{name}" for name in found if name in FIRST_EDITION] if is_ours else []
