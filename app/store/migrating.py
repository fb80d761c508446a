"""The schema of a release: the version that this software reads, and the migrations that create it."""

from pathlib import Path

from sqlalchemy import Connection

from app.errors import NotReady, Unusable

MIGRATIONS = Path(__file__).parents[2] / "migrations"
# The number of the last migration; each release records its own.
SCHEMA = max(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[:4]


def migrate(connection: Connection, schema: str | None = None) -> None:
    """Create the tables of a release, in the transaction of a connection; on PostgreSQL, in a schema."""
    # Imported here, since the server does not need them.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, schema=schema)
    command.upgrade(config, "head")


def hold_schema(schema: str) -> None:
    """Check that this software can read the schema of a release. Raises NotReady, Unusable."""
    if schema < SCHEMA:
        raise NotReady(f"The database has the older schema {schema}, this version reads {SCHEMA}: run `factbook load`.")
    if schema > SCHEMA:
        newer = f"The database has the schema {schema}, which is newer than this version reads ({SCHEMA})"
        raise Unusable(f"{newer}: run the version that loaded it, or load into another database.")
