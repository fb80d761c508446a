"""Runs migrations, one process at a time, each wholly or not at all, on SQLite too."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from app import tables
from app.database import writing_engine
from app.settings import Settings

MIGRATION_LOCK = 7_205_758
WORDS = "fact_words"


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """The index of words, and the tables SQLite keeps it in, are known to the migrations only."""
    return not (kind == "table" and (name or "").startswith(WORDS))


def run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    options: dict[str, Any] = {
        # CHECK constraints are compared by name only by this plugin.
        "autogenerate_plugins": ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        # Alembic takes SQLite's DDL for not transactional; it is, when BEGIN is ours.
        "transactional_ddl": True,
        "render_as_batch": connection.dialect.name == "sqlite",
        "include_name": is_described,
    }
    context.configure(connection=connection, target_metadata=tables.Base.metadata, **options)
    with context.begin_transaction():
        context.run_migrations()


engine = writing_engine(context.config.attributes.get("url") or Settings().database_url)
with engine.begin() as begun:
    run(begun)
engine.dispose()
