"""Runs migrations: of a release, in the transaction of the load that writes it; by hand, over a database of its own."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, text

from app import nouns, tables  # noqa: F401 - the nouns define tables
from app.settings import Settings

WORDS = "fact_words"


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """The index of words, and the tables SQLite keeps it in, are known to the migrations only."""
    return not (kind == "table" and (name or "").startswith(WORDS))


def run(connection: Connection, schema: str | None) -> None:
    if schema:  # for this transaction, and without `public`: a version table there would be taken for this schema's
        connection.execute(text("SELECT set_config('search_path', :path, true)"), {"path": f'"{schema}"'})
    options: dict[str, Any] = {
        # CHECK constraints are compared by name only by this plugin.
        "autogenerate_plugins": ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
        "version_table_schema": schema,
        # Alembic takes SQLite's DDL for not transactional; it is, when BEGIN is ours.
        "transactional_ddl": True,
        "render_as_batch": connection.dialect.name == "sqlite",
        "include_name": is_described,
    }
    context.configure(connection=connection, target_metadata=tables.METADATA, **options)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    run(given, context.config.attributes.get("schema"))
else:
    engine = create_engine(Settings().database_url)
    with engine.begin() as begun:
        run(begun, None)
    engine.dispose()
