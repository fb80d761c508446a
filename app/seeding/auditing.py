"""The audit of a release, counted at load: the evidence of its facts, and which numbers in its texts no fact has."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from app import answers
from app.answers.evidence import Verdict
from app.nouns.sources import SourceRecord
from app.seeding.comparisons import Compared
from app.seeding.drafting import claim_reader
from app.seeding.seeds import Seed
from app.text.claims import Claim
from app.text.normalizing import squeezed_text
from app.text.periods import Basis, read_period

MOST_REASONS, MOST_UNUSED = 100, 1000
BEST_FIRST = (answers.Evidence.VERBATIM, answers.Evidence.QUOTED, answers.Evidence.FIGURE)


class Cited(NamedTuple):
    """A number that a fact takes from a text: the span of its quote, and the number as printed."""

    start: int
    end: int
    printed: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of facts by kind, evidence, basis, source and whether they are derived; and by reason for deriving."""

    facts: Counter[tuple[str | bool, ...]]
    reasons: Counter[str]


def audit(
    counts: Counts,
    compared: Compared,
    sources: Mapping[str, SourceRecord],
    texts: list[answers.Coverage],
    revision: str,
) -> answers.Audit:
    """The audit. Facts whose standing no comparison decides are counted as alone."""
    kinds, evidence, bases, values = (Counter[str | bool]() for _ in range(4))
    cited = 0
    for (kind, evidenced, basis, source, is_derived), count in counts.facts.items():
        kinds[kind] += count
        evidence[evidenced] += count
        bases[basis] += count
        cited += count if source else 0
        if kind == answers.Kind.MEASUREMENT and not is_derived:
            values["printed" if evidenced == answers.Evidence.FIGURE else "quote"] += count
    reasons = sorted(counts.reasons.items(), key=lambda one: (-one[1], one[0]))[:MOST_REASONS]
    facts, standings = counts.facts.total(), dict(compared.standings)
    standings.pop(answers.Standing.ALONE, None)
    standings[answers.Standing.ALONE] = facts - sum(standings.values())
    return answers.Audit(
        revision=revision,
        facts=facts,
        cited=cited,
        kinds=answers.KindCounts(**{one: kinds[one] for one in answers.Kind}),
        evidence=answers.EvidenceCounts(**{one: evidence[one] for one in answers.Evidence}),
        values=answers.ValueCounts(
            quote=values["quote"],
            printed=values["printed"],
            derived=counts.reasons.total(),
            reasons=[answers.Reason(reason=reason, facts=count) for reason, count in reasons],
        ),
        periods=answers.BasisCounts(**{one: bases[one] for one in Basis}),
        standings=answers.StandingCounts(**{one: standings.get(one, 0) for one in answers.Standing}),
        comparisons=answers.ComparisonCounts(**{verdict: compared.verdicts[verdict] for verdict in Verdict}),
        sources=_sources(counts, sources),
        texts=texts,
    )


def _sources(counts: Counts, sources: Mapping[str, SourceRecord]) -> answers.SourceCounts:
    cited = {(source, evidence) for _, evidence, _, source, _ in counts.facts}
    best = Counter(next((kind for kind in BEST_FIRST if (name, kind) in cited), "uncited") for name in sources)
    return answers.SourceCounts(
        total=len(sources),
        **{kind: best[kind] for kind in (*answers.Evidence, "uncited")},
        republished=sum(one.republished for one in sources.values()),
        pinned=sum(one.sha256 is not None for one in sources.values()),
    )


def coverage(seed: Seed, texts: Mapping[str, str], cited: Mapping[str, Iterable[Cited]]) -> list[answers.Coverage]:
    """For each text, in the order of sources, the numbers that no fact has."""
    if not texts:
        return []
    reader, covered = claim_reader(seed), []
    for source_id, text in sorted(texts.items()):
        source = seed.entities[source_id].record
        published = source.published if isinstance(source, SourceRecord) else None
        claims = reader.read(text, read_period(published) if published else None).claims
        facts = sorted(cited.get(source_id, ()))
        unused = [
            answers.Unused(printed=one.printed, start=one.start, end=one.end)
            for one in claims
            if not any(_has(fact, one) for fact in facts)
        ]
        used = len(claims) - len(unused)
        covered.append(answers.Coverage(source=source_id, numbers=len(claims), used=used, unused=unused[:MOST_UNUSED]))
    return covered


def _has(fact: Cited, claim: Claim) -> bool:
    """Whether a fact has the number of a claim: their spans overlap, and one printed number is part of the other."""
    if claim.start >= fact.end or claim.end <= fact.start:
        return False
    one, other = sorted((squeezed_text(fact.printed), squeezed_text(claim.printed)), key=len)
    return re.search(rf"(?<![\d.,]){re.escape(one)}(?![\d.,]*\d)", other) is not None
