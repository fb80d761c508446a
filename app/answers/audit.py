"""The response model of the audit: how well the loaded facts are evidenced, in counts."""

from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Count


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
