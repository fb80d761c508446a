"""A fact as it is shown: what is said, of whom, when, and the evidence that says so."""

from enum import StrEnum
from typing import Annotated

from pydantic import MISSING, Field

from app.answers.entities import Answer, Label, Name, Number, Ref
from app.answers.pages import Page
from app.hedges import Bound
from app.periods import Basis, Precision


class Kind(StrEnum):
    """A value of a metric, an entity that stands to another, or an event that took place."""

    MEASUREMENT = "measurement"
    RELATION = "relation"
    OCCURRENCE = "occurrence"


class Status(StrEnum):
    ACTUAL = "actual"
    TARGET = "target"
    PLAN = "plan"
    ESTIMATE = "estimate"


class Evidence(StrEnum):
    """`verbatim`: the quote was found, once, in a text of known sha256. `quoted`: there is a quote
    that was never held against a text. `figure`: as printed on the cited page, without a quote.
    """

    VERBATIM = "verbatim"
    QUOTED = "quoted"
    FIGURE = "figure"


class Standing(StrEnum):
    """How a fact stands beside others on the same subject, metric, period and scope. `corroborated`: its value agrees
    with those of another publisher; `conflicting`: with that of some fact it cannot; `alone`: nobody else says it.
    """

    CORROBORATED = "corroborated"
    CONFLICTING = "conflicting"
    ALONE = "alone"


class Timespan(Answer):
    """Days, both included. `printed` is what the source has, such as 去年; `basis` how it was read."""

    start: Annotated[str | None, Field(examples=["2024-01-01"])]
    end: Annotated[str | None, Field(examples=["2024-12-31"])]
    precision: Precision | None
    printed: str | None
    basis: Basis


class Citation(Answer):
    """`start` and `end` count code points of the source's text, from 0, end excluded."""

    source: str
    evidence: Evidence
    quote: Annotated[str | None, Field(max_length=120)]
    start: int | None
    end: int | None


class Fact(Answer):
    """A measurement has metric, value, unit, bound and printed; a relation has relation and object.

    The subject of an occurrence is the event that took place. `derived` says why the value is not
    the printed one; `note` is a word of caution. `comparisons` are those it is a side of.
    """

    id: str
    kind: Kind
    subject: Ref
    metric: Label | None
    value: Annotated[Number | None, Field(description="Exact, in the unit named")]
    unit: str | None
    bound: Annotated[Bound | None, Field(description="What the printed hedge says: 超 is gt, 近 is below")]
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
    """`certain`: all that a value with its bound may stand for lies in the range that is asked for. `possible`: some of
    it may.
    """

    CERTAIN = "certain"
    POSSIBLE = "possible"


class ListedFact(Fact):
    match: Annotated[Match | MISSING, Field(description="Only where `value` is asked for")] = MISSING


class Facts(Page[ListedFact]):
    """A page of facts."""
