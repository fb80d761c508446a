"""roapi: flat tables held in memory, one more with a row a fact's initiative, because its filters cannot join."""

import json
from collections.abc import Mapping
from pathlib import Path

from bench.datasets import DataSet
from bench.draws import Draw
from bench.flat import ITEM, JOINED, write_csv
from bench.folders import digest, kept
from bench.peers import python_peer
from bench.processes import all_cores, free_port
from bench.requests import Request, Workload
from bench.systems import Group, System

LINKED = f"""SELECT i.initiative_id, item.* FROM fact_initiatives i
  JOIN ({ITEM} FROM {JOINED}) item ON item.id = i.fact_id
  ORDER BY i.initiative_id, item.id"""
SQL = "/api/sql"


class Roapi(System):
    name = "roapi"
    ready = Request("/api/tables/facts?columns=id&filter[id]=1")

    def __init__(self, data: DataSet) -> None:
        self._data = data
        self._home = data.peer_folder("roapi")

    def prepare(self) -> None:
        kept(self._home, f"{self._data.mark} {digest(Path(__file__))}", self._fill)

    def _fill(self, folder: Path) -> None:
        with all_cores():
            write_csv(self._data.flat, folder / "facts.csv", f"{ITEM} FROM {JOINED} ORDER BY f.id")
            write_csv(self._data.flat, folder / "links.csv", LINKED)

    def command(self, port: int) -> list[str | Path]:
        option = {"format": "csv", "use_memory_table": True}
        tables = [
            {"name": name, "uri": str(self._home / f"{name}.csv"), "option": option} for name in ("facts", "links")
        ]
        opened = {"http": port, "flight_sql": free_port(), "postgres": free_port()}  # it always opens all three
        addresses = {name: f"127.0.0.1:{number}" for name, number in opened.items()}
        settings = self._home / "roapi.yml"
        # JSON is YAML, and it reads .yml only.
        settings.write_text(json.dumps({"addr": addresses, "tables": tables}), encoding="utf-8")
        return [python_peer("roapi"), "-c", settings]

    @property
    def environment(self) -> Mapping[str, str]:
        return {"RUST_LOG": "error"}

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        match workload:
            case Workload.POINT:
                return Request(f"/api/tables/facts?filter[id]={draw.position}")
            case Workload.PAGE | Workload.HOT:
                wanted = f"filter[initiative_id]={draw.initiative}&filter[year]={draw.year}"
                return Request(f"/api/tables/links?{wanted}&filter[sector_id]={draw.sector}&sort=id&limit=50")
            case Workload.GROUPS:
                return _sql(
                    "select year, count(*) as count, sum(value) as total from facts where "
                    f"metric_id = {draw.metric} and sector_id = {draw.sector} group by year order by year"
                )
            case Workload.SEARCH:
                return _sql(f"select * from facts where quote like '%{draw.word}%' order by id limit 50")
        return None

    def ids(self, workload: Workload, body: bytes) -> list[str]:
        return [row["slug"] for row in json.loads(body)]

    def groups(self, body: bytes) -> list[Group]:
        return [Group(**row) for row in json.loads(body)]

    def export(self, form: str) -> Request | None:
        return _sql("select * from facts", "application/csv") if form == "csv" else None


def _sql(query: str, accept: str = "") -> Request:
    return Request(SQL, query, "text/plain", accept=accept)
