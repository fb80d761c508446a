"""Writes releases that hold next to nothing, so that a test can write many."""

from pathlib import Path

from sqlalchemy import URL, insert

from app import tables
from app.store.releases import Store
from app.store.schema import crc

LOADED_AT = "2026-11-30T08:00:00+00:00"
ENTITIES = 40


def id_of(number: int) -> str:
    return f"r-{number:016x}"


def url_of(path: Path) -> str:
    return URL.create("sqlite", database=str(path)).render_as_string()


def write(store: Store, number: int, release_id: str | None = None) -> str:
    """Make a release the current one. Each of its rows tells which number it is of."""
    name = release_id or id_of(number)
    with store.drafting() as draft:
        revision = {"revision": name, "fingerprint": str(number), "loaded_at": LOADED_AT, "counts": "{}"}
        revision |= {"audit": "{}", "coverage": "{}", "scripts": "{}"}
        draft.connection.execute(insert(tables.revisions), revision)
        release = {"number": number, "revision": name, "loaded_at": LOADED_AT, "answer": "{}", "answer_crc": crc("{}")}
        draft.connection.execute(insert(tables.releases), release)
        entities = [
            {"id": f"e-{at}", "type": "place", "name_zh": str(number), "name_en": str(number), "aliases": "[]"}
            | {"search": "x" * 200, "answer": "{}", "answer_crc": crc("{}")}
            for at in range(ENTITIES)
        ]
        draft.connection.execute(insert(tables.entities), entities)
        draft.publish(name)
    return name
