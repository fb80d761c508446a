"""Readers who check every response against that of a clean load of its release, and who must never be taken back."""

import gzip
import hashlib
import http.client
import json
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event, Thread
from typing import NamedTuple

from bench.processes import HOST

PATIENCE = 60.0  # seconds
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
    "/v1/series?limit=200&latest=true",
    "/v1/series.csv?frequency=annual",
    "/v1/facts.csv",
    "/v1/facts.ndjson?year=2022",
)
WALKS = ("/v1/facts?limit=20&sort=-value", "/v1/metrics?limit=20")
WALKING, ZIPPED, CONDITIONAL, NEW_CONNECTION, BETWEEN_PAGES = 0.04, 0.25, 0.2, 0.02, 0.5  # shares of the requests
LONGEST_PAUSE, POLL, AFTER_503 = 0.03, 0.01, 0.2  # seconds
# A tag names its release, and the number of the load.
TAG = re.compile(r'"([0-9a-f]{16})-([0-9a-f]+)-[0-9a-f]{24}"')
# What a response says of the load, not of the data: when it was, and its number within a cursor.
OF_THE_LOAD = re.compile(rb'"loaded_at": ?"[^"]*"|after=[\w%-]+')
BACKTRACE = "Traceback"

# The digest of the right response, by URL (and, of a walk, the number of the page) and release.
Known = dict[tuple[str, str], str]


class Response(NamedTuple):
    """`release` and `number` are those that the tag names, if it is one of a release."""

    status: int
    tag: str
    release: str
    number: int
    body: bytes
    retry_after: str | None

    @property
    def digest(self) -> str:
        return hashlib.sha256(OF_THE_LOAD.sub(b"", self.body)).hexdigest()

    @property
    def next(self) -> str:
        """The URL of the next page, if there is one."""
        return str(json.loads(self.body)["links"].get("next", ""))


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
        self.close = self._connection.close  # the next request opens it again

    def get(self, url: str, tags: str = "", *, zipped: bool = False) -> Response:
        headers = {"Accept-Encoding": "gzip"} if zipped else {}
        headers |= {"If-None-Match": tags} if tags else {}
        try:
            self._connection.request("GET", url, headers=headers)
            response = self._connection.getresponse()
            body = response.read()
        except BaseException:
            self.close()
            raise
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        tag = response.headers.get("ETag", "")
        release, number = (f"r-{ours[1]}", int(ours[2], 16)) if (ours := TAG.fullmatch(tag)) else ("", 0)
        return Response(response.status, tag, release, number, body, response.headers.get("Retry-After"))


def backtrace(log: str) -> str:
    """The first one in a log, if there is one."""
    return BACKTRACE + log.partition(BACKTRACE)[2][:4000] if BACKTRACE in log else ""


def learn(port: int, known: Known) -> None:
    """Remember what a server over clean data answers to every request."""
    client = Client(port)
    for url in (*URLS, *WALKS):
        following, page = url, 0
        while following:
            response = client.get(following)
            if response.status != http.client.OK or not response.release:
                raise RuntimeError(f"{following} is answered with {response.status} {response.tag}")
            known[f"{url} {page}" if url in WALKS else url, response.release] = response.digest
            following, page = response.next if url in WALKS else "", page + 1
    client.close()


@dataclass(frozen=True)
class Manners:
    """How many readers read how, and what is no failure to them."""

    pause: float = 0.0  # seconds at most between two requests
    may_fail: bool = False  # the database is being killed: a 503 with Retry-After is counted
    may_be_cut: bool = False  # the server is being killed: a response that is cut off is counted
    count: int = 4
    anonymous: int = 0  # of these: they send no tags, as new visitors; a cache may show them an older release a moment


