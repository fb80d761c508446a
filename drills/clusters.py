"""A whole cluster under readers: servers, replicas of the service, the proxy before them, and what may befall them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, NamedTuple

from drills import reading, standbys
from drills import replicas as service
from drills.children import CONTEXT, Child, Job, done
from drills.databases import kill_tree
from drills.following import Follower
from drills.marks import ACKNOWLEDGED
from drills.readers import Readers
from drills.reading import Client, Known, Question
from drills.runs import Run
from drills.standbys import Servers

PROBE, PROBED_EVERY = Question("/v1/facts?limit=20&sort=-value"), 0.02
FRESH_WITHIN = 5.0  # seconds from a load to its data, from each replica
PAUSES = (0.2, 0.6)  # seconds that something stays dead


class Size(NamedTuple):
    """How much of everything there is; `max_fails` is the proxy's, None for no proxy."""

    standbys: int
    replicas: int
    max_fails: int | None
    module: str = service.RIGHT
    silenced: bool = False


WHOLE, SMALL = Size(2, 3, 0), Size(1, 2, None)


@dataclass
class Cluster:
    """What runs, and which data is loaded: `order` has the names of the data sets in their order."""

    run: Run
    servers: Servers
    replicas: list[service.Replica]
    readers: Readers
    order: Sequence[str]
    revisions: dict[str, str]
    known: Known
    begun: Any  # how many loads have, told to the readers
    random: Random
    rows: list[str] = field(default_factory=list)

    def phase(self, name: str, befall: Callable[[], None]) -> None:
        """Let something happen, and count what readers saw of it."""
        self.readers.hear()
        counts, failed, faults = self.readers.counts.copy(), len(self.readers.failures), self.run.tally.faults
        self.readers.slowest = 0.0
        befall()
        time.sleep(1)
        self.readers.hear()
        seen = self.readers.counts - counts
        told = [
            f"{self.run.tally.faults - faults} faults",
            f"{seen['answers']:,} answers",
            f"{len(self.readers.failures) - failed} failed",
            f"{seen['answers cut']} cut",
            f"slowest {self.readers.slowest:.1f} s",
        ]
        self.run.tally.notes.append(f"{name}: {', '.join(told)}")

    def _stay_dead(self) -> None:
        time.sleep(self.random.uniform(*PAUSES))

    def kill_standby(self) -> None:
        victim = self.random.choice(self.servers.standbys)
        kill_tree(victim)
        self.run.tally.fault(landed=True)
        self._stay_dead()
        victim.start()
        self._stay_dead()

    def kill_replicas(self) -> None:
        for one in self.replicas:
            one.kill()
            self.run.tally.fault(landed=True)
            self._stay_dead()
            one.start()

    def restart_replicas(self) -> None:
        for one in self.replicas:
            status = one.terminate()
            self.run.tally.fault(landed=True)
            self.run.tally.hold(status == 0, f"a replica that was asked to end ended with {status}")
            one.start()

    def silence(self, seconds: float) -> None:
        """The last standby is there, and does not answer."""
        if self.servers.silence is None:
            return
        self.servers.silence.begin()
        self.run.tally.fault(landed=True)
        time.sleep(seconds)
        self.servers.silence.end()

    def load(self) -> None:
        """The next data set, over the URL that all use; each replica serves it soon."""
        with self.begun.get_lock():
            self.begun.value += 1
        name = self.order[self.begun.value]
        child = Child(Job(self.servers.url, self.run.seeds[name]), self.run.folder)
        child.go()
        status = child.end()
        self.run.tally.hold(status == 0, f"a load ended with {status}: {child.error}")
        self.run.tally.seen["loads"] += 1
        since = child.marks.get(ACKNOWLEDGED, time.monotonic())
        for one in self.replicas:
            lasted = self._seconds(one.port, name, since)
            holds = lasted <= FRESH_WITHIN or not self.run.timed
            self.run.tally.hold(holds, f"a load was seen after {lasted:.1f} s")

    def _seconds(self, port: int, name: str, since: float) -> float:
        client = Client(port)
        while reading.revision_of(self.known, PROBE, client.ask(PROBE)) != self.revisions[name]:
            if time.monotonic() - since > standbys.WITHIN:
                break
            time.sleep(PROBED_EVERY)
        client.close()
        return time.monotonic() - since

    def load_past_a_standby(self) -> None:
        """A load that the last standby gets and does not show yet."""
        held = self.servers.standbys[-1]
        held.execute("SELECT pg_wal_replay_pause()")
        self.run.tally.fault(landed=True)
        self.load()
        time.sleep(1)
        held.execute("SELECT pg_wal_replay_resume()")
        self.servers.settle()

    def lose_the_primary(self) -> None:
        self.servers.lose_primary()
        self.run.tally.fault(landed=True)
        self._stay_dead()
        self.servers.promote()


@contextmanager
def standing(run: Run, size: Size, loads: int) -> Iterator[Cluster]:
    """A cluster with readers at full load, for so many loads."""
    names = list(run.seeds)
    order = [names[(number + 1) % 2] for number in range(loads + 1)]  # the second is loaded when all begins
    known: Known = {}
    revisions: dict[str, str] = {}
    with ExitStack() as running:
        servers = running.enter_context(standbys.started(size.standbys, silenced=size.silenced))
        for name in names:
            done(Job(servers.url, run.seeds[name], migrates=True), run.folder)
            with service.serving(servers.of(servers.primary), run.folder / f"clean {name}", 1) as (one,):
                revisions[name] = reading.know(one.port, known)
        servers.settle()
        serving = running.enter_context(service.serving(servers.url, run.folder, size.replicas, size.module))
        ports = [one.port for one in serving]
        if size.max_fails is not None:
            ports = [running.enter_context(service.proxied(ports, run.folder / "nginx", size.max_fails))]
        begun = CONTEXT.Value("i", 0)
        kind = partial(Follower, sequence=[revisions[name] for name in order], begun=begun)
        readers = Readers(ports, known, f"{run.tally.seed}", kind)
        cluster = Cluster(run, servers, serving, readers, order, revisions, known, begun, Random(run.tally.seed))
        with readers:
            while not readers.counts["answers"]:
                time.sleep(PROBED_EVERY)
                readers.hear()
            yield cluster
