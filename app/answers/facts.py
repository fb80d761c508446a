"""The response models of facts: what one states, about whom, when, and its evidence; a list; groups of them."""

from enum import StrEnum
from typing import Annotated

from pydantic import MISSING, Field

from app.answers.entities import Answer, Count, Date, Href, Label, Links, Meta, Name, Number, Page, Ref
from app.text.hedges import Bound
from app.text.periods import Basis, Precision


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


class Timespan(Answer):
    """Dates, both included. `printed` is what the source prints, such as 去年; `basis` is how that was read."""

    start: Annotated[Date | None, Field(examples=["2024-01-01"])]
    end: Annotated[Date | None, Field(examples=["2024-12-31"])]
    precision: Precision | None
    printed: str | None
    basis: Basis


class Citation(Answer):
    """`start` and `end` are offsets in code points of the source's text, from 0, end excluded."""

    source: str
    evidence: Evidence
    quote: Annotated[str | None, Field(max_length=120)]
    start: int | None
    end: int | None


class Fact(Answer):
    """A measurement has metric, value, unit, bound and printed; a relation has relation and object.

    The subject of an occurrence is the event that took place. `derived` says why the value is not
    the printed one; `note` is a caveat. `comparisons` has the ids of the comparisons it is part of.
    """

    id: str
    kind: Kind
    subject: Ref
    metric: Label | None
    value: Annotated[Number | None, Field(description="Exact, in `unit`")]
    unit: str | None
    bound: Annotated[Bound | None, Field(description="The printed hedge: 超 is gt, 近 is below")]
    printed: Annotated[str | None, Field(description="The number as printed", examples=["突破110万辆"])]
    status: Status
    relation: Label | None
    object: Ref | None
    period: Timespan
    place: str | None
    industries: list[str]
    initiatives: list[str]
    statement: Name
    citation: Citation
    derived: str | None
    note: str | None
    standing: Standing
    comparisons: list[str]


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


class GroupPage(Answer):
    data: list[Group]
    meta: Meta
    links: Links
