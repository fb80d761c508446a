"""PocketBase: flat collections, of facts and of facts by initiative, filled straight in its SQLite, without totals."""

import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from json import dumps, loads
from pathlib import Path
from urllib.parse import urlencode

from bench.datasets import DataSet
from bench.draws import Draw
from bench.flat import COLUMNS, ITEM, JOINED
from bench.folders import digest, kept
from bench.peers import peer
from bench.requests import Request
from bench.systems import Found, System, Workload

NUMBERS = {"company_id", "metric_id", "value", "year", "sector_id", "industry_id", "fact_id", "initiative_id"}
ID_DIGITS = 15  # what it wants of an id
INDEX = "CREATE INDEX links_page ON links (initiative_id, year, sector_id, fact_id)"
COLLECTIONS = {"facts": (COLUMNS, []), "links": (("fact_id", "initiative_id", *COLUMNS), [INDEX])}


class PocketBase(System):
    name = "pocketbase"
    ready = f"/api/collections/facts/records/{1:0{ID_DIGITS}d}"

    def __init__(self, data: DataSet) -> None:
        self._data, self._home = data, data.peer_folder("pocketbase")
        self.environment = {"GOMAXPROCS": "1"}  # it has one core

    def prepare(self) -> None:
        kept(self._home, f"{self._data.mark} {digest(Path(__file__))}", self._fill)

    def command(self, port: int) -> Sequence[str | Path]:
        return [peer("pocketbase"), "serve", f"--http=127.0.0.1:{port}", *self._folders(), "--automigrate=0"]

    def request(self, workload: Workload, draw: Draw) -> Request | None:
        match workload:
            case Workload.POINT:
                return Request(f"/api/collections/facts/records/{draw.position:0{ID_DIGITS}d}")
            case Workload.PAGE:
                wanted = f"initiative_id={draw.initiative}&&year={draw.year}&&sector_id={draw.sector}"
                return _list("links", wanted, "fact_id")
            case Workload.DEEP:
                return _list("facts", f'id>"{draw.after:0{ID_DIGITS}d}"', "id")
            case Workload.SEARCH:
                return _list("facts", f'quote~"{draw.word}"', "id")
        return None

    def found(self, workload: Workload, body: bytes) -> Found:
        answer = loads(body)
        return [one["slug"] for one in answer.get("items", [answer])]

    def _folders(self) -> tuple[str, str]:
        return f"--dir={self._home / 'pb_data'}", f"--migrationsDir={self._home / 'pb_migrations'}"

    def _fill(self, folder: Path) -> None:
        migrations = folder / "pb_migrations"
        migrations.mkdir()
        collections = [_collection(name, columns, indexes) for name, (columns, indexes) in COLLECTIONS.items()]
        made = "\n".join(f"  app.save(new Collection({dumps(one)}))" for one in collections)
        (migrations / "1700000000_facts.js").write_text(f"migrate((app) => {{\n{made}\n}})\n", encoding="utf-8")
        subprocess.run([peer("pocketbase"), "migrate", "up", *self._folders()], check=True, capture_output=True)
        with closing(sqlite3.connect(folder / "pb_data" / "data.db", isolation_level=None)) as connection:
            _copy(connection, self._data.flat)


def _copy(connection: sqlite3.Connection, flat: Path) -> None:
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("ATTACH ? AS flat", (str(flat),))
    connection.execute("BEGIN")
    item, joined = ITEM.replace("fact_initiatives", "flat.fact_initiatives"), JOINED
    for noun in ("facts", "companies", "metrics"):
        joined = joined.replace(f"{noun} ", f"flat.{noun} ")
    connection.execute(f"CREATE TEMP TABLE items AS {item} FROM {joined} ORDER BY f.id")
    names, number = ", ".join(COLUMNS), f"printf('%0{ID_DIGITS}d', id)"
    connection.execute(f"INSERT INTO facts(id, {names}) SELECT {number}, {names} FROM items")
    number = f"printf('%0{ID_DIGITS - 2}d%02d', l.fact_id, l.initiative_id)"
    connection.execute(
        f"INSERT INTO links(id, fact_id, initiative_id, {names}) SELECT {number}, l.fact_id, l.initiative_id, {names} "
        "FROM flat.fact_initiatives l JOIN items ON items.id = l.fact_id"
    )
    connection.execute("COMMIT")
    connection.execute("ANALYZE")


def _collection(name: str, columns: Sequence[str], indexes: list[str]) -> dict[str, object]:
    fields = [{"name": column, "type": "number" if column in NUMBERS else "text"} for column in columns]
    return {"type": "base", "name": name, "listRule": "", "viewRule": "", "fields": fields, "indexes": indexes}


def _list(collection: str, wanted: str, sort: str) -> Request:
    query = urlencode({"skipTotal": 1, "perPage": 50, "sort": sort, "filter": wanted})
    return Request(f"/api/collections/{collection}/records?{query}")
