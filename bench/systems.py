"""Servers under measurement: how each gets its data, is started and is asked, and what its responses say."""

import base64
import json
import re
import sqlite3
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

from bench.data import DataSet
from bench.generate import Draw
from bench.nouns import initiative_id, metric_id, sector_id
from bench.processes import HOST, Command, Server
from bench.work import digest, kept, peer

FACTS = "/v1/facts"
Group = tuple[int, int, float]  # year, count, sum
Rows = list[str] | list[Group]  # ids of facts in their order, or groups


class Request(NamedTuple):
    path: str
    etag: str = ""


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
    """A server. `ready` is a path that it answers as soon as it serves; `server` is there while it runs."""

    name: str
    ready: str
    environment: Mapping[str, str] = {}
    server: Server

    def prepare(self) -> None:  # noqa: B027 - some need nothing
        """Give it its data, where it does not have it yet."""

    def learn(self, body: bytes) -> None:  # noqa: B027 - some need nothing
        """Learn from its first response what requests have to say."""

    @abstractmethod
    def command(self, port: int) -> Command:
        """What starts it."""

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        """What asks for a draw of a workload; None where it does not offer that."""
        raise NotImplementedError(self.name)

    def rows(self, workload: Workload, body: bytes) -> Rows:
        raise NotImplementedError(self.name)


class Factbook(System):
    """A server of ours, as `factbook serve` starts it, and as quiet as its peers."""

    ready = f"{FACTS}?limit=1"

    def __init__(self, name: str, url: str, *, cached: bool = True, logged: bool = False) -> None:
        self.name, self._cursor = name, [0]
        self.environment = {"FACTBOOK_DATABASE_URL": url, "FACTBOOK_LOG_LEVEL": "warning"}
        self.environment |= {} if logged else {"FACTBOOK_ACCESS_LOG": "false"}
        self.environment |= {} if cached else {"FACTBOOK_CACHE_BYTES": "0"}

    def command(self, port: int) -> Command:
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

    def learn(self, body: bytes) -> None:
        """What a cursor of its release is: the last key is the position."""
        cursor = json.loads(body)["links"]["next"].partition("after=")[2].partition("&")[0]
        self._cursor = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    def rows(self, workload: Workload, body: bytes) -> Rows:
        answer = json.loads(body)
        if workload is Workload.GROUPS:
            return [(one["key"]["year"], one["count"], float(one["sum"])) for one in answer["data"]]
        return [answer["id"]] if workload is Workload.POINT else [fact["id"] for fact in answer["data"]]


class Datasette(System):
    """Immutable, with canned queries, the fastest way it offers: one query a response, no counts, no facets."""

    name = "datasette"
    ready = "/flat/metrics/1.json?_shape=array"
    queries: Mapping[Workload, str] = {
        Workload.POINT: "SELECT * FROM items WHERE id = :position",
        Workload.PAGE: """SELECT items.* FROM links l JOIN items ON items.id = l.fact_id
            WHERE l.initiative_id = :initiative AND l.year = :year AND l.sector_id = :sector
            ORDER BY l.fact_id LIMIT 50""",
        Workload.DEEP: "SELECT * FROM items WHERE id > :after ORDER BY id LIMIT 50",
        Workload.GROUPS: """SELECT year, count(*) AS count, sum(value) AS total FROM facts WHERE metric_id = :metric
            AND sector_id = :sector GROUP BY year ORDER BY year""",
        Workload.SEARCH: "SELECT * FROM items WHERE quote LIKE '%' || :word || '%' ORDER BY id LIMIT 50",
    }

    def __init__(self, data: DataSet) -> None:
        self._data, self._metadata = data, data.home / "datasette.json"

    def prepare(self) -> None:
        queries = {workload.name.lower(): {"sql": sql} for workload, sql in self.queries.items()}
        self._metadata.write_text(json.dumps({"databases": {"flat": {"queries": queries}}}), encoding="utf-8")

    def command(self, port: int) -> Command:
        settings = {"sql_time_limit_ms": 60_000, "suggest_facets": "off", "allow_facet": "off", "cache_size_kb": 65_536}
        options = [part for name, value in settings.items() for part in ("--setting", name, str(value))]
        where = ["--host", HOST, "--port", str(port)]
        return [peer("datasette"), "serve", "-i", self._data.flat, "-m", self._metadata, *where, *options]

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        if workload not in self.queries:
            return None
        values = {name: getattr(draw, name) for name in re.findall(r":(\w+)", self.queries[workload])}
        return Request(f"/flat/{workload.name.lower()}.json?{urlencode(values)}&_shape=array")

    def rows(self, workload: Workload, body: bytes) -> Rows:
        rows = json.loads(body)
        if workload is Workload.GROUPS:
            return [(row["year"], row["count"], row["total"]) for row in rows]
        return [row["slug"] for row in rows]


