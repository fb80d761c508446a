"""Facts that are not there any more: why, since when, and which fact stands in the place of one today."""

from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, exists, select
from sqlalchemy.orm import aliased

from app import tables
from app.database import Snapshot
from app.errors import Retracted
from app.queries.shapes import Statements
from app.queries.walks import REVISION

FACT, CHANGE, TAKEN_OUT, RELEASE = tables.Fact, tables.ReleaseChange, tables.Retraction, tables.Release
BEFORE, FILE = aliased(RELEASE), tables.ReleaseFile
STATEMENTS = Statements()
ID: Any = bindparam("id", type_=Text())
# One follows the other; as many as anybody has corrected one fact.
LONGEST_CHAIN = 100
THERE = select(REVISION, FACT.id).where(FACT.id == ID)
GIVEN = select(REVISION, TAKEN_OUT.reason, TAKEN_OUT.successor).where(TAKEN_OUT.id == ID)
KEPT = exists().where(FILE.number == BEFORE.number)
CHANGED = (
    select(REVISION, CHANGE.reason, CHANGE.successor, RELEASE.revision, BEFORE.revision)
    .join_from(CHANGE, RELEASE, RELEASE.number == CHANGE.number)
    .join(BEFORE, (BEFORE.number == RELEASE.number - 1) & KEPT, isouter=True)
    .where(CHANGE.id == ID, CHANGE.noun == "facts", CHANGE.reason.is_not(None))
    .order_by(CHANGE.number.desc())
    .limit(1)
)


class Told(NamedTuple):
    """Why a fact went, what follows it, the release without it, and the last one with it that can be asked for."""

    reason: str
    successor: str | None
    release: str | None
    before: str | None


def refuse_retracted(fact_id: str, snapshot: Snapshot, path: str) -> None:
    """What is known of a fact that is not there, if it once was. Raises Retracted."""
    found = _told(fact_id, snapshot)
    if found is None:
        return
    successor = _standing(found.successor, {fact_id}, snapshot)
    told = {
        "reason": found.reason,
        "successor": f"{path}/{successor}" if successor else None,
        "as_it_was": f"{path}/{fact_id}?as_of={found.before}" if found.before else None,
        "release": found.release,
    }
    raise Retracted(f"{path} has no {fact_id!r} any more. {found.reason}", told)


def _standing(successor: str | None, seen: set[str], snapshot: Snapshot) -> str | None:
    """The fact at the end of the chain, if one is there."""
    while successor and not _rows("there", THERE, successor, snapshot):
        following = _told(successor, snapshot)
        if successor in seen or len(seen) > LONGEST_CHAIN or following is None:
            return None
        seen.add(successor)
        successor = following.successor
    return successor


def _told(fact_id: str, snapshot: Snapshot) -> Told | None:
    """What the seed says of it goes first."""
    given = _rows("given", GIVEN, fact_id, snapshot)
    changed = _rows("changed", CHANGED, fact_id, snapshot)
    if not given and not changed:
        return None
    said = [[one and one.decode() for one in rows[0][1:]] if rows else [] for rows in (given, changed)]
    reason, successor, release, before = [*said[1], None, None, None, None][:4]
    if said[0]:
        reason, successor = said[0]
    return Told(reason or "", successor, release, before)


def _rows(name: str, query: Any, fact_id: str, snapshot: Snapshot) -> Any:
    return snapshot.rows(STATEMENTS.of(name, snapshot.database, query), {"id": fact_id})
