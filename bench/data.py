"""One size of the synthetic data: its seed, our database, the same facts as flat tables for peers, what is asked."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from app.folders import CODE, fingerprint
from bench.generate import Draw, generate
from bench.nouns import SECTORS, sector_of
from bench.work import BENCH, ROOT, WORK, digest, kept

GENERATOR = digest(BENCH / "generate.py", BENCH / "nouns.py")
TABLES = """
CREATE TABLE companies(id INTEGER PRIMARY KEY, slug TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE metrics(id INTEGER PRIMARY KEY, slug TEXT NOT NULL, name TEXT NOT NULL, unit TEXT NOT NULL);
CREATE TABLE facts(id INTEGER PRIMARY KEY, slug TEXT NOT NULL,
  company_id INTEGER NOT NULL REFERENCES companies(id), metric_id INTEGER NOT NULL REFERENCES metrics(id),
  value REAL NOT NULL, unit TEXT NOT NULL, bound TEXT NOT NULL, printed TEXT NOT NULL, year INTEGER NOT NULL,
  sector_id INTEGER NOT NULL, industry_id INTEGER NOT NULL, place TEXT NOT NULL, quote TEXT NOT NULL,
  source TEXT NOT NULL);
CREATE TABLE fact_initiatives(fact_id INTEGER NOT NULL REFERENCES facts(id), initiative_id INTEGER NOT NULL,
  PRIMARY KEY(fact_id, initiative_id)) WITHOUT ROWID;
CREATE TABLE links(initiative_id INTEGER NOT NULL, year INTEGER NOT NULL, sector_id INTEGER NOT NULL,
  fact_id INTEGER NOT NULL REFERENCES facts(id), PRIMARY KEY(initiative_id, year, sector_id, fact_id)) WITHOUT ROWID;
"""
# Out of the JSON that each fact is answered with.
ROWS = f"""
INSERT INTO facts SELECT position, json ->> 'id', number(json ->> '$.subject.id'), number(json ->> '$.metric.id'),
  json ->> 'value', json ->> 'unit', json ->> 'bound', json ->> 'printed', substr(json ->> '$.period.start', 1, 4),
  sector_of(number(json ->> '$.industries[0]')), {SECTORS} + number(json ->> '$.industries[0]'), json ->> '$.place.id',
  json ->> '$.citation.quote', json ->> '$.citation.source.id' FROM ours.fact_answers ORDER BY position;
INSERT OR IGNORE INTO companies SELECT number(json ->> '$.subject.id'), json ->> '$.subject.id',
  json ->> '$.subject.name.zh' FROM ours.fact_answers;
INSERT OR IGNORE INTO metrics SELECT number(json ->> '$.metric.id'), json ->> '$.metric.id',
  json ->> '$.metric.name.zh', json ->> 'unit' FROM ours.fact_answers;
INSERT INTO fact_initiatives SELECT position, number(value)
  FROM ours.fact_answers a, json_each(a.json, '$.initiatives');
INSERT INTO links SELECT initiative_id, year, sector_id, fact_id FROM fact_initiatives
  JOIN facts ON facts.id = fact_id ORDER BY 1, 2, 3, 4;
"""
INDEXES = """
CREATE UNIQUE INDEX facts_slug ON facts(slug);
CREATE INDEX facts_company ON facts(company_id);
CREATE INDEX facts_year_sector ON facts(year, sector_id);
CREATE INDEX facts_groups ON facts(metric_id, sector_id, year, value);
CREATE INDEX initiatives_fact ON fact_initiatives(initiative_id, fact_id);
ANALYZE main;
"""
# Facts, flat, as a list shows them.
ITEMS = """CREATE VIEW items AS SELECT f.id, f.slug, f.company_id, c.name AS company, f.metric_id, m.slug AS metric,
  f.value, f.unit, f.bound, f.printed, f.year, f.sector_id, f.industry_id, f.place, coalesce((SELECT
  group_concat(initiative_id) FROM fact_initiatives i WHERE i.fact_id = f.id), '') AS initiatives, f.quote, f.source
  FROM facts f JOIN companies c ON c.id = f.company_id JOIN metrics m ON m.id = f.metric_id;"""


class LoadCost(NamedTuple):
    """One run of `factbook load`: `megabytes` is the most memory the process used."""

    seconds: float
    megabytes: float


class DataSet:
    """So many facts, in folders of the work folder."""

    def __init__(self, size: int) -> None:
        self.size, self.home = size, WORK / "data" / str(size)
        self.database = self.home / "loaded" / "factbook.db"
        self.url = f"sqlite:///{self.database}"

    @cached_property
    def seed(self) -> Path:
        return kept(self.home / "generated", GENERATOR, lambda folder: generate(self.size, folder)) / "seed"

    def load(self, *, fresh: bool = False) -> LoadCost:
        """Load our database, unless it need not be fresh and has what this code would load: what that load cost."""
        seed = self.seed  # is generated before the clock starts

        def make(folder: Path) -> None:
            (folder / "load.json").write_text(json.dumps(load(self.url, seed)), encoding="utf-8")

        if fresh:
            shutil.rmtree(self.database.parent, ignore_errors=True)
        folder = kept(self.database.parent, f"{GENERATOR} {fingerprint(CODE)}", make)
        return LoadCost(*json.loads((folder / "load.json").read_text(encoding="utf-8")))

    @property
    def mark(self) -> str:
        """What the data of peers is made from."""
        return f"{GENERATOR} {fingerprint(CODE)} {digest(Path(__file__))}"

    @cached_property
    def flat(self) -> Path:
        """The facts as a peer would keep them: a SQLite file of flat tables, under our ids, with the best indexes."""
        folder = kept(self.home / "flat", self.mark, lambda folder: _flatten(self.database, folder / "flat.db"))
        return folder / "flat.db"

    @cached_property
    def draws(self) -> list[Draw]:
        draws = [Draw(**one) for one in json.loads((self.seed.parent / "params.json").read_text(encoding="utf-8"))]
        with closing(sqlite3.connect(self.database)) as connection:
            ids = dict(connection.execute("SELECT position, id FROM facts"))
        return [one._replace(fact_id=ids[one.position]) for one in draws]


def load(url: str, seed: Path) -> LoadCost:
    """Run `factbook load` and measure it."""
    command = [sys.executable, "-m", "app", "load", str(seed)]
    begun, environment = time.perf_counter(), os.environ | {"FACTBOOK_DATABASE_URL": url}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=ROOT, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"the load ended with status {code}")
    return LoadCost(time.perf_counter() - begun, used.ru_maxrss / 1000)


def _flatten(database: Path, flat: Path) -> None:
    with closing(sqlite3.connect(flat.as_uri(), isolation_level=None, uri=True)) as connection:
        connection.create_function("number", 1, lambda slug: int(slug.rpartition("-")[2]))
        connection.create_function("sector_of", 1, sector_of)
        connection.execute("ATTACH ? AS ours", (f"{database.as_uri()}?mode=ro",))
        connection.executescript(
            f"PRAGMA page_size=8192; PRAGMA synchronous=OFF; {TABLES} BEGIN; {ROWS} COMMIT; {INDEXES} {ITEMS}"
        )
