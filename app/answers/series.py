"""The response models of series: one preferred observation for each period, and what there is of it."""

from enum import StrEnum
from typing import Annotated

from pydantic import MISSING, Field

from app.answers.entities import Answer, Count, Date, Href, Name, Number, Page, Ref
from app.answers.facts import CitedSource, Standing, Status, Vintage
from app.text.hedges import Bound
from app.text.periods import Frequency


class Because(StrEnum):
    """Why an observation is preferred to its rivals: the first of these, in this order, by which one of them lost.
    `only`: it has none.
    """

    ONLY = "only"
    SOURCE_KIND = "source-kind"
    VINTAGE = "vintage"
    BOUND = "bound"
    DIGITS = "digits"
    EVIDENCE = "evidence"
    PUBLISHED = "published"
    ID = "id"


class SeriesUnit(Answer):
    id: str
    name: Name
    symbol: Annotated[Name, Field(description="What is written behind a value")]


class Rivals(Answer):
    """The other facts of the same series and period; `href` lists them all, the preferred one too."""

    count: Count
    href: Href


class Observation(Answer):
    """The preferred fact of a period."""

    period: Annotated[str, Field(examples=["2024"])]
    start: Date
    end: Date
    value: Number
    bound: Bound
    printed: str
    measure: str | None
    vintage: Vintage | None
    fact: Annotated[str, Field(description="Id of the fact")]
    because: Because
    rivals: Rivals
    standing: Standing
    source: CitedSource


class SeriesKey(Answer):
    """What all observations of a series have in common. `status` is `target` for targets and plans."""

    id: Annotated[str, Field(examples=["zhengzhou.nev-output.annual"])]
    subject: Ref
    metric: Ref
    scope: Ref | None
    market: Ref | None
    frequency: Frequency
    status: Status
    unit: SeriesUnit
    observation_count: Annotated[Count, Field(description="How many periods have an observation")]
    fact_count: Annotated[Count, Field(description="How many facts, rivals included")]
    first: Annotated[str, Field(description="The first period", examples=["2018"])]
    last: Annotated[str, Field(description="The last period", examples=["2024"])]
    gaps: Annotated[list[str], Field(description="Periods between them without an observation; at most a thousand")]
    href: Href


class ListedSeries(SeriesKey):
    observations: Annotated[
        list[Observation] | MISSING, Field(description="Only with `latest=true`: the last observation")
    ] = MISSING


class SeriesLinks(Answer):
    facts: Annotated[Href, Field(description="All its facts")]


class Series(SeriesKey):
    """A series: one observation for each period, in the order of time."""

    observations: list[Observation]
    links: SeriesLinks


class SeriesPage(Page[ListedSeries]):
    """A page of series."""


class SeriesGaps(Answer):
    id: str
    gaps: list[str]


class InitiativeCoverage(Answer):
    """What is known of an initiative. `measured` counts actual measurements whose subject is the initiative's place,
    `years` the same by the year they begin in. `missing` are metrics measured of others, never of that place.
    """

    initiative: str
    place: Ref
    measured: Count
    years: dict[str, Count]
    series: list[SeriesGaps]
    missing: list[str]


class CoverageReport(Answer):
    """What is there for each initiative, and what is not: silence is not zero."""

    initiatives: list[InitiativeCoverage]
    revision: str
