"""Commands on PostgreSQL, on the primary. A load creates a schema, fills it and makes it current in one transaction,
so that a killed load leaves nothing.

`factbook.releases` lists releases, and which are retired; `factbook.current` points to one, and counts how often that
was changed, so that it can be told which of two servers is behind, and the highest number of all, which no other gets.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from secrets import token_hex
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, Row, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from app.database_errors import described
from app.errors import NotReady
from app.store.postgresql_hosts import PATIENT, READ_ONLY, arguments
from app.store.postgresql_sessions import MISSING
from app.store.postgresql_tidying import lock_tidying, sqlstate, tidy
from app.store.releases import NOTHING_LOADED, Draft, KeptRelease, ReleaseNotKept
from app.store.schema import SCHEMA, check_schema, migrate

LOAD_LOCK = 7_205_759  # any number that no other lock in the same database uses
LAYOUT = (
    "CREATE SCHEMA IF NOT EXISTS factbook",
    """CREATE TABLE IF NOT EXISTS factbook.releases (
        schema text PRIMARY KEY,
        id text NOT NULL,
        number integer NOT NULL,
        version text NOT NULL,
        loaded_at timestamptz NOT NULL,
        retired_at timestamptz)""",
    "CREATE UNIQUE INDEX IF NOT EXISTS releases_kept ON factbook.releases (id) WHERE retired_at IS NULL",
    # One row, often updated: with free space in its page, updates need no index changes (HOT).
    """CREATE TABLE IF NOT EXISTS factbook.current (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        schema text NOT NULL REFERENCES factbook.releases,
        moves integer NOT NULL,
        newest integer NOT NULL) WITH (fillfactor = 10)""",
)
WRITABLE = "SELECT pg_is_in_recovery(), has_database_privilege(current_database(), 'CREATE')"
CURRENT = "SELECT schema, id, number, version FROM factbook.current JOIN factbook.releases USING (schema)"
KEPT = "SELECT schema, id, number, version FROM factbook.releases WHERE id = :id AND retired_at IS NULL"
RELEASES = """SELECT id, number, loaded_at, current.schema IS NOT NULL AS is_current
    FROM factbook.releases LEFT JOIN factbook.current USING (schema)
    WHERE retired_at IS NULL ORDER BY number DESC"""
NEXT = "SELECT coalesce(max(newest), 0) + 1 FROM factbook.current"
RETIRE = "UPDATE factbook.releases SET retired_at = clock_timestamp() WHERE id = :id AND retired_at IS NULL"
LIST = """INSERT INTO factbook.releases (schema, id, number, version, loaded_at)
    SELECT :schema, :id, :number, :version, CAST(loaded_at AS timestamptz) FROM revisions"""
POINT = """INSERT INTO factbook.current (schema, moves, newest) VALUES (:schema, 1, :number)
    ON CONFLICT (only_row) DO UPDATE SET schema = excluded.schema, moves = current.moves + 1,
        newest = greatest(current.newest, excluded.newest)"""
# Tables that any version of the first edition created in `public`.
FIRST_EDITION = {
    "alembic_version", "common_words", "comparisons", "entities", "entity_tags", "events", "fact_answers",
    "fact_csv", "fact_lines", "fact_ndjson", "fact_tags", "fact_texts", "fact_words", "fact_years", "facts",
    "identities", "industries", "initiatives", "mentions", "metrics", "organizations", "participants", "places",
    "policies", "relations", "release_changes", "release_files", "releases", "retractions", "revisions",
    "search_words", "seed_files", "slice_facts", "slices", "source_texts", "sources", "units",
}  # fmt: skip


def writing(url: URL) -> Engine:
    """An engine for a load, without a connection pool."""
    return create_engine(url, poolclass=NullPool, connect_args=arguments(url, PATIENT, role="read-write"))


def reading(url: URL) -> Connection:
    """A read-only connection, whose transaction sees one snapshot. Raises NotReady."""
    # A standby may not have received the last load yet.
    connect_with = arguments(url, PATIENT, READ_ONLY, role="primary")
    one_snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        return create_engine(
            url, poolclass=NullPool, connect_args=connect_with, execution_options=one_snapshot
        ).connect()
    except DBAPIError as error:
        raise NotReady(f"The database cannot be reached: {described(error.orig)}") from error


def listed(connection: Connection, release_id: str | None) -> Row[Any]:
    """How a kept release, or the current one, is listed. Raises ReleaseNotKept, NotReady, Unusable."""
    found = _rows(connection, CURRENT) if release_id is None else _rows(connection, KEPT, id=release_id)
    if not found:
        raise NotReady(NOTHING_LOADED) if release_id is None else ReleaseNotKept(f"No release {release_id} is kept.")
    check_schema(found[0].version)
    return found[0]


def search_in(connection: Connection, schema: str) -> None:
    """Let unqualified names refer to this schema, until the transaction ends."""
    connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": f'"{schema}"'})


def releases(connection: Connection) -> list[KeptRelease]:
    """The kept releases, newest first."""
    rows = _rows(connection, RELEASES)
    return [KeptRelease(row.id, row.number, row.loaded_at.astimezone(UTC), row.is_current) for row in rows]


def _rows(connection: Connection, query: str, **values: str) -> Sequence[Row[Any]]:
    """The rows of a query; none before the first load."""
    try:
        return connection.execute(text(query), values).all()
    except DBAPIError as error:
        if sqlstate(error) in MISSING:
            return []
        raise


def first_edition_tables(connection: Connection) -> list[str]:
    """Tables that the first edition left in `public`; nothing reads them any more, and nothing here drops them."""
    found = inspect(connection).get_table_names(schema="public")
    # Other software may have tables with such names, but hardly all three of these.
    is_ours = {"alembic_version", "revisions", "fact_answers"}.issubset(found)
    return [f"public.{name}" for name in sorted(found) if name in FIRST_EDITION] if is_ours else []


def check_writable(engine: Engine) -> None:
    """Check that a load can write. Raises NotReady."""
    try:
        with engine.connect() as connection:
            is_standby, may_create = connection.execute(text(WRITABLE)).one()
    except DBAPIError as error:
        raise NotReady(f"The database cannot be reached: {described(error.orig)}") from error
    if is_standby:
        raise NotReady("The database cannot be used: this server only reads; load into the primary.")
    if not may_create:
        raise NotReady("The database cannot be used: let this user make schemas (GRANT CREATE ON DATABASE).")


@dataclass
class PostgresDraft(Draft):
    """A release that is being written, in a schema that is invisible to others until it is published."""

    connection: Connection
    schema: str
    keep: int
    grace: float

    def publish(self, release_id: str) -> None:
        """Replace any earlier load with this id: its content is the same. It keeps its number if it is current."""
        # Autovacuum would analyze them too late for the first requests.
        for table in inspect(self.connection).get_table_names(schema=self.schema):
            self.connection.execute(text(f'ANALYZE {self.schema}."{table}"'))
        current = self.connection.execute(text(CURRENT)).one_or_none()
        is_current = current is not None and current.id == release_id
        number = current.number if current and is_current else self.connection.scalar(text(NEXT))
        self.connection.execute(text(RETIRE), {"id": release_id})
        row = {"schema": self.schema, "id": release_id, "number": number, "version": SCHEMA}
        self.connection.execute(text(LIST), row)
        self.connection.execute(text(POINT), {"schema": self.schema, "number": number})
        self.connection.commit()
        tidy(self.connection.engine, self.keep, self.grace)


@contextmanager
def drafting(engine: Engine, keep: int, grace: float) -> Iterator[PostgresDraft]:
    """A draft, once no other load is running; an unpublished draft leaves nothing."""
    tidy(engine, keep, grace)  # whatever the last load left, because it was killed or blocked
    with engine.connect() as connection:  # whose end rolls back what was not committed
        _lock(connection)
        for statement in LAYOUT:
            connection.execute(text(statement))
        schema = f"r_{token_hex(8)}_{connection.scalar(text(NEXT))}"
        connection.execute(text(f"CREATE SCHEMA {schema}"))
        migrate(connection, schema)
        search_in(connection, schema)
        yield PostgresDraft(connection, schema, keep, grace)


def _lock(connection: Connection) -> None:
    """Wait until no other load is running. The lock ends with the transaction or the process."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOAD_LOCK})


def use(engine: Engine, release_id: str, keep: int, grace: float) -> None:
    """Make a kept release current. It keeps its number: clients that have seen a higher one are shown it all the same.

    Raises ReleaseNotKept, NotReady, Unusable.
    """
    with engine.begin() as connection:
        _lock(connection)
        lock_tidying(connection)  # else it may be retired between this look at it and the commit
        release = listed(connection, release_id)
        connection.execute(text(POINT), {"schema": release.schema, "number": release.number})
    tidy(engine, keep, grace)
