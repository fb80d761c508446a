"""Crash and race: loads that are killed, or PostgreSQL under them, or that run at once, leave one release, whole.

What is current after a kill is the old release or the new one. A service stands beside it, whose readers must neither
be refused nor be taken back. After each fault the rows of every table are compared with those of a clean load.
"""

from collections.abc import Callable
from itertools import cycle, islice
from random import Random

from drills.contents import NOTHING, Contents, contents, left_over
from drills.loads import UNSYNCED, Load, NewDatabase, Stage, databases, kill_tree
from drills.readers import Manners, Readers
from drills.runs import Run
from drills.serve import clean
from drills.servers import serving
from drills.wrong import FORGETFUL, PIECEMEAL, UNLOCKED
from tests import postgres

# When faults come: by the stage of a load, and how far beyond its usual end.
STAGES = {Stage.READY: 0.05, Stage.BEGUN: 0.25, Stage.WRITING: 0.4, Stage.PUBLISHING: 0.3}
BEYOND, AT_THE_START = 1.1, 0.02  # share, seconds
JUST_ACKNOWLEDGED = 0.3  # share of the kills of a server
LOADED_AFTER = 0.4  # share of the faults after which a load is left undisturbed
ANEW_AFTER = 40  # trials: histories grow, and with them loads
MOST_TRIED, MOST_ROUNDS = 60, 20  # loads and races of a control, until it was caught often enough
READERS, PAUSE = 2, 0.1  # beside the loads; seconds at most between two requests of one


class Loads:
    """Loads of one data set after the other into one database, and which of them is current."""

    def __init__(self, run: Run, new_database: NewDatabase) -> None:
        self.run, self.new_database, self.random = run, new_database, Random(run.tally.seed)
        self.clean: dict[str, Contents] = {"": NOTHING}
        self.took = {Stage.READY: AT_THE_START}  # seconds, by stage
        for name in run.seeds:
            self.begin_anew(name)

    def begin_anew(self, name: str) -> None:
        """Go on with another database."""
        self.url, self.current = self.new_database(), ""
        if problem := self.load(name):
            raise RuntimeError(f"an undisturbed load {problem}")

    def next(self) -> str:
        names = list(self.run.seeds)
        return names[(names.index(self.current) + 1) % len(names)]

    def prepare(self, name: str, fault: str = "") -> Load:
        return Load(self.url, self.run.seeds[name], self.run.folder, fault)

    def load(self, name: str) -> str:
        """A load that nothing disturbs, and what went wrong with it."""
        load = self.prepare(name)
        if failed := load.finish():
            return failed
        self.took |= {stage: load.seconds(stage) for stage in (Stage.BEGUN, Stage.WRITING, Stage.PUBLISHING)}
        if name not in self.clean:
            self.clean[name] = contents(self.url)
        if (found := self.find()) != name:
            return f"led to {found}"
        self.current = name
        return "; ".join(left_over(self.url))

    def strike(self, load: Load, fault: Callable[[], None]) -> None:
        """Make a fault at a random moment of a load."""
        (stage,) = self.random.choices(list(STAGES), list(STAGES.values()))
        load.strike(stage, self.random.uniform(0, BEYOND * self.took[stage]), fault)

    def find(self) -> str:
        """Which data set is current, or what is wrong with it."""
        try:
            current = contents(self.url)
        except Exception as error:  # noqa: BLE001 - however it is damaged
            return f"no release: {type(error).__name__}: {error}"
        for name, right in self.clean.items():
            if current.release == right.release:
                differing = sorted(table for table, rows in right.tables.items() if current.tables.get(table) != rows)
                return f"{name}, but for {differing}" if differing else name
        return f"release {current.release}"


def crash(run: Run) -> None:
    """SIGKILL for the process that loads."""
    with databases(run.kind, run.folder) as new_database:

        def kill(loads: Loads, load: Load) -> bool:
            loads.strike(load, load.kill)
            return load.was_running

        _kill_loads(Loads(run, new_database), kill, Manners(PAUSE, count=READERS))


def crash_server(run: Run) -> None:
    """SIGKILL for all processes of PostgreSQL, which is started again."""
    with postgres.running(UNSYNCED) as server:

        def kill(loads: Loads, load: Load) -> bool:
            if loads.random.random() < JUST_ACKNOWLEDGED:
                load.strike(Stage.ACKNOWLEDGED, 0, lambda: kill_tree(server))
            else:
                loads.strike(load, lambda: kill_tree(server))
            server.start()
            return load.was_running or load.is_acknowledged

        _kill_loads(Loads(run, server.new_database), kill, Manners(PAUSE, may_fail=True, count=READERS))


