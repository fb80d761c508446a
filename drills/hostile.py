"""Hostile values in each parameter, path, method and header: refused in good form, or taken literally."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from http.client import INTERNAL_SERVER_ERROR, METHOD_NOT_ALLOWED, OK, PARTIAL_CONTENT
from random import Random
from typing import Any

from sqlalchemy import text

from app.chinese import search_words
from app.database import reading_engine
from drills import databases, drawing
from drills.children import Job, done
from drills.drawing import LIST, Asked
from drills.hostile_values import INJECTED, TEXTS
from drills.runs import Run
from drills.serving import RIGHT, UNCHECKED, serving
from drills.sockets import Connection, NoAnswer, Read

PROBLEM = "application/problem+json"
REFUSALS = (400, 403, 404, 405, 406, 410, 414, 416, 421, 431)
ANSWERS = (200, 206, 304)
YEARS = re.compile(r"-?(?:[0-9]{4}(?:\.\.(?:[0-9]{4})?)?|\.\.[0-9]{4})")
NUMBER = r"-?(?:0|[1-9][0-9]{0,26})(?:\.[0-9]{1,12})?"
NUMBERS = re.compile(rf"{NUMBER}(?:\.\.(?:{NUMBER})?)?|\.\.{NUMBER}")
LOGGED = {"FACTBOOK_LOG_LEVEL": "debug"}  # each request is a line
MOST_IDS = 500
# Lists whose rows a cursor must not leave.
WALKED = (
    "/v1/facts?industry=automotive&limit=5&fields=id", "/v1/facts?kind=measurement&sort=-value&limit=7&fields=id",
    "/v1/facts?q=%E7%AE%97%E5%8A%9B&limit=3&fields=id", "/v1/companies?limit=5&fields=id",
    "/v1/metrics?sort=-id&limit=9&fields=id", "/v1/facts?year=2024&sort=metric,-year&limit=10&fields=id",
)  # fmt: skip
# One parameter each that is a field of its rows.
LITERAL = {
    "metric": "metric.id",
    "source": "citation.source",
    "subject": "subject.id",
    "kind": "kind",
    "bound": "bound",
}
ALL = (b"",)
# Where a service that checks nothing is met.
NARROWED = (b"/v1/companies?q=", b"/v1/companies.csv?", b"/v1/facts?place=")
# What is wrong with the service that checks nothing, and what is said of it.
CAUGHT = {
    "text as a pattern of LIKE": "finds ",
    "ids that are not looked up": "is taken for a value of ",
    "text in headers": "put a header into the answer",
    "text in the log": "the log has the line",
}


class Truth:
    """What a database holds, read without the service: the texts that `q` looks in, and the ids there are."""

    def __init__(self, url: str) -> None:
        engine = reading_engine(url)
        with engine.connect() as connection:
            facts = "SELECT id, search FROM facts JOIN fact_texts USING (position)"
            self._texts: dict[str, dict[str, str]] = {"/v1/facts": dict(connection.execute(text(facts)).all())}
            compared = connection.execute(text("SELECT id, search, verdict FROM comparisons")).all()
            entities = connection.execute(text("SELECT id, type, search FROM entities")).all()
            releases = connection.execute(text("SELECT number, revision FROM releases")).all()
            companies = set(connection.execute(text("SELECT id FROM organizations WHERE kind = 'company'")).scalars())
        engine.dispose()
        for path, verdicts in (("/v1/comparisons", {"agrees", "conflicts"}), ("/v1/conflicts", {"conflicts"})):
            self._texts[path] = {one: searched for one, searched, verdict in compared if verdict in verdicts}
        for entity_id, kind, searched in entities:
            path = f"/v1/{kind[:-1]}ies" if kind.endswith("y") else f"/v1/{kind}s"
            self._texts.setdefault(path, {})[entity_id] = searched
            if entity_id in companies:
                self._texts.setdefault("/v1/companies", {})[entity_id] = searched
        self.ids = {entity_id for entity_id, _, _ in entities} | {str(name) for one in releases for name in one}

    def found(self, path: str, asked: str) -> set[str]:
        """The ids of a list whose text holds every word."""
        words = search_words(asked)
        return {one for one, searched in self._texts[path].items() if all(word in searched for word in words)}

    def may_mean(self, parameter: dict[str, Any], asked: str | None) -> bool:
        """Whether a text is a value of a parameter, as the document and API.md have it."""
        if not asked:
            return False
        schema, tokens = parameter["schema"], asked.split(",")
        if known := schema.get("items", schema).get("enum"):
            return all(token in known for token in tokens)
        if schema["type"] == "integer":
            return re.fullmatch("[0-9]{1,3}", asked) is not None and 1 <= int(asked) <= schema["maximum"]
        match parameter["name"]:
            case "q":
                return True
            case "after":
                return False
            case "year":
                return all(token in {"any", "none"} or YEARS.fullmatch(token) for token in tokens)
            case "value":
                return all(token in {"any", "none"} or NUMBERS.fullmatch(token) for token in tokens)
            case _ if parameter["in"] == "path":
                return asked in self.ids
        return all(token in {"any", "none"} or token.removeprefix("-") in self.ids for token in tokens)


def wrong(asked: Asked, read: Read, truth: Truth) -> str:
    """What is wrong with an answer; nothing where it is as it should be."""
    if read.status >= INTERNAL_SERVER_ERROR or read.status not in (*REFUSALS, *ANSWERS):
        return f"is answered with {read.status}: {read.body[:200]!r}"
    if any(INJECTED in name for name in read.headers):
        return f"has put a header into the answer: {read.headers}"
    if read.status in REFUSALS:
        return "" if asked.method == b"HEAD" else _ill_told(read)
    if asked.parameter is None or read.status not in (OK, PARTIAL_CONTENT):
        return ""
    if not truth.may_mean(asked.parameter, asked.text):
        return f"is taken for a value of {asked.parameter['name']}"
    if asked.parameter["name"] == "q" and LIST.fullmatch(asked.path):
        page = json.loads(read.body)
        shown, expected = {one["id"] for one in page["data"]}, truth.found(asked.path, asked.text or "")
        if (
            page["meta"]["total"]["value"] != len(expected)
            or not shown <= expected
            or len(shown) != min(MOST_IDS, len(expected))
        ):
            return f"finds {page['meta']['total']['value']} of {len(expected)}"
    return ""


def _ill_told(read: Read) -> str:
    """What is wrong with a refusal."""
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


class Asking:
    """Asks over one connection, as long as the server keeps it."""

    def __init__(self, port: int, truth: Truth) -> None:
        self._port, self.truth = port, truth
        self._connection = Connection(port)
        self._before = b""
        self.failures: list[str] = []
        self.asked = 0
        self.statuses: Counter[int] = Counter()

    def ask(self, asked: Asked) -> Read | None:
        """What came, if it is a whole answer; what is wrong with it is taken down."""
        self.asked += 1
        what = f"{asked.method!r} {asked.target[:120]!r} {asked.headers and asked.headers[0]}"
        try:
            read = self._connection.ask(asked.method, asked.target, asked.headers)
        except NoAnswer as error:
            self.failures.append(f"{what} has no answer ({error}), after {self._before!r}")
            self._reconnect()
            return None
        self._before = asked.target[:120]
        if read.closing:
            self._reconnect()
        if why := wrong(asked, read, self.truth):
            self.failures.append(f"{what} {why}")
        self.statuses[read.status] += 1
        return read

    def _reconnect(self) -> None:
        self._connection.close()
        self._connection = Connection(self._port)

    def close(self) -> None:
        self._connection.close()

    def rows(self, url: str) -> list[dict[str, Any]]:
        read = self.ask(Asked(url.encode()))
        rows: list[dict[str, Any]] = json.loads(read.body)["data"] if read else []
        return rows


def _ask_all(run: Run, url: str, module: str, starts: tuple[bytes, ...] = ALL) -> Asking:
    """All that was asked, of what starts so."""
    log = run.folder / f"{module}.log"
    with serving(url, log, module=module, settings=LOGGED) as (port, _), closing(Asking(port, Truth(url))) as asking:
        read = asking.ask(Asked(b"/openapi.json"))
        document = json.loads(read.body if read else b"{}")
        every = [one for one in drawing.hostile(document) if one.target.startswith(starts)]
        Random(run.tally.seed).shuffle(every)
        for one in every[: run.trials]:
            asking.ask(one)
        if starts == ALL:
            for walked in WALKED:
                _tamper(asking, walked, Random(f"{run.tally.seed} {walked}"))
            for name, field in LITERAL.items():
                _hold_literal(asking, name, field)
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    lines = [line for line in said if line.lstrip().startswith(INJECTED)]
    asking.failures += [f"the log has the line {line[:100]!r}" for line in lines]
    return asking


def _tamper(asking: Asking, url: str, lot: Random) -> None:
    """A changed cursor is refused, or leads on within the rows of its question."""
    following, cursors, ids = url, [], set()
    while following:
        read = asking.ask(Asked(following.encode()))
        page = json.loads(read.body) if read else {"data": [], "links": {}}
        ids |= {one["id"] for one in page["data"]}
        following = page["links"].get("next", "")
        cursors += [following.partition("after=")[2].partition("&")[0]] if following else []
    others = (other for other in WALKED if other != url)
    for cursor in lot.sample(cursors, k=min(3, len(cursors))):
        for changed in _changed(cursor, lot):
            read = asking.ask(Asked(f"{url}&after={changed}".encode()))
            if read and read.status == OK and not {one["id"] for one in json.loads(read.body)["data"]} <= ids:
                asking.failures.append(f"{url}&after={changed} leads to other rows")
        for other in others:
            read = asking.ask(Asked(f"{other}&after={cursor}".encode()))
            if read and read.status == OK:
                asking.failures.append(f"{other} takes the cursor of {url}")


def _changed(cursor: str, lot: Random) -> Iterator[str]:
    written = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for at in range(len(written)):
        yield _base64(written[:at] + bytes([written[at] ^ 1 << lot.randrange(8)]) + written[at + 1 :])
    yield from (cursor[:-1], cursor[1:], cursor * 2, cursor + "=", cursor + "A", cursor.swapcase(), cursor[::-1])
    revision, question, *keys = json.loads(written)
    values: list[Any] = [None, True, -1, 2**31, 2**63, 2**64, 1.5, [], {}, *lot.sample(TEXTS, k=20)]
    for at in range(len(keys)):
        for value in values:
            yield _base64(json.dumps([revision, question, *keys[:at], value, *keys[at + 1 :]]).encode())
    for parts in ([], [revision], [revision, question], [revision, question, *keys, 1], ["r-0", question, *keys]):
        yield _base64(json.dumps(parts).encode())
    for raw in (b"[" * 1_400, b"9" * 1_400, b"[1e999]", b"NaN", b'{"a":1}', b'["\\ud800","a"]', b"\x80", b"null"):
        yield _base64(raw)


def _base64(written: bytes) -> str:
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


def _hold_literal(asking: Asking, name: str, field: str) -> None:
    """The rows of each value that occurs all have it."""
    parts = field.split(".")
    for value in sorted(set(_at(asking.rows("/v1/facts?limit=50"), parts)) - {None}):
        if any(one != value for one in _at(asking.rows(f"/v1/facts?{name}={value}&limit=100"), parts)):
            asking.failures.append(f"{name}={value} finds other rows")


def _at(rows: Iterable[dict[str, Any]], path: list[str]) -> Iterator[Any]:
    for row in rows:
        found: Any = row
        for part in path:
            found = found and found[part]
        yield found


def _loaded(kept: databases.Databases, run: Run) -> str:
    url = kept.new_database()
    done(Job(url, run.real, migrates=True), run.folder)
    return url


def hostile(run: Run) -> None:
    """So many of them, and tampered cursors."""
    with databases.made(run.kind, run.folder) as kept:
        asking = _ask_all(run, _loaded(kept, run), RIGHT)
    run.tally.seen["requests"] += asking.asked
    run.tally.notes.append(", ".join(f"{count:,} with {status}" for status, count in sorted(asking.statuses.items())))
    run.tally.count(asking.asked, asking.failures)


def control_hostile(run: Run) -> None:
    """A service that passes text on as it comes."""
    with databases.made(run.kind, run.folder) as kept:
        asking = _ask_all(run, _loaded(kept, run), UNCHECKED, NARROWED)
    for what, sign in CAUGHT.items():
        run.tally.hold_control(what, sum(sign in one for one in asking.failures), asking.asked, 1)
