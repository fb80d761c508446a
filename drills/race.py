"""Race: loads at once all end well, one after the other, and one of them stands."""

import time
from itertools import cycle, islice

from drills import databases
from drills.contents import left_over
from drills.crash import Loads
from drills.runs import Run
from drills.wrong import UNLOCKED

MOST_ROUNDS = 20  # of a control, until it was caught often enough


def race(run: Run) -> None:
    """N loads of several data sets at once, every other time into a new database."""
    with databases.made(run.kind, run.folder) as kept:
        loads = Loads(kept, run)
        for number in range(run.trials):
            if time.monotonic() > run.until:
                break
            wrong = _load_at_once(loads, run.at_once, number)
            run.tally.count(run.at_once + 1, [f"round {number}: {one}" for one in wrong])
            run.tally.seen["loads at once"] += run.at_once


def control_race(run: Run) -> None:
    """The same of loads without a lock: they must be found to fail, or to leave something else."""
    tried = caught = 0
    with databases.made(run.kind, run.folder) as kept:
        loads = Loads(kept, run)
        while caught < run.catches and tried < MOST_ROUNDS:
            loads.url = kept.new_database()
            caught += bool(_load_at_once(loads, run.at_once, tried, UNLOCKED))
            tried += 1
    run.tally.hold_control(UNLOCKED, caught, tried, run.catches)


def _load_at_once(loads: Loads, count: int, number: int, fault: str = "") -> list[str]:
    """What went wrong."""
    if number % 2 == 0:
        loads.url = loads.kept.new_database()
    children = [loads.child(name, fault) for name in islice(cycle(loads.run.seeds), count)]
    for child in children:
        child.go()
    wrong = [failed for child in children if (failed := child.end())]
    found = loads.found()
    wrong += left_over(loads.url)
    return wrong if found in loads.run.seeds else [*wrong, f"found {found}"]
