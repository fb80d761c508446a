"""The list of comparisons and its filters."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import true

from app import answers, tables
from app.queries.expressions import FilterExpression
from app.queries.filters import Choice, Ids, Year, Years
from app.queries.lists import List
from app.queries.neighbours import IdSuggester
from app.queries.paging import Key
from app.queries.parameters import Query
from app.queries.texts import Text

COMPARISON = tables.comparisons
SUBJECTS = ("place", "organization", "industry", "initiative", "policy", "event", "metric", "source")
Q = "Words that must all occur in its names, quotes or printed numbers; two Chinese characters are enough."
KINDS = (
    "`same`: facts that state the same thing; `growth`, `share`, `sum`: a fact that follows from others by arithmetic."
)
Id = FilterExpression[str] | None


class ConflictFilters(Query):
    """Filters for a list of comparisons with one verdict."""

    year: Annotated[
        FilterExpression[Years] | None,
        Year(start=COMPARISON.c.period_start, end=COMPARISON.c.period_end),
        Field(description="The period of the facts overlaps the year or range of years.", examples=[["2024"]]),
    ] = None
    subject: Annotated[
        Id,
        Ids(COMPARISON.c.subject_id, SUBJECTS),
        Field(description="What the facts are about.", examples=[["zhengzhou"]]),
    ] = None
    metric: Annotated[
        Id, Ids(COMPARISON.c.metric_id, ("metric",)), Field(description="What is measured.", examples=[["nev-output"]])
    ] = None
    unit: Annotated[
        Id, Ids(COMPARISON.c.unit_id, ("unit",)), Field(description="The unit of the values.", examples=[["vehicle"]])
    ] = None
    place: Annotated[
        Id,
        Ids(COMPARISON.c.place_id, ("place",)),
        Field(description="The place of the facts.", examples=[["zhengzhou"]]),
    ] = None
    kind: Annotated[
        Id, Choice(COMPARISON.c.kind, tuple(answers.ComparisonKind)), Field(description=KINDS, examples=[["growth"]])
    ] = None
    q: Annotated[list[str] | None, Text(COMPARISON.c.search), Field(description=Q, examples=["产量"])] = None


class ComparisonFilters(ConflictFilters):
    """Filters for the list of all comparisons."""

    verdict: Annotated[
        Id,
        Choice(COMPARISON.c.verdict, tuple(answers.Verdict)),
        Field(description="Whether the facts agree or conflict.", examples=[["conflicts"]]),
    ] = None


def comparison_list(path: str, verdict: answers.Verdict | None = None) -> List:
    """The list of all comparisons, or of those with one verdict."""
    return List(
        path=path,
        shape=answers.Comparison,
        source=COMPARISON,
        base=COMPARISON.c.verdict == verdict.value if verdict else true(),
        answer=COMPARISON.c.answer,
        crc=COMPARISON.c.answer_crc,
        identifier=COMPARISON.c.id,
        suggest=IdSuggester(COMPARISON.c.id),
        asks=ConflictFilters if verdict else ComparisonFilters,
        keys={
            "id": Key(COMPARISON.c.position),
            "year": Key(COMPARISON.c.period_start),
            "subject": Key(COMPARISON.c.subject_id),
            "metric": Key(COMPARISON.c.metric_id),
            "kind": Key(COMPARISON.c.kind),
        },
        tie_break=Key(COMPARISON.c.position),
    )
