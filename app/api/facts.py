"""Facts: cited statements, listed, counted in groups, and shown one by one."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app import answers, tables
from app.hedges import Bound
from app.http import exports
from app.http.problems import FACT_PROBLEMS, LIST_PROBLEMS
from app.http.responder import responder_of
from app.periods import Basis
from app.queries.exports import Form
from app.queries.facts import FactList, FactTag, FactYear
from app.queries.filters import Choice, Filter, Ids, Text
from app.queries.groups import Groups
from app.queries.lists import by_name
from app.queries.neighbours import Neighbours
from app.queries.paging import Key
from app.queries.ranges import Char, Match, Value

router = APIRouter(prefix="/v1", tags=["facts"])
FACT, ANSWER = tables.Fact, tables.FactAnswer
BOUNDS = "The printed hedge: 超 is gt, 以上 ge, 不足 lt, 以下 le, 约 approx, 近 below; eq without one."
Q = "Words that its statement, quote or names all hold; two Chinese characters are enough."
STANDING = "Whether others say the same of it, say otherwise, or nothing."
ANY_TYPE = ("place", "organization", "industry", "initiative", "policy", "event", "metric", "source")


FILTERS: list[Filter[Any] | Text] = [
    FactYear(
        name="year",
        description="The period overlaps the year or range of years; `none`: undated.",
        example="2024",
        start=FACT.period_start,
        end=FACT.period_end,
    ),
    FactTag("industry", "Tagged with the industry or one within it.", "automotive", aliases=("sector",)),
    FactTag("initiative", "Tagged with the city initiative.", "nev-city"),
    FactTag("place", "About the place or one within it.", "zhengzhou"),
    FactTag("company", "The organization, or one that belongs to it, is subject or object or took part.", "byd"),
    FactTag("event", "About the event.", "china-computing-conference-2024"),
    Ids("subject", "What the fact is about.", "zhengzhou", FACT.subject_id, ANY_TYPE),
    Ids("metric", "What is measured.", "nev-output", FACT.metric_id, ("metric",)),
    Ids("unit", "The unit of the value.", "vehicle", FACT.unit_id, ("unit",)),
    Ids("relation", "How the subject stands to the object.", "makes", FACT.relation_id, ("relation",)),
    Ids("object", "What a relation leads to.", "huawei", FACT.object_id, ANY_TYPE),
    Ids("source", "The document cited.", "zhengzhou-feature-2025", FACT.source_id, ("source",)),
    Choice("kind", "A value, a relation, or an event that took place.", "measurement", FACT.kind, tuple(answers.Kind)),
    Choice("bound", BOUNDS, "gt", FACT.bound, tuple(Bound)),
    Choice("status", "Whether it happened, or is a target, ...", "-target", FACT.status, tuple(answers.Status)),
    Choice("basis", "How its period is known.", "relative", FACT.basis, tuple(Basis)),
    Choice("evidence", "How well it is evidenced.", "verbatim", FACT.evidence, tuple(answers.Evidence)),
    Choice("standing", STANDING, "conflicting", FACT.standing, tuple(answers.Standing)),
    Value(
        name="value",
        description="A value or range, in the unit of its metric; `-` is a sign here. Use `unit` too. "
        "`100000..` finds what may be as much because of its bound, too; `match` in an answer says how sure that is.",
        example="100000..",
        column=FACT.value_key,
        low=FACT.value_low_key,
        high=FACT.value_high_key,
    ),
    Char(
        name="char",
        description="Its quote has some of these characters of the text of the one `source` that is asked for, counted "
        "from 0 as in `citation.start`; both ends are included, where `citation.end` is not.",
        example="283..294",
        start=FACT.span_start,
        end=FACT.span_end,
    ),
    Text("q", Q, "算力", tables.FactText.search),
]
FACTS = FactList(
    path="/v1/facts",
    shape=answers.Fact,
    source=FACT.__table__.join(ANSWER.__table__, ANSWER.position == FACT.position),
    answer=ANSWER.json,
    identifier=FACT.id,
    suggest=Neighbours(FACT.id),
    filters=by_name(FILTERS),
    keys={
        "id": Key(FACT.position),
        "year": Key(FACT.period_start, nullable=True),
        "subject": Key(FACT.subject_id),
        "metric": Key(FACT.metric_id, nullable=True),
        "value": Key(FACT.value_key, nullable=True),
        "unit": Key(FACT.unit_id, nullable=True),
        "source": Key(FACT.source_id),
        "status": Key(FACT.status),
    },
    tie_break=Key(FACT.position),
    more=[Match()],
    marks={"match": "value"},
    lined={Form.CSV: tables.FactCsv.line, Form.NDJSON: tables.FactNdjson.line},
)
GROUPS = Groups("/v1/facts/groups", FACTS)
FactId = Annotated[str, Path(description="Id of a fact", examples=["zhengzhou-vehicle-output-2024-nd7tvmon"])]


@router.get(
    "/facts",
    operation_id="listFacts",
    summary="List facts",
    response_model=answers.Facts,
    responses=LIST_PROBLEMS,
    openapi_extra=FACTS.questions.openapi(),
)
async def list_facts(request: Request) -> Response:
    """Cited statements of which everything asked holds:
    `curl 'http://localhost:8000/v1/facts?year=2024&initiative=nev-city'`.
    """
    return await exports.respond(request, FACTS)


# Before the single fact: `groups` is no id.
@router.get(
    "/facts/groups",
    operation_id="groupFacts",
    summary="Count facts in groups",
    response_model=answers.GroupPage,
    responses=LIST_PROBLEMS,
    openapi_extra=GROUPS.questions.openapi(),
)
async def group_facts(request: Request) -> Response:
    """How many facts a group has, and what their values come to:
    `curl 'http://localhost:8000/v1/facts/groups?by=initiative,year'`.
    """
    return await exports.respond(request, GROUPS)


@router.get(
    "/facts/{fact_id}",
    operation_id="readFact",
    summary="Read a fact",
    response_model=answers.Fact,
    responses=FACT_PROBLEMS,
    openapi_extra=FACTS.questions_of_one.openapi(),
)
async def read_fact(request: Request, fact_id: FactId) -> Response:
    """One cited statement, by the id that a list of facts shows."""
    return await responder_of(request).respond(request, FACTS.one_of(fact_id))
