"""The list of comparisons, and what it can be asked."""

from typing import Any

from sqlalchemy import true

from app import answers, tables
from app.queries.filters import Choice, Filter, Ids, Text
from app.queries.lists import List, by_name
from app.queries.neighbours import Neighbours
from app.queries.paging import Key
from app.queries.ranges import Year

COMPARISON = tables.Comparison
SUBJECTS = ("place", "organization", "industry", "initiative", "policy", "event", "metric", "source")
Q = "Words that its names, quotes or printed numbers hold, each of them; two Chinese characters are enough."
KINDS = "`same`: facts on the same; `growth`, `share`, `sum`: one that follows from others by arithmetic."


def comparison_list(path: str, verdict: answers.Verdict | None = None) -> List:
    """The comparisons, or those of one verdict."""
    verdicts = Choice("verdict", "Whether its sides agree.", "conflicts", COMPARISON.verdict, tuple(answers.Verdict))
    filters: list[Filter[Any] | Text] = [
        Year(
            name="year",
            description="The period compared overlaps the year or range of years.",
            example="2024",
            start=COMPARISON.period_start,
            end=COMPARISON.period_end,
        ),
        Ids("subject", "What its facts are about.", "zhengzhou", COMPARISON.subject_id, SUBJECTS),
        Ids("metric", "What is measured.", "nev-output", COMPARISON.metric_id, ("metric",)),
        Ids("unit", "The unit of its values.", "vehicle", COMPARISON.unit_id, ("unit",)),
        Ids("place", "The place its facts name.", "zhengzhou", COMPARISON.place_id, ("place",)),
        Choice("kind", KINDS, "growth", COMPARISON.kind, tuple(answers.ComparisonKind)),
        *([] if verdict else [verdicts]),
        Text("q", Q, "产量", COMPARISON.search),
    ]
    return List(
        path=path,
        shape=answers.Comparison,
        source=COMPARISON.__table__,
        base=COMPARISON.verdict == verdict.value if verdict else true(),
        answer=COMPARISON.answer,
        identifier=COMPARISON.id,
        suggest=Neighbours(COMPARISON.id),
        filters=by_name(filters),
        keys={
            "id": Key(COMPARISON.position),
            "year": Key(COMPARISON.period_start),
            "subject": Key(COMPARISON.subject_id),
            "metric": Key(COMPARISON.metric_id),
            "kind": Key(COMPARISON.kind),
        },
        tie_break=Key(COMPARISON.position),
    )
