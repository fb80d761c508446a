"""A database written back as a seed: loading it gives the same revision."""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, select

from app import tables
from app.nouns import NOUNS, PARENTS_FIRST, Noun
from app.nouns.sources import source_texts, sources
from app.seeding import manifest
from app.seeding.evidence import pins_text
from app.seeding.records import NOWHERE, RETRACTIONS
from app.seeding.seeds import Progress
from app.store import open_store

FACT_COLUMNS = [
    "subject", "metric", "scope", "value", "bound", "printed", "measure", "status", "vintage", "relation", "object",
    "event", "period", "period_printed", "basis", "market", "place", "industries", "initiatives", "source", "quote",
    "statement_zh", "statement_en", "derived", "note",
]  # fmt: skip
REFERENCES = ("metric", "scope", "relation", "object", "market")


class PlainDumper(yaml.SafeDumper):
    """Writes every scalar as plain text, as the reader takes it."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - yaml reads it from the class


def export(url: str, folder: Path, progress: Progress, release_id: str | None = None) -> int:
    """Write the seed of the current release, or of a kept one, into a new folder; returns how many facts there are.

    Raises FileExistsError for a folder that is not empty, or a file; ReleaseNotKept.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not empty; name a new folder")
    with closing(open_store(url)) as store, store.reading(release_id) as connection:
        return write_seed(connection, folder, progress)


def write_seed(connection: Connection, folder: Path, progress: Progress) -> int:
    """The same, of the release that a connection reads."""
    for name in ("facts", "pins"):
        (folder / name).mkdir(parents=True)
    for plural in PARENTS_FIRST:
        entities = _entities(connection, NOUNS[plural])
        _write_yaml(folder / f"{plural}.yaml", entities)
        progress(plural, len(entities))
    for source_id, text in connection.execute(select(source_texts), execution_options={"yield_per": 1}):
        (folder / "sources").mkdir(exist_ok=True)
        (folder / "sources" / f"{source_id}.txt").write_bytes(text.encode())
    retractions = connection.execute(select(tables.retractions).order_by(tables.retractions.c.id)).mappings().all()
    if retractions:
        _write_yaml(
            folder / f"{RETRACTIONS}.yaml",
            {row["id"]: {key: row[key] for key in ("reason", "successor") if row[key]} for row in retractions},
        )
    count = _facts(connection, folder, progress)
    manifest.write(folder)
    return count


def _write_yaml(path: Path, data: dict[str, Any]) -> None:
    text = yaml.dump(data, Dumper=PlainDumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=118)
    path.write_text(text, encoding="utf-8")


def _entities(connection: Connection, noun: Noun) -> dict[str, dict[str, Any]]:
    """The records of a noun by their ids."""
    table, entity = noun.table, tables.entities.c
    query = select(entity.name_zh, entity.name_en, entity.aliases, entity.answer, table).join(
        table, table.c.id == entity.id
    )
    exported = {}
    for row in connection.execute(query.order_by(entity.id)).mappings():
        shown = json.loads(row["answer"])
        record = noun.exported(row) | {name: shown.get(name) for name in ("industries", "initiatives")}
        keys = (key for key in noun.record.model_fields if record.get(key) not in (None, []))
        exported[row["id"]] = {key: record[key] for key in keys}
    return exported


def _facts(connection: Connection, folder: Path, progress: Progress) -> int:
    quotes: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    count = 0
    fact, answer = tables.facts, tables.fact_answers
    query = select(answer.c.json, fact.c.period, fact.c.value).join(fact, fact.c.position == answer.c.position)
    with (folder / "facts" / "facts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FACT_COLUMNS, lineterminator="\n")
        writer.writeheader()
        for text, period, value in connection.execute(query.order_by(fact.c.position)):
            count += 1
            shown = json.loads(text)
            writer.writerow(_fact_row(shown) | {"period": period, "value": value})
            citation = shown["citation"]
            if citation["start"] is not None:
                quotes[citation["source"]["id"]][citation["quote"]] = (citation["start"], citation["end"])
    for source_id, sha256 in connection.execute(select(sources.c.id, sources.c.sha256)):
        if sha256 and source_id in quotes:
            pins = pins_text(sha256, quotes[source_id])
            (folder / "pins" / f"{source_id}.json").write_text(pins, encoding="utf-8")
    progress("facts", count)
    return count


def _fact_row(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a fact as it is shown, but for its period as written and its exact value."""
    occurred = shown["kind"] == "occurrence"
    subject_id = shown["subject"]["id"]
    return {
        "subject": None if occurred else subject_id,
        "event": subject_id if occurred else None,
        **{name: shown[name]["id"] if shown[name] else None for name in REFERENCES},
        **{name: shown[name] for name in ("bound", "printed", "measure", "status", "vintage", "derived", "note")},
        "period_printed": shown["period"]["printed"],
        "basis": shown["period"]["basis"],
        "place": shown["place"]["id"] if shown["place"] else NOWHERE,
        "industries": ";".join(shown["industries"]),
        "initiatives": ";".join(shown["initiatives"]),
        "source": shown["citation"]["source"]["id"],
        "quote": shown["citation"]["quote"],
        "statement_zh": shown["statement"]["zh"],
        "statement_en": shown["statement"]["en"],
    }
