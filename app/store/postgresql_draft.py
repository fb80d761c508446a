"""Writing releases to PostgreSQL: a schema is created, filled and made current in one transaction, so that a killed
load leaves nothing.

`factbook.releases` lists them, and which are retired; `factbook.current` points to one, and counts how often that was
changed, so that it can be told which of two servers is behind, and the highest number of all, which no other gets.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Engine, RootTransaction, text
from sqlalchemy.exc import DBAPIError

from app.database_errors import described
from app.errors import NotReady
from app.store.engines import search_in
from app.store.migrating import SCHEMA, hold_schema, migrate
from app.store.releases import Draft, KeptRelease, ReleaseNotKept
from app.store.sessions import MISSING
from app.store.tidying import lock as hold_untidied
from app.store.tidying import tidy

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
CURRENT = "SELECT id, number FROM factbook.current JOIN factbook.releases USING (schema)"
NEXT = "SELECT coalesce(max(newest), 0) + 1 FROM factbook.current"
RETIRE = "UPDATE factbook.releases SET retired_at = clock_timestamp() WHERE id = :id AND retired_at IS NULL"
LIST = """INSERT INTO factbook.releases (schema, id, number, version, loaded_at)
    SELECT :schema, :id, :number, :version, CAST(loaded_at AS timestamptz) FROM revisions"""
POINT = """INSERT INTO factbook.current (schema, moves, newest) VALUES (:schema, 1, :number)
    ON CONFLICT (only_row) DO UPDATE SET schema = excluded.schema, moves = current.moves + 1,
        newest = greatest(current.newest, excluded.newest)"""
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = CAST(:schema AS regnamespace) AND relkind = 'r'"
FIND = "SELECT schema, number, version FROM factbook.releases WHERE id = :id AND retired_at IS NULL"
RELEASES = """SELECT id, number, loaded_at, current.schema IS NOT NULL
    FROM factbook.releases LEFT JOIN factbook.current USING (schema)
    WHERE retired_at IS NULL ORDER BY number DESC"""


def hold_writable(engine: Engine) -> None:
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


@contextmanager
def drafting(engine: Engine, keep: int, grace: float) -> Iterator["PostgresDraft"]:
    """A draft, once no other load is running; an unpublished draft leaves nothing."""
    tidy(engine, keep, grace)  # whatever the last load left, because it was killed or blocked
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            schema = _begun(connection)
            yield PostgresDraft(connection, transaction, schema, lambda: tidy(engine, keep, grace))
        finally:
            if transaction.is_active:
                transaction.rollback()


def _begun(connection: Connection) -> str:
    """Create a schema with the tables of a release, and let unqualified names refer to it in this transaction."""
    _lock(connection)
    for statement in LAYOUT:
        connection.execute(text(statement))
    number = connection.scalar(text(NEXT))
    schema = f"r_{token_hex(8)}_{number}"
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    migrate(connection, schema)
    search_in(connection, schema)
    return schema


def _lock(connection: Connection) -> None:
    """Wait until no other load is running. The lock ends with the transaction or the process."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOAD_LOCK})


class PostgresDraft(Draft):
    """A release that is being written, in a schema that is invisible to others until it is published."""

    def __init__(
        self, connection: Connection, transaction: RootTransaction, schema: str, then: Callable[[], None]
    ) -> None:
        """`then` is called once the release is current."""
        self.connection = connection
        self._then = then
        self._transaction = transaction
        self._schema = schema

    def publish(self, release_id: str) -> None:
        """Replace any earlier load with this id: its content is the same. It keeps its number if it is current."""
        named = {"schema": self._schema}
        # Autovacuum would analyze them too late for the first requests.
        tables = self.connection.scalars(text(TABLES), named).all()
        if tables:
            names = ", ".join(f'{self._schema}."{table}"' for table in tables)
            self.connection.execute(text(f"ANALYZE {names}"))
        current = self.connection.execute(text(CURRENT)).one_or_none()
        same = current is not None and current.id == release_id
        number = current.number if current is not None and same else self.connection.scalar(text(NEXT))
        self.connection.execute(text(RETIRE), {"id": release_id})
        row: dict[str, Any] = {**named, "id": release_id, "number": number, "version": SCHEMA}
        self.connection.execute(text(LIST), row)
        self.connection.execute(text(POINT), {**named, "number": number})
        self._transaction.commit()
        self._then()


def releases(connection: Connection) -> list[KeptRelease]:
    """The kept releases, newest first."""
    try:
        rows = connection.execute(text(RELEASES)).all()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in MISSING:
            return []
        raise
    return [KeptRelease(name, number, at.astimezone(UTC), is_current) for name, number, at, is_current in rows]


def use(engine: Engine, release_id: str, keep: int, grace: float) -> None:
    """Make a kept release current. It keeps its number: clients that have seen a higher one are shown it all the same.

    Raises ReleaseNotKept, NotReady, Unusable.
    """
    with engine.begin() as connection:
        _lock(connection)
        hold_untidied(connection)  # else it may be retired between this look at it and the commit
        try:
            found = connection.execute(text(FIND), {"id": release_id}).one_or_none()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in MISSING:
                raise ReleaseNotKept(f"No release {release_id} is kept: none is.") from error
            raise
        if found is None:
            raise ReleaseNotKept(f"No release {release_id} is kept.")
        hold_schema(found.version)
        connection.execute(text(POINT), {"schema": found.schema, "number": found.number})
    tidy(engine, keep, grace)
