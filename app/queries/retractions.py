"""Facts that are not there any more: why, since when, and which fact stands in the place of one today."""

from typing import Any

from sqlalchemy import Text, bindparam, select

from app import tables
from app.database import Snapshot
from app.errors import Retracted
from app.queries.shapes import Statements
from app.queries.walks import REVISION

FACT, CHANGE, TAKEN_OUT, RELEASE = tables.Fact, tables.ReleaseChange, tables.Retraction, tables.Release
STATEMENTS = Statements()
ID: Any = bindparam("id", type_=Text())
# One follows the other; as many as anybody has corrected one fact.
LONGEST_CHAIN = 100
THERE = select(REVISION, FACT.id).where(FACT.id == ID)
GIVEN = select(REVISION, TAKEN_OUT.reason, TAKEN_OUT.successor).where(TAKEN_OUT.id == ID)
CHANGED = (
    select(REVISION, CHANGE.reason, CHANGE.successor, RELEASE.revision)
    .join_from(CHANGE, RELEASE, RELEASE.number == CHANGE.number)
    .where(CHANGE.id == ID, CHANGE.noun == "facts", CHANGE.reason.is_not(None))
    .order_by(CHANGE.number.desc())
    .limit(1)
)


def tell_of(fact_id: str, snapshot: Snapshot, path: str) -> None:
    """What is known of a fact that is not there, if it once was. Raises Retracted."""
    found = _told(fact_id, snapshot)
    if found is None:
        return
    reason, successor, release = found
    seen = {fact_id}
    while successor and not _rows("there", THERE, successor, snapshot):
        following = _told(successor, snapshot)
        if successor in seen or len(seen) > LONGEST_CHAIN or following is None:
            successor = None
            break
        seen.add(successor)
        successor = following[1]
    told = {"reason": reason, "successor": f"{path}/{successor}" if successor else None, "release": release}
    raise Retracted(f"{path} has no {fact_id!r} any more. {reason}", told)


def _told(fact_id: str, snapshot: Snapshot) -> tuple[str, str | None, str | None] | None:
    """Reason, successor, and the release without it; what the seed says of it goes first."""
    given = _rows("given", GIVEN, fact_id, snapshot)
    changed = _rows("changed", CHANGED, fact_id, snapshot)
    if not given and not changed:
        return None
    reason = given[0][1] if given else changed[0][1]
    successor = (given and given[0][2]) or (changed and changed[0][2]) or None
    release = changed[0][3] if changed else None
    return reason.decode(), successor and successor.decode(), release and release.decode()


def _rows(name: str, query: Any, fact_id: str, snapshot: Snapshot) -> Any:
    return snapshot.rows(STATEMENTS.of(name, snapshot.database, query), {"id": fact_id})