def _kill_loads(loads: Loads, kill: Callable[[Loads, Load], bool], manners: Manners) -> None:
    """So many trials, beside readers of a service; `kill` says whether it came when it was meant to."""
    run, known = loads.run, clean(loads.run, loads.new_database)[0]
    for start in range(0, run.trials, ANEW_AFTER):
        if run.is_over:
            break
        if start:
            loads.begin_anew(loads.next())
        with (
            serving(loads.url, run.folder / f"service-{start}") as service,
            Readers([service.port], known, start, manners) as readers,
        ):
            for _ in range(start, min(start + ANEW_AFTER, run.trials)):
                if run.is_over:
                    break
                name, before = loads.next(), loads.current
                load = loads.prepare(name)
                run.tally.fault(landed=kill(loads, load))
                _judge(loads, load, name, before)
        run.tally.count(readers.counts["answers"], readers.failures)
        run.tally.seen.update(readers.counts)


def _judge(loads: Loads, load: Load, name: str, before: str) -> None:
    """After a fault: the old or the new, the new where that was promised, and the next load works."""
    tally, found = loads.run.tally, loads.find()
    trial = f"trial {tally.faults}, {name} over {before}, killed after {load.stage}"
    tally.seen[f"killed after {load.stage}"] += 1
    tally.seen["acknowledged loads"] += load.is_acknowledged
    tally.seen["times the old release"] += found == before
    tally.seen["times the new release"] += found == name
    right = found == name or (found == before and not load.is_acknowledged)
    tally.check(right, f"{trial}: found {found}")
    loads.current = found if right else name
    if loads.random.random() > LOADED_AFTER:  # the next is killed, too
        return
    problem = loads.load(loads.next())
    tally.check(not problem, f"{trial}: the next load {problem}")
    if problem:
        raise RuntimeError(f"{trial}: nothing can be loaded any more: {problem}")


def control_crash(run: Run) -> None:
    """The same of a load that publishes in pieces: it must be found to leave neither, or something over."""
    with databases(run.kind, run.folder) as new_database:
        loads = Loads(run, new_database)

        def is_caught() -> bool:
            name, before = loads.next(), loads.current
            load = loads.prepare(name, PIECEMEAL)
            load.strike(Stage.PUBLISHING, loads.random.uniform(0, loads.took[Stage.PUBLISHING]), load.kill)
            problem = found = loads.find()
            if found in {before, name}:
                loads.current = found
                problem = loads.load(loads.next())
            if problem:
                loads.begin_anew(name)
            return bool(problem)

        run.control(PIECEMEAL, MOST_TRIED, is_caught)


def control_crash_server(run: Run) -> None:
    """The same of a load that acknowledges what it has not written: loads must be found to be lost."""
    with postgres.running(UNSYNCED) as server:
        loads = Loads(run, server.new_database)

        def is_caught() -> bool:
            name, before = loads.next(), loads.current
            load = loads.prepare(name, FORGETFUL)
            load.strike(Stage.ACKNOWLEDGED, 0, lambda: kill_tree(server))
            server.start()
            found = loads.find()
            loads.current = found if found in {name, before} else before
            return load.is_acknowledged and found != name

        run.control(FORGETFUL, MOST_TRIED, is_caught)


def race(run: Run) -> None:
    """Several loads of several data sets at once, every other time into a new database: all end well, one stands."""
    with databases(run.kind, run.folder) as new_database:
        loads = Loads(run, new_database)
        for number in range(run.trials):
            if run.is_over:
                break
            problems = _load_at_once(loads, anew=number % 2 == 0)
            run.tally.count(run.at_once + 1, [f"round {number}: {one}" for one in problems])
            run.tally.seen["loads at once"] += run.at_once


def control_race(run: Run) -> None:
    """The same of loads without a lock: they must be found to fail, or to leave something else."""
    with databases(run.kind, run.folder) as new_database:
        loads = Loads(run, new_database)
        run.control(UNLOCKED, MOST_ROUNDS, lambda: bool(_load_at_once(loads, anew=True, fault=UNLOCKED)))


def _load_at_once(loads: Loads, *, anew: bool, fault: str = "") -> list[str]:
    """What went wrong."""
    if anew:
        loads.url = loads.new_database()
    several = [loads.prepare(name, fault) for name in islice(cycle(loads.run.seeds), loads.run.at_once)]
    for one in several:
        one.start()
    problems = [failed for one in several if (failed := one.end())]
    found = loads.find()
    problems += left_over(loads.url)
    return problems if found in loads.run.seeds else [*problems, f"found {found}"]
