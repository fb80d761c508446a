"""The migrations make what the tables say, on both databases, and the views that docs/sql.md promises."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text

from app import tables
from app.store.schema import SCHEMA, migrate
from tests.conftest import DATABASES, ROOT, NewDatabase

SCHEMA_NAME = "r_test"  # on PostgreSQL


@pytest.fixture(params=DATABASES)
def migrated(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Connection]:
    with made(new_database(request.param)) as connection:
        yield connection


@contextmanager
def made(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"CREATE SCHEMA {SCHEMA_NAME}"))
            migrate(connection, SCHEMA_NAME)
        else:
            migrate(connection)
        yield connection
    engine.dispose()


def test_migrations_say_what_the_tables_say(migrated: Connection) -> None:
    described = {"include_name": lambda name, kind, _: kind != "table" or not name.startswith("fact_words")}
    options = {"compare_type": True, "compare_server_default": True, **described}
    assert compare_metadata(MigrationContext.configure(migrated, opts=options), tables.METADATA) == []
    assert migrated.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == SCHEMA


def test_a_check_constraint_is_in_the_database(migrated: Connection) -> None:
    named = {one["name"] for one in inspect(migrated).get_check_constraints("facts")}
    assert named == {"ck_facts_kind", "ck_facts_measured", "ck_facts_related"}


def test_views_have_names_and_columns_of_their_own(migrated: Connection) -> None:
    inspector = inspect(migrated)
    views = set(inspector.get_view_names())
    assert views == {"observations", *(f"{noun}_view" for noun in NOUNS)}
    assert views.isdisjoint(inspector.get_table_names())
    for view in views:
        columns = [column["name"] for column in inspector.get_columns(view)]
        assert len(columns) == len(set(columns))
        assert columns[0] == "id"
        assert migrated.execute(text(f"SELECT * FROM {view}")).all() == []  # noqa: S608 - names of our own


NOUNS = (
    *("companies", "organizations", "industries", "initiatives", "scopes", "metrics"),
    *("events", "policies", "places", "sources"),
)


def test_migrations_are_numbered_without_a_gap() -> None:
    versions = sorted(path.name for path in (ROOT / "migrations" / "versions").glob("*.py"))
    first = int(versions[0][:4])
    assert [name[:4] for name in versions] == [f"{first + at:04d}" for at in range(len(versions))]


def test_alembic_itself_finds_its_settings(new_database: NewDatabase) -> None:
    environment = os.environ | {"FACTBOOK_DATABASE_URL": new_database("sqlite")}
    for arguments in (["upgrade", "head"], ["check"], ["current", "--check-heads"]):
        command = [sys.executable, "-m", "alembic", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
