"""Crash and race: loads that are killed, or PostgreSQL under them, or that run at once, leave one release, whole.

What is current after a kill is the old release or the new one. A service stands beside it, whose readers must neither
be refused nor be taken back. After each fault the rows of every table are compared with those of a clean load.
"""

from collections.abc import Callable
from itertools import cycle, islice

from drills.contents import left_over
from drills.loads import Load, Loads, Stage
from drills.readers import Manners, Readers
from drills.runs import Run
from drills.servers import UNSYNCED, databases, kill_tree, serving
from drills.wrong import FORGETFUL, PIECEMEAL, UNLOCKED
from tests import postgres

JUST_ACKNOWLEDGED = 0.3  # share of the kills of a server
LOADED_AFTER = 0.4  # share of the faults after which a load is left undisturbed
ANEW_AFTER = 40  # trials: histories grow, and with them loads
MOST_TRIED, MOST_ROUNDS = 60, 20  # loads and races of a control, until it was caught often enough
READERS, PAUSE = 2, 0.1  # beside the loads; seconds at most between two requests of one


def crash(run: Run) -> None:
    """SIGKILL for the process that loads."""
    with databases(run.kind, run.folder) as new_database:

        def kill(loads: Loads, load: Load) -> bool:
            loads.strike(load, load.kill)
            return load.was_running

        _kill_loads(Loads(run, new_database, learns=True), kill, Manners(PAUSE, count=READERS))


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

        _kill_loads(Loads(run, server.new_database, learns=True), kill, Manners(PAUSE, may_fail=True, count=READERS))


def _kill_loads(loads: Loads, kill: Callable[[Loads, Load], bool], manners: Manners) -> None:
    """So many trials, beside readers of a service; `kill` says whether it came when it was meant to."""
    run = loads.run
    for start in range(0, run.trials, ANEW_AFTER):
        if run.is_over:
            break
        if start:
            loads.begin_anew(loads.next())
        with (
            serving(loads.url, run.folder / f"service-{start}") as service,
            Readers([service.port], run.known, start, manners) as readers,
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
