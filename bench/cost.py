"""What a request costs the server on the real data, beside a bare app: python -m bench.cost; see RESULTS-cost.md."""

import argparse
import pickle
import sys
from collections.abc import Iterable, Mapping

from app.folders import CODE, fingerprint
from bench import report
from bench.data import load
from bench.measuring import Case, Pace, ask, interleave, ratio, running
from bench.processes import Command
from bench.report import Section
from bench.systems import FACTS, Factbook, Request, System
from bench.work import BENCH, ROOT, WORK, kept

PACE, QUICK = Pace(rounds=9, seconds=2), Pace(rounds=1, seconds=1)
HOT = f"{FACTS}?year=2024&initiative=nev-city"
PAGES = 3_000  # distinct ones: more than any cache holds
OURS, LOGGED, UNCACHED, BARE = "ours", "ours with its access log", "ours without a cache", "bare"
COMPARED = {name: [OURS, LOGGED, BARE] for name in ("hot page", "304")}
COMPARED |= {"one fact": [OURS, LOGGED, UNCACHED, BARE], "distinct page": [UNCACHED, BARE]}
SET_BY_UVICORN = {"date", "server", "transfer-encoding", "connection"}


class Bare(System):
    """The bare app (bare.py), with what a server of ours, which runs, answers to some requests."""

    name = BARE
    recording = WORK / "recorded.pickle"
    environment: Mapping[str, str] = {"RECORDED": str(recording)}

    def __init__(self, ours: System, requests: Iterable[Request]) -> None:
        messages = {}
        for request in dict.fromkeys(requests):
            response = ask(ours, request)
            path, _, query = request.path.encode().partition(b"?")
            headers = [
                (name.encode(), one.encode()) for name, one in response.headers.items() if name not in SET_BY_UVICORN
            ]
            start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
            body = {"type": "http.response.body", "body": response.content}
            messages[path, query, request.etag.encode()] = start, body
            self.ready = request.path
        self.recording.write_bytes(pickle.dumps(messages))

    def command(self, port: int) -> Command:
        quiet = ["--log-level=warning", "--no-access-log", "--no-server-header", "--ws=none", "--lifespan=off"]
        uvicorn = [sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(port)]
        return [*uvicorn, "--loop=uvloop", "--http=httptools", *quiet]


def measure(pace: Pace) -> Section:
    """All systems side by side."""
    url, section = f"sqlite:///{WORK / 'real' / 'factbook.db'}", Section("CPU of a request, real data")
    kept(WORK / "real", fingerprint(CODE, ROOT / "seed"), lambda _: load(url, ROOT / "seed"))
    ours = Factbook(OURS, url), Factbook(LOGGED, url, logged=True), Factbook(UNCACHED, url, cached=False)
    with running(*ours):
        requests = _requests(ours[0])
        bare = Bare(ours[0], (one for some in requests.values() for one in some))
        with running(bare):
            systems: dict[str, System] = {one.name: one for one in (*ours, bare)}
            for name, compared in COMPARED.items():
                samples = interleave([Case(one, systems[one], requests[name]) for one in compared], pace)
                section.samples(name, samples)
                section.figures |= {f"{name}, {one} / bare": ratio(samples, one, BARE) for one in compared[:-1]}
    return section


def _requests(ours: System) -> dict[str, list[Request]]:
    """By their name in the report."""
    ids, following = [], f"{FACTS}?limit=500"
    while following:
        page = ask(ours, Request(following)).json()
        ids += [fact["id"] for fact in page["data"]]
        following = page["links"].get("next")
    etag = ask(ours, Request(HOT)).headers["etag"]
    return {
        "hot page": [Request(HOT)],
        "304": [Request(HOT, etag)],
        "one fact": [Request(f"{FACTS}/{one}") for one in ids],
        "distinct page": [Request(f"{FACTS}?value={number}..") for number in range(PAGES)],
    }


def main() -> None:
    """Measure, and write bench/RESULTS-cost.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, only to see that it works")
    options = parser.parse_args()
    pace = QUICK if options.quick else PACE
    section = measure(pace)
    # A quick run must not replace the results of a whole one.
    report.write((WORK if options.quick else BENCH) / "RESULTS-cost.md", "CPU of a request", [section], pace)


if __name__ == "__main__":
    main()
