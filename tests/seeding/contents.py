"""Everything a database holds but its history, to tell whether it has changed."""

import hashlib

from sqlalchemy import select

from app import tables
from app.database import writing_engine

HISTORY = {one.__tablename__ for one in (tables.Release, tables.ReleaseChange, tables.ReleaseFile, tables.SeedFile)}


def contents(url: str) -> dict[str, str]:
    """A digest of the rows of each table; the order in which a table keeps them does not count."""
    engine = writing_engine(url)
    try:
        with engine.connect() as connection:
            return {
                name: hashlib.sha256(
                    "\n".join(sorted(repr(tuple(row)) for row in connection.execute(select(table)))).encode()
                ).hexdigest()
                for name, table in tables.Base.metadata.tables.items()
                if name not in HISTORY
            }
    finally:
        engine.dispose()