class Reader(Thread):
    """Sends one request after the other, at random, each with the tag it was shown last, and checks the responses."""

    def __init__(self, ports: Sequence[int], known: Known, releases: dict[int, str], seed: str) -> None:
        super().__init__(daemon=True)
        self.stopped = Event()
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        self.newest = 0  # the highest number of a release that was shown
        self.slowest = 0.0  # seconds
        self.manners, self.is_anonymous = Manners(), False
        self._ports, self._known, self._releases, self._random = ports, known, releases, random.Random(seed)
        self._client = Client(self._random.choice(ports))
        self._last = ""  # the tag of the last response
        self._tags: dict[str, str] = {}  # by URL

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self._read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"no answer: {type(error).__name__} {error}")
            except Exception as error:  # noqa: BLE001 - a reader that is dead would find nothing wrong any more
                self.failures.append(f"a reader has died: {error!r}")
                return
        self._client.close()

    def _read(self) -> None:
        if self._random.random() < NEW_CONNECTION:  # which another worker, or another replica, may take
            self._client.close()
            self._client = Client(self._random.choice(self._ports))
        if self._random.random() < WALKING:
            self._walk(self._random.choice(WALKS))
        else:
            self._read_one()
        if self.manners.pause:
            time.sleep(self._random.uniform(0, self.manners.pause))

    def _read_one(self) -> None:
        url = self._random.choice(URLS)
        tags = {self._last, self._tags.get(url, "") if self._random.random() < CONDITIONAL else ""}
        response = self._get(url, url, tags, zipped=self._random.random() < ZIPPED)
        if not response:
            return
        self._last = self._tags[url] = response.tag
        if response.number < self.newest and not self.is_anonymous:
            self.failures.append(f"{url} {response.tag} went back from {self.newest}")
        self.newest = max(self.newest, response.number)

    def _get(self, url: str, name: str, tags: set[str], *, zipped: bool = False) -> Response | None:
        """A response that was found right: `name` is its name among those that are known."""
        tags = set() if self.is_anonymous else tags - {""}
        began = time.monotonic()
        self.counts["answers"] += 1
        try:
            response = self._client.get(url, ", ".join(sorted(tags)), zipped=zipped)
        except http.client.IncompleteRead:
            if not self.manners.may_be_cut:
                raise
            self.counts["answers cut"] += 1  # whoever is killed while speaking cannot end the sentence
            return None
        self.slowest = max(self.slowest, time.monotonic() - began)
        if response.status == http.client.SERVICE_UNAVAILABLE and response.retry_after and self.manners.may_fail:
            self.counts["503"] += 1
            time.sleep(AFTER_503)
            return None
        if response.status == http.client.NOT_MODIFIED and response.tag in tags:
            self.counts["not modified"] += 1
        elif response.status != http.client.OK or response.digest != self._known.get((name, response.release)):
            self.failures.append(f"{url} {response.status} {response.tag}: {response.body[:150]!r}")
            return None
        first = self._releases.setdefault(response.number, response.release)
        if first != response.release:
            self.failures.append(f"{url}: number {response.number} is {first}, and {response.release}")
        return response

    def _walk(self, url: str) -> None:
        """From page to page to the end, in the release that it began in."""
        following, page, release, number = url, 0, "", 0
        while following:
            response = self._get(following, f"{url} {page}", {self._last})
            if not response or response.status == http.client.NOT_MODIFIED:
                return
            if page == 0:
                release, self._last = response.release, response.tag
                self.newest = max(self.newest, response.number)
            elif response.release != release:
                self.failures.append(f"{following}: begun in {release}, went on in {response.release}")
                return
            following, page, number = response.next, page + 1, response.number
            if following and self._random.random() < BETWEEN_PAGES:
                self._read_one()
            time.sleep(self._random.uniform(0, LONGEST_PAUSE))
        self.counts["whole walks"] += 1
        self.counts["walks that went on beside a newer release"] += number < self.newest


class Readers:
    """Several readers, each of all the servers at these ports, who read as long as the context lasts."""

    def __init__(self, ports: Sequence[int], known: Known, seed: object, manners: Manners) -> None:
        self._releases: dict[int, str] = {}  # that were shown to any of them or published, by number
        self._all = [Reader(ports, known, self._releases, f"{seed} {number}") for number in range(manners.count)]
        for number, one in enumerate(self._all):
            one.manners, one.is_anonymous = manners, number < manners.anonymous

    def __enter__(self) -> "Readers":
        for one in self._all:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._all:
            one.stopped.set()
        for one in self._all:
            one.join(PATIENCE)

    @property
    def counts(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for one in self._all:
            total.update(dict(one.counts))  # a copy, as it is still being counted
        return total

    @property
    def failures(self) -> list[str]:
        return [failure for one in self._all for failure in one.failures]

    def slowest(self) -> float:
        """Seconds of the slowest response since this was asked last."""
        slowest = max(one.slowest for one in self._all)
        for one in self._all:
            one.slowest = 0.0
        return slowest

    def published(self, number: int, release: str) -> None:
        """Check what they are shown against what was loaded."""
        if self._releases.setdefault(number, release) != release:
            self._all[0].failures.append(f"{number} is {release}, and {self._releases[number]} was shown")

    def wait_for(self, number: int, seconds: float) -> float:
        """Seconds until each of them has been shown this release or a newer one; at most so many."""
        began = time.monotonic()
        while time.monotonic() < began + seconds and not self.failures:
            if all(one.newest >= number for one in self._all):
                break
            time.sleep(POLL)
        return time.monotonic() - began
