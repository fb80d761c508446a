"""What was loaded before: which release is meant, and answers that are of no other."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, Text, bindparam, exists, select

from app import tables
from app.database import Snapshot
from app.errors import BadRequest, Mistake
from app.queries.filters import Parameter
from app.queries.pages import Body, Maker, address
from app.queries.questions import names, read_pairs
from app.queries.shapes import Statements
from app.queries.vocabulary import Vocabulary
from app.queries.walks import REVISION

NAME = "as_of"
NAMED = b"as_of="
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# A load tells when it began to write: what was loaded by the end of a day is known for good a while after it.
SETTLED_AFTER = timedelta(hours=1)
RELEASE, FILE = tables.Release, tables.ReleaseFile
STATEMENTS = Statements()
SAID: Any = bindparam("said", type_=Text())


class OtherRelease(Exception):
    """What is asked is asked of another release than the one at hand."""

    def __init__(self, revision: str) -> None:
        super().__init__(revision)
        self.revision = revision


@dataclass(frozen=True, kw_only=True)
class AsOf(Parameter[str]):
    """Whoever answers has put the revision in the place of a date: see `asked_as_of`."""

    name: str = NAME
    description: str = (
        "Answers as they were: of the revision that this names, or of the last one of a day that is over, in UTC. "
        "They never change again. `/v1/releases` lists the revisions."
    )
    example: Any = "r-3f9c0a5d1b27e684"
    single: ClassVar[bool] = True
    of_other_data: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> str:
        """Raises OtherRelease."""
        if values[0] != vocabulary.revision.name:
            raise OtherRelease(values[0])
        return values[0]

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^(r-[0-9a-f]{16}|[0-9]{4}-[0-9]{2}-[0-9]{2})$"}


AS_OF = AsOf()


def names_as_of(query: bytes) -> bool:
    return names(query, NAMED)


def said_as_of(query: bytes) -> str:
    """The release that a query names, as it does; nothing where it names none, or several. Raises BadRequest."""
    said = [value for name, value in read_pairs(query) if name == NAME]
    return said[0] if len(said) == 1 else ""


def asked_as_of(query: bytes, revision: str) -> bytes:
    """The same query with the name of a revision in the place of what it said."""
    return address("", [(name, revision if name == NAME else value) for name, value in read_pairs(query)])[1:].encode()


def release_as_of(said: str) -> Maker:
    """What makes the answer that tells of the release that a revision or a date names."""

    def release(_query: bytes, snapshot: Snapshot, _vocabulary: Vocabulary, _root_path: str) -> Body:
        """Raises BadRequest."""
        day = _day(said)
        kind, value = ("day", (day + timedelta(days=1)).isoformat()) if day else ("revision", said)
        statement = STATEMENTS.of(kind, snapshot.database, lambda: _select(kind))
        for _, revision, answer, kept in snapshot.rows(statement, {"said": value}):
            if not kept and revision != snapshot.revision.mark:
                raise _refusal(said, f"The seed of {revision.decode()} is not kept: an earlier version loaded it.")
            return Body(answer, 1)
        what = "Nothing was loaded by the end of that day." if day else f"There is no release {said[:40]!r}."
        raise _refusal(said, f"{what} /v1/releases lists what there is.")

    return release


def _day(said: str) -> date | None:
    """The day that is named, once it is over. Raises BadRequest."""
    try:
        day = date.fromisoformat(said) if DAY.fullmatch(said) else None
    except ValueError:
        return None
    if day and day >= (datetime.now(UTC) - SETTLED_AFTER).date():
        detail = f"What is loaded by the end of {day} is not known yet; name a day that is over, or a revision."
        raise _refusal(said, detail)
    return day


def _refusal(said: str, detail: str) -> BadRequest:
    return BadRequest([Mistake("invalid-value", NAME, said, detail)])


def _select(kind: str) -> Select[Any]:
    """The last release that is meant: its revision, its answer, and whether its seed is kept."""
    meant: ColumnElement[bool] = RELEASE.loaded_at < SAID if kind == "day" else RELEASE.revision == SAID
    kept = exists().where(FILE.number == RELEASE.number)
    query = select(REVISION, RELEASE.revision, RELEASE.answer, kept).where(meant)
    return query.order_by(RELEASE.number.desc()).limit(1)
