"""A reader at full load, who holds each answer against that of a clean load of its release, and never goes back."""

import gzip
import hashlib
import http.client
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds
URLS = (
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
WALKING, ZIPPED, CONDITIONAL, NEW_CONNECTION = 0.04, 0.25, 0.2, 0.02  # shares of what is asked
LONGEST_PAUSE = 0.03  # seconds between two pages
TOLD_AFTER = 0.2  # seconds
# A tag names its release, and the number of the load.
TAG = re.compile(r'"([0-9a-f]{16})-([0-9a-f]+)-[0-9a-f]{24}"')
# What an answer says of the load, not of the data: when it was, and its number within a cursor.
OF_THE_LOAD = re.compile(rb'"loaded_at": ?"[^"]*"|after=[\w%-]+')

# The digest of the right answer, by URL (of a walk: and the number of the page) and release.
Known = dict[tuple[str, str], str]


class Answer(NamedTuple):
    status: int
    tag: str
    body: bytes
    retry_after: str | None


class Client:
    """One kept connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.connect()

    def connect(self) -> None:
        self._connection = http.client.HTTPConnection(HOST, self._port, timeout=PATIENCE)

    def ask(self, url: str, tags: str = "", *, zipped: bool = False) -> Answer:
        headers = {"Accept-Encoding": "gzip"} if zipped else {}
        headers |= {"If-None-Match": tags} if tags else {}
        self._connection.request("GET", url, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return Answer(answer.status, answer.headers.get("ETag", ""), body, answer.headers.get("Retry-After"))

    def close(self) -> None:
        self._connection.close()


def named(tag: str) -> tuple[str, int]:
    """The release that a tag names, and its number; none where it is no tag of a release."""
    found = TAG.fullmatch(tag)
    return (f"r-{found[1]}", int(found[2], 16)) if found else ("", 0)


def digest(body: bytes) -> str:
    return hashlib.sha256(OF_THE_LOAD.sub(b"", body)).hexdigest()


def know(port: int, known: Known) -> str:
    """Remember what a server over clean data answers to every question; the id of its release."""
    client = Client(port)
    for url in (*URLS, *WALKS):
        following, number = url, 0
        while following:
            answer = client.ask(following)
            release, _ = named(answer.tag)
            if answer.status != http.client.OK or not release:
                raise RuntimeError(f"{following} is answered with {answer.status} {answer.tag}")
            known[f"{url} {number}" if url in WALKS else url, release] = digest(answer.body)
            following = json.loads(answer.body)["links"].get("next", "") if url in WALKS else ""
            number += 1
    client.close()
    return release


@dataclass
class Reader:
    """Asks one question after the other, by lot, each with the tag that it was shown last; counts what comes."""

    client: Client
    known: Known
    lot: random.Random
    pause: float = 0.0  # seconds at most between two questions
    may_fail: bool = False  # its database is being killed: a 503 with Retry-After is counted, and no failure
    may_be_cut: bool = False  # so is its server: an answer that is cut off is counted
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    releases: dict[int, str] = field(default_factory=dict)  # that were shown, by number
    newest: int = 0  # the highest number that was shown
    slowest: float = 0.0  # seconds
    last: str = ""  # the tag of the last answer
    tags: dict[str, str] = field(default_factory=dict)  # by URL

    def read(self) -> None:
        if self.lot.random() < NEW_CONNECTION:  # which another worker may take
            self.client.close()
        if self.lot.random() < WALKING:
            self._walk(self.lot.choice(WALKS))
        else:
            self._read_one()
        if self.pause:
            time.sleep(self.lot.uniform(0, self.pause))

    def _read_one(self) -> None:
        url = self.lot.choice(URLS)
        tags = {self.last}
        if self.lot.random() < CONDITIONAL:
            tags.add(self.tags.get(url, ""))
        answer = self._ask(url, url, tags - {""}, zipped=self.lot.random() < ZIPPED)
        if answer:
            self.last = answer.tag
            if answer.status == http.client.OK:
                self.tags[url] = answer.tag
            if named(answer.tag)[1] < self.newest:
                self.failures.append(f"{url} {answer.tag} went back from {self.newest}")
            self.newest = max(self.newest, named(answer.tag)[1])

    def _ask(self, url: str, what: str, tags: set[str], *, zipped: bool) -> Answer | None:
        """An answer that was found right: `what` names it among those that are known."""
        began = time.monotonic()
        self.counts["answers"] += 1
        try:
            answer = self.client.ask(url, ", ".join(sorted(tags)), zipped=zipped)
        except http.client.IncompleteRead:
            if not self.may_be_cut:
                raise
            self.counts["answers cut"] += 1  # whoever is killed while speaking cannot end the sentence
            self.client.connect()
            return None
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer.status == http.client.SERVICE_UNAVAILABLE and answer.retry_after and self.may_fail:
            self.counts["503"] += 1
            time.sleep(TOLD_AFTER)
            return None
        release, number = named(answer.tag)
        if answer.status == http.client.NOT_MODIFIED and answer.tag in tags:
            self.counts["not modified"] += 1
        elif answer.status != http.client.OK or digest(answer.body) != self.known.get((what, release)):
            self.failures.append(f"{url} {answer.status} {answer.tag}: {answer.body[:150]!r}")
            return None
        if self.releases.setdefault(number, release) != release:
            self.failures.append(f"{url}: {number} is {self.releases[number]}, and {release}")
        return answer

    def _walk(self, url: str) -> None:
        """From page to page to the end, in the release that it began in."""
        following, number, begun, reached = url, 0, "", 0
        while following:
            answer = self._ask(following, f"{url} {number}", {self.last} - {""}, zipped=False)
            if not answer:
                return
            release, reached = named(answer.tag)
            begun = begun or release
            if release != begun:
                self.failures.append(f"{following}: begun in {begun}, went on in {release}")
                return
            if not number:
                self.last, self.newest = answer.tag, max(self.newest, reached)
            following, number = json.loads(answer.body)["links"].get("next", ""), number + 1
            if following and self.lot.random() < 0.5:  # noqa: PLR2004 - every other time
                self._read_one()
            time.sleep(self.lot.uniform(0, LONGEST_PAUSE))
        self.counts["whole walks"] += 1
        self.counts["walks that went on beside a newer release"] += reached < self.newest


class Report(NamedTuple):
    """What a reader has seen since it told last."""

    counts: Counter[str]
    failures: list[str]
    releases: dict[int, str]
    newest: int
    slowest: float


def work(port: int, known: Known, seed: str, pipe: Connection, more: dict[str, Any]) -> None:
    """Read until told to stop; tell now and then what was seen."""
    reader, told_at = Reader(Client(port), known, random.Random(seed), **more), time.monotonic()
    while True:
        stopped = pipe.poll() and bool(pipe.recv())
        if stopped or reader.failures or time.monotonic() > told_at + TOLD_AFTER:
            told_at = time.monotonic()
            pipe.send(Report(reader.counts, reader.failures, reader.releases, reader.newest, reader.slowest))
            reader.counts, reader.failures, reader.slowest = Counter(), [], 0.0
        if stopped:
            return
        try:
            reader.read()
        except (OSError, http.client.HTTPException) as error:
            reader.failures.append(f"no answer: {type(error).__name__} {error}")
            reader.client.connect()