class PocketBase(System):
    """Flat collections, of facts and of facts by initiative, filled straight in its SQLite; asked without totals."""

    name = "pocketbase"
    digits = 15  # of an id
    ready = f"/api/collections/facts/records/{1:0{digits}d}"
    environment: Mapping[str, str] = {"GOMAXPROCS": "1"}  # it has one core
    texts = ("slug", "company", "metric", "unit", "bound", "printed", "place", "initiatives", "quote", "source")
    numbers = ("company_id", "metric_id", "value", "year", "sector_id", "industry_id")

    def __init__(self, data: DataSet) -> None:
        self._data, self._home = data, data.home / "pocketbase"
        self._folders = f"--dir={self._home / 'pb_data'}", f"--migrationsDir={self._home / 'pb_migrations'}"

    def prepare(self) -> None:
        kept(self._home, f"{self._data.mark} {digest(Path(__file__))}", self._fill)

    def command(self, port: int) -> Command:
        return [peer("pocketbase"), "serve", f"--http={HOST}:{port}", *self._folders, "--automigrate=0"]

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        match workload:
            case Workload.POINT:
                return Request(f"/api/collections/facts/records/{draw.position:0{self.digits}d}")
            case Workload.PAGE:
                condition = f"initiative_id={draw.initiative}&&year={draw.year}&&sector_id={draw.sector}"
                return self._list("links", condition, "fact_id")
            case Workload.DEEP:
                return self._list("facts", f'id>"{draw.after:0{self.digits}d}"', "id")
            case Workload.SEARCH:
                return self._list("facts", f'quote~"{draw.word}"', "id")
        return None

    def _list(self, collection: str, condition: str, sort: str) -> Request:
        query = urlencode({"skipTotal": 1, "perPage": 50, "sort": sort, "filter": condition})
        return Request(f"/api/collections/{collection}/records?{query}")

    def rows(self, workload: Workload, body: bytes) -> Rows:
        answer = json.loads(body)
        return [one["slug"] for one in answer.get("items", [answer])]

    def _fill(self, folder: Path) -> None:
        index = "CREATE INDEX links_page ON links (initiative_id, year, sector_id, fact_id)"
        links = self._collection("links", ("fact_id", "initiative_id", *self.numbers), [index])
        collections = [self._collection("facts", self.numbers, []), links]
        made = "\n".join(f"  app.save(new Collection({json.dumps(one)}))" for one in collections)
        migrations = folder / "pb_migrations"
        migrations.mkdir()
        (migrations / "1700000000_facts.js").write_text(f"migrate((app) => {{\n{made}\n}})\n", encoding="utf-8")
        subprocess.run([peer("pocketbase"), "migrate", "up", *self._folders], check=True, capture_output=True)
        with closing(sqlite3.connect(folder / "pb_data" / "data.db", isolation_level=None)) as connection:
            self._copy(connection)

    def _collection(self, name: str, numbers: Sequence[str], indexes: list[str]) -> dict[str, object]:
        fields = [{"name": one, "type": "number"} for one in numbers]
        fields += [{"name": one, "type": "text"} for one in self.texts]
        return {"type": "base", "name": name, "listRule": "", "viewRule": "", "fields": fields, "indexes": indexes}

    def _copy(self, connection: sqlite3.Connection) -> None:
        columns, digits = ", ".join((*self.numbers, *self.texts)), self.digits
        connection.execute("ATTACH ? AS flat", (str(self._data.flat),))
        connection.executescript(f"""PRAGMA synchronous = OFF; BEGIN;
            INSERT INTO facts(id, {columns}) SELECT printf('%0{digits}d', id), {columns} FROM flat.items ORDER BY id;
            INSERT INTO links(id, fact_id, initiative_id, {columns})
                SELECT printf('%0{digits - 2}d%02d', fact_id, initiative_id), fact_id, initiative_id, {columns}
                FROM flat.fact_initiatives JOIN flat.items ON items.id = fact_id ORDER BY fact_id, initiative_id;
            COMMIT; ANALYZE;""")
