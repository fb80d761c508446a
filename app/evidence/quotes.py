"""The evidence in a source: its quotes in text order, each with the facts that cite it, and the text itself."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import BindParameter, Integer, Text, bindparam, func, null, select, true

from app import answers, tables
from app.errors import BadRequest, ErrorDetail, NotFound
from app.nouns.sources import source_texts, sources
from app.queries.filters import Range
from app.queries.list_query import AsOfQuery
from app.queries.lists import IDENTIFIER, LONGEST_IDENTIFIER, keys_after, page_body
from app.queries.paging import DEFAULT_LIMIT, LARGEST_KEY, PageQuery
from app.queries.parameters import Single
from app.queries.ranges import read_characters
from app.queries.reading import Body, RequestContext
from app.queries.vocabulary import similar_ids
from app.store.releases import SqlRows

SOURCE, TEXT, FACT, ANSWER = sources, source_texts, tables.facts, tables.fact_answers
PATH = "/v1/sources"
NUMBER = 2  # column with the number of a quote; its fact and the text it spans follow
SOURCE_ID: BindParameter[str] = bindparam("source", type_=Text())
CHARACTERS = r"^([0-9]{1,9}|[0-9]{1,9}\.\.([0-9]{1,9})?|\.\.[0-9]{1,9})$"
STORED_TEXT = (
    select(SOURCE.c.sha256, TEXT.c.text)
    .select_from(SOURCE.outerjoin(TEXT, TEXT.c.id == SOURCE.c.id))
    .where(SOURCE.c.id == SOURCE_ID)
)


class EvidenceQuery(PageQuery, AsOfQuery):
    """Query parameters for the quotes of a source."""


class TextQuery(AsOfQuery):
    """Query parameters for the text of a source."""

    char: Range[int] | None = Single(
        parse=read_characters, documented={"type": "string", "pattern": CHARACTERS}
    ).described(
        "Range of characters to return, counted from 0 as in `citation.start`, both ends included; a range "
        "that runs past the end of the text stops there. Without `char`, the whole text.",
        "263..339",
    )


def evidence_page(source_id: str, query: EvidenceQuery, reading: RequestContext) -> Body:
    """A page of the quotes of a source. Raises BadRequest, StaleCursor, NotFound."""
    limit, total = query.limit or DEFAULT_LIMIT, query.total or "bounded"
    after = (query.after and keys_after(query.after, reading, [int])[0]) or 0
    last = min(after + limit + 1, LARGEST_KEY - 1)
    rows = _rows(QUOTES if total == "none" else COUNTED_QUOTES, source_id, reading, after=after, last=last)
    cited = groupby((row for row in rows if row[NUMBER]), itemgetter(NUMBER))
    quotes = [_quote(list(facts), reading.root_path) for _, facts in cited]
    shown = [quote.json_text().encode() for quote in quotes[:limit]]
    count, figures, *_ = rows[0]
    return page_body(
        shown, count, total, limit, reading, [after + limit] if len(quotes) > limit else None, figures=figures
    )


def _select_quotes(*, counted: bool) -> Any:
    """Counts of quotes and figures, and the facts of a range of quotes, each with the number of its quote.

    Quotes are numbered in text order; those that were never located come last, in the order of their facts.
    """
    mine = FACT.c.source_id == SOURCE_ID
    first = func.min(FACT.c.position).over(partition_by=FACT.c.quote_mark).label("first")
    cited = select(FACT.c.position, FACT.c.span_start, FACT.c.span_end, first).where(
        mine, FACT.c.quote_mark.is_not(None)
    )
    one = cited.subquery("cited").c
    order = (one.span_start.asc().nulls_last(), one.span_end.asc().nulls_last(), one.first)
    number = func.dense_rank().over(order_by=order).label("number")
    numbered = select(one.position, one.span_start, one.span_end, number).subquery("numbered")
    after, last = (bindparam(name, type_=Integer()) for name in ("after", "last"))
    answered = numbered.join(ANSWER, ANSWER.c.position == numbered.c.position)
    page = select(*numbered.c, ANSWER.c.json).select_from(answered)
    shown = page.where(numbered.c.number > after, numbered.c.number <= last).subquery("page")
    quotes = select(func.count(FACT.c.quote_mark.distinct())).where(mine).scalar_subquery()
    figures = select(func.count()).where(mine, FACT.c.evidence == answers.Evidence.FIGURE.value).scalar_subquery()
    text = func.substr(TEXT.c.text, shown.c.span_start + 1, shown.c.span_end - shown.c.span_start)
    query = select(quotes if counted else null(), figures, shown.c.number, shown.c.json, text)
    source = SOURCE.outerjoin(shown, true()).outerjoin(TEXT, TEXT.c.id == SOURCE.c.id)
    return query.select_from(source).where(SOURCE.c.id == SOURCE_ID).order_by(shown.c.number, shown.c.position)


COUNTED_QUOTES, QUOTES = _select_quotes(counted=True), _select_quotes(counted=False)


def _quote(rows: Sequence[Sequence[Any]], root_path: str) -> answers.Quote:
    """One quote, built from the rows of its facts."""
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


def text_of(source_id: str, query: TextQuery, reading: RequestContext) -> Body:
    """The text of a source, or the requested range of characters. Raises BadRequest, NotFound."""
    ((sha256, content),) = _rows(STORED_TEXT, source_id, reading)
    if content is None:
        evidence = f"{reading.root_path}{PATH}/{source_id}/evidence"
        detail = f"The text of {source_id!r} is not kept here, and its quotes were not held against one."
        if sha256 is not None:
            detail = (
                f"The text of {source_id!r} is not kept here. Who has it can verify the quotes of {evidence} by their "
                f"spans: its sha256 is {sha256.decode()}."
            )
        raise NotFound(detail, instead=evidence)
    if query.char is None:
        return Body(content, 1, tag=b'"%b"' % sha256)
    characters = content.decode()
    low, high = query.char.low or 0, query.char.high
    if low >= len(characters):
        detail = f"The text of {source_id!r} has {len(characters)} characters, 0..{len(characters) - 1}."
        raise BadRequest([ErrorDetail("invalid-value", "char", f"{low}..", detail)])
    end = len(characters) if high is None else min(high + 1, len(characters))
    return Body(characters[low:end].encode(), 1, tag=b'"%b-%d-%d"' % (sha256, low, end - 1))


def _rows(query: Any, source_id: str, reading: RequestContext, **values: Any) -> SqlRows:
    """The rows about a source, at least one. Raises NotFound."""
    if IDENTIFIER.fullmatch(source_id) and (rows := reading.run(query, source=source_id, **values)):
        return rows
    shown = source_id[:LONGEST_IDENTIFIER]
    raise NotFound(f"{PATH} has no {shown!r}.", shown, similar_ids(shown, ("source",), reading))
