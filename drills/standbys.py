"""A PostgreSQL primary and standbys that follow whichever server is the primary; one of them can fall silent."""

import os
import pwd
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import make_url

from drills.databases import USUAL, kill_tree
from tests import postgres

# A load is acknowledged when one of the standbys has it too; see deploy/compose.yaml.
SETTINGS = (*USUAL, "wal_retrieve_retry_interval=200ms", "hot_standby_feedback=on", "max_standby_streaming_delay=5s",
            "max_connections=100")  # fmt: skip
QUORUM = "ANY 1 (*)"
WITHIN, POLL = 60.0, 0.02  # seconds


class Silence:
    """A network of two addresses, one of them in a namespace from which no answer may come (Linux, root)."""

    def __init__(self) -> None:
        self._name = f"factbook-{os.getpid()}"
        net = f"10.77.{os.getpid() % 250}"
        self._ours, self.address = f"{net}.1", f"{net}.2"
        link, end = f"fb{os.getpid()}", f"fe{os.getpid()}"
        self._commands = [
            f"ip netns add {self._name}",
            f"ip link add {link} type veth peer name {end} netns {self._name}",
            f"ip addr add {self._ours}/30 dev {link}",
            f"ip link set {link} up",
            f"ip -n {self._name} addr add {self.address}/30 dev {end}",
            f"ip -n {self._name} link set {end} up",
            f"ip -n {self._name} link set lo up",
        ]
        nobody = pwd.getpwnam(postgres.NOBODY)
        user = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        self.within = ["nsenter", f"--net=/run/netns/{self._name}", *user]

    def __enter__(self) -> "Silence":
        for command in self._commands:
            _run(command)
        return self

    def __exit__(self, *_: object) -> None:
        _run(f"ip netns del {self._name}")

    def begin(self) -> None:
        """What it sends is lost without a word; so it answers nobody."""
        _run(f"ip -n {self._name} route add blackhole {self._ours}/32")

    def end(self) -> None:
        _run(f"ip -n {self._name} route del blackhole {self._ours}/32")


def _run(command: str) -> None:
    done = subprocess.run(command.split(), capture_output=True, check=False, text=True)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr.strip()}")


@dataclass
class Servers:
    """The servers of one database, the primary first, and the addresses that clients reach them at."""

    all: list[postgres.Server]
    addresses: list[str]
    name: str
    silence: Silence | None = None
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


@contextmanager
def started(standbys: int, *, silenced: bool) -> Iterator[Servers]:
    """A primary and standbys; `silenced` gives the last of them an address that can fall silent."""
    with ExitStack() as running:
        primary = running.enter_context(postgres.running(SETTINGS))
        name = make_url(primary.new_database()).database or ""
        found = Servers([primary], [primary.socket], name)
        for number in range(standbys):
            if silenced and number == standbys - 1:
                found.silence = running.enter_context(Silence())
                listening = (*SETTINGS, f"listen_addresses={found.silence.address}")
                server = running.enter_context(postgres.running(listening, primary, found.silence.within))
                found.addresses.append(found.silence.address)
            else:
                server = running.enter_context(postgres.running(SETTINGS, primary))
                found.addresses.append(server.socket)
            found.all.append(server)
        follow = f"user=postgres target_session_attrs=primary host={','.join(one.socket for one in found.all)}"
        for one in found.standbys:
            one.execute(f"ALTER SYSTEM SET primary_conninfo = '{follow}'")
            one.execute("SELECT pg_reload_conf()")
        found.require_quorum()
        try:
            yield found
        finally:
            with suppress(Exception):
                found.primary.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
