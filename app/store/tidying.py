"""Cleaning up after a new release in PostgreSQL: views are pointed to it, and releases no longer kept are dropped.

Each step is a short transaction that waits only briefly for locks, so that nobody queues behind it; a step that fails
is left to the next load.
"""

import logging
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

LOG = logging.getLogger("factbook")
TIDY_LOCK = 7_205_760  # any number that no other lock in the same database uses
WAITS = "200ms"  # for a lock; readers may queue behind it for as long
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 2.0)  # seconds
LOCKED = {"55P03", "40P01"}  # lock timeout, deadlock
OTHER_COLUMNS, NEEDED = "42P16", "2BP01"

CURRENT = "SELECT schema FROM factbook.current"
# The views of a release, with their columns in order.
VIEWS = """SELECT relname, (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped)
    FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'v'"""
# The comments that migrations gave a view and its columns.
COMMENTS = """SELECT
        CASE objsubid WHEN 0 THEN 'VIEW ' || name ELSE 'COLUMN ' || name || '.' || quote_ident(attname) END, description
    FROM pg_class JOIN pg_description ON objoid = pg_class.oid AND classoid = 'pg_class'::regclass
    LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
    CROSS JOIN LATERAL (SELECT 'factbook.' || quote_ident(relname) AS name) twin
    WHERE relnamespace = to_regnamespace(:schema) AND relname = :name"""
COMMENT = "SELECT format('COMMENT ON %s IS %L', CAST(:what AS text), CAST(:description AS text))"
# Views in `factbook` that depend on the view of the same name of a release.
TWINS = """SELECT DISTINCT view.relname, release.schema FROM factbook.releases release
    JOIN pg_class used ON used.relnamespace = to_regnamespace(release.schema) AND used.relkind = 'v'
    JOIN pg_depend ON refclassid = 'pg_class'::regclass AND refobjid = used.oid AND classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite rule ON rule.oid = objid
    JOIN pg_class view ON view.oid = rule.ev_class
    WHERE view.relnamespace = to_regnamespace('factbook') AND view.relkind = 'v' AND view.relname = used.relname"""
# Objects elsewhere that depend on a release: (materialized) views, foreign keys and functions.
DEPENDENTS = """SELECT DISTINCT coalesce(view.relname, key.conname, function.proname), nspname
    FROM pg_depend
    JOIN pg_class used ON refclassid = 'pg_class'::regclass AND used.oid = refobjid
    LEFT JOIN pg_rewrite rule ON classid = 'pg_rewrite'::regclass AND rule.oid = objid
    LEFT JOIN pg_class view ON view.oid = rule.ev_class
    LEFT JOIN pg_constraint key ON classid = 'pg_constraint'::regclass AND key.oid = objid
    LEFT JOIN pg_proc function ON classid = 'pg_proc'::regclass AND function.oid = objid
    JOIN pg_namespace place ON place.oid = coalesce(view.relnamespace, key.connamespace, function.pronamespace)
    WHERE used.relnamespace = to_regnamespace(:schema) AND nspname <> :schema"""
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
    _in_time(engine, "releases are to be retired", partial(retire, keep=keep))
    with engine.connect() as connection:
        schemas = connection.scalars(text(DROPPABLE), {"grace": grace}).all()
    for schema in schemas:  # one per transaction: each takes a lock per table and index
        _in_time(engine, f"{schema} is to be dropped", partial(drop, schema=schema))


def _in_time(engine: Engine, what: str, action: Callable[[Connection], None]) -> None:
    """Do something in a short transaction, with retries if others hold a lock. Failure does not undo the release."""
    for pause in (*PAUSES, None):
        try:
            with engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{WAITS}'"))
                lock(connection)
                action(connection)
        except DBAPIError as error:
            if pause is None or _state(error) not in LOCKED:
                LOG.warning("%s; the next load tries again: %s", what, error.orig)
                return
            time.sleep(pause)
        else:
            return


def lock(connection: Connection) -> None:
    """Wait until nobody tidies: until this transaction ends, no release is retired, and none dropped."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": TIDY_LOCK})


def point_views(connection: Connection) -> None:
    """Give each view of the current release its twin in `factbook`."""
    schema = connection.scalar(text(CURRENT))
    if schema is None:
        return
    views = _pairs(connection, VIEWS, schema=schema)
    twins = _pairs(connection, TWINS)
    for name in twins.keys() - views.keys():
        _drop_view(connection, name)
    for name, columns in views.items():
        query = f'SELECT {columns} FROM {schema}."{name}"'  # noqa: S608 - names of our own
        if twins.get(name) != schema and _point_view(connection, name, query):
            _comment(connection, schema, name)


def _point_view(connection: Connection, name: str, query: str) -> bool:
    """Point a view; returns whether that worked. Columns added at the end are added; otherwise it is recreated."""
    try:
        with connection.begin_nested():
            connection.execute(text(f'CREATE OR REPLACE VIEW factbook."{name}" AS {query}'))
    except DBAPIError as error:
        if _state(error) != OTHER_COLUMNS:
            raise
        if not _drop_view(connection, name):
            return False
        connection.execute(text(f'CREATE VIEW factbook."{name}" AS {query}'))
    return True


def _drop_view(connection: Connection, name: str) -> bool:
    """Drop a view; returns whether that worked: not if somebody else's view depends on it."""
    try:
        with connection.begin_nested():
            connection.execute(text(f'DROP VIEW factbook."{name}"'))
    except DBAPIError as error:
        if _state(error) != NEEDED:
            raise
        LOG.warning('the view factbook."%s" stays with an older release: others stand on it', name)
        return False
    return True


def _comment(connection: Connection, schema: str, name: str) -> None:
    """Copy the comments of the migrations to a view and its columns."""
    for what, description in _pairs(connection, COMMENTS, schema=schema, name=name).items():
        comment = connection.scalar(text(COMMENT), {"what": what, "description": description})
        connection.exec_driver_sql(comment.replace("%", "%%"))


def retire(connection: Connection, keep: int) -> None:
    """Mark releases as no longer kept: all but the current one and the newest."""
    connection.execute(text(RETIRE), {"keep": keep})


def drop(connection: Connection, schema: str) -> None:
    """Drop a release, unless somebody else's objects depend on it, which would be dropped, too."""
    dependents = _pairs(connection, DEPENDENTS, schema=schema)
    if dependents:
        names = ", ".join(f"{name} of {where}" for name, where in dependents.items())
        LOG.warning("%s is not dropped: %s would go with it", schema, names)
        return
    connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    connection.execute(text("DELETE FROM factbook.releases WHERE schema = :schema"), {"schema": schema})


def _pairs(connection: Connection, query: str, **values: str) -> dict[str, str]:
    return {first: second for first, second in connection.execute(text(query), values)}  # noqa: C416 - they are rows


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""
