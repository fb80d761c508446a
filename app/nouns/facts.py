"""Facts: cited statements, and the filters of their list."""

from typing import Annotated

from pydantic import Field

from app import answers, tables
from app.nouns.noun import Noun
from app.queries.expressions import FilterExpression, Range, Span
from app.queries.facts import FactList, FactTag, FactYear
from app.queries.filters import Choice, Ids, Years
from app.queries.groups import Groups
from app.queries.neighbours import IdSuggester
from app.queries.paging import Key
from app.queries.parameters import Alias, Query
from app.queries.ranges import Char, Match, Value
from app.queries.texts import Text
from app.text.hedges import Bound
from app.text.periods import Basis

FACT, ANSWER = tables.facts, tables.fact_answers
ANY_TYPE = ("place", "organization", "industry", "initiative", "policy", "event", "metric", "source")
INDUSTRY = FactTag()
Id = FilterExpression[str] | None


class FactFilters(Query):
    """Filters for the list of facts and for groups of facts."""

    year: Annotated[
        FilterExpression[Years] | None,
        FactYear(start=FACT.c.period_start, end=FACT.c.period_end),
        Field(
            description="The period overlaps the year or range of years; `none`: the fact is undated.",
            examples=[["2024"]],
        ),
    ] = None
    industry: Annotated[
        Id,
        INDUSTRY,
        Field(description="Tagged with the industry or one of its sub-industries.", examples=[["automotive"]]),
    ] = None
    sector: Annotated[
        None, Alias(INDUSTRY), Field(description="The same as `industry`.", examples=[["automotive"]])
    ] = None
    initiative: Annotated[
        Id, FactTag(), Field(description="Tagged with the city initiative.", examples=[["nev-city"]])
    ] = None
    place: Annotated[
        Id, FactTag(), Field(description="About the place or one within it.", examples=[["zhengzhou"]])
    ] = None
    company: Annotated[
        Id,
        FactTag(),
        Field(
            description="The organization, or one that belongs to it, is the subject or object, or took part.",
            examples=[["byd"]],
        ),
    ] = None
    event: Annotated[
        Id, FactTag(), Field(description="About the event.", examples=[["china-computing-conference-2024"]])
    ] = None
    subject: Annotated[
        Id, Ids(FACT.c.subject_id, ANY_TYPE), Field(description="What the fact is about.", examples=[["zhengzhou"]])
    ] = None
    metric: Annotated[
        Id, Ids(FACT.c.metric_id, ("metric",)), Field(description="What is measured.", examples=[["nev-output"]])
    ] = None
    unit: Annotated[
        Id, Ids(FACT.c.unit_id, ("unit",)), Field(description="The unit of the value.", examples=[["vehicle"]])
    ] = None
    relation: Annotated[
        Id,
        Ids(FACT.c.relation_id, ("relation",)),
        Field(description="How the subject is related to the object.", examples=[["makes"]]),
    ] = None
    object: Annotated[
        Id, Ids(FACT.c.object_id, ANY_TYPE), Field(description="The object of the relation.", examples=[["huawei"]])
    ] = None
    source: Annotated[
        Id,
        Ids(FACT.c.source_id, ("source",)),
        Field(description="The document cited.", examples=[["zhengzhou-feature-2025"]]),
    ] = None
    kind: Annotated[
        Id,
        Choice(FACT.c.kind, tuple(answers.Kind)),
        Field(
            description="A measured value, a relation between two things, or an event that took place.",
            examples=[["measurement"]],
        ),
    ] = None
    bound: Annotated[
        Id,
        Choice(FACT.c.bound, tuple(Bound)),
        Field(
            description="The printed hedge: 超 is gt, 以上 ge, 不足 lt, 以下 le, 约 approx, 近 below; eq if none.",
            examples=[["gt"]],
        ),
    ] = None
    status: Annotated[
        Id,
        Choice(FACT.c.status, tuple(answers.Status)),
        Field(description="Whether the fact is actual, a target, a plan or an estimate.", examples=[["-target"]]),
    ] = None
    basis: Annotated[
        Id,
        Choice(FACT.c.basis, tuple(Basis)),
        Field(
            description="How the period is known: printed, resolved from a word such as 去年, inferred, or not at all.",
            examples=[["relative"]],
        ),
    ] = None
    evidence: Annotated[
        Id,
        Choice(FACT.c.evidence, tuple(answers.Evidence)),
        Field(
            description="Whether its quote was found in the text (`verbatim`), was not checked (`quoted`) or is "
            "absent (`figure`).",
            examples=[["verbatim"]],
        ),
    ] = None
    standing: Annotated[
        Id,
        Choice(FACT.c.standing, tuple(answers.Standing)),
        Field(
            description="Whether another publisher agrees, another fact contradicts it, or it stands alone.",
            examples=[["conflicting"]],
        ),
    ] = None
    value: Annotated[
        FilterExpression[Range] | None,
        Value(column=FACT.c.value_key, low=FACT.c.value_low_key, high=FACT.c.value_high_key),
        Field(
            description=(
                "A value or a range, in the unit of the metric; combine it with `unit`. A leading `-` is a minus sign "
                "here. `100000..` also finds values that may be that high given their bound, such as more than 90,000; "
                "`match` in the answer says whether that is certain."
            ),
            examples=[["100000.."]],
        ),
    ] = None
    char: Annotated[
        FilterExpression[Span] | None,
        Char(start=FACT.c.span_start, end=FACT.c.span_end),
        Field(
            description=(
                "The quote overlaps these characters of the source's text; requires exactly one `source`. Characters "
                "are counted from 0, as in `citation.start`; both ends are included, unlike `citation.end`."
            ),
            examples=[["283..294"]],
        ),
    ] = None
    q: Annotated[
        list[str] | None,
        Text(tables.fact_texts.c.search),
        Field(
            description="Words that must all occur in its statement, quote or names; two Chinese characters suffice.",
            examples=["算力"],
        ),
    ] = None
    match: Annotated[
        answers.Match | None,
        Match(),
        Field(
            description=(
                "Narrows what `value` finds. `certain`: all that the value's bound allows lies in the range; "
                "`possible`: only part of it does, such as more than 230,000 for `240000..`. Both by default."
            ),
            examples=[answers.Match.CERTAIN.value],
        ),
    ] = None


FACT_LIST = FactList(
    path="/v1/facts",
    shape=answers.Fact,
    source=FACT.join(ANSWER, ANSWER.c.position == FACT.c.position),
    answer=ANSWER.c.json,
    crc=ANSWER.c.crc,
    identifier=FACT.c.id,
    suggest=IdSuggester(FACT.c.id),
    asks=FactFilters,
    keys={
        "id": Key(FACT.c.position),
        "year": Key(FACT.c.period_start, nullable=True),
        "subject": Key(FACT.c.subject_id),
        "metric": Key(FACT.c.metric_id, nullable=True),
        "value": Key(FACT.c.value_key, nullable=True),
        "unit": Key(FACT.c.unit_id, nullable=True),
        "source": Key(FACT.c.source_id),
        "status": Key(FACT.c.status),
    },
    tie_break=Key(FACT.c.position),
    marks={"match": "value"},
)
FACTS = Noun(
    plural="facts",
    singular="fact",
    list=FACT_LIST,
    page=answers.Facts,
    about=(
        "Cited statements that match all filters: "
        "`curl 'http://localhost:8000/v1/facts?year=2024&initiative=nev-city'`."
    ),
    about_one="One cited statement, by its id.",
    example="zhengzhou-vehicle-output-2024-nd7tvmon",
)
GROUPS = Groups("/v1/facts/groups", FACT_LIST)
