"""Whether a seed is loaded already, which is found out without importing what a load needs."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import RowMapping, select

from app import tables
from app.errors import NotReady
from app.folders import CODE, fingerprint
from app.store.releases import Store

MANIFEST = "manifest"  # the file; its content is DRAFT while its seed is still being written
DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a load. `changed` is false if the same data was loaded already."""

    revision: str
    changed: bool
    counts: dict[str, int]


def fingerprint_of(folder: Path, sources: Path | None) -> str:
    """A digest of all that a release is made of: the bytes of each file of a seed, and of this code."""
    return fingerprint(folder, CODE, *([sources] if sources else []))


def loaded_already(store: Store, made_of: str) -> LoadResult | None:
    """The current release if it was made of what has this fingerprint."""
    current = current_release(store, check_digest=False)
    if current and current["fingerprint"] == made_of:
        return LoadResult(current["revision"], changed=False, counts=json.loads(current["counts"]))
    return None


def current_release(store: Store, *, check_digest: bool = True) -> RowMapping | None:
    """The current release, unless there is none that this version can read."""
    try:
        with store.reading(check_digest=check_digest) as connection:
            return connection.execute(select(tables.revisions)).mappings().one_or_none()
    except NotReady:
        return None


def is_draft(folder: Path) -> bool:
    """Whether an accepted seed is marked as a draft, whose files are not checked against a manifest."""
    with suppress(OSError, UnicodeDecodeError):
        lines = (folder / MANIFEST).read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and not line.startswith("#")] == [DRAFT]
    return False
