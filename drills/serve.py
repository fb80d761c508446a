"""Serve: loads alternate two data sets under readers at full load; no answer mixes them, none is refused."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import count, islice
from pathlib import Path

from bench.processes import Server, tree
from drills import databases, reading
from drills.children import LONGEST, Child, Job, done
from drills.marks import ACKNOWLEDGED
from drills.readers import Readers
from drills.reading import Client, Known, Question
from drills.runs import Run
from drills.serving import RIGHT, UNHELD, serving
from drills.wrong import Variant

WORKERS = (1, 2)  # processes that answer
ANSWERS_A_LOAD = 650  # at least
FRESH_WITHIN = 2.0  # seconds from a load to its data, from each worker
PROBE, PROBED_EVERY = Question("/v1/facts?limit=20&sort=-value"), 0.01
MOST_CONNECTIONS = 300  # until each worker has taken one
MOST_LOADS = 20  # of a control, until it was caught often enough
TROUBLE = ("database is locked", "Traceback")


class Rounds:
    """Loads beside readers, of databases of one kind."""

    def __init__(self, run: Run, kept: databases.Databases) -> None:
        self.run = run
        self._known: Known = {}
        self._revisions: dict[str, str] = {}
        self._url = kept.new_database()
        for name, seed in run.seeds.items():
            done(Job(self._url, seed, migrates=True), run.folder)
            with serving(self._url, run.folder / "clean.log") as (port, _):
                self._revisions[name] = reading.know(port, self._known)
            self._present = name

    def loads(
        self,
        log: Path,
        workers: int = 1,
        module: str = RIGHT,
        variant: Variant | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Generator[tuple[str, float], None, None]:
        """One load after the other, as long as somebody asks; what went wrong, and seconds to its data."""
        names = list(self.run.seeds)
        with (
            serving(self._url, log, workers, module, settings) as (port, server),
            Readers([port], self._known, f"{self.run.tally.seed} {workers}") as self.readers,
        ):
            self.pid = server.process.pid
            for number in count(1):
                self._present = name = next(one for one in names if one != self._present)
                child = Child(Job(self._url, self.run.seeds[name], variant=variant), self.run.folder)
                child.go()
                if status := child.end():
                    yield f"load {number} ended with {status}: {child.error}", 0.0
                    continue
                probes = _one_a_worker(port, server, workers)
                delays = [self._seconds(probe, name, child.marks[ACKNOWLEDGED]) for probe in probes]
                self.readers.hear()
                yield "", max(delays)

    def _seconds(self, probe: Client, name: str, since: float) -> float:
        """How long after a load a worker answered with its data."""
        while reading.revision_of(self._known, PROBE, probe.ask(PROBE)) != self._revisions[name]:
            if time.monotonic() - since > LONGEST:
                break
            time.sleep(PROBED_EVERY)
        probe.close()
        return time.monotonic() - since


def serve(run: Run) -> None:
    """Loads until there were enough, and enough answers, from one worker and from several."""
    with databases.made(run.kind, run.folder) as kept:
        rounds = Rounds(run, kept)
        for workers in WORKERS:
            _serve(rounds, workers)


def _serve(rounds: Rounds, workers: int) -> None:
    run, slowest, log = rounds.run, 0.0, rounds.run.folder / f"{workers} workers.log"
    with closing(rounds.loads(log, workers)) as loads:
        for loaded, (wrong, seconds) in enumerate(loads, 1):
            slowest = max(slowest, seconds)
            run.tally.seen["loads"] += 1
            run.tally.hold(not wrong, wrong)
            run.tally.hold(
                seconds <= (FRESH_WITHIN if run.timed else LONGEST), f"load {loaded} was seen after {seconds:.1f} s"
            )
            if loaded >= run.trials and rounds.readers.counts["answers"] >= run.trials * ANSWERS_A_LOAD:
                break
    run.tally.count(rounds.readers.counts["answers"], rounds.readers.failures)
    run.tally.seen.update(rounds.readers.counts)
    said = log.read_text(encoding="utf-8", errors="replace")
    for trouble in TROUBLE:
        run.tally.hold(trouble not in said, f"the log of {workers} workers says {trouble!r}")
    if run.timed:
        run.tally.notes.append(f"{workers} workers: new data seen after {slowest:.2f} s at most")


def control_serve(run: Run) -> None:
    """Loads that commit a table at a time, and a server that holds no row to a revision: readers must find out."""
    with databases.made(run.kind, run.folder) as kept:
        rounds = Rounds(run, kept)
        for variant, module in ((Variant.UNHELD, UNHELD), (Variant.PIECEMEAL, RIGHT)):
            log = run.folder / f"{variant}.log"
            with closing(rounds.loads(log, module=module, variant=variant)) as loads:
                for _ in islice(loads, MOST_LOADS):
                    if len(rounds.readers.failures) >= run.catches:
                        break
            caught, asked = len(rounds.readers.failures), rounds.readers.counts["answers"]
            run.tally.hold_control(variant, caught, asked, run.catches)


def _one_a_worker(port: int, server: Server, workers: int) -> list[Client]:
    """A connection to each process that answers."""
    found: dict[int, Client] = {}
    others = []
    for _ in range(MOST_CONNECTIONS):
        client = Client(port)
        client.ask(PROBE)
        worker = _owner(port, client.port, tree(server.process.pid))
        if worker in found:
            others.append(client)
        else:
            found[worker] = client
        if len(found) == workers:
            break
    for client in others:
        client.close()
    if len(found) < workers:
        raise RuntimeError(f"{len(found)} of {workers} workers answer")
    return list(found.values())


def _owner(port: int, theirs: int, pids: list[int]) -> int:
    """Which process has accepted a connection, by the addresses of its two ends."""
    ends = [f"0100007F:{port:04X}", f"0100007F:{theirs:04X}"]
    lines = (line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines())
    socket = next(f"socket:[{fields[9]}]" for fields in lines if fields[1:3] == ends)
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if str(link.readlink()) == socket:
                    return pid
            except OSError:  # closed meanwhile
                continue
    raise RuntimeError("nobody has accepted the connection")
