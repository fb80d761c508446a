"""The response model of a comparison: facts on the same thing, or that follow from each other; do they agree?"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Count, Label, Number, Ref
from app.answers.facts import Citation, Timespan
from app.answers.pages import Page
from app.hedges import Bound


class ComparisonKind(StrEnum):
    """`same`: facts on the same thing; `growth`, `share`, `sum`: a fact that follows from others by arithmetic."""

    SAME = "same"
    GROWTH = "growth"
    SHARE = "share"
    SUM = "sum"


class Verdict(StrEnum):
    AGREES = "agrees"
    CONFLICTS = "conflicts"


class Role(StrEnum):
    """The role of a fact in the formula; the result is compared with the `stated` fact."""

    STATED = "stated"
    LEVEL = "level"
    BASE = "base"
    PART = "part"
    WHOLE = "whole"


class Span(Answer):
    """Values from `low` to `high`; an open end is null."""

    low: Number | None
    high: Number | None


class Side(Answer):
    """A fact in a comparison. `allowed` is the interval that its number, hedge and last printed digit allow."""

    role: Role
    fact: str
    value: Number
    bound: Bound
    printed: str
    allowed: Span
    citation: Citation


class Comparison(Answer):
    """`computed` is the result of the formula, `gap` the distance between the two sides that are furthest apart.

    `voices` counts publishers; a republished copy does not count as one of its own.
    """

    id: str
    kind: ComparisonKind
    verdict: Verdict
    subject: Ref
    metric: Label
    unit: str
    period: Timespan
    place: str | None
    industry: str | None
    formula: Annotated[str | None, Field(examples=["(626000 / 316000 - 1) * 100"])]
    computed: Span | None
    gap: Annotated[Number | None, Field(description="In the unit; null where they agree")]
    voices: Count
    facts: Annotated[Count, Field(description="How many facts are compared; `sides` shows at most fifty")]
    sides: list[Side]


class Comparisons(Page[Comparison]):
    """A page of comparisons."""
