"""Hostile values in each parameter, path, method and header: refused in good form, or taken literally."""

import json
from collections import Counter
from contextlib import closing
from http.client import BAD_REQUEST, INTERNAL_SERVER_ERROR, METHOD_NOT_ALLOWED, OK
from random import Random

from sqlalchemy import text

from app.text.normalizing import search_words
from drills import databases, drawing
from drills.children import Job, done
from drills.drawing import LIST, Asked
from drills.hostile_values import INJECTED
from drills.readers import serving
from drills.runs import Run
from drills.sockets import Asking, NoAnswer, Read
from drills.wrong import UNCHECKED
from tests.databases import reading

PROBLEM = "application/problem+json"
NO_REQUEST = b"Invalid HTTP request received."  # with a plain 400: what is no HTTP request gets uvicorn's answer
REFUSALS = (400, 403, 404, 405, 406, 410, 413, 414, 416, 421, 431)
ANSWERS = (200, 206, 304)
LOGGED = {"FACTBOOK_LOG_LEVEL": "debug"}  # each request is a line
MOST_IDS = 500
COMPANIES, FACTS = "/v1/companies", "/v1/facts"
# Where a service that checks nothing is met; what is wrong with it, and what is said of it.
NARROWED = (b"/v1/companies?q=", b"/v1/companies.csv?limit=1&q=", b"/v1/facts?place=")
CAUGHT = {
    "text as a pattern of LIKE": "finds ",
    "ids that are not looked up": "is taken for an id",
    "text in headers": "put a header into the answer",
    "text in the log": "the log has the line",
}

Texts = dict[str, dict[str, str]]  # that `q` looks in, by list and id


def texts(url: str) -> Texts:
    """What a database holds, read without the service."""
    asked = {
        FACTS: "SELECT id, search FROM facts JOIN fact_texts USING (position)",
        COMPANIES: "SELECT id, search FROM entities JOIN organizations USING (id) WHERE kind = 'company'",
    }
    with reading(url) as connection:
        return {path: {row[0]: row[1] for row in connection.execute(text(query))} for path, query in asked.items()}


def wrong(asked: Asked, read: Read, known: Texts) -> str:
    """What is wrong with an answer; nothing where it is as it should be."""
    if read.status >= INTERNAL_SERVER_ERROR or read.status not in (*REFUSALS, *ANSWERS):
        return f"is answered with {read.status}: {read.body[:200]!r}"
    if any(INJECTED in name for name in read.headers):
        return f"has put a header into the answer: {read.headers}"
    if read.status in REFUSALS:
        return "" if asked.method == b"HEAD" else _ill_told(read)
    if asked.parameter is None or read.status != OK:
        return ""
    name = asked.parameter["name"]
    if name in {"place", "company", "metric"} and not (asked.text or " ").replace("-", "").replace(",", "").isalnum():
        return "is taken for an id"
    if name == "q" and LIST.fullmatch(asked.path) and asked.path in known:
        page, words = json.loads(read.body), search_words(asked.text or "")
        expected = {one for one, searched in known[asked.path].items() if all(word in searched for word in words)}
        shown, total = {one["id"] for one in page["data"]}, page["meta"]["total"]["value"]
        if total != len(expected) or not shown <= expected or len(shown) != min(MOST_IDS, len(expected)):
            return f"finds {total} of {len(expected)}"
    return ""


def _ill_told(read: Read) -> str:
    """What is wrong with a refusal."""
    if (read.status, read.body, read.closing) == (BAD_REQUEST, NO_REQUEST, True):
        return ""
    if not read.headers.get("content-type", "").startswith(PROBLEM):
        return f"is refused with {read.status} as {read.headers.get('content-type')}: {read.body[:100]!r}"
    try:
        problem = json.loads(read.body.decode("utf-8"))
    except ValueError as error:
        return f"is refused with what is no JSON: {error}"
    if problem["status"] != read.status or not problem["detail"]:
        return f"is refused with {read.status} and tells {problem}"
    if read.status == METHOD_NOT_ALLOWED and "allow" not in read.headers:
        return "is refused with 405 without Allow"
    return ""


def _ask_all(run: Run, fault: str = "", starts: tuple[bytes, ...] = ()) -> tuple[Counter[int], list[str]]:
    """The statuses, and what was wrong: of as many requests as the run has trials, or of all that start so."""
    statuses, failures, log = Counter[int](), list[str](), run.folder / "log"
    with databases.made(run.kind, run.folder) as kept:
        url = kept.new_database()
        done(Job(url, run.real), run.folder)
        known = texts(url)
        with serving(url, log, fault=fault, settings=LOGGED) as (port, _), closing(Asking(port)) as asking:
            every = [*drawing.hostile(json.loads(asking.ask(Asked(b"/openapi.json")).body))]
            Random(run.tally.seed).shuffle(every)
            for asked in [one for one in every if one.target.startswith(starts)] if starts else every[: run.trials]:
                what = f"{asked.method!r} {asked.target[:120]!r} {asked.headers and asked.headers[0]}"
                try:
                    read = asking.ask(asked)
                except NoAnswer as error:
                    failures.append(f"{what} has no answer ({error})")
                    continue
                statuses[read.status] += 1
                if why := wrong(asked, read, known):
                    failures.append(f"{what} {why}")
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    failures += [f"the log has the line {line[:100]!r}" for line in said if line.lstrip().startswith(INJECTED)]
    return statuses, failures


def hostile(run: Run) -> None:
    """So many of them."""
    statuses, failures = _ask_all(run)
    run.tally.seen["requests"] += statuses.total()
    run.tally.notes.append(", ".join(f"{count:,} with {status}" for status, count in sorted(statuses.items())))
    run.tally.count(statuses.total(), failures)


def control_hostile(run: Run) -> None:
    """A service that passes text on as it comes."""
    statuses, failures = _ask_all(run, UNCHECKED, NARROWED)
    for what, sign in CAUGHT.items():
        run.tally.hold_control(what, sum(sign in one for one in failures), statuses.total(), 1)
