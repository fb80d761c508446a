"""Releases: the loads that changed the data, what each changed, and why a fact is no longer in one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Integer, Text, bindparam, cast, or_, select

from app import answers, tables
from app.errors import BadRequest, ErrorDetail, FactRetracted, NotFound
from app.queries.list_query import RELEASE_OR_DAY
from app.queries.lists import IDENTIFIER, LONGEST_IDENTIFIER, keys_after, page_body
from app.queries.paging import DEFAULT_LIMIT, PageQuery
from app.queries.parameters import QueryModel
from app.queries.reading import Body, RequestContext

FACT, RELEASE, CHANGE, RETRACTION = tables.facts, tables.releases, tables.release_changes, tables.retractions
BEFORE = RELEASE.alias()
PATH = "/v1/releases"
# A release is dated by when its load began to write, so a day is only settled a while after it ends.
SETTLED_AFTER = timedelta(hours=1)
LONGEST_CHAIN = 100  # successors that are followed; far more than a fact is ever corrected

NAMED: Any = bindparam("named", type_=Text())
ID: Any = bindparam("id", type_=Text())
LOADED_BEFORE = select(RELEASE.c.revision).where(RELEASE.c.loaded_at < NAMED).order_by(RELEASE.c.number.desc()).limit(1)
ONE_RELEASE = (
    select(RELEASE.c.number, RELEASE.c.answer, BEFORE.c.revision, RELEASE.c.revision)
    .select_from(RELEASE)
    .outerjoin(BEFORE, BEFORE.c.number == RELEASE.c.number - 1)
    .where(or_(RELEASE.c.revision == NAMED, cast(RELEASE.c.number, Text) == NAMED))
    .order_by(RELEASE.c.number.desc())
    .limit(1)
)
CHANGES = (
    select(CHANGE.c.position, CHANGE.c.kind, CHANGE.c.noun, CHANGE.c.id, CHANGE.c.successor, CHANGE.c.reason)
    .add_columns(CHANGE.c.before, CHANGE.c.after)
    .where(CHANGE.c.number == bindparam("number", type_=Integer()))
    .where(CHANGE.c.position > bindparam("after", type_=Integer()))
    .order_by(CHANGE.c.position)
    .limit(bindparam("rows", type_=Integer()))
)
EXISTING = select(FACT.c.id).where(FACT.c.id == ID)
RETRACTED = select(RETRACTION.c.reason, RETRACTION.c.successor).where(RETRACTION.c.id == ID)
CHANGED = (
    select(CHANGE.c.reason, CHANGE.c.successor, RELEASE.c.revision, BEFORE.c.revision)
    .join_from(CHANGE, RELEASE, RELEASE.c.number == CHANGE.c.number)
    .join(BEFORE, BEFORE.c.number == RELEASE.c.number - 1, isouter=True)
    .where(CHANGE.c.id == ID, CHANGE.c.noun == "facts", CHANGE.c.reason.is_not(None))
    .order_by(CHANGE.c.number.desc())
    .limit(1)
)


class ReleaseFilters(QueryModel):
    """A list of releases has no filters."""


class ChangesQuery(PageQuery):
    """Query parameters for the changes of a release."""


def changes_page(release: str, query: ChangesQuery, reading: RequestContext) -> Body:
    """A page of the changes of a release, named by id or number. Raises BadRequest, StaleCursor, NotFound."""
    found = reading.run(ONE_RELEASE, named=release) if IDENTIFIER.fullmatch(release) else ()
    if not found:
        shown = release[:LONGEST_IDENTIFIER]
        raise NotFound(f"{PATH} has no {shown!r}.", shown, part="revision")
    ((number, answer, *revisions),) = found
    limit = query.limit or DEFAULT_LIMIT
    after = (query.after and keys_after(query.after, reading, [int])[0]) or 0
    rows = reading.run(CHANGES, number=number, after=after, rows=limit + 1)
    changes = [_change(row, revisions, reading.root_path).json_text().encode() for row in rows[:limit]]
    total, mode = _count_changes(orjson.loads(answer)), query.total or "bounded"
    page = page_body(changes, total, mode, limit, reading, [rows[limit - 1][0]] if len(rows) > limit else None)
    return replace(page, content=b'{"release":%b,%b' % (answer, page.content[1:]))


def _count_changes(release: dict[str, Any]) -> int:
    """How many changes a release has; those of the first load are not listed."""
    counts = [release["facts"], release["entities"]] if release["compared"] else []
    return sum(one[kind] for one in counts for kind in answers.ChangeKind)


def _change(row: Any, revisions: list[bytes | None], root_path: str) -> answers.Change:
    kind, noun, id_, successor, reason = (one and one.decode() for one in row[1:6])
    sides = []
    for shown, revision in zip(row[6:], revisions, strict=True):
        version = shown and orjson.loads(shown)
        href = f"{root_path}/v1/{noun}/{version['id']}?as_of={revision.decode()}" if version and revision else None
        sides.append(answers.ShownVersion(**version, href=href) if version else None)
    return answers.Change(
        kind=kind, noun=noun, id=id_, successor=successor, reason=reason, before=sides[0], after=sides[1]
    )


def release_as_of(named: str, reading: RequestContext) -> str:
    """The id of a release, named by its id or by a past day (the last release of that day). Raises BadRequest."""
    if not RELEASE_OR_DAY.fullmatch(named):
        raise _invalid(named, f"{named[:40]!r} names no release; write its id, or a day as 2026-11-30.")
    if named.startswith("r-"):
        return named
    try:
        day = date.fromisoformat(named)
    except ValueError:
        raise _invalid(named, f"There is no day {named}.") from None
    if day >= (datetime.now(UTC) - SETTLED_AFTER).date():
        detail = f"What is loaded by the end of {day} is not known yet; name a day that is over, or a release."
        raise _invalid(named, detail)
    for (release,) in reading.run(LOADED_BEFORE, named=(day + timedelta(days=1)).isoformat()):
        return str(release, "utf-8")
    raise _invalid(named, "Nothing was loaded by the end of that day. /v1/releases lists what there is.")


def _invalid(named: str, detail: str) -> BadRequest:
    return BadRequest([ErrorDetail("invalid-value", "as_of", named, detail)])


def is_listed(release: str, reading: RequestContext) -> bool:
    """Whether a release, named by id or number, was ever loaded here."""
    return bool(reading.run(ONE_RELEASE, named=release))


class RetractionNotice(NamedTuple):
    """Why a fact went, its successor, the first release without it, and the last kept release with it."""

    reason: str | None
    successor: str | None
    release: str | None
    before: str | None


def refuse_retracted(fact_id: str, reading: RequestContext, path: str) -> None:
    """Raises FactRetracted for a fact that once existed."""
    retraction = _retraction(fact_id, reading)
    if retraction is None:
        return
    reason = retraction.reason or ""
    successor = _existing(retraction.successor, {fact_id}, reading)
    body = {
        "reason": reason,
        "successor": f"{reading.root_path}{path}/{successor}" if successor else None,
        "as_it_was": f"{reading.root_path}{path}/{fact_id}?as_of={retraction.before}" if retraction.before else None,
        "release": retraction.release,
    }
    raise FactRetracted(f"{path} has no {fact_id!r} any more. {reason}", body)


def _existing(successor: str | None, seen: set[str], reading: RequestContext) -> str | None:
    """The existing fact at the end of the chain of successors, if there is one."""
    while successor and not reading.run(EXISTING, id=successor):
        retraction = _retraction(successor, reading)
        if successor in seen or len(seen) > LONGEST_CHAIN or retraction is None:
            return None
        seen.add(successor)
        successor = retraction.successor
    return successor


def _retraction(fact_id: str, reading: RequestContext) -> RetractionNotice | None:
    """What is recorded about a fact; what the seed says takes precedence."""
    changed, given = reading.run(CHANGED, id=fact_id), reading.run(RETRACTED, id=fact_id)
    if not changed and not given:
        return None
    _, _, release, before = changed[0] if changed else (None, None, None, None)
    reason, successor, *_ = (given or changed)[0]
    return RetractionNotice(*(one and one.decode() for one in (reason, successor, release, before)))
