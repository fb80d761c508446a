"""Series: measurements of the same thing over time, one preferred observation for each period."""

from sqlalchemy import literal_column

from app import answers, tables
from app.nouns import SUBJECTS
from app.nouns.noun import SYNONYMS, ListedNoun
from app.queries.filters import Alternatives, ChoiceFilter, FilterExpression, FlagFilter, IdFilter, TagFilter
from app.queries.ordering import Key
from app.queries.parameters import OneOf, QueryModel
from app.queries.periods import Year, Years
from app.queries.searching import WordsFilter
from app.queries.series import SeriesList, Shape
from app.queries.vocabulary import suggest_neighbours
from app.text.periods import Frequency

SERIES, TAG = tables.series, tables.series_tags
STATUSES = (answers.Status.ACTUAL, answers.Status.ESTIMATE, answers.Status.TARGET)
Q = "Words that must all occur in the names of its subject, metric, scope or market; two Chinese characters suffice."
# How a list shows a series, without observations or with the last, and what is shown of it alone; and their checksums.
LISTED = SERIES.c.head + literal_column("'}'"), SERIES.c.listed_crc
LATEST = SERIES.c.head + SERIES.c.latest_tail, SERIES.c.latest_crc
WHOLE = SERIES.c.head + SERIES.c.answer_tail, SERIES.c.answer_crc


def _tag(*types: str) -> TagFilter:
    return TagFilter(types, TAG.c.position, SERIES.c.position)


class SeriesFilters(QueryModel):
    """Filters for the list of series."""

    synonyms = SYNONYMS

    year: FilterExpression[Years] | None = Year(start=SERIES.c.period_start, end=SERIES.c.period_end).described(
        "Its observations reach from before to after the year, or part of the range of years.", "2024"
    )
    subject: Alternatives = IdFilter(SUBJECTS, SERIES.c.subject_id).described(
        "What the observations are about.", "zhengzhou"
    )
    metric: Alternatives = IdFilter(("metric",), SERIES.c.metric_id).described("What is measured.", "gdp")
    scope: Alternatives = IdFilter(("scope", "industry"), SERIES.c.scope_id).described(
        "The part of the subject that the values are of; `none`: all of it.", "buses"
    )
    market: Alternatives = IdFilter(("place",), SERIES.c.market_id).described(
        "The market or destination that the values are of.", "china"
    )
    frequency: Alternatives = ChoiceFilter(tuple(Frequency), SERIES.c.frequency).described(
        "How long its periods are.", "annual"
    )
    status: Alternatives = ChoiceFilter(STATUSES, SERIES.c.status).described(
        "Whether its values are actual, estimates, or targets and plans.", "actual"
    )
    unit: Alternatives = IdFilter(("unit",), SERIES.c.unit_id).described("The unit of its values.", "vehicle")
    industry: Alternatives = _tag("industry").described(
        "Tagged with the industry or one of its sub-industries.", "automotive"
    )
    sector: Alternatives = _tag("industry").described("The same as `industry`.", "automotive")
    initiative: Alternatives = _tag("initiative").described("Tagged with the city initiative.", "nev-city")
    place: Alternatives = _tag("place").described("About the place or one within it.", "zhengzhou")
    q: list[str] | None = WordsFilter(SERIES.c.search).described(Q, "产量")
    latest: bool | None = FlagFilter(None).described("`true`: each series with its last observation.", "true")
    shape: Shape | None = OneOf(choices=tuple(Shape)).described(
        "Of CSV: `long` has a row for each observation, `wide` a row for each period and a column for each series.",
        Shape.WIDE.value,
    )


SERIES_COLLECTION = ListedNoun(
    plural="series",
    singular="series",
    list=SeriesList(
        path="/v1/series",
        shape=answers.Series,
        listed=answers.ListedSeries,
        source=SERIES,
        answer=LISTED[0],
        crc=LISTED[1],
        identifier=SERIES.c.id,
        suggest=suggest_neighbours(SERIES.c.id),
        filters=SeriesFilters,
        keys={
            "id": Key(SERIES.c.position),
            "subject": Key(SERIES.c.subject_id),
            "metric": Key(SERIES.c.metric_id),
        },
        tie_break=Key(SERIES.c.position),
        latest=LATEST,
        whole=WHOLE,
    ),
    page=answers.SeriesPage,
    about=(
        "Series with their span, the number of their observations and gaps: "
        "`curl 'http://localhost:8000/v1/series?subject=zhengzhou&frequency=annual&latest=true'`."
    ),
    about_one=(
        "One series, one preferred observation for each period: "
        "`curl 'http://localhost:8000/v1/series/zhengzhou.nev-output.annual'`."
    ),
    example="zhengzhou.nev-output.annual",
)
