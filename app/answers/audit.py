"""The audit as it is shown: how well what is loaded is evidenced, in counts."""

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
    """Why values are not those printed, and of how many facts."""

    reason: str
    facts: Count


class ValueCounts(Answer):
    """Of measurements: `quote`, whose quote says value, unit and bound, else the load would have been refused;
    `printed`, whose printed number says value and unit, while its hedge was taken down beside it.
    """

    quote: Count
    printed: Count
    derived: Count
    reasons: Annotated[list[Reason], Field(description="The hundred that most facts give")]


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
    """Sources by the best evidence that their facts have; `uncited` ones have no fact."""

    total: Count
    verbatim: Count
    quoted: Count
    figure: Count
    uncited: Count
    republished: Count
    pinned: Annotated[Count, Field(description="With the sha256 of the text that quotes were found in")]


class Unused(Answer):
    """A number of a text that no fact has; `start` and `end` count code points, end excluded."""

    printed: str
    start: Count
    end: Count


class Coverage(Answer):
    """What became of the numbers of a stored text: those that state a fact are `used` by one of ours, or not."""

    source: str
    numbers: Annotated[Count, Field(description="That state a fact; dates, names and the like are left out")]
    used: Count
    unused: Annotated[list[Unused], Field(description="The first thousand")]


class Audit(Answer):
    revision: str
    facts: Count
    cited: Annotated[Count, Field(description="Facts that name a source: all of them")]
    kinds: KindCounts
    evidence: EvidenceCounts
    values: ValueCounts
    periods: BasisCounts
    standings: StandingCounts
    comparisons: ComparisonCounts
    sources: SourceCounts
    texts: list[Coverage]
