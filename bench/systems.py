"""Servers under measurement: how each gets its data, is started and is asked, and what its answers say."""

import base64
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from bench.datasets import DataSet
from bench.draws import Draw
from bench.flat import ITEM, JOINED
from bench.folders import ROOT
from bench.nouns import initiative_id, metric_id, sector_id
from bench.peers import peer
from bench.requests import Client, Request

FACTS = "/v1/facts"
Group = tuple[int, int, float]  # year, count, sum
Found = list[str] | list[Group]  # ids of facts in their order, or groups


class Workload(StrEnum):
    """What is asked at a million facts."""

    POINT = "one fact"
    PAGE = "page"
    YEAR = "page of a year"
    FIRST = "first page"
    DEEP = "deep page"
    GROUPS = "groups"
    SEARCH = "q="


class System(ABC):
    """A server. `ready` is a path that it answers as soon as it serves; `folder` is where it is started."""

    name: str
    ready: str
    folder: Path = ROOT
    environment: Mapping[str, str] = {}

    def prepare(self) -> None:  # noqa: B027 - some need nothing
        """Give it its data, where it does not have it yet."""

    def serves(self, port: int) -> None:  # noqa: B027 - some need nothing
        """It answers at a port now: learn from it what requests have to say."""

    @abstractmethod
    def command(self, port: int) -> Sequence[str | Path]:
        """What starts it."""

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        """What asks for a draw of a workload; None where it does not offer that."""
        raise NotImplementedError(self.name)

    def found(self, workload: Workload, body: bytes) -> Found:
        raise NotImplementedError(self.name)


class Factbook(System):
    """A server of ours, of this checkout or of another, as `factbook serve` starts it, and as quiet as its peers."""

    ready = f"{FACTS}?limit=1"

    def __init__(self, name: str, url: str, *, folder: Path = ROOT, cached: bool = True, logged: bool = False) -> None:
        self.name, self.folder, self._cursor = name, folder, [0]
        self.environment = {"FACTBOOK_DATABASE_URL": url, "FACTBOOK_LOG_LEVEL": "warning"}
        self.environment |= {} if logged else {"FACTBOOK_ACCESS_LOG": "false"}
        self.environment |= {} if cached else {"FACTBOOK_CACHE_BYTES": "0"}

    def command(self, port: int) -> Sequence[str | Path]:
        return [sys.executable, "-m", "app", "serve", "--port", str(port)]

    def request(self, workload: Workload, draw: Draw) -> Request:
        sector, initiative = sector_id(draw.sector), initiative_id(draw.initiative)
        return Request(
            {
                Workload.POINT: f"{FACTS}/{draw.fact_id}",
                Workload.PAGE: f"{FACTS}?year={draw.year}&industry={sector}&initiative={initiative}",
                Workload.YEAR: f"{FACTS}?year={draw.year}&industry={sector}&limit=20&total=none",
                Workload.FIRST: self._behind(draw.early),
                Workload.DEEP: self._behind(draw.after),
                Workload.GROUPS: f"{FACTS}/groups?by=year&metric={metric_id(draw.metric)}&industry={sector}&stat=sum",
                Workload.SEARCH: f"{FACTS}?q={quote(draw.word)}",
            }[workload]
        )

    def _behind(self, position: int) -> str:
        """The page behind a position: with the cursor that a walk to it would find in links.next."""
        cursor = json.dumps([*self._cursor[:-1], position], separators=(",", ":")).encode()
        return f"{FACTS}?after={base64.urlsafe_b64encode(cursor).decode().rstrip('=')}"

    def serves(self, port: int) -> None:
        """Learn what a cursor of its release is: the last key is the position."""
        following = json.loads(Client(port).ask(Request(FACTS)).body)["links"]["next"].partition("after=")[2]
        self._cursor = json.loads(base64.urlsafe_b64decode(following + "=" * (-len(following) % 4)))

    def found(self, workload: Workload, body: bytes) -> Found:
        answer = json.loads(body)
        if workload is Workload.GROUPS:
            return [(one["key"]["year"], one["count"], float(one["sum"])) for one in answer["data"]]
        return [answer["id"]] if workload is Workload.POINT else [fact["id"] for fact in answer["data"]]


class Datasette(System):
    """Immutable, with canned queries, the fastest way it offers: one query an answer, no counts, no facets."""

    name = "datasette"
    ready = "/flat/metrics/1.json?_shape=array"
    queries: Mapping[Workload, tuple[str, tuple[str, ...]]] = {
        Workload.POINT: (f"{ITEM} FROM {JOINED} WHERE f.id = :position", ("position",)),
        Workload.PAGE: (
            f"""{ITEM} FROM links l JOIN facts f ON f.id = l.fact_id JOIN companies c ON c.id = f.company_id
            JOIN metrics m ON m.id = f.metric_id WHERE l.initiative_id = :initiative AND l.year = :year
            AND l.sector_id = :sector ORDER BY l.fact_id LIMIT 50""",
            ("initiative", "year", "sector"),
        ),
        Workload.DEEP: (f"{ITEM} FROM {JOINED} WHERE f.id > :after ORDER BY f.id LIMIT 50", ("after",)),
        Workload.GROUPS: (
            """SELECT year, count(*) AS count, sum(value) AS total FROM facts WHERE metric_id = :metric
            AND sector_id = :sector GROUP BY year ORDER BY year""",
            ("metric", "sector"),
        ),
        Workload.SEARCH: (
            f"{ITEM} FROM {JOINED} WHERE f.quote LIKE '%' || :word || '%' ORDER BY f.id LIMIT 50",
            ("word",),
        ),
    }

    def __init__(self, data: DataSet) -> None:
        self._data, self._metadata = data, data.peer_folder("datasette.json")

    def prepare(self) -> None:
        queries = {workload.name.lower(): {"sql": sql} for workload, (sql, _) in self.queries.items()}
        self._metadata.write_text(json.dumps({"databases": {"flat": {"queries": queries}}}), encoding="utf-8")

    def command(self, port: int) -> Sequence[str | Path]:
        settings = {"sql_time_limit_ms": 60_000, "suggest_facets": "off", "allow_facet": "off", "cache_size_kb": 65_536}
        options = [part for name, value in settings.items() for part in ("--setting", name, str(value))]
        served: list[str | Path] = [
            "serve",
            "-i",
            self._data.flat,
            "-m",
            self._metadata,
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        return [peer("datasette"), *served, *options]

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        if workload not in self.queries:
            return None
        asked: dict[str, Any] = {name: getattr(draw, name) for name in self.queries[workload][1]}
        return Request(f"/flat/{workload.name.lower()}.json?{urlencode(asked)}&_shape=array")

    def found(self, workload: Workload, body: bytes) -> Found:
        rows = json.loads(body)
        if workload is Workload.GROUPS:
            return [(row["year"], row["count"], row["total"]) for row in rows]
        return [row["slug"] for row in rows]
