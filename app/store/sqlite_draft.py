"""Writing releases to SQLite: a file is written beside the current one, checked, and renamed into its place."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, event

from app.errors import NotReady, Unusable
from app.store.releases import Draft
from app.store.schema import SCHEMA, check_schema, migrate
from app.store.sqlite_files import ReleaseFiles
from app.store.sqlite_release import SCHEMA_OF, connect, loaded_of

# The file is discarded after a crash, so it need not survive one; failed statements can still be rolled back.
PRAGMAS = (
    "page_size = 8192",  # larger pages suit long answers
    "journal_mode = MEMORY",  # a WAL file would need files beside it whenever it is opened
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "foreign_keys = OFF",  # checked at the end
    "cache_size = -200000",
    "temp_store = MEMORY",
    "secure_delete = OFF",
)


@dataclass
class SqliteDraft(Draft):
    """A new file, with its only transaction."""

    connection: Connection
    files: ReleaseFiles
    path: Path
    keep: int

    def publish(self, release_id: str) -> None:
        self.connection.exec_driver_sql("ANALYZE")
        self.connection.commit()
        wrong = [
            *self.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(3),
            *(row for row in self.connection.exec_driver_sql("PRAGMA quick_check(3)").all() if row[0] != "ok"),
        ]
        self.connection.close()
        if wrong:
            raise Unusable(f"The file that was written does not hold together, and was not published: {wrong}")
        self.files.publish(self.path, release_id, current_id(self.files), self.keep)


def current_id(files: ReleaseFiles) -> str | None:
    """The id of the current file, if this version can read it."""
    with suppress(OSError, NotReady, sqlite3.Error), closing(connect(files.current)) as connection:
        return loaded_of(connection)[0]
    return None


def refuse_newer(files: ReleaseFiles) -> None:
    """Raise Unusable if a later version loaded the current file, which must not be replaced by mistake."""
    with suppress(OSError, sqlite3.Error), closing(connect(files.current)) as connection:
        for (schema,) in connection.execute(SCHEMA_OF):
            if schema > SCHEMA:
                check_schema(schema)


@contextmanager
def drafting(files: ReleaseFiles, keep: int) -> Iterator[Draft]:
    """A draft in a new file."""
    with files.locked():
        path = files.new()
        engine = create_engine("sqlite://", creator=lambda: _created(path), poolclass=NullPool)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        try:
            with engine.connect() as connection:
                migrate(connection)
                yield SqliteDraft(connection, files, path, keep)
        finally:
            path.unlink(missing_ok=True)


def _created(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)  # SQLAlchemy begins the transaction
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection
