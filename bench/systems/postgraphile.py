"""PostGraphile on the same PostgreSQL: constant query texts with variables, so that it parses each once."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.draws import Draw
from bench.peers import node_peer
from bench.postgres import PEER, Postgres
from bench.requests import Request, Workload
from bench.systems import Group, System

FACT = """id slug companyId companyByCompanyId{name} metricId metricByMetricId{slug} value unit bound printed year
sectorId industryId place factInitiativesByFactId{nodes{initiativeId}} quote source""".replace("\n", " ")
POINT = f"query($position:Int!){{factById(id:$position){{{FACT}}}}}"
PAGE = (
    "query($initiative:Int!,$year:Int!,$sector:Int!){allLinks(condition:{initiativeId:$initiative,year:$year,"
    f"sectorId:$sector}},first:50,orderBy:PRIMARY_KEY_ASC){{nodes{{factByFactId{{{FACT}}}}}}}}}"
)
GROUPS = "query($metric:Int!,$sector:Int!){yearGroups(metric:$metric,sector:$sector){nodes{year count total}}}"


class PostGraphile(System):
    name = "postgraphile"
    ready = Request("/graphql", json.dumps({"query": "{factById(id:1){id}}"}), "application/json")

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self.roots = (postgres.pid,)

    def command(self, port: int) -> list[str | Path]:
        served = ["--connection", self._postgres.url(PEER), "--schema", "public", "--port", str(port)]
        settings = ["--disable-query-log", "--max-pool-size", "8", "--no-setof-functions-contain-nulls"]
        return [node_peer("postgraphile"), "--host", "127.0.0.1", *served, *settings]

    @property
    def environment(self) -> Mapping[str, str]:
        return {"NODE_ENV": "production"}

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        match workload:
            case Workload.POINT:
                return _query(POINT, position=draw.position)
            case Workload.PAGE:
                return _query(PAGE, initiative=draw.initiative, year=draw.year, sector=draw.sector)
            case Workload.GROUPS:
                return _query(GROUPS, metric=draw.metric, sector=draw.sector)
        return None

    def ids(self, workload: Workload, body: bytes) -> list[str]:
        data: dict[str, Any] = json.loads(body)["data"]
        if workload is Workload.POINT:
            return [data["factById"]["slug"]]
        return [node["factByFactId"]["slug"] for node in data["allLinks"]["nodes"]]

    def groups(self, body: bytes) -> list[Group]:
        return [Group(**node) for node in json.loads(body)["data"]["yearGroups"]["nodes"]]


def _query(text: str, **variables: int) -> Request:
    return Request("/graphql", json.dumps({"query": text, "variables": variables}), "application/json")
