"""The drills: python -m drills NAME [--trials N] [--minutes M] [--seed S] [--database sqlite|postgresql]."""

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path

from drills import cluster, crash, hostile, overload, serve
from drills.runs import KINDS, Drill, Run, Tally, generated

ALL, POSTGRESQL = "all", ("postgresql",)
DRILLS = {
    "crash": Drill((crash.crash, crash.control_crash), 500, least=0.7),
    "crash-server": Drill((crash.crash_server, crash.control_crash_server), 60, POSTGRESQL, least=0.7),
    "serve": Drill((serve.serve, serve.control_serve), 100),
    "race": Drill((crash.race, crash.control_race), 10),
    "overload": Drill((overload.overload, overload.control_overload), 30),
    "hostile": Drill((hostile.hostile, hostile.control_hostile), 20_000),
    "parity": Drill((hostile.parity, hostile.control_parity), 10_000, POSTGRESQL),
    "cluster": Drill((cluster.cluster, cluster.control_cluster), 20, POSTGRESQL),
    "soak": Drill((serve.soak, serve.control_soak), 30),
}


def run_drill(name: str, kind: str, trials: int, seed: int, minutes: float) -> Tally:
    """Run one drill on one database. A part of it that ends with an error has failed."""
    drill, tally, seeds = DRILLS[name], Tally(name, kind, seed), generated()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="factbook-drill-") as folder:
        run = Run(kind, seeds, Path(folder), trials, tally, until=began + 60 * minutes)
        for part in drill.parts:
            try:
                part(run.within(part.__name__))
            except Exception as error:  # noqa: BLE001 - what was counted before is still worth something
                traceback.print_exc()
                tally.check(False, f"{part.__name__}: {error!r}")
    if drill.least:  # faults that miss prove nothing
        tally.check(tally.share >= drill.least, f"{tally.share:.0%} of the faults landed, not {drill.least:.0%}")
    tally.seconds = round(time.monotonic() - began)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m drills", description=__doc__)
    parser.add_argument("name", choices=[*DRILLS, ALL])
    parser.add_argument("--trials", type=int, help="how many; without it, as many as docs/drills.md shows, and its row")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="no trial begins after so many")
    parser.add_argument("--seed", type=int, default=1, help="of all random numbers")
    parser.add_argument("--database", choices=KINDS, help="on this one only")
    options = parser.parse_args()
    failed = 0
    for name in DRILLS if options.name == ALL else [options.name]:
        for kind in DRILLS[name].kinds:
            if options.database in {None, kind}:
                tally = run_drill(name, kind, options.trials or DRILLS[name].trials, options.seed, options.minutes)
                sys.stdout.write(f"{tally}\n")
                sys.stdout.flush()
                failed += len(tally.failures)
                if not options.trials:  # a short run must not replace what a whole one has shown
                    tally.write_row()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
