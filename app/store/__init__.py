"""The store of releases: which one is current, which are kept, and how one is read and written."""

from sqlalchemy import make_url

from app.store.releases import Store
from app.store.sqlite import SqliteStore


def open_store(url: str, *, keep: int = 5) -> Store:
    """The releases of a database. `keep` is how many a load leaves, the one it writes included."""
    if make_url(url).get_backend_name() == "sqlite":
        return SqliteStore(url, keep=keep)
    # Its driver is large, and not needed for SQLite.
    from app.store.postgresql import PostgresStore  # noqa: PLC0415

    return PostgresStore(url, keep=keep)
