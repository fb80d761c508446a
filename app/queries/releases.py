"""Releases: the loads that changed the data, and the changes of each, in pages."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Integer, Text, bindparam, cast, or_, select

from app import answers, tables
from app.errors import BadRequest, Mistake, NotFound
from app.queries.list_query import RELEASE_OR_DAY, PageQuery
from app.queries.lists import IDENTIFIER, LONGEST_IDENTIFIER, envelope_json, next_page, query_digest
from app.queries.pages import Body
from app.queries.paging import USUAL, keys_after
from app.queries.parameters import Query
from app.queries.reading import Reading

RELEASE, CHANGE = tables.releases, tables.release_changes
PATH = "/v1/releases"
NUMBER, AFTER_POSITION, ROWS = (bindparam(name, type_=Integer()) for name in ("number", "after", "rows"))
NAMED: Any = bindparam("named", type_=Text())
KINDS = ("added", "revised", "retracted")
# A release is dated by when its load began to write, so a day is only settled a while after it ends.
SETTLED_AFTER = timedelta(hours=1)


class ReleaseFilters(Query):
    """A list of releases has no filters."""


class ChangesQuery(PageQuery):
    """Query parameters for the changes of a release."""


def changes_page(release: str, query: ChangesQuery, reading: Reading) -> Body:
    """A page of the changes of a release, named by id or number. Raises BadRequest, StaleCursor, NotFound."""
    number, answer, *revisions = _release(release, reading)
    limit = query.limit or USUAL
    after = query.after and keys_after(query.after, reading.release.id, query_digest(reading), [int])[0]
    values = {"number": number, "after": after or 0, "rows": limit + 1}
    rows = reading.rows(reading.statement("changes", _select_changes), values)
    following = next_page(reading, query_digest(reading), [rows[limit - 1][0]]) if len(rows) > limit else None
    shown = [_change(row, revisions, reading.root_path).json_text().encode() for row in rows[:limit]]
    total, mode = _changed(orjson.loads(answer)), query.total or "bounded"
    content = envelope_json(shown, total, mode, limit, reading, following)
    return Body(b'{"release":%b,%b' % (answer, content[1:]), len(shown), following)


def release_as_of(named: str, reading: Reading) -> str:
    """The id of a release, named by its id or by a past day (the last release of that day). Raises BadRequest."""
    if not RELEASE_OR_DAY.fullmatch(named):
        raise _refusal(named, f"{named[:40]!r} names no release; write its id, or a day as 2026-11-30.")
    if named.startswith("r-"):
        return named
    day = _day(named)
    statement = reading.statement("day", _select_as_of)
    for (found,) in reading.rows(statement, {"named": (day + timedelta(days=1)).isoformat()}):
        release: str = found.decode()
        return release
    raise _refusal(named, "Nothing was loaded by the end of that day. /v1/releases lists what there is.")


def is_listed(release: str, reading: Reading) -> bool:
    """Whether a release was ever loaded here."""
    statement = reading.statement("listed", _select_listed)
    return bool(reading.rows(statement, {"named": release}))


def _select_listed() -> Any:
    return select(RELEASE.c.number).where(RELEASE.c.revision == NAMED).limit(1)


def _day(named: str) -> date:
    """Parse a day, which must be over. Raises BadRequest."""
    try:
        day = date.fromisoformat(named)
    except ValueError:
        raise _refusal(named, f"There is no day {named}.") from None
    if day >= (datetime.now(UTC) - SETTLED_AFTER).date():
        detail = f"What is loaded by the end of {day} is not known yet; name a day that is over, or a release."
        raise _refusal(named, detail)
    return day


def _refusal(named: str, detail: str) -> BadRequest:
    return BadRequest([Mistake("invalid-value", "as_of", named, detail)])


def _select_as_of() -> Any:
    return select(RELEASE.c.revision).where(RELEASE.c.loaded_at < NAMED).order_by(RELEASE.c.number.desc()).limit(1)


def _release(named: str, reading: Reading) -> Any:
    """Number and answer of a release, and the ids of the previous release and of itself. Raises NotFound."""
    statement = reading.statement("release", _select_release)
    for row in reading.rows(statement, {"named": named}) if IDENTIFIER.fullmatch(named) else ():
        return row
    shown = named[:LONGEST_IDENTIFIER]
    raise NotFound(f"{PATH} has no {shown!r}.", shown, part="revision")


def _select_release() -> Any:
    before = RELEASE.alias()
    query = select(RELEASE.c.number, RELEASE.c.answer, before.c.revision, RELEASE.c.revision)
    query = query.select_from(RELEASE).outerjoin(before, before.c.number == RELEASE.c.number - 1)
    named = or_(RELEASE.c.revision == NAMED, cast(RELEASE.c.number, Text) == NAMED)
    return query.where(named).order_by(RELEASE.c.number.desc()).limit(1)


def _select_changes() -> Any:
    shown = (CHANGE.c.position, CHANGE.c.kind, CHANGE.c.noun, CHANGE.c.id, CHANGE.c.successor, CHANGE.c.reason)
    query = select(*shown, CHANGE.c.before, CHANGE.c.after)
    return (
        query.where(CHANGE.c.number == NUMBER, CHANGE.c.position > AFTER_POSITION)
        .order_by(CHANGE.c.position)
        .limit(ROWS)
    )


def _changed(release: dict[str, Any]) -> int:
    """How many changes a release has; those of the first load are not listed."""
    counts = [release["facts"], release["entities"]] if release["compared"] else []
    return sum(one[kind] for one in counts for kind in KINDS)


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
