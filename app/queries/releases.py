"""Releases: the loads that changed the data, and what each of them changed, a page at a time."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Integer, Select, Text, bindparam, case, cast, exists, or_, select
from sqlalchemy.orm import aliased

from app import answers, tables
from app.database import Snapshot
from app.errors import NotFound
from app.queries.lists import AFTER, IDENTIFIER, LONGEST_IDENTIFIER, List
from app.queries.pages import SEPARATOR, Body, Maker, envelope_json, links_of, shown_total
from app.queries.paging import USUAL, Cursor, Limit, Total, question_digest
from app.queries.questions import Questions, read_pairs
from app.queries.shapes import Statements
from app.queries.vocabulary import Vocabulary
from app.queries.walks import REVISION
from app.readers import Rows

RELEASE, CHANGE, FILE = tables.Release, tables.ReleaseChange, tables.ReleaseFile
PATH = "/v1/releases"
QUESTIONS_OF_ONE = Questions(f"{PATH}/{{revision}}", [Limit(), AFTER, Total()])
STATEMENTS = Statements()
NUMBER, AFTER_POSITION, ROWS = (bindparam(name, type_=Integer()) for name in ("number", "after", "rows"))
SAID: Any = bindparam("said", type_=Text())
KINDS = ("added", "revised", "retracted")


@dataclass(frozen=True, kw_only=True)
class ReleaseList(List):
    """One of these is a page of what it changed."""

    @property
    def questions_of_one(self) -> Questions:
        return QUESTIONS_OF_ONE

    @cached_property
    def _has_positions(self) -> bool:
        return False  # numbers that descend

    def one_of(self, identifier: str) -> Maker:
        return changes_of(identifier)


def changes_of(revision: str) -> Maker:
    """What makes a page of the changes of a release, which its revision names or its number."""

    def page(query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
        """Raises BadRequest, StaleCursor, NotFound."""
        pairs = read_pairs(query)
        asked = QUESTIONS_OF_ONE.read(pairs, vocabulary)
        number, release, *revisions = _release(revision, snapshot)
        path, limit = f"{PATH}/{revision}", asked.get("limit", USUAL)
        digest = question_digest(path, pairs)
        keys = AFTER.keys(asked.get("after"), snapshot.revision.name, digest, [int])
        values = {"number": number, "after": (keys and keys[0]) or 0, "rows": limit + 1}
        rows = snapshot.rows(STATEMENTS.of("changes", snapshot.database, _select_changes), values)
        cursor = Cursor(snapshot.revision.name, digest, (rows[limit - 1][1],)) if len(rows) > limit else None
        links = links_of(root_path + path, pairs, cursor)
        shown = SEPARATOR.join([_change(row, revisions, root_path).json_text().encode() for row in rows[:limit]])
        total = shown_total(_changed(orjson.loads(release)), asked.get("total", "bounded"))
        content = envelope_json(shown, total, limit, snapshot, links)
        return Body(b'{"release":%b,%b' % (release, content[1:]), min(limit, len(rows)), links.get("next"))

    return page


def _release(said: str, snapshot: Snapshot) -> Any:
    """Number and answer of a release, and the revisions of before and of it where they can be asked for still.

    Raises NotFound.
    """
    statement = STATEMENTS.of("release", snapshot.database, _select_release)
    rows: Rows = snapshot.rows(statement, {"said": said}) if IDENTIFIER.fullmatch(said) else ()
    for _, *release in rows:
        return release
    shown = said[:LONGEST_IDENTIFIER]
    raise NotFound(f"{PATH} has no {shown!r}.", shown, part="revision")


def _select_release() -> Select[Any]:
    before = aliased(RELEASE)
    revisions = [case((exists().where(FILE.number == one.number), one.revision)) for one in (before, RELEASE)]
    query = select(REVISION, RELEASE.number, RELEASE.answer, *revisions)
    query = query.select_from(RELEASE).outerjoin(before, before.number == RELEASE.number - 1)
    named = or_(RELEASE.revision == SAID, cast(RELEASE.number, Text) == SAID)
    return query.where(named).order_by(RELEASE.number.desc()).limit(1)


def _select_changes() -> Select[Any]:
    shown = (CHANGE.position, CHANGE.kind, CHANGE.noun, CHANGE.id, CHANGE.successor, CHANGE.reason)
    query = select(REVISION, *shown, CHANGE.before, CHANGE.after)
    return query.where(CHANGE.number == NUMBER, CHANGE.position > AFTER_POSITION).order_by(CHANGE.position).limit(ROWS)


def _changed(release: dict[str, Any]) -> int:
    """How many changes a release has; those of a first load are not told one by one."""
    counts = [release["facts"], release["entities"]] if release["compared"] else []
    return sum(one[kind] for one in counts for kind in KINDS)


def _change(row: Any, revisions: list[bytes | None], root_path: str) -> answers.Change:
    kind, noun, id_, successor, reason = (one and one.decode() for one in row[2:7])
    sides = []
    for shown, revision in zip(row[7:], revisions, strict=True):
        version = shown and orjson.loads(shown)
        href = f"{root_path}/v1/{noun}/{version['id']}?as_of={revision.decode()}" if version and revision else None
        sides.append(answers.ShownVersion(**version, href=href) if version else None)
    return answers.Change(
        kind=kind, noun=noun, id=id_, successor=successor, reason=reason, before=sides[0], after=sides[1]
    )
