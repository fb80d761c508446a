"""A database written back as a seed: loading it gives the same revision."""

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, select

from app import tables
from app.seeding import fields, manifest, records
from app.seeding.evidence import pins_text
from app.seeding.seeds import Pins, Progress
from app.store import open_store

FACT_COLUMNS = [
    "subject", "metric", "value", "bound", "printed", "status", "relation", "object", "event", "period",
    "period_printed", "basis", "place", "industries", "initiatives", "source", "quote", "statement_zh",
    "statement_en", "derived", "note",
]  # fmt: skip
# Columns whose keys in a seed are called otherwise, or that follow from others.
SEED_KEYS = {
    "parent_id": "parent",
    "place_id": "place",
    "issuer_id": "issuer",
    "source_id": "source",
    "unit_id": "unit",
    "of_id": "of",
}
FOLLOWING = {"id", "period_start", "period_end"}


class PlainDumper(yaml.SafeDumper):
    """Writes every scalar as plain text, as the reader takes it."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - yaml reads it from the class


def export(url: str, folder: Path, progress: Progress, release_id: str | None = None) -> int:
    """Write the seed of the current release, or of a kept one, into a new folder; returns how many facts there are.

    Raises FileExistsError for a folder that holds something, or a file; ReleaseNotKept.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not empty; name a new folder")
    store = open_store(url)
    try:
        with store.reading(release_id) as connection:
            return write_seed(connection, folder, progress)
    finally:
        store.close()


def write_seed(connection: Connection, folder: Path, progress: Progress) -> int:
    """The same, of the release that a connection reads."""
    tags = _declared_tags(connection)
    for name in ("facts", "pins"):
        (folder / name).mkdir(parents=True)
    for noun in records.NOUNS:
        entities = _entities(connection, noun, tags)
        (folder / f"{noun}.yaml").write_text(_yaml(entities), encoding="utf-8")
        progress(noun, len(entities))
    _texts(connection, folder)
    _retractions(connection, folder)
    count = _facts(connection, folder, progress)
    manifest.write(folder)
    return count


def _texts(connection: Connection, folder: Path) -> None:
    """The texts that were stored because the seed held them, byte for byte."""
    ids = connection.execute(select(tables.source_texts.c.id).order_by(tables.source_texts.c.id)).scalars().all()
    if ids:
        (folder / "sources").mkdir()
    for source_id in ids:
        stored = select(tables.source_texts.c.text).where(tables.source_texts.c.id == source_id)
        text = connection.execute(stored).scalar_one()
        (folder / "sources" / f"{source_id}.txt").write_bytes(text.encode())


def _retractions(connection: Connection, folder: Path) -> None:
    """What was taken out, where anything was; the releases themselves stay behind."""
    one = tables.retractions
    found = connection.execute(select(one.c.id, one.c.reason, one.c.successor).order_by(one.c.id)).all()
    if found:
        rows = {
            fact_id: {"reason": reason} | ({"successor": successor} if successor else {})
            for fact_id, reason, successor in found
        }
        (folder / f"{records.RETRACTIONS}.yaml").write_text(_yaml(rows), encoding="utf-8")


def _yaml(data: Mapping[str, Any]) -> str:
    return yaml.dump(
        dict(data), Dumper=PlainDumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=118
    )


def _declared_tags(connection: Connection) -> dict[str, dict[str, list[str]]]:
    tag = tables.entity_tags
    declared: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = connection.execute(
        select(tag.c.entity_id, tag.c.kind, tag.c.tag_id)
        .where(tag.c.declared)
        .order_by(tag.c.entity_id, tag.c.kind, tag.c.tag_id)
    )
    for entity_id, kind, tag_id in rows:
        declared[entity_id][kind].append(tag_id)
    return declared


