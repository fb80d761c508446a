"""Our own server, as `factbook serve` starts it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from app.queries.paging import Cursor, question_digest
from bench.datasets import DataSet
from bench.draws import Draw
from bench.nouns import initiative_id, metric_id, sector_id
from bench.requests import Request, Workload
from bench.systems import Group, System

FACTS = "/v1/facts"


class Factbook(System):
    ready = Request(f"{FACTS}?limit=1")

    def __init__(self, data: DataSet, name: str = "factbook", url: str = "", postgres: int = 0) -> None:
        self.name = name
        self._data = data
        self._url = url or data.url
        self.roots = (postgres,) if postgres else ()
        self._etag = ""

    def command(self, port: int) -> list[str | Path]:
        return [sys.executable, "-m", "app", "serve", "--port", str(port)]

    @property
    def environment(self) -> Mapping[str, str]:
        quiet = {"FACTBOOK_LOG_LEVEL": "warning", "FACTBOOK_ACCESS_LOG": "false"}  # as the peers are
        return {"FACTBOOK_DATABASE_URL": self._url, **quiet}

    def request(self, workload: Workload, draw: Draw) -> Request:
        match workload:
            case Workload.POINT:
                return Request(f"{FACTS}/{draw.fact_id}")
            case Workload.PAGE | Workload.HOT:
                return Request(_page(draw))
            case Workload.NOT_MODIFIED:
                return Request(_page(draw), etag=self._etag)
            case Workload.FIRST:
                return Request(self._behind(draw.early))
            case Workload.DEEP:
                return Request(self._behind(draw.after))
            case Workload.GROUPS:
                metric, sector = metric_id(draw.metric), sector_id(draw.sector)
                return Request(f"{FACTS}/groups?by=year&metric={metric}&industry={sector}&stat=sum")
            case Workload.SEARCH:
                return Request(f"{FACTS}?q={quote(draw.word)}")

    def know(self, etag: str) -> None:
        """The tag that conditional requests name."""
        self._etag = etag

    def ids(self, workload: Workload, body: bytes) -> list[str]:
        answer = json.loads(body)
        return [answer["id"]] if workload is Workload.POINT else [fact["id"] for fact in answer["data"]]

    def groups(self, body: bytes) -> list[Group]:
        found = json.loads(body)["data"]
        return [Group(one["key"]["year"], one["count"], float(one["sum"])) for one in found]

    def export(self, form: str) -> Request:
        return Request(f"{FACTS}.{form}")

    def _behind(self, position: int) -> str:
        """The page behind a position: with the cursor that a walk to it would find in links.next."""
        cursor = Cursor(self._data.revision, question_digest(FACTS, []), (position,))
        return f"{FACTS}?after={cursor.written()}"


def _page(draw: Draw) -> str:
    sector, initiative = sector_id(draw.sector), initiative_id(draw.initiative)
    return f"{FACTS}?year={draw.year}&industry={sector}&initiative={initiative}"
