"""Crash: a load is killed, or PostgreSQL under it; what is there then is wholly the old data or wholly the new.

After each fault every table is held against that of a clean load, and the next load has to work.
"""

from drills import databases
from drills.children import Child
from drills.loads import EMPTY, Aim, Loads
from drills.marks import ACKNOWLEDGED, BEGUN
from drills.runs import Run
from drills.tally import Tally
from drills.wrong import Variant
from tests import postgres

AT_THE_END = 0.3  # share of the kills of a server that come when a load has just been acknowledged
MOST_TRIED = 50  # loads of a control, until it was caught often enough


def crash(run: Run) -> None:
    """SIGKILL for the process that loads."""
    with databases.made(run.kind, run.folder) as kept:
        loads = Loads(kept, run)
        for name, before in loads.trials(run.trials):
            child, aim = loads.child(name), loads.aim(name)
            child.strike(aim.mark, aim.delay, child.kill)
            child.end()
            run.tally.fault(landed=child.inside)
            _judge(loads, run.tally, child, name, before)


def control_crash(run: Run) -> None:
    """The same of a load that commits a table at a time: it must be found to leave neither the old nor the new."""
    tried = caught = 0
    with databases.made(run.kind, run.folder) as kept:
        loads = Loads(kept, run)
        for name, before in loads.trials(MOST_TRIED):
            child = loads.child(name, Variant.PIECEMEAL)
            child.strike(BEGUN, loads.aim(name).delay, child.kill)
            child.end()
            tried += 1
            caught += loads.found() not in {before, name}
            loads.begin_anew()
            loads.load(loads.other_than(name))
            if caught >= run.catches:
                break
    run.tally.hold_control(Variant.PIECEMEAL, caught, tried, run.catches)


def crash_server(run: Run) -> None:
    """SIGKILL for all processes of PostgreSQL, which is started again."""
    with postgres.running(databases.USUAL) as server:
        loads = Loads(server, run)
        for name, before in loads.trials(run.trials):
            child, aim = loads.child(name), loads.aim(name)
            aim = Aim(ACKNOWLEDGED, 0) if loads.random.random() < AT_THE_END else aim
            child.strike(aim.mark, aim.delay, lambda: databases.kill_tree(server))
            child.end()
            server.start()
            run.tally.fault(landed=child.inside or child.acknowledged)
            _judge(loads, run.tally, child, name, before)


def control_crash_server(run: Run) -> None:
    """The same of a server that acknowledges what it has not written: loads must be found to be lost."""
    tried = caught = 0
    with postgres.running(databases.FORGETFUL) as server:
        loads = Loads(server, run)
        loads.load(loads.other_than(EMPTY))
        for _ in range(MOST_TRIED):
            name = loads.other_than(loads.present)
            child = loads.child(name)
            child.strike(ACKNOWLEDGED, 0, lambda: databases.kill_tree(server))
            child.end()
            server.start()
            tried += 1
            loads.present = loads.found()
            caught += child.acknowledged and loads.present != name
            if caught >= run.catches:
                break
    run.tally.hold_control(Variant.FORGETFUL, caught, tried, run.catches)


def _judge(loads: Loads, tally: Tally, child: Child, name: str, before: str) -> None:
    """After a fault: the old or the new, the new where that was promised, and the next load works."""
    told = f"trial {tally.faults}, {name} over {before}, killed after {child.last}"
    found = loads.found()
    tally.seen["acknowledged loads"] += child.acknowledged
    tally.seen["times the old data"] += found == before
    tally.seen["times the new data"] += found == name
    if found not in {before, name} or (child.acknowledged and found != name):
        tally.hold(False, f"{told}: found {found}")
        loads.begin_anew()
        return
    loads.present = found
    wrong = loads.load(name if found == before else loads.other_than(name))
    tally.hold(not wrong, f"{told}: the next load {wrong}")
    if wrong:
        loads.begin_anew()