def _entities(
    connection: Connection, noun: str, tags: Mapping[str, Mapping[str, list[str]]]
) -> dict[str, dict[str, Any]]:
    table = tables.METADATA.tables[noun]
    entity = tables.entities
    statement = select(entity.c.name_zh, entity.c.name_en, entity.c.aliases, entity.c.answer, table).join(
        table, table.c.id == entity.c.id
    )
    exported: dict[str, dict[str, Any]] = {}
    for row in connection.execute(statement.order_by(entity.c.id)).mappings():
        record: dict[str, Any] = {"zh": row["name_zh"], "en": row["name_en"], "aliases": json.loads(row["aliases"])}
        for column in map(str, table.columns.keys()):
            if column not in FOLLOWING:
                record |= _keyed(column, row[column])
        own = records.NOUNS[noun].model_fields
        record |= {
            name: tags.get(row["id"], {}).get(kind, [])
            for name, kind in (("industries", "industry"), ("initiatives", "initiative"))
            if name in own
        }
        if noun == "events":  # the answer keeps their order, which a table does not
            shown = json.loads(row["answer"])["participants"]
            record["participants"] = [{"id": one["id"], "role": one["role"]} for one in shown]
        exported[row["id"]] = {key: value for key, value in _nested(record).items() if value not in (None, [])}
    return exported


def _keyed(column: str, value: Any) -> dict[str, Any]:
    if column == "terms":
        return dict(json.loads(value))
    if column == "printed":
        value = json.loads(value)
    elif isinstance(value, bool):
        value = "yes" if value else None
    return {SEED_KEYS.get(column, column): value}


def _nested(record: dict[str, Any]) -> dict[str, Any]:
    """`summary_zh` and `summary_en` as `summary: {zh, en}`."""
    for name in ("summary", "statement"):
        zh, en = record.pop(f"{name}_zh", None), record.pop(f"{name}_en", None)
        if zh and en:
            record[name] = {"zh": zh, "en": en}
    return record


def _facts(connection: Connection, folder: Path, progress: Progress) -> int:
    quotes: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    number = 0
    fact, answer = tables.facts, tables.fact_answers
    statement = select(answer.c.json, fact.c.period, fact.c.value, fact.c.industry_id).join(
        fact, fact.c.position == answer.c.position
    )
    with (folder / "facts" / "facts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, FACT_COLUMNS, lineterminator="\n")
        writer.writeheader()
        rows = connection.execute(statement.order_by(fact.c.position))
        for number, (text, period, value, measured) in enumerate(rows, 1):  # noqa: B007 - counted
            shown = json.loads(text)
            industries = sorted(shown["industries"], key=lambda one: one != measured)
            known = {"period": period, "value": value, "industries": ";".join(industries)}
            writer.writerow(_fact_row(shown) | known)
            citation = shown["citation"]
            if citation["start"] is not None:
                quotes[citation["source"]][citation["quote"]] = (citation["start"], citation["end"])
    for source_id, sha256 in connection.execute(select(tables.sources.c.id, tables.sources.c.sha256)):
        if sha256 and source_id in quotes:
            pins = Pins(f"pins/{source_id}.json", sha256, quotes[source_id])
            (folder / pins.file).write_text(pins_text(pins), encoding="utf-8")
    progress("facts", number)
    return number


def _fact_row(shown: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a fact as it is shown, but for its period as written, its exact value and its industries."""
    occurred = shown["kind"] == "occurrence"
    subject_id = shown["subject"]["id"]
    return {
        "subject": None if occurred else subject_id,
        "event": subject_id if occurred else None,
        **{name: shown[name]["id"] if shown[name] else None for name in ("metric", "relation", "object")},
        **{name: shown[name] for name in ("bound", "printed", "status", "derived", "note")},
        "period_printed": shown["period"]["printed"],
        "basis": shown["period"]["basis"],
        "place": shown["place"] or fields.NOWHERE,
        "initiatives": ";".join(shown["initiatives"]),
        "source": shown["citation"]["source"],
        "quote": shown["citation"]["quote"],
        "statement_zh": shown["statement"]["zh"],
        "statement_en": shown["statement"]["en"],
    }
