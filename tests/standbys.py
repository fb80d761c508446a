"""A real primary and a real standby, whose replay can be paused: it lags for as long as a test wants."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Self

from sqlalchemy import make_url

from tests import postgres
from tests.store.tiny import until

STANDBY = [*postgres.QUICK, "hot_standby_feedback=on", "max_standby_streaming_delay=500ms",
           "wal_receiver_status_interval=1s", "wal_retrieve_retry_interval=200ms"]  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A primary, a standby, and the name of a database at both."""

    primary: postgres.Server
    standby: postgres.Server
    name: str = ""

    def url(self, *servers: postgres.Server) -> str:
        """Of both, or of these."""
        named = "&".join(f"host={one.socket}" for one in servers or (self.primary, self.standby))
        return f"postgresql://postgres@/{self.name}?{named}"

    def with_new_database(self, template: str = "") -> Self:
        """Of an empty one, or of a copy of another."""
        return replace(self, name=make_url(self.primary.new_database(template)).database or "")

    def settle(self) -> None:
        """Until the standby has all that the primary has."""
        self.standby.execute("SELECT pg_wal_replay_resume() WHERE pg_is_wal_replay_paused()")
        # What is committed may not be written yet: the servers of tests are quick.
        (written,) = self.primary.execute("SELECT pg_current_wal_insert_lsn()")[0]
        until(lambda: self.standby.execute(f"SELECT pg_last_wal_replay_lsn() >= '{written}'")[0][0])

    @contextmanager
    def lagging(self) -> Iterator[None]:
        """The standby stays with what it has now."""
        self.settle()
        self.standby.execute("SELECT pg_wal_replay_pause()")
        until(lambda: self.standby.execute("SELECT pg_get_wal_replay_pause_state() = 'paused'")[0][0])
        try:
            yield
        finally:
            self.settle()


@contextmanager
def running_pair() -> Iterator[Pair]:
    with ExitStack() as running:
        primary = running.enter_context(postgres.running())
        yield Pair(primary, running.enter_context(postgres.running(STANDBY, copied=primary)))
