"""Cluster: servers and replicas die under readers behind a real nginx; nobody notices, and nobody is taken back.

A PostgreSQL primary, standbys, and replicas of the service behind nginx as deploy/ sets it up.
"""

import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

from bench.processes import HOST, Server, tree
from drills import servers
from drills.loads import LONGEST, Loads
from drills.readers import Client, Manners, Readers, backtrace
from drills.runs import Run
from drills.servers import PostgresCluster, kill_tree, serving
from drills.wrong import OLDER, UNTRIED

GIVEN_UP = "a proxy that gives up a replica that restarts"
FROZEN_FOR = 5.0  # seconds
LONGEST_STALL, FRESH_WITHIN = 10.0, 10.0  # seconds from a request to its response, and from a load to its data
PAUSES, PAUSE = (0.2, 0.6), 0.02  # seconds that something stays dead; at most between two requests
SEEN_FOR = 1.0  # seconds that readers go on after a phase
MOST_KILLS, MOST_ROUNDS = 20, 6  # of a control, until it was caught
SLOW, SLOW_FOR, ADDRESSES = 800, 6, 20  # slow clients, seconds, and the addresses they come from
SLOW_REQUESTS = (
    b"GET /v1/facts?slow HTTP/1.1\r\nHost: x\r\nX-A: ",
    b"POST /v1/verify?slow HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\n",
)
CACHED, TIMES = "/v1/facts?limit=9&sort=-value&year=2019", 1_000


class Size(NamedTuple):
    """How much of everything there is; `max_fails` is the proxy's, None for no proxy."""

    standbys: int
    replicas: int
    max_fails: int | None
    fault: str = ""


WHOLE, SMALL = Size(2, 3, 0), Size(1, 2, None)


