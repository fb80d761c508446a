"""What is loaded, as one connection sees it: the revision, the load that brought it, the schema, a standby's lag."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from app.errors import Unusable
from app.readers import MissingTable, Reader, Readers, Statement

# The schema that this version reads, as the last migration names it; each database says which it has.
SCHEMA = max(path.name for path in (Path(__file__).parents[1] / "migrations" / "versions").glob("[0-9]*.py"))[:4]
LATEST_SCHEMA = text("SELECT version_num FROM alembic_version")
# Seconds by which a standby may be behind; none where it has replayed all that it was sent.
LAG = """CASE WHEN NOT pg_is_in_recovery() THEN NULL
    WHEN EXISTS (SELECT FROM pg_stat_wal_receiver) AND pg_last_wal_replay_lsn() >= pg_last_wal_receive_lsn() THEN 0
    ELSE CAST(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS float) END"""
LATEST = f"SELECT revision, loaded_at, ({LATEST_SCHEMA}), (SELECT max(number) FROM releases), %s FROM revisions"  # noqa: S608 - our own
MOST_TOTALS = 100_000


class Release(NamedTuple):
    """A load that changed the data: its number, one more than that of the load before, and the mark of its revision."""

    number: int
    mark: bytes


@dataclass(frozen=True, slots=True)
class Revision:
    """What is loaded. `totals` keeps how many answers, or bytes, a question has, once that was counted."""

    name: str
    mark: bytes  # the name, as rows have it
    loaded_at: datetime
    number: int  # of the load
    totals: dict[str, int] = field(default_factory=dict, compare=False)

    @property
    def release(self) -> Release:
        return Release(self.number, self.mark)

    def remember_total(self, question: str, total: int) -> None:
        if len(self.totals) >= MOST_TOTALS:
            self.totals.clear()
        self.totals[question] = total


class Unloaded(Exception):
    """Nothing of this version is loaded, as a connection sees it; another server may be further."""


class Revisions:
    """Asks connections for what they see loaded. `lag` is that of the standby that was asked last, in seconds."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._latest = Statement(text(LATEST % ("NULL" if readers.embedded else LAG)), readers.dialect)
        self._schema = Statement(LATEST_SCHEMA, readers.dialect)
        self.lag: float | None = None

    def of(self, reader: Reader) -> Revision:
        """Raises Unloaded, Unusable; TimedOut, NotReady, and Passing once begun."""
        try:
            rows = self._readers.rows(self._latest, {}, reader)
        except MissingTable as error:
            self._hold_migrated(reader)
            raise Unloaded("The database has no schema: run `factbook load`.") from error
        if not rows:
            raise Unloaded("Nothing is loaded yet: run `factbook load`.")
        name, loaded_at, schema, number, self.lag = rows[0]
        hold(schema.decode())
        reader.shown = name
        return Revision(name.decode(), name, datetime.fromisoformat(loaded_at.decode()), number or 0)

    def _hold_migrated(self, reader: Reader) -> None:
        try:
            self.hold_schema(reader)
        except MissingTable:
            return

    def hold_schema(self, reader: Reader | None = None) -> None:
        """Hold the schema against the one this version reads. Raises Unloaded, Unusable."""
        for (schema,) in self._readers.rows(self._schema, {}, reader):
            hold(schema.decode())


def hold(schema: str) -> None:
    """Hold a schema against the one this version reads. Raises Unloaded, Unusable."""
    if schema < SCHEMA:
        raise Unloaded(f"The database has the older schema {schema}, this version reads {SCHEMA}: run `factbook load`.")
    if schema > SCHEMA:
        newer = f"The database has the schema {schema}, which is newer than this version reads ({SCHEMA})"
        raise Unusable(f"{newer}: run the version that loaded it, or load into another database.")
