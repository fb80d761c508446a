"""The response models of facts: what one states, about whom, when, and its evidence; a list; groups of them."""

from enum import StrEnum
from typing import Annotated

from pydantic import MISSING, Field

from app.answers.entities import Answer, Count, Date, Href, Name, Number, Page, Ref, Uri
from app.text.hedges import Bound
from app.text.periods import Basis, Frequency, Precision


class Kind(StrEnum):
    """A value of a metric, a relation between two entities, or an event that took place."""

    MEASUREMENT = "measurement"
    RELATION = "relation"
    OCCURRENCE = "occurrence"


class Status(StrEnum):
    ACTUAL = "actual"
    TARGET = "target"
    PLAN = "plan"
    ESTIMATE = "estimate"


class Evidence(StrEnum):
    """`verbatim`: the quote was found, exactly once, in a text of known sha256. `quoted`: there is a quote,
    but it was never checked against a text. `figure`: as printed on the cited page, without a quote.
    """

    VERBATIM = "verbatim"
    QUOTED = "quoted"
    FIGURE = "figure"


class Standing(StrEnum):
    """How a fact compares with others on the same subject, metric, period and scope. `corroborated`: another publisher
    has an agreeing value; `conflicting`: some fact has a value that cannot also be true; `alone`: neither.
    """

    CORROBORATED = "corroborated"
    CONFLICTING = "conflicting"
    ALONE = "alone"


class Vintage(StrEnum):
    """`preliminary`: published early, as 初步核算; `final`; `revised`: published again with another value."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    REVISED = "revised"


class SourceKind(StrEnum):
    """Who first published it: a statistics bureau, another part of the government, the official or party press, a
    company on itself, trade press and analysts, anyone else, or nobody knows whom a copy was made of.
    """

    STATISTICS = "statistics"
    GOVERNMENT = "government"
    PRESS = "press"
    COMPANY = "company"
    TRADE_PRESS = "trade-press"
    OTHER = "other"
    UNKNOWN = "unknown"


class Timespan(Answer):
    """Dates, both included. `printed` is what the source prints, such as 去年; `basis` is how that was read. A period
    with an end but no start, as 近年来, overlaps every year up to its end.
    """

    start: Annotated[Date | None, Field(examples=["2024-01-01"])]
    end: Annotated[Date | None, Field(examples=["2024-12-31"])]
    precision: Precision | None
    printed: str | None
    basis: Basis


class CitedSource(Answer):
    """`publisher` is who published it first, `republished` whether it was read in a copy elsewhere."""

    id: str
    title: Name
    publisher: Ref | None
    published: Annotated[str | None, Field(examples=["2025-07"])]
    address: Uri | None
    kind: SourceKind
    republished: bool


class Citation(Answer):
    """`start` and `end` are offsets in code points of the source's text, from 0, end excluded."""

    source: CitedSource
    evidence: Evidence
    quote: Annotated[str | None, Field(max_length=120)]
    start: int | None
    end: int | None


class Fact(Answer):
    """A measurement has metric, value, unit, bound and printed; a relation has relation and object.

    The subject of an occurrence is the event that took place. `derived` says why the value is not the printed one;
    `note` is a caveat. `comparisons` has the ids of the comparisons it is part of.
    """

    id: str
    kind: Kind
    subject: Ref
    metric: Ref | None
    scope: Annotated[Ref | None, Field(description="The part of the subject that the value is of; null: all of it")]
    value: Annotated[Number | None, Field(description="Exact, in `unit`")]
    unit: str | None
    bound: Annotated[Bound | None, Field(description="The printed hedge: 超 is gt, 近 is below")]
    printed: Annotated[str | None, Field(description="The number as printed", examples=["突破110万辆"])]
    measure: Annotated[
        str | None,
        Field(description="What the source calls it, if not by a name of the metric", examples=["实际下线量"]),
    ]
    status: Status
    vintage: Vintage | None
    relation: Ref | None
    object: Ref | None
    period: Timespan
    frequency: Annotated[Frequency | None, Field(description="Of a measurement's period; null if it is undated")]
    place: Ref | None
    market: Annotated[Ref | None, Field(description="The market or destination that the value is of")]
    industries: list[str]
    initiatives: list[str]
    statement: Name
    citation: Citation
    derived: str | None
    note: str | None
    series: Annotated[str | None, Field(examples=["zhengzhou.nev-output.annual"])]
    preferred: Annotated[bool, Field(description="Whether its series prefers it among the facts of its period")]
    standing: Standing
    comparisons: list[str]
    href: Annotated[Href, Field(examples=["/v1/facts/lindow-gdp-2024-abcdefgh"])]


class Match(StrEnum):
    """`certain`: everything that the value and its bound allow lies in the requested range. `possible`: only part of it
    does.
    """

    CERTAIN = "certain"
    POSSIBLE = "possible"


class ListedFact(Fact):
    match: Annotated[Match | MISSING, Field(description="Only present when filtering by `value`")] = MISSING


def with_match(fact: bytes, match: bytes | None) -> bytes:
    """The JSON of a ListedFact, from that of the Fact: its one more field is the last."""
    return b'%b,"match":"%b"}' % (fact[:-1], match) if match else fact


class Facts(Page[ListedFact]):
    """A page of facts."""


class Group(Answer):
    """`key` has a value for each dimension of `by`, null for facts that have none.

    A statistic is present if `stat` asks for it, and null if no fact in the group has a value.
    """

    key: Annotated[dict[str, str | int | None], Field(examples=[{"initiative": "nev-city", "year": 2024}])]
    count: Count
    unit: Annotated[str | MISSING | None, Field(description="Unit of the statistics")] = MISSING
    sum: Number | MISSING | None = MISSING
    avg: Annotated[Number | MISSING | None, Field(description="Rounded half to even at 12 decimals")] = MISSING
    min: Number | MISSING | None = MISSING
    max: Number | MISSING | None = MISSING
    href: Annotated[Href, Field(description="URL of exactly the facts in the group")]


class GroupPage(Page[Group]): ...
