"""The drills: python -m drills NAME [--trials N] [--seed S] [--database sqlite|postgresql]."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from drills import cluster, crash, hostile, overload, parity, race, report, serve, soak
from drills.databases import KINDS
from drills.runs import Drill, Run, generated
from drills.tally import Tally
from tests import postgres

DRILLS = {
    "crash": Drill("kill -9 of a load, at a random moment", (crash.crash, crash.control_crash), 500, least=0.7),
    "crash-server": Drill(
        "kill -9 of all of PostgreSQL during a load",
        (crash.crash_server, crash.control_crash_server),
        60,
        ("postgresql",),
        least=0.7,
    ),
    "serve": Drill("loads under readers at full load", (serve.serve, serve.control_serve), 100),
    "race": Drill("eight loads at once", (race.race, race.control_race), 10),
    "overload": Drill(
        "the most expensive requests from 200 clients at once, for so many seconds",
        (overload.overload, overload.control_overload),
        30,
    ),
    "hostile": Drill("hostile values in every parameter", (hostile.hostile, hostile.control_hostile), 20_000),
    "parity": Drill(
        "SQLite and PostgreSQL asked the same", (parity.parity, parity.control_parity), 10_000, ("postgresql",)
    ),
    "cluster": Drill(
        "servers and replicas of a cluster die under readers",
        (cluster.cluster, cluster.control_cluster),
        20,
        ("postgresql",),
    ),
    "soak": Drill("load for minutes, with loads of data in between", (soak.soak, soak.control_soak), 30),
}
EVERY, REPORT = "all", "report"
CATCHES = 5


def drill(name: str, kind: str, trials: int, seed: int, minutes: float = float("inf")) -> Tally:
    """Run one drill on one database."""
    one, tally, data = DRILLS[name], Tally(name, kind, seed), generated()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="factbook-drill-") as folder:
        run = Run(kind, data, Path(folder), trials, CATCHES, tally, until=began + 60 * minutes)
        for part in one.parts:
            part(run.within(part.__name__))
    if one.least:
        tally.hold_share(one.least)
    tally.seconds = round(time.monotonic() - began)
    return tally


def _asked_for() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__)
    parser.add_argument(
        "name", choices=[*DRILLS, EVERY, REPORT], help=f"{EVERY} runs each; {REPORT} writes the last runs down"
    )
    parser.add_argument("--trials", type=int, help="how many; where it is left out, as many as the report shows")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn by lot")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="no fault is begun after so many")
    parser.add_argument("--database", choices=KINDS, help="on this one only")
    return parser.parse_args()


def main() -> None:
    asked = _asked_for()
    names = [] if asked.name == REPORT else list(DRILLS) if asked.name == EVERY else [asked.name]
    failed = 0
    for name in names:
        for kind in DRILLS[name].kinds:
            if asked.database in {None, kind}:
                tally = drill(name, kind, asked.trials or DRILLS[name].trials, asked.seed, asked.minutes)
                sys.stdout.write(f"{tally}\n")
                sys.stdout.flush()
                failed += tally.failed
                if not asked.trials:  # a short run must not replace what a whole one has shown
                    report.keep(tally, postgres.version() if kind == "postgresql" else "")
    if asked.name in {EVERY, REPORT} and not asked.trials:
        report.write(DRILLS)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
