"""A comparison as it is shown: facts that say the same or follow from each other, and whether they agree."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Count, Label, Number, Ref
from app.answers.facts import Citation, Timespan
from app.answers.pages import Page
from app.hedges import Bound


class ComparisonKind(StrEnum):
    """`same`: facts on the same thing; `growth`, `share`, `sum`: one that follows from others by arithmetic."""

    SAME = "same"
    GROWTH = "growth"
    SHARE = "share"
    SUM = "sum"


class Verdict(StrEnum):
    AGREES = "agrees"
    CONFLICTS = "conflicts"


class Role(StrEnum):
    """What a fact is in the formula; `stated` is what the formula is held against."""

    STATED = "stated"
    LEVEL = "level"
    BASE = "base"
    PART = "part"
    WHOLE = "whole"


class Span(Answer):
    """Values from `low` to `high`; an end that is not there is null."""

    low: Number | None
    high: Number | None


class Side(Answer):
    """A fact of a comparison. `allowed` are the values that its number, hedge and last printed digit leave open."""

    role: Role
    fact: str
    value: Number
    bound: Bound
    printed: str
    allowed: Span
    citation: Citation


class Comparison(Answer):
    """`computed` is what the formula comes to, `gap` how far the sides that are furthest from each other are apart.

    `voices` counts publishers; a republished copy is none of its own.
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
    facts: Annotated[Count, Field(description="All of them, of which `sides` shows fifty at most")]
    sides: list[Side]


class Comparisons(Page[Comparison]):
    """A page of comparisons."""
