"""Hostile values in each parameter, path, method and header: refused in good form, or taken literally.

Parity asks them, and much that is usual, of services over either database, which must send the same bytes.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import BAD_REQUEST, INTERNAL_SERVER_ERROR, METHOD_NOT_ALLOWED, OK
from itertools import cycle, islice, product
from random import Random
from urllib.parse import unquote_to_bytes

from sqlalchemy import text

import tests.databases
from app.text.normalizing import search_words
from bench.processes import Server
from drills.hostile_values import HEADER_TARGETS, HEADERS, IN_HEADERS, INJECTED, METHODS, PATHS, QUERIES, VALUES
from drills.loads import load
from drills.raw_http import NoResponse, RawClient, RawRequest, RawResponse
from drills.readers import OF_THE_LOAD
from drills.runs import Run
from drills.servers import PATIENT, databases, serving
from drills.wrong import UNCHECKED
from tests.databases import reading
from tests.document import OPENAPI, parameters
from tests.test_parity import question

PROBLEM = "application/problem+json"
NO_REQUEST = b"Invalid HTTP request received."  # with a plain 400: uvicorn's response to what is no HTTP request
REFUSALS = (400, 403, 404, 405, 406, 410, 413, 414, 416, 421, 431)
ANSWERS = (200, 206, 304)
LIST = re.compile(r"/v1/[a-z]+")
LOGGED = {"FACTBOOK_LOG_LEVEL": "debug", **PATIENT}  # each request is a line
MOST_IDS = 500
# What `q` looks in, of each list that is compared.
SEARCHED = (
    ("/v1/facts", "SELECT id, search FROM facts JOIN fact_texts USING (position)"),
    ("/v1/companies", "SELECT id, search FROM entities JOIN organizations USING (id) WHERE kind = 'company'"),
)
# Where a service that checks nothing is caught: what is wrong with it, and the words that say so.
CONTROLLED = (b"/v1/companies?q=", b"/v1/companies.csv?limit=1&q=", b"/v1/facts?place=")
CONTROLS = {
    "text as a pattern of LIKE": "finds ",
    "ids that are not looked up": "is taken for an id",
    "text in headers": "put a header into the response",
    "text in the log": "the log has the line",
}

# Of parity: what differs from process to process, and from load to load; the share of hostile requests; a control.
NOT_COMPARED = {"x-request-id", "date", "last-modified"}
OF_A_PROCESS = re.compile(rb"/metrics|/readyz|/v1(/releases|[?]|$)")
HOSTILE, MOST_COMPARED = 0.35, 5_000
FORMS = [(), (), (), *((header,) for header in (
    (b"accept-encoding", b"gzip"), (b"accept", b"text/csv"), (b"accept", b"text/html"), (b"range", b"bytes=0-99"),
    (b"accept", b"application/x-ndjson"), (b"origin", b"http://a.example"),
))]  # fmt: skip
OTHER_TAGS, CHANGE = "one fact without its tags", "DELETE FROM fact_tags WHERE position = 7"

Texts = dict[str, dict[str, str]]  # by list and id


@dataclass(frozen=True)
class Hostile:
    """A request, the parameter whose value is hostile, and that value as it stands in the URL."""

    request: RawRequest
    path: str = ""
    parameter: str = ""
    value: bytes = b""

    @property
    def text(self) -> str:
        """The value decoded; empty where it is no UTF-8."""
        try:
            return unquote_to_bytes(self.value.replace(b"+", b" ")).decode()
        except UnicodeDecodeError:
            return ""


@cache
def requests() -> tuple[Hostile, ...]:
    return tuple(_requests())


def _requests() -> Iterator[Hostile]:
    """Each parameter of each operation with each value; each path with each name, query, method and header."""
    for path in (path for path, item in OPENAPI["paths"].items() if "get" in item):
        filled = re.sub(r"\{\w+\}", "none", path).encode()
        for parameter, value in product(parameters(path).values(), VALUES):
            name = parameter["name"].encode()
            if parameter["in"] == "path":
                target = path.encode().replace(b"{%b}" % name, value)
            else:  # words with all rows of a list, so that they can be compared with the texts
                more = b"&fields=id&limit=500&total=exact" if name == b"q" and LIST.fullmatch(path) else b""
                more += b"&by=year" if path.endswith("/groups") and name != b"by" else b""
                target = b"%b?%b=%b%b" % (filled, name, value, more)
            yield Hostile(RawRequest(target), path, parameter["name"], value)
        queries = [*QUERIES, *(b"%b=1" % value for value in VALUES)]
        targets = [b"%b?%b" % (filled, query) for query in queries]
        if LIST.fullmatch(path):
            targets += [b"%b.csv?limit=1&q=%b" % (filled, value) for value in VALUES]
        yield from (Hostile(RawRequest(target)) for target in targets)
        yield from (Hostile(RawRequest(filled, method)) for method in METHODS)
    yield from (Hostile(RawRequest(path)) for path in PATHS)
    for name, value, target in product(HEADERS, IN_HEADERS, HEADER_TARGETS):
        yield Hostile(RawRequest(target, headers=((name, value),)))


def problem(hostile: Hostile, response: RawResponse, texts: Texts) -> str:
    """What is wrong with a response; nothing where it is as it should be."""
    if response.status >= INTERNAL_SERVER_ERROR or response.status not in (*REFUSALS, *ANSWERS):
        return f"is answered with {response.status}: {response.body[:200]!r}"
    if any(INJECTED in name for name in response.headers):
        return f"has put a header into the response: {response.headers}"
    if response.status in REFUSALS:
        return "" if hostile.request.method == b"HEAD" else _bad_refusal(response)
    if response.status != OK:
        return ""
    if hostile.parameter in {"place", "company", "metric"}:
        return "" if re.fullmatch(r"([^\W_]|[,-])+", hostile.text) else "is taken for an id"
    if hostile.parameter == "q" and LIST.fullmatch(hostile.path) and hostile.path in texts:
        page, words = json.loads(response.body), search_words(hostile.text)
        expected = {one for one, searched in texts[hostile.path].items() if all(word in searched for word in words)}
        shown, total = {one["id"] for one in page["data"]}, page["meta"]["total"]["value"]
        if total != len(expected) or not shown <= expected or len(shown) != min(MOST_IDS, len(expected)):
            return f"finds {total} of {len(expected)}"
    return ""


def _bad_refusal(response: RawResponse) -> str:
    kind = response.headers.get("content-type", "")
    if (response.status, response.body, response.is_last) == (BAD_REQUEST, NO_REQUEST, True):
        return ""
    if not kind.startswith(PROBLEM):
        return f"is refused with {response.status} as {kind}: {response.body[:100]!r}"
    try:
        body = json.loads(response.body.decode("utf-8"))
    except ValueError as error:
        return f"is refused with what is no JSON: {error}"
    if body["status"] != response.status or not body["detail"]:
        return f"is refused with {response.status} and says {body}"
    has_allow = response.status != METHOD_NOT_ALLOWED or "allow" in response.headers
    return "" if has_allow else "is refused with 405 without Allow"


@contextmanager
def _served(run: Run, kind: str, fault: str = "", change: str = "") -> Iterator[tuple[str, Server, RawClient]]:
    """The URL of a database with the real data, a service over it and a client; `change` is made to the data."""
    with databases(kind, run.folder) as new_database:
        url = new_database()
        load(url, run.real, run.folder)
        if change:
            tests.databases.change(url, change)
        with serving(url, run.folder / kind, 1, fault, LOGGED) as service, closing(RawClient(service.port)) as client:
            yield url, service, client


def _shuffled(run: Run) -> list[Hostile]:
    return Random(run.tally.seed).sample(requests(), len(requests()))


def _send_all(run: Run, fault: str = "", starts: tuple[bytes, ...] = ()) -> tuple[Counter[int], list[str]]:
    """The statuses, and what was wrong: of as many requests as the run has trials, or of all that start so."""
    statuses, failures = Counter[int](), list[str]()
    with _served(run, run.kind, fault) as (url, service, client):
        with reading(url) as connection:  # without the service
            texts: Texts = {path: {row[0]: row[1] for row in connection.execute(text(sql))} for path, sql in SEARCHED}
        every = [one for one in _shuffled(run) if one.request.target.startswith(starts or b"")]
        for one in every[: None if starts else run.trials]:
            if run.is_over:
                break
            try:
                response = client.send(one.request)
            except NoResponse as error:
                failures.append(f"{one.request} has no response ({error})"[:400])
                continue
            statuses[response.status] += 1
            if wrong := problem(one, response, texts):
                failures.append(f"{one.request} {wrong}"[:1000])
    log = service.log().splitlines()
    failures += [f"the log has the line {line[:100]!r}" for line in log if line.lstrip().startswith(INJECTED)]
    return statuses, failures


def hostile(run: Run) -> None:
    """So many of them."""
    statuses, failures = _send_all(run)
    run.tally.seen["requests"] += statuses.total()
    run.tally.notes.append(", ".join(f"{count:,} with {status}" for status, count in sorted(statuses.items())))
    run.tally.count(statuses.total(), failures)


def control_hostile(run: Run) -> None:
    """A service that passes text on as it comes."""
    statuses, failures = _send_all(run, UNCHECKED, CONTROLLED)
    for variant, sign in CONTROLS.items():
        run.tally.check_control(variant, sum(sign in one for one in failures), statuses.total(), 1)


def comparable(client: RawClient, request: RawRequest) -> object:
    """What must be the same over either database."""
    try:
        response = client.send(request)
    except NoResponse:
        return None
    headers = {name: value for name, value in response.headers.items() if name not in NOT_COMPARED}
    return response.status, headers, OF_THE_LOAD.sub(b"", response.body)


def _compare(run: Run, most: int, change: str = "") -> tuple[Counter[str], list[str]]:
    """How much was asked, and which responses differ; after a `change`, one is enough."""
    counts, failures, random = Counter[str](), list[str](), Random(run.tally.seed)
    with _served(run, "sqlite") as (_, _, first), _served(run, "postgresql", change=change) as (_, _, second):
        for one in islice(cycle(_shuffled(run)), most):
            is_hostile = random.random() < HOSTILE
            request = one.request if is_hostile else RawRequest(question(random).encode(), headers=random.choice(FORMS))
            if run.is_over or (failures and change):
                break
            if OF_A_PROCESS.match(request.target):
                continue
            counts["requests"] += 1
            counts["with a hostile value"] += is_hostile
            one_side, other = comparable(first, request), comparable(second, request)
            if one_side != other:
                failures.append(f"{request}: {one_side} and {other}"[:1000])
    return counts, failures


def parity(run: Run) -> None:
    """Services over SQLite and PostgreSQL send the same, whatever they are asked: the questions of test_parity, too."""
    counts, failures = _compare(run, run.trials)
    run.tally.seen.update(counts)
    run.tally.count(counts["requests"], failures)


def control_parity(run: Run) -> None:
    """A database that is not quite the same."""
    counts, failures = _compare(run, MOST_COMPARED, CHANGE)
    run.tally.check_control(OTHER_TAGS, len(failures), counts["requests"], 1)
