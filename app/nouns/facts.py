"""Facts: cited statements, and the filters of their list."""

from app import answers, tables
from app.nouns import SUBJECTS
from app.nouns.metrics import metrics
from app.nouns.noun import SYNONYMS, ListedNoun
from app.nouns.sources import sources
from app.queries.facts import FactDays, FactList, FactYear
from app.queries.filters import (
    Alternatives,
    ChoiceFilter,
    FilterExpression,
    FlagFilter,
    IdFilter,
    Known,
    Range,
    TagFilter,
)
from app.queries.grouping import Groups
from app.queries.ordering import Key
from app.queries.parameters import OneOf, QueryModel
from app.queries.periods import TextRange, Years
from app.queries.ranges import CharactersFilter, ValueFilter, needs_one_source, needs_value
from app.queries.searching import FactWordsFilter, Search
from app.queries.vocabulary import suggest_neighbours
from app.text.hedges import Bound
from app.text.periods import Basis, Frequency

FACT, ANSWER, SERIES = tables.facts, tables.fact_answers, tables.series


class FactFilters(QueryModel):
    """Filters for the list of facts and for groups of facts."""

    synonyms = SYNONYMS | {"organization": "company"}

    year: FilterExpression[Years] | None = FactYear(start=FACT.c.period_start, end=FACT.c.period_end).described(
        "The period overlaps the year or range of years; `none`: the fact is undated.", "2024"
    )
    period: FilterExpression[Years] | None = FactDays(start=FACT.c.period_start, end=FACT.c.period_end).described(
        "The period overlaps this one, at the precision typed, or a range of them.", "2024-09"
    )
    frequency: Alternatives = ChoiceFilter(tuple(Frequency), FACT.c.frequency).described(
        "How long the period of a measurement is.", "annual"
    )
    industry: Alternatives = TagFilter(("industry",)).described(
        "Tagged with the industry or one of its sub-industries.", "automotive"
    )
    sector: Alternatives = TagFilter(("industry",)).described("The same as `industry`.", "automotive")
    initiative: Alternatives = TagFilter(("initiative",)).described("Tagged with the city initiative.", "nev-city")
    place: Alternatives = TagFilter(("place",)).described("About the place or one within it.", "zhengzhou")
    company: Alternatives = TagFilter(("organization",)).described(
        "The organization, or one that belongs to it, is the subject or object, or took part.", "byd"
    )
    event: Alternatives = TagFilter(("event",)).described("About the event.", "china-computing-conference-2024")
    subject: Alternatives = IdFilter(SUBJECTS, FACT.c.subject_id).described("What the fact is about.", "zhengzhou")
    metric: Alternatives = IdFilter(("metric",), FACT.c.metric_id).described("What is measured.", "nev-output")
    scope: Alternatives = IdFilter(("scope", "industry"), FACT.c.scope_id).described(
        "The part of the subject that the value is of, exactly; `none`: it is of all of the subject.", "buses"
    )
    market: Alternatives = IdFilter(("place",), FACT.c.market_id).described(
        "The market or destination that the value is of.", "china"
    )
    series: Alternatives = Known(FACT.c.series_id, SERIES.c.id, suggest_neighbours(SERIES.c.id)).described(
        "The series it is an observation of.", "zhengzhou.nev-output.annual"
    )
    preferred: bool | None = FlagFilter(FACT.c.preferred).described(
        "`true`: only the one fact that its series prefers for each period.", "true"
    )
    unit: Alternatives = IdFilter(("unit",), FACT.c.unit_id).described("The unit of the value.", "vehicle")
    relation: Alternatives = IdFilter(("relation",), FACT.c.relation_id).described(
        "How the subject is related to the object.", "makes"
    )
    object: Alternatives = IdFilter(SUBJECTS, FACT.c.object_id).described("The object of the relation.", "huawei")
    source: Alternatives = IdFilter(("source",), FACT.c.source_id).described(
        "The document cited.", "zhengzhou-feature-2025"
    )
    kind: Alternatives = ChoiceFilter(tuple(answers.Kind), FACT.c.kind).described(
        "A measured value, a relation between two things, or an event that took place.", "measurement"
    )
    bound: Alternatives = ChoiceFilter(tuple(Bound), FACT.c.bound).described(
        "The printed hedge: 超 is gt, 以上 ge, 不足 lt, 以下 le, 约 approx, 近 below; eq if none.", "gt"
    )
    status: Alternatives = ChoiceFilter(tuple(answers.Status), FACT.c.status).described(
        "Whether the fact is actual, a target, a plan or an estimate.", "-target"
    )
    vintage: Alternatives = ChoiceFilter(tuple(answers.Vintage), FACT.c.vintage).described(
        "Whether the value was published early, is final, or was revised.", "preliminary"
    )
    publisher: Alternatives = IdFilter(("organization",), sources.c.publisher_id).described(
        "Who published it first.", "zhengzhou-daily"
    )
    published: FilterExpression[Range[str]] | None = TextRange(sources.c.published).described(
        "When its source was published, as precise as is known; `..2024-06-30`: what had been said by then.",
        "..2024-06-30",
    )
    republished: bool | None = FlagFilter(sources.c.republished).described(
        "Whether it was read in a copy elsewhere.", "false"
    )
    source_kind: Alternatives = ChoiceFilter(tuple(answers.SourceKind), sources.c.kind).described(
        "Who first published it: a statistics bureau, the government, the press, the company itself or others.",
        "statistics",
    )
    basis: Alternatives = ChoiceFilter(tuple(Basis), FACT.c.basis).described(
        "How the period is known: printed, resolved from a word such as 去年, inferred, or not at all.", "relative"
    )
    evidence: Alternatives = ChoiceFilter(tuple(answers.Evidence), FACT.c.evidence).described(
        "Whether its quote was found in the text (`verbatim`), was not checked (`quoted`) or is absent (`figure`).",
        "verbatim",
    )
    standing: Alternatives = ChoiceFilter(tuple(answers.Standing), FACT.c.standing).described(
        "Whether another publisher agrees, another fact contradicts it, or it stands alone.", "conflicting"
    )
    value: FilterExpression[Range[str]] | None = ValueFilter(
        column=FACT.c.value_key, low=FACT.c.value_low_key, high=FACT.c.value_high_key
    ).described(
        "A value or a range, in the unit of the metric; combine it with `unit`. A leading `-` is a minus sign "
        "here. `100000..` also finds values that may be that high given their bound, such as more than 90,000; "
        "`match` in the answer says whether that is certain.",
        "100000..",
    )
    char: FilterExpression[Range[int]] | None = CharactersFilter(
        start=FACT.c.span_start, end=FACT.c.span_end, check=needs_one_source
    ).described(
        "The quote overlaps these characters of the source's text; requires exactly one `source`. Characters "
        "are counted from 0, as in `citation.start`; both ends are included, unlike `citation.end`.",
        "283..294",
    )
    q: Search | None = FactWordsFilter(tables.fact_texts.c.search).described(
        "Words that must all occur in its statement, quote or names; two Chinese characters suffice.", "算力"
    )
    match: answers.Match | None = OneOf(choices=tuple(answers.Match), check=needs_value).described(
        "Narrows what `value` finds. `certain`: all that the value's bound allows lies in the range; "
        "`possible`: only part of it does, such as more than 230,000 for `240000..`. Both by default.",
        answers.Match.CERTAIN.value,
    )


FACT_LIST = FactList(
    path="/v1/facts",
    shape=answers.Fact,
    listed=answers.ListedFact,
    source=FACT.join(ANSWER, ANSWER.c.position == FACT.c.position),
    answer=ANSWER.c.json,
    crc=ANSWER.c.crc,
    identifier=FACT.c.id,
    suggest=suggest_neighbours(FACT.c.id),
    filters=FactFilters,
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
    sources=sources,
)
FACTS = ListedNoun(
    plural="facts",
    singular="fact",
    list=FACT_LIST,
    page=answers.Facts,
    about=(
        "Cited statements that match all filters: "
        "`curl 'http://localhost:8000/v1/facts?year=2024&initiative=nev-city'`."
    ),
    about_one="One cited statement, by its id.",
    example="zhengzhou-vehicle-output-2024-rbksgg45",
)
GROUPS = Groups("/v1/facts/groups", FACT_LIST, metrics)
