"""Datasette: immutable, with canned queries, the fastest way it offers: one query an answer, no counts, no facets."""

import json
from pathlib import Path
from urllib.parse import urlencode

from bench.datasets import DataSet
from bench.draws import Draw
from bench.flat import ITEM, JOINED
from bench.peers import python_peer
from bench.requests import Request, Workload
from bench.systems import Group, System

QUERIES = {
    Workload.POINT: f"{ITEM} FROM {JOINED} WHERE f.id = :position",
    Workload.PAGE: f"""{ITEM} FROM links l JOIN facts f ON f.id = l.fact_id JOIN companies c ON c.id = f.company_id
      JOIN metrics m ON m.id = f.metric_id WHERE l.initiative_id = :initiative AND l.year = :year
      AND l.sector_id = :sector ORDER BY l.fact_id LIMIT 50""",
    Workload.DEEP: f"{ITEM} FROM {JOINED} WHERE f.id > :after ORDER BY f.id LIMIT 50",
    Workload.GROUPS: """SELECT year, count(*) AS count, sum(value) AS total FROM facts WHERE metric_id = :metric
      AND sector_id = :sector GROUP BY year ORDER BY year""",
    Workload.SEARCH: f"{ITEM} FROM {JOINED} WHERE f.quote LIKE '%' || :word || '%' ORDER BY f.id LIMIT 50",
}
ASKED = {
    Workload.POINT: ("position",),
    Workload.PAGE: ("initiative", "year", "sector"),
    Workload.DEEP: ("after",),
    Workload.GROUPS: ("metric", "sector"),
    Workload.SEARCH: ("word",),
}
SETTINGS = {
    "sql_time_limit_ms": 60_000,
    "max_csv_mb": 0,
    "suggest_facets": "off",
    "allow_facet": "off",
    "cache_size_kb": 65_536,
}


class Datasette(System):
    name = "datasette"
    ready = Request("/flat/metrics/1.json?_shape=array")

    def __init__(self, data: DataSet) -> None:
        self._data = data
        self._metadata = data.peer_folder("datasette.json")

    def prepare(self) -> None:
        queries = {str(workload): {"sql": sql} for workload, sql in QUERIES.items()}
        self._metadata.write_text(json.dumps({"databases": {"flat": {"queries": queries}}}), encoding="utf-8")

    def command(self, port: int) -> list[str | Path]:
        settings = [part for name, value in SETTINGS.items() for part in ("--setting", name, str(value))]
        served: list[str | Path] = ["serve", "-i", self._data.flat, "-m", self._metadata]
        served += ["--host", "127.0.0.1", "--port", str(port)]
        return [python_peer("datasette"), *served, *settings]

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        query = Workload.PAGE if workload is Workload.HOT else workload
        if query not in QUERIES:
            return None
        asked = {name: getattr(draw, name) for name in ASKED[query]}
        return Request(f"/flat/{query}.json?{urlencode(asked)}&_shape=array")

    def ids(self, workload: Workload, body: bytes) -> list[str]:
        return [row["slug"] for row in json.loads(body)]

    def groups(self, body: bytes) -> list[Group]:
        return [Group(**row) for row in json.loads(body)]

    def export(self, form: str) -> Request | None:
        return Request("/flat/facts.csv?_stream=on&_size=max") if form == "csv" else None
