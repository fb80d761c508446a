"""The docs page in a real browser: it runs under its content policy, whole, and fetches nothing from elsewhere."""

import re
import shutil
import subprocess
from pathlib import Path

from drills import databases
from drills.children import Job, done
from drills.reading import HOST
from drills.runs import Run
from drills.serving import RIGHT, serving
from drills.wrong import Variant

FORBIDDING = "drills.wrong_services.forbidding"  # serves a page whose policy forbids its own script
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120  # seconds
OPERATION = re.compile(r'class="opblock opblock-get"')
COMPLAINT = re.compile(r"CONSOLE.*(?:Refused|Content Security Policy|Failed to load|ERR_)", re.IGNORECASE)
# Every name that is not ours leads nowhere.
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=15000",
         f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HOST}")  # fmt: skip


def docs_page(run: Run) -> None:
    operations, complaints = _opened(run, RIGHT)
    run.tally.seen["operations shown"] = operations
    run.tally.hold(operations > 0, "the page shows no operation")
    run.tally.count(1, complaints)


def control_docs_page(run: Run) -> None:
    """A policy that the page breaks is found out."""
    operations, complaints = _opened(run, FORBIDDING)
    run.tally.hold_control(Variant.FORBIDDING, int(not operations) + bool(complaints), 2, 2)


def _opened(run: Run, module: str) -> tuple[int, list[str]]:
    """How many operations a browser shows, and what it complains of."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"This drill needs a browser, {' or '.join(BROWSERS)}: apt-get install chromium")
    with databases.made(run.kind, run.folder) as kept:
        url = kept.new_database()
        done(Job(url, next(iter(run.seeds.values())), migrates=True), run.folder)
        with serving(url, run.folder / f"{module}.log", module=module) as (port, _):
            ended = subprocess.run(
                [browser, *FLAGS, f"--user-data-dir={Path(run.folder) / 'profile'}", "--dump-dom",
                 f"http://{HOST}:{port}/docs"],
                capture_output=True, text=True, check=False, timeout=PATIENCE,
            )  # fmt: skip
    return len(OPERATION.findall(ended.stdout)), [line for line in ended.stderr.splitlines() if COMPLAINT.search(line)]
