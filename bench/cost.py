"""What a request costs the server on the real data, beside a bare app: python -m bench.cost [--older CHECKOUT FILE]."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from app.fingerprints import CODE, fingerprint
from bench import peers, report
from bench.bare import Bare
from bench.datasets import load
from bench.folders import BENCH, ROOT, WORK, kept
from bench.measuring import Case, Pace, Running, interleave, ratio, running
from bench.report import Section
from bench.requests import Client, Request
from bench.systems import FACTS, Factbook

PACE, QUICK = Pace(rounds=9, seconds=2), Pace(rounds=1, seconds=1)
HOT = f"{FACTS}?year=2024&initiative=nev-city"
PAGES = 3_000  # distinct ones: more than any cache holds
OURS, LOGGED, UNCACHED, OLDER, BARE = "ours", "ours with its access log", "ours without a cache", "older", "bare"
Requests = Mapping[str, Sequence[Request]]


def measure(pace: Pace, older: tuple[Path, Path] | None = None) -> Section:
    """All systems side by side. `older` is another checkout, and a SQLite file with the same facts as it reads them."""
    url = f"sqlite:///{WORK / 'real' / 'factbook.db'}"
    kept(WORK / "real", fingerprint(CODE, ROOT / "seed"), lambda _: load(url, ROOT / "seed"))
    with ExitStack() as stack:
        ours = [Factbook(OURS, url), Factbook(LOGGED, url, logged=True), Factbook(UNCACHED, url, cached=False)]
        systems = {one.name: stack.enter_context(running(one)) for one in ours}
        requests = _requests(Client(systems[OURS].port))
        bare = Bare(systems[OURS].port, (one for some in requests.values() for one in some), WORK / "recorded.pickle")
        systems[BARE] = stack.enter_context(running(bare))
        asked = dict.fromkeys(systems, requests)
        if older:
            system = Factbook(OLDER, f"sqlite:///{older[1]}", folder=older[0], cached=False)
            systems[OLDER] = stack.enter_context(running(system))
            asked[OLDER] = _requests(Client(systems[OLDER].port))  # it has tags of its own, and may have ids
        return _measured(systems, asked, pace)


def _requests(client: Client) -> Requests:
    """By what they are called."""
    ids, following = [], f"{FACTS}?limit=500"
    while following:
        page = json.loads(client.ask(Request(following)).body)
        ids += [fact["id"] for fact in page["data"]]
        following = page["links"].get("next")
    etag = dict(client.ask(Request(HOT)).headers)["etag"]
    return {
        "hot page": [Request(HOT)],
        "304": [Request(HOT, etag)],
        "one fact": [Request(f"{FACTS}/{one}") for one in ids],
        "distinct page": [Request(f"{FACTS}?value={number}..") for number in range(PAGES)],
    }


def _measured(systems: Mapping[str, Running], asked: Mapping[str, Requests], pace: Pace) -> Section:
    section = Section("CPU of a request, real data")
    compared = {
        "hot page": [OURS, LOGGED, BARE],
        "304": [OURS, LOGGED, BARE],
        "one fact": [OURS, LOGGED, UNCACHED, OLDER, BARE],
        "distinct page": [UNCACHED, OLDER, BARE],
    }
    for name, wanted in compared.items():
        cases = [Case(one, systems[one], asked[one][name]) for one in wanted if one in systems]
        samples = interleave(cases, pace)
        section.samples(name, samples)
        for one in (case.name for case in cases if case.name != BARE):
            section.figures[f"{name}, {one} / bare"] = ratio(samples, one, BARE)
        if OLDER in samples:
            section.figures[f"{name}, {UNCACHED} / older"] = ratio(samples, UNCACHED, OLDER)
    return section


def main() -> None:
    """Measure, and write bench/RESULTS-cost.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument("--older", nargs=2, type=Path, metavar=("CHECKOUT", "FILE"), help="measured beside")
    parser.add_argument("--quick", action="store_true", help="one short round, only to see that it works")
    parser.add_argument("--to", type=Path, default=BENCH / "RESULTS-cost.md", help="file to write to")
    given = parser.parse_args()
    peers.require_tools()
    pace = QUICK if given.quick else PACE
    older = (given.older[0].resolve(), given.older[1].resolve()) if given.older else None
    section = measure(pace, older)
    path = WORK / "results-cost.md" if given.quick else given.to
    report.write(path, "CPU of a request", [section], pace)
    sys.stderr.write(f"Written to {path}\n")


if __name__ == "__main__":
    main()
