"""Cleaning up after a new release in PostgreSQL: views are pointed to it, and releases no longer kept are dropped.

Each step is a short transaction that waits only briefly for locks, so that nobody queues behind it; a step that fails
is left to the next load.
"""

import logging
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

LOG = logging.getLogger("factbook")
TIDY_LOCK = 7_205_760  # any number that no other lock in the same database uses
LOCK_TIMEOUT = "200ms"  # readers may queue behind a lock for as long
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 2.0)  # seconds
LOCKED = {"55P03", "40P01"}  # lock timeout, deadlock
OTHER_COLUMNS, NEEDED = "42P16", "2BP01"

CURRENT = "SELECT schema FROM factbook.current"
# Views in `factbook` that show the view of the same name of a release, with the schema of that release. OFFSET 0 is a
# fence: PostgreSQL otherwise works out the definitions of all views there are, a third of the CPU of a small load.
TWINS = r"""SELECT viewname, schema FROM (SELECT viewname,
        substring(definition FROM 'FROM (r_[0-9a-f]{16}_[0-9]+)\."?' || viewname || '"?;$') AS schema
    FROM pg_views WHERE schemaname = 'factbook' OFFSET 0) AS views WHERE schema IS NOT NULL"""
COMMENT = "SELECT format('COMMENT ON %s IS %L', CAST(:what AS text), CAST(:comment AS text))"
# All but the current one and the newest.
RETIRE = """UPDATE factbook.releases SET retired_at = clock_timestamp() WHERE retired_at IS NULL
    AND schema <> (SELECT schema FROM factbook.current) AND schema NOT IN
        (SELECT schema FROM factbook.releases WHERE retired_at IS NULL ORDER BY number DESC LIMIT :keep)"""
DROPPABLE = """SELECT schema FROM factbook.releases
    WHERE retired_at < clock_timestamp() - make_interval(secs => :grace) ORDER BY retired_at"""


def tidy(engine: Engine, keep: int, grace: float) -> None:
    """Point the views to the current release, retire releases beyond `keep`, drop those retired for `grace`."""
    with engine.connect() as connection:
        if connection.scalar(text("SELECT to_regclass('factbook.current')")) is None:
            return
    _in_time(engine, "the views are to follow", point_views)
    _in_time(engine, "releases are to be retired", lambda connection: connection.execute(text(RETIRE), {"keep": keep}))
    with engine.connect() as connection:
        schemas = connection.scalars(text(DROPPABLE), {"grace": grace}).all()
    for schema in schemas:  # one per transaction: each takes a lock per table and index
        _in_time(engine, f"{schema} is to be dropped", partial(drop, schema=schema))


def _in_time(engine: Engine, what: str, action: Callable[[Connection], object]) -> None:
    """Do something in a short transaction, with retries if others hold a lock. Failure does not undo the release."""
    for pause in (*PAUSES, None):
        try:
            with engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
                lock_tidying(connection)
                action(connection)
        except DBAPIError as error:
            if pause is None or sqlstate(error) not in LOCKED:
                LOG.warning("%s; the next load tries again: %s", what, error.orig)
                return
            time.sleep(pause)
        else:
            return


def lock_tidying(connection: Connection) -> None:
    """Wait until nobody tidies: until this transaction ends, no release is retired, and none dropped."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TIDY_LOCK})


def point_views(connection: Connection) -> None:
    """Give each view of the current release its twin in `factbook`."""
    schema = connection.scalar(text(CURRENT))
    if schema is None:
        return
    views = inspect(connection).get_view_names(schema)
    twins = {name: of for name, of in connection.execute(text(TWINS))}  # noqa: C416 - they are rows
    for name in twins.keys() - set(views):
        _drop_view(connection, name)
    for name in views:
        if twins.get(name) != schema:
            _point_view(connection, schema, name)


def _point_view(connection: Connection, schema: str, name: str) -> None:
    """Point a view, with its comments. Columns added at the end are added; otherwise it is recreated, if possible."""
    inspector = inspect(connection)
    columns = inspector.get_columns(name, schema)
    names = ", ".join(f'"{column["name"]}"' for column in columns)
    query = f'VIEW factbook."{name}" AS SELECT {names} FROM {schema}."{name}"'  # noqa: S608 - names of our own
    try:
        with connection.begin_nested():
            connection.execute(text(f"CREATE OR REPLACE {query}"))
    except DBAPIError as error:
        if sqlstate(error) != OTHER_COLUMNS:
            raise
        if not _drop_view(connection, name):
            return
        connection.execute(text(f"CREATE {query}"))
    comments = {f'VIEW factbook."{name}"': inspector.get_table_comment(name, schema)["text"]}
    comments |= {f'COLUMN factbook."{name}"."{column["name"]}"': column["comment"] for column in columns}
    for what, comment in comments.items():
        statement = connection.scalar(text(COMMENT), {"what": what, "comment": comment})
        connection.exec_driver_sql(statement.replace("%", "%%"))


def _drop_view(connection: Connection, name: str) -> bool:
    """Drop a view; returns whether that worked: not if somebody else's view depends on it."""
    try:
        with connection.begin_nested():
            connection.execute(text(f'DROP VIEW factbook."{name}"'))
    except DBAPIError as error:
        if sqlstate(error) != NEEDED:
            raise
        LOG.warning('the view factbook."%s" stays with an older release: others stand on it', name)
        return False
    return True


def drop(connection: Connection, schema: str) -> None:
    """Drop a release. PostgreSQL refuses if somebody else's objects depend on it, and names them: no CASCADE."""
    inspector = inspect(connection)
    if schema in inspector.get_schema_names():
        for kind, names in (
            ("VIEW", inspector.get_view_names(schema)),
            ("TABLE", inspector.get_table_names(schema)),
        ):
            if names:
                listed = ", ".join(f'{schema}."{name}"' for name in names)
                connection.execute(text(f"DROP {kind} {listed}"))
        connection.execute(text(f"DROP SCHEMA {schema}"))
    connection.execute(text("DELETE FROM factbook.releases WHERE schema = :schema"), {"schema": schema})


def sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""
