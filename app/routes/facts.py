"""Facts: cited statements, listed, counted in groups, and shown one by one."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from sqlalchemy import select
from starlette.responses import Response

from app import answers, tables
from app.database import Snapshot
from app.hedges import Bound
from app.periods import Basis
from app.queries.filters import Choice, Filter, Ids, Tag, Text
from app.queries.groups import Groups
from app.queries.lists import List, by_name
from app.queries.paging import Key
from app.queries.ranges import Value, Year
from app.queries.vocabulary import Vocabulary, nearest
from app.web.problems import LIST_PROBLEMS, ONE_PROBLEMS
from app.web.responder import responder_of

router = APIRouter(prefix="/v1", tags=["facts"])
FACT = tables.Fact
BOUNDS = "The printed hedge: 超 is gt, 以上 ge, 不足 lt, 以下 le, 约 approx, 近 below; eq without one."
Q = "Words that its statement, quote or names all hold; two Chinese characters are enough."
ANY_TYPE = ("place", "organization", "industry", "initiative", "policy", "event", "metric", "source")


def fact_tag(kind: str, description: str, example: str, *aliases: str) -> Tag:
    return Tag(
        name=kind,
        aliases=aliases,
        description=description,
        example=example,
        owner=FACT.position,
        tag_owner=tables.FactTag.fact_position,
        tags=tables.FactTag,
    )


def neighbours(fact_id: str, snapshot: Snapshot, _vocabulary: Vocabulary) -> tuple[str, ...]:
    """Ids like this one: those around it in the order of ids, which begins with subject and metric."""
    fact_id = fact_id.lower()
    if not fact_id.isascii() or not fact_id.isprintable():
        return ()
    before = select(FACT.id).where(FACT.id < fact_id).order_by(FACT.id.desc()).limit(5)
    behind = select(FACT.id).where(FACT.id > fact_id).order_by(FACT.id).limit(5)
    return nearest(fact_id, [*snapshot.connection.scalars(before), *snapshot.connection.scalars(behind)])


FILTERS: list[Filter[Any] | Text] = [
    Year(
        name="year",
        description="The period overlaps the year or range of years; `none`: undated.",
        example="2024",
        start=FACT.period_start,
        end=FACT.period_end,
    ),
    fact_tag("industry", "Tagged with the industry or one within it.", "automotive", "sector"),
    fact_tag("initiative", "Tagged with the city initiative.", "nev-city"),
    fact_tag("place", "About the place or one within it.", "zhengzhou"),
    fact_tag("company", "The organization, or one that belongs to it, is subject or object or took part.", "byd"),
    fact_tag("event", "About the event.", "china-computing-conference-2024"),
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
    Value(
        "value",
        "A value or range, in the unit of its metric; `-` is a sign here. Use `unit` too.",
        "100000..",
        FACT.value_key,
    ),
    Text("q", Q, "算力", FACT.search),
]
FACTS = List(
    path="/v1/facts",
    shape=answers.Fact,
    source=FACT.__table__,
    answer=FACT.answer,
    identifier=FACT.id,
    suggest=neighbours,
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
def list_facts(request: Request) -> Response:
    """Cited statements of which everything asked holds:
    `curl 'http://localhost:8000/v1/facts?year=2024&initiative=nev-city'`.
    """
    return responder_of(request).answer(request, FACTS.page)


# Before the single fact: `groups` is no id.
@router.get(
    "/facts/groups",
    operation_id="groupFacts",
    summary="Count facts in groups",
    response_model=answers.GroupPage,
    responses=LIST_PROBLEMS,
    openapi_extra=GROUPS.questions.openapi(),
)
def group_facts(request: Request) -> Response:
    """How many facts a group has, and what their values come to:
    `curl 'http://localhost:8000/v1/facts/groups?by=initiative,year'`.
    """
    return responder_of(request).answer(request, GROUPS.page)


@router.get(
    "/facts/{fact_id}",
    operation_id="readFact",
    summary="Read a fact",
    response_model=answers.Fact,
    responses=ONE_PROBLEMS,
    openapi_extra=FACTS.questions_of_one.openapi(),
)
def read_fact(request: Request, fact_id: FactId) -> Response:
    """One cited statement, by the id that a list of facts shows."""
    return responder_of(request).answer(request, FACTS.one_of(fact_id))
