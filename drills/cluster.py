"""Cluster: servers and replicas die under readers at full load; nobody notices, nobody is shown older data again."""

import os
import time
from collections.abc import Callable

from drills.clusters import SMALL, WHOLE, Cluster, Size, standing
from drills.following import LONGEST_STALL
from drills.runs import Run
from drills.wrong import Variant

ANSWERS_A_TRIAL = 1000  # at least
LOADS = 5  # that `cluster` makes
SILENT_FOR = 10.0  # seconds
MOST_KILLS, MOST_ROUNDS = 20, 6  # of a control, until it was caught often enough
NO_SILENCE = "a silent partition was NOT tried: that needs root, to make a network namespace"
TROUBLE = "Traceback"
SHOWN = 4000  # characters of a traceback


def cluster(run: Run) -> None:
    """Two standbys and three replicas behind nginx; everything dies once at least, and the primary for good."""
    silenced = os.geteuid() == 0
    if not silenced:
        run.tally.notes.append(NO_SILENCE)
    with standing(run, WHOLE._replace(silenced=silenced), LOADS) as one:
        one.phase(f"kill -9 of standbys, {run.trials} times", lambda: _repeat(one.kill_standby, run.trials))
        one.phase("new data", one.load)
        one.phase("back to earlier data", one.load)
        one.phase("a load that one standby does not show yet", one.load_past_a_standby)
        one.phase("kill -9 of replicas", lambda: _repeat(one.kill_replicas, 2))
        one.phase("rolling SIGTERM of replicas", lambda: _repeat(one.restart_replicas, 2))
        if silenced:
            one.phase(f"a standby silent for {SILENT_FOR:.0f} s", lambda: one.silence(SILENT_FOR))
        one.phase("kill -9 of the primary, a standby promoted", one.lose_the_primary)
        one.phase("new data over the same URL", one.load)
        one.phase("and again", one.load)
        while one.readers.counts["answers"] < run.trials * ANSWERS_A_TRIAL:
            one.phase("kill -9 of the standby that is left", lambda: _repeat(one.kill_standby, 2))
    _conclude(one)


def small_cluster(run: Run) -> None:
    """A primary, a standby and two replicas: one kill, one load, one promotion, one load."""
    with standing(run, SMALL, loads=2) as one:
        one.phase("kill -9 of the standby", one.kill_standby)
        one.phase("new data", one.load)
        one.servers.settle()
        one.phase("kill -9 of the primary, the standby promoted", one.lose_the_primary)
        one.phase("back to earlier data", one.load)
    _conclude(one)


def _repeat(befall: Callable[[], None], times: int) -> None:
    for _ in range(times):
        befall()


def _conclude(one: Cluster) -> None:
    tally = one.run.tally
    tally.count(one.readers.counts["answers"], one.readers.failures)
    tally.seen.update(one.readers.counts)
    said = "".join(replica.said() for replica in one.replicas)
    _, trouble, after = said.partition(TROUBLE)
    tally.hold(not trouble, f"the log of a replica says {TROUBLE}{after[:SHOWN]}")
    tally.notes.append(f"no answer took more than {LONGEST_STALL:.0f} s, or it is a failure")


def control_cluster(run: Run) -> None:
    """What must be noticed: reads that are not tried again, older data, a proxy that gives replicas up."""
    untried = run.within("untried")
    with standing(untried, Size(2, 2, None, "drills.wrong_services.untried"), loads=0) as one:
        caught = _until_caught(one, MOST_KILLS, one.kill_standby)
    run.tally.hold_control(Variant.UNTRIED, caught, one.readers.counts["answers"], run.catches)
    older = run.within("older")
    with standing(older, Size(2, 2, None, "drills.wrong_services.older"), MOST_ROUNDS) as one:
        caught = _until_caught(one, MOST_ROUNDS, one.load_past_a_standby)
    run.tally.hold_control(Variant.OLDER, caught, one.readers.counts["answers"], run.catches)


def control_proxy(run: Run) -> None:
    with standing(run, Size(1, 3, 1), loads=0) as one:
        caught = _until_caught(one, MOST_ROUNDS, one.restart_replicas)
    run.tally.hold_control(Variant.GIVEN_UP, caught, one.readers.counts["answers"], run.catches)


def _until_caught(one: Cluster, most: int, befall: Callable[[], None]) -> int:
    for _ in range(most):
        befall()
        time.sleep(0.5)
        one.readers.hear()
        if len(one.readers.failures) >= one.run.catches:
            break
    return len(one.readers.failures)
