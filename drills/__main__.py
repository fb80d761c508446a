"""The drills: python -m drills NAME [--trials N] [--seed S] [--database sqlite|postgresql]."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from drills import (
    broken_seeds,
    cluster,
    crash,
    docs_page,
    documented,
    hostile,
    overload,
    parity,
    race,
    report,
    serve,
    slow,
    soak,
    stop,
    vanish,
)
from drills.databases import KINDS
from drills.runs import Drill, Run
from drills.seeds import generated
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
    "serve": Drill("loads under readers at full load", (serve.serve, serve.control_serve), 32),
    "overload": Drill(
        "the dearest requests from 200 clients at once, for so many seconds",
        (overload.overload, overload.control_overload),
        30,
    ),
    "slow": Drill("so many slow clients of each of four kinds", (slow.slow, slow.control_slow), 800, ("sqlite",)),
    "stop": Drill("SIGTERM under load, from 1 and 2 workers", (stop.stop, stop.control_stop), 20),
    "docs-page": Drill(
        "the docs page in a real browser", (docs_page.docs_page, docs_page.control_docs_page), 1, ("sqlite",)
    ),
    "race": Drill("eight migrations or loads at once", (race.migrations, race.loads, race.control_race), 10),
    "cluster": Drill(
        "servers and replicas of a cluster die under readers",
        (cluster.cluster, cluster.control_cluster, cluster.control_proxy),
        20,
        ("postgresql",),
    ),
    "broken-seeds": Drill(
        "a seed spoilt in one file",
        (broken_seeds.broken_seeds, broken_seeds.control_broken_seeds),
        2000,
        ("sqlite",),
    ),
    "hostile": Drill("hostile values in every parameter", (hostile.hostile, hostile.control_hostile), 72_000),
    "parity": Drill(
        "SQLite and PostgreSQL asked the same", (parity.parity, parity.control_parity), 25_000, ("postgresql",)
    ),
    "schemathesis": Drill(
        "requests made from the OpenAPI document",
        (documented.schemathesis, documented.control_schemathesis),
        10_000,
    ),
    "vanish": Drill("clients that vanish", (vanish.vanish, vanish.control_vanish), 2_000),
    "soak": Drill("load for minutes, with loads of data in between", (soak.soak, soak.control_soak), 30),
    "migrate": Drill("kill -9 of a migration", (race.migrate, race.control_migrate), 30, least=0.5),
}
EVERY, REPORT = "all", "report"
CATCHES = 5


def drill(name: str, kind: str, trials: int, seed: int) -> Tally:
    """Run one drill on one database."""
    one, tally, data = DRILLS[name], Tally(name, kind, seed), generated()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="factbook-drill-") as folder:
        run = Run(kind, data, Path(folder), trials, CATCHES, tally)
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
    parser.add_argument("--database", choices=KINDS, help="on this one only")
    return parser.parse_args()


def main() -> None:
    asked = _asked_for()
    names = [] if asked.name == REPORT else list(DRILLS) if asked.name == EVERY else [asked.name]
    failed = 0
    for name in names:
        for kind in DRILLS[name].kinds:
            if asked.database in {None, kind}:
                tally = drill(name, kind, asked.trials or DRILLS[name].trials, asked.seed)
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
