"""What a load counts of its facts and sources, so that anybody can see how well they are evidenced."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app import answers
from app.periods import Basis
from app.seeding import records
from app.seeding.comparisons import Compared

MOST_REASONS = 100
BEST_FIRST = (answers.Evidence.VERBATIM, answers.Evidence.QUOTED, answers.Evidence.FIGURE)


class Evidenced(NamedTuple):
    """What an audit tells facts apart by."""

    kind: str
    evidence: str
    basis: str
    source: str


@dataclass(slots=True)
class Counts:
    """How many facts are evidenced how, and why values are derived."""

    facts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def join(self, other: "Counts") -> None:
        self.facts += other.facts
        self.reasons += other.reasons

    def by(self, name: str) -> Counter[str]:
        counted: Counter[str] = Counter()
        for one, count in self.facts.items():
            counted[getattr(Evidenced(*one), name)] += count
        return counted


def audit(
    counts: Counts,
    compared: Compared,
    sources: Iterable[tuple[str, records.Source]],
    texts: list[answers.Coverage],
    revision: str,
) -> answers.Audit:
    """The answer. What stands alone is all that no comparison gives a standing."""
    facts, derived = counts.facts.total(), counts.reasons.total()
    kinds, evidence, bases = counts.by("kind"), counts.by("evidence"), counts.by("basis")
    first = sorted(counts.reasons.items(), key=lambda one: (-one[1], one[0]))[:MOST_REASONS]
    standings = dict(compared.standings)
    standings[answers.Standing.ALONE] = facts - sum(
        count for standing, count in standings.items() if standing != answers.Standing.ALONE
    )
    return answers.Audit(
        revision=revision,
        facts=facts,
        cited=sum(count for one, count in counts.facts.items() if Evidenced(*one).source),
        kinds=answers.KindCounts(**{kind: kinds[kind] for kind in answers.Kind}),
        evidence=answers.EvidenceCounts(**{kind: evidence[kind] for kind in answers.Evidence}),
        values=answers.ValueCounts(
            said=kinds[answers.Kind.MEASUREMENT] - derived,
            derived=derived,
            reasons=[answers.Reason(reason=reason, facts=count) for reason, count in first],
        ),
        periods=answers.BasisCounts(**{basis: bases[basis] for basis in Basis}),
        standings=answers.StandingCounts(**{one: standings.get(one, 0) for one in answers.Standing}),
        comparisons=answers.ComparisonCounts(agrees=compared.total - compared.conflicts, conflicts=compared.conflicts),
        sources=_sources(counts, dict(sources)),
        texts=texts,
    )


def written(audited: Mapping[str, Any], wrong: Iterable[str]) -> str:
    """For people: a line a count, then what the service says otherwise."""
    lines = [f"{name}: {_in_words(one)}" for name, one in audited.items()]
    return "\n".join([*lines, *(f"WRONG: {one}" for one in wrong)])


def _in_words(counts: Any) -> str:
    if isinstance(counts, list):
        return "; ".join(f"{one['source']} uses {one['used']} of {one['numbers']}" for one in counts) or "none stored"
    if not isinstance(counts, dict):
        return str(counts)
    return ", ".join(f"{count} {name}" for name, count in counts.items() if isinstance(count, int))


def _sources(counts: Counts, sources: Mapping[str, records.Source]) -> answers.SourceCounts:
    cited = {(one.source, one.evidence) for one in map(Evidenced._make, counts.facts)}
    best = Counter(next((kind for kind in BEST_FIRST if (name, kind) in cited), "uncited") for name in sources)
    return answers.SourceCounts(
        total=len(sources),
        **{kind: best[kind] for kind in (*answers.Evidence, "uncited")},
        republished=sum(one.republished for one in sources.values()),
        pinned=sum(one.sha256 is not None for one in sources.values()),
    )
