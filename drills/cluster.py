"""Cluster: servers and replicas die under readers; nobody notices, and nobody is shown older data again.

A PostgreSQL primary, standbys, and replicas of the service behind nginx as deploy/ sets it up.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import NamedTuple

from drills import reading, replicas, standbys
from drills.children import Child, Job, done
from drills.databases import kill_tree
from drills.readers import Readers, serving
from drills.reading import Known
from drills.runs import Run
from drills.standbys import Servers
from drills.wrong import OLDER, UNTRIED

GIVEN_UP = "a proxy that takes a replica for dead that restarts"
FROZEN_FOR = 5.0  # seconds
LONGEST_STALL, FRESH_WITHIN = 10.0, 10.0  # seconds from a question to its answer, and from a load to its data
PAUSES = (0.2, 0.6)  # seconds that something stays dead
MOST_KILLS, MOST_ROUNDS = 20, 6  # of a control, until it was caught often enough
PAUSE = 0.02  # seconds at most between two questions
TROUBLE = "Traceback"


class Size(NamedTuple):
    """How much of everything there is; `max_fails` is the proxy's, None for no proxy."""

    standbys: int
    replicas: int
    max_fails: int | None
    fault: str = ""


WHOLE, SMALL = Size(2, 3, 0), Size(1, 2, None)


@dataclass
class Cluster:
    """What runs, and what may befall it."""

    run: Run
    servers: Servers
    replicas: list[replicas.Replica]
    readers: Readers
    names: Iterator[str]  # of the data sets that are loaded, without end
    releases: dict[str, str]  # by name
    random: Random
    loaded: int  # the number of the current release

    def phase(self, name: str, befall: Callable[[], object], times: int = 1) -> None:
        """Let something happen so many times, and count what readers saw of it."""
        self.readers.hear()
        counts, failed, faults = self.readers.counts.copy(), len(self.readers.failures), self.run.tally.faults
        self.readers.slowest = 0.0
        for _ in range(times):
            befall()
            self.readers.hear()
        time.sleep(1)
        self.readers.hear()
        answers = self.readers.counts["answers"] - counts["answers"]
        cut = self.readers.counts["answers cut"] - counts["answers cut"]
        told = f"{self.run.tally.faults - faults} faults, {answers:,} answers, "
        told += f"{len(self.readers.failures) - failed} failed, {cut} cut, slowest {self.readers.slowest:.1f} s"
        self.run.tally.notes.append(f"{name}: {told}")
        if self.run.timed:
            slow = self.readers.slowest
            self.run.tally.hold(slow <= LONGEST_STALL, f"{name}: an answer took {slow:.1f} s")

    def _stay_dead(self) -> None:
        self.run.tally.fault(landed=True)
        time.sleep(self.random.uniform(*PAUSES))

    def kill_standby(self) -> None:
        victim = self.random.choice(self.servers.standbys)
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
            status = one.terminate()
            self.run.tally.fault(landed=True)
            self.run.tally.hold(status == 0, f"a replica that was asked to end ended with {status}")
            one.start()

    def freeze_standby(self) -> None:
        self.run.tally.fault(landed=True)
        standbys.freeze(self.servers.standbys[-1], FROZEN_FOR)

    def load(self) -> None:
        """The next data set, over the URL that all use; everybody is soon shown it."""
        name = next(self.names)
        child = Child(Job(self.servers.url, self.run.seeds[name]), self.run.folder)
        child.go()
        failed = child.end()
        self.run.tally.hold(not failed, f"a load {failed}")
        self.run.tally.seen["loads"] += 1
        self.loaded += 1
        self.readers.published(self.loaded, self.releases[name])
        lasted = self.readers.wait_for(self.loaded)
        if self.run.timed:
            self.run.tally.hold(lasted <= FRESH_WITHIN, f"a load was seen by all after {lasted:.1f} s")

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
        self.servers.settle()
        self.servers.lose_primary()
        self._stay_dead()
        self.servers.promote()


@contextmanager
def standing(run: Run, size: Size) -> Iterator[Cluster]:
    """A cluster under readers, who are held to every rule."""
    known: Known = {}
    releases: dict[str, str] = {}
    with ExitStack() as running:
        servers = running.enter_context(standbys.started(size.standbys))
        for name, seed in run.seeds.items():
            done(Job(servers.url, seed), run.folder)
            with serving(servers.of(servers.primary), run.folder / f"clean {name}.log") as (port, _):
                releases[name] = reading.know(port, known)
        servers.settle()
        found = running.enter_context(replicas.serving(servers.url, run.folder, size.replicas, size.fault))
        ports = [one.port for one in found]
        if size.max_fails is not None:
            ports = [running.enter_context(replicas.proxied(ports, run.folder / "nginx", size.max_fails))]
        readers = Readers(ports, known, f"{run.tally.seed}", pause=PAUSE, may_be_cut=True)
        random, loaded = Random(run.tally.seed), len(run.seeds)
        with readers:
            readers.wait_for(loaded)
            yield Cluster(run, servers, found, readers, cycle(run.seeds), releases, random, loaded)


def cluster(run: Run) -> None:
    """Two standbys and three replicas behind nginx; everything dies once at least, and the primary for good."""
    with standing(run, WHOLE) as one:
        one.phase(f"kill -9 of standbys, {run.trials} times", one.kill_standby, run.trials)
        one.phase("new data", one.load, 2)
        one.phase("a load that one standby does not show yet", one.load_past_a_standby)
        one.phase("kill -9 of replicas", one.kill_replicas)
        one.phase("rolling SIGTERM of replicas", one.restart_replicas)
        one.phase(f"a standby frozen for {FROZEN_FOR:.0f} s", one.freeze_standby)
        one.phase("kill -9 of the primary, a standby promoted", one.lose_the_primary)
        one.phase("new data over the same URL", one.load, 2)
    _conclude(one)


def small_cluster(run: Run) -> None:
    """A primary, a standby and two replicas: one kill, one load, one promotion, one load."""
    with standing(run, SMALL) as one:
        one.phase("kill -9 of the standby", one.kill_standby)
        one.phase("new data", one.load)
        one.phase("kill -9 of the primary, the standby promoted", one.lose_the_primary)
        one.phase("new data over the same URL", one.load)
    _conclude(one)


def _conclude(one: Cluster) -> None:
    tally = one.run.tally
    tally.count(one.readers.counts["answers"], one.readers.failures)
    tally.seen.update(one.readers.counts)
    said = "".join(replica.said() for replica in one.replicas)
    tally.hold(TROUBLE not in said, f"the log of a replica says {TROUBLE}{said.partition(TROUBLE)[2][:4000]}")


def control_cluster(run: Run) -> None:
    """What must be noticed: reads that are not tried again, older data, a proxy that gives replicas up."""
    controls: dict[str, tuple[Size, int, Callable[[Cluster], None]]] = {
        UNTRIED: (Size(2, 2, None, UNTRIED), MOST_KILLS, Cluster.kill_standby),
        OLDER: (Size(2, 2, None, OLDER), MOST_ROUNDS, Cluster.load_past_a_standby),
        GIVEN_UP: (Size(1, 3, 1), MOST_ROUNDS, Cluster.restart_replicas),
    }
    for fault, (size, most, befall) in controls.items():
        with standing(run.within(fault), size) as one:
            for _ in range(most):
                befall(one)
                time.sleep(0.5)
                one.readers.hear()
                if one.readers.failures:
                    break
        run.tally.hold_control(fault, len(one.readers.failures), one.readers.counts["answers"], 1)
