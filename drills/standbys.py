"""A PostgreSQL primary and standbys that follow whichever server is the primary."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import make_url

from bench.processes import tree
from drills.databases import USUAL, kill_tree
from tests import postgres

# A load is acknowledged when one of the standbys has it too; see deploy/compose.yaml.
SETTINGS = (*USUAL, "wal_retrieve_retry_interval=200ms", "hot_standby_feedback=on", "max_standby_streaming_delay=5s",
            "max_connections=100")  # fmt: skip
QUORUM = "ANY 1 (*)"
WITHIN, POLL = 60.0, 0.02  # seconds


@dataclass
class Servers:
    """The servers of one database, the primary first, and the addresses that clients reach them at."""

    all: list[postgres.Server]
    addresses: list[str]
    name: str
    dead: list[postgres.Server] = field(default_factory=list)

    @property
    def primary(self) -> postgres.Server:
        return self.all[0]

    @property
    def standbys(self) -> list[postgres.Server]:
        return self.all[1:]

    @property
    def url(self) -> str:
        """Of all of them; it stays the same whichever is the primary."""
        return f"postgresql://postgres@/{self.name}?{'&'.join(f'host={one}' for one in self.addresses)}"

    def of(self, server: postgres.Server) -> str:
        return f"postgresql://postgres@/{self.name}?host={server.socket}"

    def settle(self) -> None:
        """Until each standby has all that the primary has."""
        (written,) = self.primary.execute("SELECT pg_current_wal_lsn()")[0]
        replayed = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        _until(lambda: all(one.execute(replayed)[0][0] for one in self.standbys))

    def lose_primary(self) -> None:
        kill_tree(self.primary)
        self.dead.append(self.all.pop(0))

    def promote(self) -> None:
        """Make the standby that has got most the primary."""
        self.all.sort(key=lambda one: int(one.execute("SELECT pg_last_wal_receive_lsn() - '0/0'")[0][0]), reverse=True)
        self.primary.execute("SELECT pg_promote()")
        self.require_quorum()

    def require_quorum(self) -> None:
        """Loads wait for one standby, where there are at least two to lose one of."""
        names = QUORUM if self.standbys else ""
        self.primary.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.primary.execute("SELECT pg_reload_conf()")


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError("a standby does not follow")
        time.sleep(POLL)


def freeze(server: postgres.Server, seconds: float) -> None:
    """It is there, and answers nobody: connections are taken, and what is sent to them is acknowledged."""
    pids = tree(server.process.pid)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def started(standbys: int) -> Iterator[Servers]:
    """A primary and standbys."""
    with ExitStack() as running:
        primary = running.enter_context(postgres.running(SETTINGS))
        found = Servers([primary], [primary.socket], make_url(primary.new_database()).database or "")
        for _ in range(standbys):
            found.all.append(running.enter_context(postgres.running(SETTINGS, primary)))
            found.addresses.append(found.all[-1].socket)
        follow = f"user=postgres target_session_attrs=primary host={','.join(found.addresses)}"
        for one in found.standbys:
            one.execute(f"ALTER SYSTEM SET primary_conninfo = '{follow}'")
            one.execute("SELECT pg_reload_conf()")
        found.require_quorum()
        try:
            yield found
        finally:
            with suppress(Exception):
                found.primary.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
