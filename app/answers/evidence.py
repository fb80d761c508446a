"""The response models of what facts say together: the quotes of a source, comparisons, and the audit."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Count, Href, Meta, Name, Number, Page, Ref
from app.answers.facts import Citation, Evidence, Timespan
from app.text.hedges import Bound


class CitingFact(Answer):
    id: str
    statement: Name
    href: Annotated[Href, Field(description="URL of the whole fact", examples=["/v1/facts/lindow-gdp-2024-abcdefgh"])]


class Quote(Answer):
    """`quote` is as typed in the seed, `text` is the source's text from `start` to `end`: the same but for layout.

    `start` and `end` are offsets in code points of the source's text, from 0, end excluded; null for a quote that was
    never located. `text` is null if the source's text is not stored.
    """

    quote: Annotated[str, Field(max_length=120)]
    text: str | None
    evidence: Evidence
    start: int | None
    end: int | None
    facts: list[CitingFact]


class EvidenceMeta(Meta):
    figures: Annotated[Count, Field(description="Facts that cite the source without a quote; they are not listed")]


class EvidencePage(Page[Quote]):
    meta: EvidenceMeta


class ComparisonKind(StrEnum):
    """`same`: facts on the same thing; `growth`, `share`, `sum`: a fact that follows from others by arithmetic; `part`:
    a part that is above its whole.
    """

    SAME = "same"
    GROWTH = "growth"
    SHARE = "share"
    SUM = "sum"
    PART = "part"


class Verdict(StrEnum):
    """`revised`: a preliminary value cannot be true beside the final or revised one, which took its place."""

    AGREES = "agrees"
    CONFLICTS = "conflicts"
    REVISED = "revised"


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
    metric: Ref
    scope: Ref | None
    unit: str
    period: Timespan
    market: Ref | None
    whole: Annotated[Ref | None, Field(description="What the subject is part of, and is above; for the kind `part`")]
    formula: Annotated[str | None, Field(examples=["(626000 / 316000 - 1) * 100"])]
    computed: Span | None
    gap: Annotated[Number | None, Field(description="In the unit; null where they agree")]
    voices: Count
    fact_count: Annotated[Count, Field(description="How many facts are compared; `sides` shows at most fifty")]
    sides: list[Side]


class Comparisons(Page[Comparison]):
    """A page of comparisons."""


class KindCounts(Answer):
    measurement: Count
    relation: Count
    occurrence: Count


class EvidenceCounts(Answer):
    verbatim: Count
    quoted: Count
    figure: Count


class Reason(Answer):
    """A reason why values differ from the printed ones, and how many facts give it."""

    reason: str
    facts: Count


class ValueCounts(Answer):
    """Measurements by what confirms their value. `quote`: the quote states value, unit and bound (else the load is
    refused); `printed`: the printed number states value and unit, and its hedge was recorded separately.
    """

    quote: Count
    printed: Count
    derived: Count
    reasons: Annotated[list[Reason], Field(description="The hundred most common")]


class BasisCounts(Answer):
    stated: Count
    relative: Count
    inferred: Count
    undated: Count


class StandingCounts(Answer):
    corroborated: Count
    conflicting: Count
    alone: Count


class ComparisonCounts(Answer):
    agrees: Count
    conflicts: Count
    revised: Count


class SourceCounts(Answer):
    """Sources by the best evidence among their facts; `uncited` ones have no facts."""

    total: Count
    verbatim: Count
    quoted: Count
    figure: Count
    uncited: Count
    republished: Count
    pinned: Annotated[Count, Field(description="Sources with the sha256 of the text in which quotes were found")]


class Unused(Answer):
    """A number in a text that no fact uses; `start` and `end` are offsets in code points, end excluded."""

    printed: str
    start: Count
    end: Count


class Coverage(Answer):
    """Coverage of a stored text: how many of the numbers that state a fact are `used` by a fact here."""

    source: str
    numbers: Annotated[Count, Field(description="Numbers that state a fact; dates, names and the like are not counted")]
    used: Count
    unused: Annotated[list[Unused], Field(description="The first thousand of them")]


class Audit(Answer):
    revision: str
    facts: Count
    cited: Annotated[Count, Field(description="Facts that cite a source, which is all of them")]
    kinds: KindCounts
    evidence: EvidenceCounts
    values: ValueCounts
    periods: BasisCounts
    standings: StandingCounts
    comparisons: ComparisonCounts
    sources: SourceCounts
    texts: list[Coverage]
