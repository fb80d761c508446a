"""Withdrawn or replaced facts: why, since when, and which fact replaces one today."""

from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, select

from app import tables
from app.errors import Retracted
from app.queries.reading import Reading

FACT, CHANGE, TAKEN_OUT, RELEASE = tables.facts, tables.release_changes, tables.retractions, tables.releases
BEFORE = RELEASE.alias()
ID: Any = bindparam("id", type_=Text())
# successors that are followed; far more than a fact is ever corrected
LONGEST_CHAIN = 100
THERE = select(FACT.c.id).where(FACT.c.id == ID)
GIVEN = select(TAKEN_OUT.c.reason, TAKEN_OUT.c.successor).where(TAKEN_OUT.c.id == ID)
CHANGED = (
    select(CHANGE.c.reason, CHANGE.c.successor, RELEASE.c.revision, BEFORE.c.revision)
    .join_from(CHANGE, RELEASE, RELEASE.c.number == CHANGE.c.number)
    .join(BEFORE, BEFORE.c.number == RELEASE.c.number - 1, isouter=True)
    .where(CHANGE.c.id == ID, CHANGE.c.noun == "facts", CHANGE.c.reason.is_not(None))
    .order_by(CHANGE.c.number.desc())
    .limit(1)
)


class Told(NamedTuple):
    """Why a fact went, its successor, the first release without it, and the last kept release with it."""

    reason: str
    successor: str | None
    release: str | None
    before: str | None


def refuse_retracted(fact_id: str, reading: Reading, path: str) -> None:
    """Raises Retracted for a fact that once existed."""
    found = _told(fact_id, reading)
    if found is None:
        return
    successor = _standing(found.successor, {fact_id}, reading)
    told = {
        "reason": found.reason,
        "successor": f"{reading.root_path}{path}/{successor}" if successor else None,
        "as_it_was": f"{reading.root_path}{path}/{fact_id}?as_of={found.before}" if found.before else None,
        "release": found.release,
    }
    raise Retracted(f"{path} has no {fact_id!r} any more. {found.reason}", told)


def _standing(successor: str | None, seen: set[str], reading: Reading) -> str | None:
    """The existing fact at the end of the chain of successors, if there is one."""
    while successor and not _rows("there", THERE, successor, reading):
        following = _told(successor, reading)
        if successor in seen or len(seen) > LONGEST_CHAIN or following is None:
            return None
        seen.add(successor)
        successor = following.successor
    return successor


def _told(fact_id: str, reading: Reading) -> Told | None:
    """What is recorded about a fact; what the seed says takes precedence."""
    given = _rows("given", GIVEN, fact_id, reading)
    changed = _rows("changed", CHANGED, fact_id, reading)
    if not given and not changed:
        return None
    said = [[one and one.decode() for one in rows[0]] if rows else [] for rows in (given, changed)]
    reason, successor, release, before = [*said[1], None, None, None, None][:4]
    if said[0]:
        reason, successor = said[0]
    return Told(reason or "", successor, release, before)


def _rows(name: str, query: Any, fact_id: str, reading: Reading) -> Any:
    return reading.rows(reading.statement(("retracted", name), lambda: query), {"id": fact_id})
