"""Schemathesis, all its checks: no answer that the OpenAPI document does not have, whatever is asked."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from drills import databases
from drills.children import Job, done
from drills.reading import HOST
from drills.runs import Run
from drills.serving import RIGHT, UNDOCUMENTED, serving

OPERATIONS = 25  # about so many share the trials
# A cursor that fits its pattern is one of ours only if we gave it out, an id only if it is there: both get 400.
NOT_CHECKED = "positive_data_acceptance"
NARROWED = ("--include-path", "/v1/companies")
CONTROL_EXAMPLES = 10
WRONG, CALLED = "problems of a media type that is not documented", "UndefinedContentType"


class Told(NamedTuple):
    """How many cases ran, and what was found wrong."""

    cases: int
    failures: dict[str, int]


def told(run: Run, url: str, examples: int, *more: str, module: str = RIGHT) -> Told:
    """One run of Schemathesis against a server over a loaded database."""
    home, report = Path(sys.executable).parent, run.folder / f"{module}.json"
    with serving(url, run.folder / f"{module}.log", module=module) as (port, _):
        command: list[str | Path] = [
            home / "schemathesis", "run", f"http://{HOST}:{port}/openapi.json", "--checks", "all",
            "--exclude-checks", NOT_CHECKED, "--mode", "all", "--phases", "examples,coverage,fuzzing",
            "--max-examples", str(examples), "--seed", str(run.tally.seed), "--continue-on-failure",
            "--generation-database", "none", "--no-color", "--report", "json", "--report-json-path", report, *more,
        ]  # fmt: skip
        ended = subprocess.run(command, cwd=run.folder, capture_output=True, check=False)
    if not report.exists():
        raise RuntimeError(ended.stdout.decode()[-2000:] + ended.stderr.decode()[-2000:])
    known: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    failures = {one["type"]: one["count"] for one in known["failures"]}
    if known["errors"] or not known["complete"]:
        failures["error"] = max(1, len(known["errors"]))
    (run.folder / f"{module}.txt").write_bytes(ended.stdout)
    return Told(known["test_cases"]["generated"], failures)


def schemathesis(run: Run) -> None:
    """At least so many cases, of every operation."""
    with databases.made(run.kind, run.folder) as kept:
        url = kept.new_database()
        done(Job(url, run.real, migrates=True), run.folder)
        ran = told(run, url, max(1, run.trials // OPERATIONS))
    run.tally.count(ran.cases, [f"{what}, {count} times" for what, count in ran.failures.items()])
    run.tally.seen["cases"] += ran.cases
    run.tally.hold(ran.cases >= run.trials, f"{ran.cases} cases ran, fewer than {run.trials}")


def control_schemathesis(run: Run) -> None:
    """A service that does what the document does not say; the right one is asked the same."""
    with databases.made(run.kind, run.folder) as kept:
        url = kept.new_database()
        done(Job(url, run.real, migrates=True), run.folder)
        right = told(run, url, CONTROL_EXAMPLES, *NARROWED)
        wrong = told(run, url, CONTROL_EXAMPLES, *NARROWED, module=UNDOCUMENTED)
    run.tally.hold(not right.failures, f"the right service is found wrong: {right.failures}")
    run.tally.hold_control(WRONG, wrong.failures.get(CALLED, 0), wrong.cases, 1)
