"""The facts as a peer would hold them: flat tables in SQLite, under the ids and with the indexes that serve it best."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.nouns import SECTORS, sector_of

# Where our database has the JSON that each fact is answered with.
ANSWERS = "SELECT position, json FROM fact_answers ORDER BY position"
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
LINKS = """INSERT INTO links SELECT initiative_id, year, sector_id, fact_id FROM fact_initiatives
  JOIN facts ON facts.id = fact_id ORDER BY 1, 2, 3, 4"""
INDEXES = """
CREATE UNIQUE INDEX facts_slug ON facts(slug);
CREATE INDEX facts_company ON facts(company_id);
CREATE INDEX facts_year_sector ON facts(year, sector_id);
CREATE INDEX facts_groups ON facts(metric_id, sector_id, year, value);
CREATE INDEX initiatives_fact ON fact_initiatives(initiative_id, fact_id);
ANALYZE;
"""
COLUMNS = (
    *("slug", "company_id", "company", "metric_id", "metric", "value", "unit", "bound", "printed", "year"),
    *("sector_id", "industry_id", "place", "initiatives", "quote", "source"),
)
# One fact, flat, as a list shows it.
ITEM = """SELECT f.id, f.slug, f.company_id, c.name AS company, f.metric_id, m.slug AS metric, f.value, f.unit, f.bound,
  f.printed, f.year, f.sector_id, f.industry_id, f.place, coalesce((SELECT group_concat(initiative_id)
  FROM fact_initiatives i WHERE i.fact_id = f.id), '') AS initiatives, f.quote, f.source"""
JOINED = "facts f JOIN companies c ON c.id = f.company_id JOIN metrics m ON m.id = f.metric_id"
BATCH = 10_000


def build(database: Path, flat: Path) -> None:
    """Make the flat tables out of our database."""
    with closing(sqlite3.connect(flat, isolation_level=None)) as connection:
        connection.executescript(f"PRAGMA page_size=8192; PRAGMA synchronous=OFF; {TABLES} BEGIN")
        with closing(sqlite3.connect(database)) as ours:
            answers = ours.execute(ANSWERS)
            while rows := answers.fetchmany(BATCH):
                _write_facts(connection, [(position, json.loads(answer)) for position, answer in rows])
        connection.execute(LINKS)
        connection.execute("COMMIT")
        connection.executescript(INDEXES)


def number_of(slug: str) -> int:
    return int(slug.rpartition("-")[2])


def _write_facts(connection: sqlite3.Connection, facts: list[tuple[int, dict[str, Any]]]) -> None:
    subjects = [fact["subject"] for _, fact in facts]
    companies = {(number_of(one["id"]), one["id"], one["name"]["zh"]) for one in subjects}
    metrics = {
        (number_of(fact["metric"]["id"]), fact["metric"]["id"], fact["metric"]["name"]["zh"], fact["unit"])
        for _, fact in facts
    }
    connection.executemany("INSERT OR IGNORE INTO companies VALUES(?, ?, ?)", sorted(companies))
    connection.executemany("INSERT OR IGNORE INTO metrics VALUES(?, ?, ?, ?)", sorted(metrics))
    rows = [_row(position, fact) for position, fact in facts]
    connection.executemany(f"INSERT INTO facts VALUES({', '.join('?' * len(rows[0]))})", rows)
    tags = [(position, number_of(one)) for position, fact in facts for one in fact["initiatives"]]
    connection.executemany("INSERT INTO fact_initiatives VALUES(?, ?)", tags)


def _row(position: int, fact: dict[str, Any]) -> tuple[Any, ...]:
    industry = number_of(fact["industries"][0])
    measured = number_of(fact["subject"]["id"]), number_of(fact["metric"]["id"]), float(fact["value"])
    told = fact["unit"], fact["bound"], fact["printed"], int(fact["period"]["start"][:4])
    filed = sector_of(industry), SECTORS + industry, fact["place"]
    return position, fact["id"], *measured, *told, *filed, fact["citation"]["quote"], fact["citation"]["source"]
