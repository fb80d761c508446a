"""What a source says: its quotes in the order of its text, each with the facts that cite it, and the text itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, ClassVar

import orjson
from sqlalchemy import BindParameter, Integer, Select, Text, bindparam, func, null, select, true

from app import answers, tables
from app.database import Snapshot
from app.errors import BadRequest, Mistake, NotFound
from app.queries.as_of import AS_OF
from app.queries.filters import Parameter
from app.queries.lists import IDENTIFIER, LONGEST_IDENTIFIER
from app.queries.pages import SEPARATOR, Body, Maker, envelope_json, links_of, shown_total
from app.queries.paging import LARGEST_KEY, USUAL, After, Cursor, Limit, Total, question_digest
from app.queries.questions import Questions, read_pairs
from app.queries.ranges import read_span
from app.queries.shapes import Span, Statements
from app.queries.vocabulary import Vocabulary
from app.queries.walks import REVISION
from app.readers import Rows, Statement

SOURCE, TEXT, FACT, ANSWER = tables.Source, tables.SourceText, tables.Fact, tables.FactAnswer
PATH = "/v1/sources"
NUMBER = 3  # where the number of a quote stands in a row; its fact and the text it spans come behind
AFTER = After()
QUESTIONS = Questions(f"{PATH}/{{source_id}}/evidence", [AS_OF, Limit(), AFTER, Total()])
STATEMENTS = Statements()
ASKED: BindParameter[str] = bindparam("source", type_=Text())


@dataclass(frozen=True, kw_only=True)
class Chars(Parameter[Span]):
    name: str = "char"
    description: str = (
        "Which characters of the text, counted from 0 as in `citation.start`, both ends included; those behind its "
        "end are left out, and all are shown where there is no `char`."
    )
    example: Any = "263..339"
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> Span:
        return read_span(self, values[0])

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^([0-9]{1,9}|[0-9]{1,9}\.\.([0-9]{1,9})?|\.\.[0-9]{1,9})$"}


CHARS = Chars()
QUESTIONS_OF_TEXT = Questions(f"{PATH}/{{source_id}}/text", [CHARS, AS_OF])


def evidence_of(source_id: str) -> Maker:
    """What makes a page of the quotes of a source."""

    def page(query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
        """Raises BadRequest, StaleCursor, NotFound."""
        pairs = read_pairs(query)
        asked = QUESTIONS.read(pairs, vocabulary)
        path, limit, total = f"{PATH}/{source_id}/evidence", asked.get("limit", USUAL), asked.get("total", "bounded")
        digest = question_digest(path, pairs)
        keys = AFTER.keys(asked.get("after"), snapshot.revision.name, digest, [int])
        after = (keys and keys[0]) or 0
        statement = STATEMENTS.of(total == "none", snapshot.database, lambda: _select(counted=total != "none"))
        values = {"source": source_id, "after": after, "last": min(after + limit + 1, LARGEST_KEY - 1)}
        rows = _rows(statement, values, snapshot, vocabulary)
        cited = groupby((row for row in rows if row[NUMBER]), itemgetter(NUMBER))
        quotes = [_quote(list(facts), root_path) for _, facts in cited]
        cursor = Cursor(snapshot.revision.name, digest, (after + limit,)) if len(quotes) > limit else None
        links = links_of(root_path + path, pairs, cursor)
        shown = SEPARATOR.join([quote.json_text().encode() for quote in quotes[:limit]])
        _, count, figures, *_ = rows[0]
        content = envelope_json(shown, shown_total(count, total), limit, snapshot, links, figures=figures)
        return Body(content, min(limit, len(quotes)), links.get("next"))

    return page


def _select(*, counted: bool) -> Select[Any]:
    """Revision, how many quotes and how many figures, and the facts of some quotes by the number of each.

    Quotes are numbered in the order of the text; those that were never located come behind, in that of their facts.
    """
    mine = FACT.source_id == ASKED
    first = func.min(FACT.position).over(partition_by=FACT.quote_mark).label("first")
    cited = select(FACT.position, FACT.span_start, FACT.span_end, first).where(mine, FACT.quote_mark.is_not(None))
    one = cited.subquery("cited").c
    order = (one.span_start.asc().nulls_last(), one.span_end.asc().nulls_last(), one.first)
    number = func.dense_rank().over(order_by=order).label("number")
    numbered = select(one.position, one.span_start, one.span_end, number).subquery("numbered")
    after, last = (bindparam(name, type_=Integer()) for name in ("after", "last"))
    answered = numbered.join(ANSWER.__table__, ANSWER.position == numbered.c.position)
    page = select(*numbered.c, ANSWER.json).select_from(answered)
    shown = page.where(numbered.c.number > after, numbered.c.number <= last).subquery("page")
    quotes = select(func.count(FACT.quote_mark.distinct())).where(mine).scalar_subquery()
    figures = select(func.count()).where(mine, FACT.evidence == answers.Evidence.FIGURE.value).scalar_subquery()
    text = func.substr(TEXT.text, shown.c.span_start + 1, shown.c.span_end - shown.c.span_start)
    query = select(REVISION, quotes if counted else null(), figures, shown.c.number, shown.c.json, text)
    source = SOURCE.__table__.outerjoin(shown, true()).outerjoin(TEXT.__table__, TEXT.id == SOURCE.id)
    return query.select_from(source).where(SOURCE.id == ASKED).order_by(shown.c.number, shown.c.position)


def _quote(rows: Sequence[Sequence[Any]], root_path: str) -> answers.Quote:
    """One quote out of the rows of its facts."""
    facts = [orjson.loads(row[NUMBER + 1]) for row in rows]
    cited, text = facts[0]["citation"], rows[0][-1]
    return answers.Quote(
        quote=cited["quote"],
        text=None if text is None else text.decode(),
        evidence=cited["evidence"],
        start=cited["start"],
        end=cited["end"],
        facts=[
            answers.CitingFact(
                id=fact["id"], statement=answers.Name(**fact["statement"]), href=f"{root_path}/v1/facts/{fact['id']}"
            )
            for fact in facts
        ],
    )


def text_of(source_id: str) -> Maker:
    """What makes the text of a source, or the characters of it that are asked for."""

    def text(query: bytes, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str) -> Body:
        """Raises BadRequest, NotFound."""
        asked = QUESTIONS_OF_TEXT.read(read_pairs(query), vocabulary)
        statement = STATEMENTS.of("text", snapshot.database, _select_text)
        ((_, sha256, content),) = _rows(statement, {"source": source_id}, snapshot, vocabulary)
        if content is None:
            raise NotFound(_not_kept(source_id, sha256, root_path))
        if "char" not in asked:
            return Body(content, 1, tag=b'"%b"' % sha256)
        characters = content.decode()
        low, high = asked["char"].low or 0, asked["char"].high
        if low >= len(characters):
            detail = f"The text of {source_id!r} has {len(characters)} characters, 0..{len(characters) - 1}."
            raise BadRequest([Mistake("invalid-value", "char", f"{low}..", detail)])
        end = len(characters) if high is None else min(high + 1, len(characters))
        return Body(characters[low:end].encode(), 1, tag=b'"%b-%d-%d"' % (sha256, low, end - 1))

    return text


def _select_text() -> Select[Any]:
    source = SOURCE.__table__.outerjoin(TEXT.__table__, TEXT.id == SOURCE.id)
    return select(REVISION, SOURCE.sha256, TEXT.text).select_from(source).where(SOURCE.id == ASKED)


def _rows(statement: Statement, values: dict[str, Any], snapshot: Snapshot, vocabulary: Vocabulary) -> Rows:
    """The rows about a source, one at least. Raises NotFound."""
    source_id = values["source"]
    if IDENTIFIER.fullmatch(source_id) and (rows := snapshot.rows(statement, values)):
        return rows
    shown = source_id[:LONGEST_IDENTIFIER]
    raise NotFound(f"{PATH} has no {shown!r}.", shown, vocabulary.nearest(shown, ("source",)))


def _not_kept(source_id: str, sha256: bytes | None, root_path: str) -> str:
    if sha256 is None:
        return f"The text of {source_id!r} is not kept here, and its quotes were not held against one."
    return (
        f"The text of {source_id!r} is not kept here. Who has it can verify the quotes of "
        f"{root_path}{PATH}/{source_id}/evidence by their spans: its sha256 is {sha256.decode()}."
    )
