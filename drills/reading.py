"""Readers at full load, that hold each answer against what a clean load of its revision answers."""

import hashlib
import http.client
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import NamedTuple

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds
QUESTIONS = (
    "/v1",
    "/v1/facts",
    "/v1/facts?limit=200&sort=-value",
    "/v1/facts?year=2020..2024&total=exact&fields=id,subject.name,value",
    "/v1/facts?kind=measurement&sort=-year&limit=10",
    "/v1/facts/groups?by=year",
    "/v1/facts/groups?by=industry,year&limit=500",
    "/v1/companies?limit=100",
    "/v1/metrics?sort=-id",
    "/v1/sources",
    "/v1/facts.csv",
    "/v1/facts.ndjson?year=2022",
)
WALKS = ("/v1/facts?limit=20&sort=-value", "/v1/metrics?limit=20")
WALKING, ZIPPED, CONDITIONAL = 0.04, 0.25, 0.2  # shares of what is asked
LONGEST_PAUSE = 0.03  # seconds between two pages
TOLD_EVERY, TOLD_AFTER = 100, 0.5  # answers, seconds
STALE = (409, 410)
START_AGAIN = "start again"
SLOWEST = "slowest ms"  # the one count that is not added up
# The one thing that an answer says of the load, not of the data.
LOADED_AT = re.compile(rb'"loaded_at": ?"[^"]*"')


class Question(NamedTuple):
    url: str
    zipped: bool = False


class Answer(NamedTuple):
    status: int
    tag: str
    body: bytes


class Asked(NamedTuple):
    """What a clean load of one revision answers."""

    revision: str
    digest: str


INDEX = Question("/v1")
# By question and tag, or revision.
Known = dict[Question, dict[str, Asked]]


class Client:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self.port_asked = port
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)

    @property
    def port(self) -> int:
        """Its own."""
        return int(self._connection.sock.getsockname()[1])

    def ask(self, question: Question, tag: str = "") -> Answer:
        headers = {"Accept-Encoding": "gzip"} if question.zipped else {}
        headers |= {"If-None-Match": tag} if tag else {}
        self._connection.request("GET", question.url, headers=headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.headers.get("ETag", ""), answer.read())

    def close(self) -> None:
        self._connection.close()


def know(port: int, known: Known) -> str:
    """Remember what a server over clean data answers to every question; its revision."""
    client = Client(port)
    revision = ""
    for url in (*WALKS, *QUESTIONS):
        following = url
        while following:
            for zipped in (False, True):
                question = Question(following, zipped)
                answer = client.ask(question)
                if answer.status != http.client.OK:
                    raise RuntimeError(f"{following} is answered with {answer.status}")
                if not zipped and following.startswith(WALKS):
                    page = json.loads(answer.body)
                    revision, following_next = page["meta"]["revision"], page["links"].get("next", "")
                known.setdefault(question, {})[mark(question, answer)] = Asked(revision, digest(question, answer.body))
            following = following_next if url in WALKS else ""
    client.close()
    return revision


def mark(question: Question, answer: Answer) -> str:
    """What tells which revision an answer is of: its tag; but that of /v1 is of one load of it."""
    return str(json.loads(answer.body)["revision"]) if question == INDEX else answer.tag


def digest(question: Question, body: bytes) -> str:
    if question == INDEX:
        body = LOADED_AT.sub(b"", body)
    return hashlib.sha256(body).hexdigest()


@dataclass
class Reader:
    """Asks one question after the other, by lot, and counts what comes."""

    client: Client
    known: Known
    lot: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def read(self) -> None:
        if self.lot.random() < WALKING:
            self._walk(self.lot.choice(WALKS))
            return
        url = self.lot.choice(QUESTIONS)
        question = Question(url, zipped=url != "/v1" and self.lot.random() < ZIPPED)
        tags = self.known[question]
        tag = self.lot.choice(sorted(tags)) if self.lot.random() < CONDITIONAL else ""
        self._ask(question, tag)

    def _ask(self, question: Question, tag: str = "") -> Answer | None:
        """An answer that was found right."""
        answer = self.client.ask(question, tag)
        self.counts["answers"] += 1
        if answer.status == http.client.NOT_MODIFIED and answer.tag == tag:
            self.counts["not modified"] += 1
            return answer
        if answer.status in STALE and "after=" in question.url and START_AGAIN in answer.body.decode():
            return answer
        expected = self.known[question].get(mark(question, answer)) if answer.status == http.client.OK else None
        if expected and expected.digest == digest(question, answer.body):
            return answer
        what = f"the tag is of {expected.revision}, the bytes are not" if expected else f"{answer.body[:150]!r}"
        self.failures.append(f"{question.url} {answer.status} {answer.tag}: {what}")
        return None

    def _walk(self, url: str) -> None:
        """From page to page to the end, or until it is said that the data is another."""
        revisions = set()
        while url:
            answer = self._ask(Question(url))
            if answer is None:
                return
            if answer.status in STALE:
                self.counts["walks told to start again"] += 1
                return
            page = json.loads(answer.body)
            revisions.add(page["meta"]["revision"])
            url = page["links"].get("next", "")
            time.sleep(self.lot.uniform(0, LONGEST_PAUSE))
        self.counts["whole walks"] += 1
        if len(revisions) > 1:
            self.failures.append(f"a walk went through {revisions}")


def work(port: int, known: Known, seed: str, pipe: Connection, kind: Callable[..., Reader] = Reader) -> None:
    """Read until told to stop; tell now and then what was counted."""
    reader, told_at = kind(Client(port), known, random.Random(seed)), time.monotonic()
    while True:
        stopped = pipe.poll() and bool(pipe.recv())
        enough = reader.counts["answers"] >= TOLD_EVERY or time.monotonic() > told_at + TOLD_AFTER
        if stopped or reader.failures or enough:
            told_at = time.monotonic()
            pipe.send((reader.counts, reader.failures))
            reader.counts, reader.failures = Counter(), []
        if stopped:
            return
        try:
            reader.read()
        except (OSError, http.client.HTTPException) as error:
            reader.failures.append(f"no answer: {type(error).__name__} {error}")
            reader.client = Client(port)


def revision_of(known: Mapping[Question, Mapping[str, Asked]], question: Question, answer: Answer) -> str:
    """The revision that an answer says it is of."""
    found = known[question].get(answer.tag)
    return found.revision if found else ""
