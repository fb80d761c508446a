"""How a release is stored: the migrations that create its tables, their version, a checksum for each stored answer."""

import zlib
from pathlib import Path

from sqlalchemy import Connection

from app.errors import NotReady, Unusable

MIGRATIONS = Path(__file__).parents[2] / "migrations"
# The number of the last migration; each release records its own.
SCHEMA = max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]
CORRUPT_ROW = "A row of the database is not what was written: run `factbook load --again`, or bring back a backup."


def migrate(connection: Connection, schema: str | None = None) -> None:
    """Create the tables of a release, in the transaction of a connection; on PostgreSQL, in a schema."""
    # Imported here, since the server does not need them.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, schema=schema)
    command.upgrade(config, "head")


def check_schema(schema: str) -> None:
    """Check that this software can read the schema of a release. Raises NotReady, Unusable."""
    if schema < SCHEMA:
        raise NotReady(f"The database has the older schema {schema}, this version reads {SCHEMA}: run `factbook load`.")
    if schema > SCHEMA:
        newer = f"The database has the schema {schema}, which is newer than this version reads ({SCHEMA})"
        raise Unusable(f"{newer}: run the version that loaded it, or load into another database.")


def crc(answer: str | bytes, start: int = 0) -> int:
    """The CRC-32 of an answer in UTF-8: it detects bit rot between two checks of the digest of the whole file.

    `start` is that of what stands before it.
    """
    return zlib.crc32(answer.encode() if isinstance(answer, str) else answer, start)


def check_crc(answer: bytes, checksum: int) -> bytes:
    """An answer as it was written. Raises Unusable for any other."""
    if zlib.crc32(answer) != checksum:
        raise Unusable(CORRUPT_ROW)
    return answer
