"""What a load counts of its facts and sources, so that anybody can see how well they are evidenced."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app import answers
from app.seeding import records
from app.seeding.comparisons import Compared
from app.text.periods import Basis

MOST_REASONS = 100
BEST_FIRST = (answers.Evidence.VERBATIM, answers.Evidence.QUOTED, answers.Evidence.FIGURE)


class Evidenced(NamedTuple):
    """What an audit tells facts apart by."""

    kind: str
    evidence: str
    basis: str
    source: str
    derived: bool


@dataclass(slots=True)
class Counts:
    """How many facts are evidenced how, and why values are derived."""

    facts: Counter[tuple[str | bool, ...]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def join(self, other: "Counts") -> None:
        self.facts += other.facts
        self.reasons += other.reasons

    def by(self, name: str, of: answers.Kind | None = None, *, derived: bool = True) -> Counter[str]:
        """Facts, or those of a kind, or those not derived either, by what one of the names says of them."""
        counted: Counter[str] = Counter()
        for one, count in self._evidenced():
            if (of is None or one.kind == of) and (derived or not one.derived):
                counted[getattr(one, name)] += count
        return counted

    def _evidenced(self) -> Iterator[tuple[Evidenced, int]]:
        return ((Evidenced._make(one), count) for one, count in self.facts.items())


def audit(
    counts: Counts,
    compared: Compared,
    sources: Mapping[str, records.Source],
    texts: list[answers.Coverage],
    revision: str,
) -> answers.Audit:
    """The answer. What stands alone is all that no comparison gives a standing."""
    facts, derived = counts.facts.total(), counts.reasons.total()
    said = counts.by("evidence", of=answers.Kind.MEASUREMENT, derived=False)
    kinds, evidence, bases = counts.by("kind"), counts.by("evidence"), counts.by("basis")
    first = sorted(counts.reasons.items(), key=lambda one: (-one[1], one[0]))[:MOST_REASONS]
    standings = dict(compared.standings)
    standings[answers.Standing.ALONE] = facts - sum(
        count for standing, count in standings.items() if standing != answers.Standing.ALONE
    )
    return answers.Audit(
        revision=revision,
        facts=facts,
        cited=sum(count for one, count in counts.facts.items() if Evidenced._make(one).source),
        kinds=answers.KindCounts(**{kind: kinds[kind] for kind in answers.Kind}),
        evidence=answers.EvidenceCounts(**{kind: evidence[kind] for kind in answers.Evidence}),
        values=answers.ValueCounts(
            quote=sum(said.values()) - said[answers.Evidence.FIGURE],
            printed=said[answers.Evidence.FIGURE],
            derived=derived,
            reasons=[answers.Reason(reason=reason, facts=count) for reason, count in first],
        ),
        periods=answers.BasisCounts(**{basis: bases[basis] for basis in Basis}),
        standings=answers.StandingCounts(**{one: standings.get(one, 0) for one in answers.Standing}),
        comparisons=answers.ComparisonCounts(agrees=compared.total - compared.conflicts, conflicts=compared.conflicts),
        sources=_sources(counts, sources),
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
