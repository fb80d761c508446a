"""Comparisons of facts with each other, and the conflicts among them."""

from sqlalchemy import true

from app import answers, tables
from app.nouns import SUBJECTS
from app.nouns.noun import ListedNoun
from app.queries.filters import Alternatives, ChoiceFilter, FilterExpression, IdFilter
from app.queries.lists import List
from app.queries.ordering import Key
from app.queries.parameters import QueryModel
from app.queries.periods import Year, Years
from app.queries.searching import WordsFilter
from app.queries.vocabulary import suggest_neighbours

COMPARISON = tables.comparisons
Q = "Words that must all occur in its names, quotes or printed numbers; two Chinese characters are enough."
KINDS = (
    "`same`: facts that state the same thing; `growth`, `share`, `sum`: a fact that follows from others by arithmetic; "
    "`part`: a part that is above its whole."
)


class ConflictFilters(QueryModel):
    """Filters for a list of comparisons with one verdict."""

    year: FilterExpression[Years] | None = Year(start=COMPARISON.c.period_start, end=COMPARISON.c.period_end).described(
        "The period of the facts overlaps the year or range of years.", "2024"
    )
    subject: Alternatives = IdFilter(SUBJECTS, COMPARISON.c.subject_id).described(
        "What the facts are about.", "zhengzhou"
    )
    metric: Alternatives = IdFilter(("metric",), COMPARISON.c.metric_id).described("What is measured.", "nev-output")
    unit: Alternatives = IdFilter(("unit",), COMPARISON.c.unit_id).described("The unit of the values.", "vehicle")
    scope: Alternatives = IdFilter(("scope", "industry"), COMPARISON.c.scope_id).described(
        "The part of the subject that the values are of; `none`: all of it.", "buses"
    )
    market: Alternatives = IdFilter(("place",), COMPARISON.c.market_id).described(
        "The market or destination that the values are of.", "china"
    )
    kind: Alternatives = ChoiceFilter(tuple(answers.ComparisonKind), COMPARISON.c.kind).described(KINDS, "growth")
    q: list[str] | None = WordsFilter(COMPARISON.c.search).described(Q, "产量")


class ComparisonFilters(ConflictFilters):
    """Filters for the list of all comparisons."""

    verdict: Alternatives = ChoiceFilter(tuple(answers.Verdict), COMPARISON.c.verdict).described(
        "Whether the facts agree, conflict, or one took the place of a preliminary one.", "conflicts"
    )


def _list(path: str, filters: type[ConflictFilters], verdict: answers.Verdict | None = None) -> List:
    """The list of all comparisons, or of those with one verdict."""
    return List(
        path=path,
        shape=answers.Comparison,
        source=COMPARISON,
        base=COMPARISON.c.verdict == verdict.value if verdict else true(),
        answer=COMPARISON.c.answer,
        crc=COMPARISON.c.answer_crc,
        identifier=COMPARISON.c.id,
        suggest=suggest_neighbours(COMPARISON.c.id),
        filters=filters,
        keys={
            "id": Key(COMPARISON.c.position),
            "year": Key(COMPARISON.c.period_start),
            "subject": Key(COMPARISON.c.subject_id),
            "metric": Key(COMPARISON.c.metric_id),
            "kind": Key(COMPARISON.c.kind),
        },
        tie_break=Key(COMPARISON.c.position),
    )


COMPARISONS = ListedNoun(
    plural="comparisons",
    singular="comparison",
    list=_list("/v1/comparisons", ComparisonFilters),
    page=answers.Comparisons,
    about=(
        "Comparisons of facts that state the same thing or follow from each other, each with its verdict: "
        "`curl 'http://localhost:8000/v1/comparisons?metric=nev-output-growth&kind=growth'`."
    ),
    about_one="One comparison, with every side and its citation, by the id that its facts list.",
    example="zhengzhou-nev-output-2024-pxfc7n32vluitnz6",
)
CONFLICTS = ListedNoun(
    plural="conflicts",
    singular="conflict",
    list=_list("/v1/conflicts", ConflictFilters, answers.Verdict.CONFLICTS),
    page=answers.Comparisons,
    about=(
        "Facts that cannot all be true, with each side's citation and the gap between them: "
        "`curl 'http://localhost:8000/v1/conflicts?subject=zhengzhou&year=2024'`."
    ),
    about_one="One conflict, with every side and its citation.",
    example="zhengzhou-nev-output-2024-pxfc7n32vluitnz6",
)