@dataclass
class Cluster:
    """What runs, and what may happen to it."""

    loads: Loads
    database: PostgresCluster
    replicas: list[Server]
    readers: Readers
    port: int  # of the proxy, if there is one
    is_control: bool

    def __post_init__(self) -> None:
        self.run, self.random = self.loads.run, self.loads.random

    def phase(self, name: str, happen: Callable[[], object], times: int = 1) -> None:
        """Let something happen so many times, and count what readers saw of it."""
        tally, readers = self.run.tally, self.readers
        counts, failed, faults = readers.counts, len(readers.failures), tally.faults
        readers.slowest()
        for _ in range(times):
            if not self.run.is_over:
                happen()
        time.sleep(SEEN_FOR)
        seen, slowest = readers.counts - counts, readers.slowest()
        note = f"{name}: {tally.faults - faults} faults, {seen['answers']:,} answers, {seen['answers cut']} cut, "
        note += f"{len(readers.failures) - failed} failed, slowest {slowest:.1f} s"
        tally.notes.append(note)
        tally.check(slowest <= LONGEST_STALL or not self.run.timed, note)

    def _stay_dead(self) -> None:
        self.run.tally.fault()
        time.sleep(self.random.uniform(*PAUSES))

    def kill_standby(self) -> None:
        victim = self.random.choice(self.database.standbys)
        kill_tree(victim)
        self._stay_dead()
        victim.start()

    def kill_replicas(self) -> None:
        for one in self.replicas:
            one.kill()
            self._stay_dead()
            one.start()

    def restart_replicas(self) -> None:
        for one in self.replicas:
            status = one.stop()
            self.run.tally.fault()
            self.run.tally.check(status == 0, f"a replica that was asked to end ended with {status}")
            one.start()

    def freeze_standby(self) -> None:
        """It is there, and answers nobody: connections are accepted, and what is sent to them is acknowledged."""
        self.run.tally.fault()
        processes = tree(self.database.standbys[-1].process.pid)
        for one in processes:
            one.suspend()
        time.sleep(FROZEN_FOR)
        for one in processes:
            one.resume()

    def load(self) -> None:
        """The next data set, over the URL that all use; everybody is soon shown it."""
        failed, seconds = self.loads.show_next(self.readers, FRESH_WITHIN if self.is_control else LONGEST)
        self.run.tally.check(not failed, f"a load {failed}")
        self.run.tally.seen["loads"] += 1
        on_time = seconds <= FRESH_WITHIN or self.is_control or not self.run.timed
        self.run.tally.check(on_time, f"a load was seen by all after {seconds:.1f} s")

    def load_past_a_standby(self) -> None:
        """A load that the last standby gets and does not show yet."""
        behind = self.database.standbys[-1]
        behind.execute("SELECT pg_wal_replay_pause()")
        self.run.tally.fault()
        self.load()
        time.sleep(1)
        behind.execute("SELECT pg_wal_replay_resume()")
        self.database.settle()

    def lose_the_primary(self) -> None:
        self.database.settle()
        kill_tree(self.database.all.pop(0))
        self._stay_dead()
        self.database.promote()

    def be_slow(self) -> None:
        """Many clients send a request a byte a second: the service is not asked before it has come whole."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.run.tally.fault()
        with ExitStack() as stack:
            clients = []
            for number in range(SLOW):
                address = f"127.1.0.{1 + number % ADDRESSES}", 0  # one address may only have so many
                client = stack.enter_context(socket.create_connection((HOST, self.port), source_address=address))
                client.sendall(SLOW_REQUESTS[number % len(SLOW_REQUESTS)])
                clients.append(client)
            for _ in range(SLOW_FOR):
                time.sleep(1)
                for client in clients:
                    with suppress(OSError):  # the proxy loses patience with some
                        client.sendall(b"a")
        self.run.tally.check("?slow" not in self.log(), "the service was asked by a slow client")

    def ask_for_a_cached_page(self) -> None:
        """It costs the service one request a second, however often it is asked for."""
        client, began = Client(self.port), time.monotonic()
        pages = {client.get(CACHED) for _ in range(TIMES)}
        client.close()
        most = 2 + time.monotonic() - began
        time.sleep(1)  # a log is written a little later
        reached = sum(CACHED in line for line in self.log().splitlines())
        note = f"{TIMES:,} requests for a cached page reached the service {reached} times"
        self.run.tally.check(len(pages) == 1 and 0 < reached <= most, f"{note}, at most {most:.0f} expected")
        self.run.tally.notes.append(note)

    def log(self) -> str:
        return "".join(one.log() for one in self.replicas)


@contextmanager
def standing(run: Run, size: Size) -> Iterator[Cluster]:
    """A cluster under readers, who check everything; behind a proxy, some send no tags and are shown what it caches."""
    with ExitStack() as stack:
        database = stack.enter_context(servers.postgres_cluster(size.standbys))
        loads = Loads(run, lambda: database.url_of(database.primary), learns=True)
        loads.url, loads.number = database.url, len(loads.begun)  # all into this one
        database.settle()
        urls = [database.url] * size.replicas
        if size.fault == OLDER:  # replicas that choose the same standby would hide it
            urls = [database.url_of(one) for one in database.standbys]
        replicas = [
            stack.enter_context(serving(url, run.folder / f"replica-{number}", fault=size.fault))
            for number, url in enumerate(urls)
        ]
        ports = [one.port for one in replicas]
        if size.max_fails is not None:
            ports = [stack.enter_context(servers.proxied(ports, run.folder / "nginx", size.max_fails))]
        manners = Manners(PAUSE + run.pause, may_be_cut=True, count=6, anonymous=2 if size.max_fails == 0 else 0)
        with Readers(ports, run.known, run.tally.seed, manners) as readers:
            readers.wait_for(loads.number, LONGEST)
            yield Cluster(loads, database, replicas, readers, ports[0], is_control=size not in (WHOLE, SMALL))


def cluster(run: Run) -> None:
    """Two standbys and three replicas behind nginx; everything dies once at least, and the primary for good.

    A short run has one standby, two replicas and no proxy.
    """
    with standing(run, WHOLE if run.timed else SMALL) as one:
        one.phase("kill -9 of standbys", one.kill_standby, run.trials)
        one.phase("new data", one.load)
        if run.timed:
            one.phase(f"{SLOW} slow clients", one.be_slow)
            one.phase("a cached page", one.ask_for_a_cached_page)
            one.phase("a load that one standby does not show yet", one.load_past_a_standby)
            one.phase("kill -9 of replicas", one.kill_replicas)
            one.phase("rolling SIGTERM of replicas", one.restart_replicas)
            one.phase(f"a standby frozen for {FROZEN_FOR:.0f} s", one.freeze_standby)
        one.phase("kill -9 of the primary, a standby promoted", one.lose_the_primary)
        one.phase("new data over the same URL", one.load, 2)
    tally, found = run.tally, backtrace(one.log())
    tally.count(one.readers.counts["answers"], one.readers.failures)
    tally.seen.update(one.readers.counts)
    tally.check(not found, f"the log of a replica has {found}")


def control_cluster(run: Run) -> None:
    """What must be noticed: reads that are not retried, older data, a proxy that gives replicas up."""
    controls: dict[str, tuple[Size, int, Callable[[Cluster], None]]] = {
        UNTRIED: (Size(2, 2, None, UNTRIED), MOST_KILLS, Cluster.kill_standby),
        OLDER: (Size(2, 2, None, OLDER), MOST_ROUNDS, Cluster.load_past_a_standby),
        GIVEN_UP: (Size(1, 3, 1), MOST_ROUNDS, Cluster.restart_replicas),
    }
    for number, (fault, (size, most, happen)) in enumerate(controls.items()):
        with standing(run.within(f"control-{number}"), size) as one:  # nginx wants no spaces in a path
            for _ in range(most):
                happen(one)
                time.sleep(0.5)
                if one.readers.failures:
                    break
        run.tally.check_control(fault, len(one.readers.failures), one.readers.counts["answers"], 1)
