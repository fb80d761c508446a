"""What a release reports on itself: how its facts are evidenced, which numbers no fact has, what is missing."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from app import answers
from app.answers.evidence import Verdict
from app.nouns.initiatives import InitiativeRecord
from app.nouns.sources import SourceRecord
from app.seeding.drafting import claim_reader
from app.seeding.entities import Entities
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


def audit(
    facts: pl.DataFrame,
    verdicts: Mapping[str, int],
    sources: Mapping[str, SourceRecord],
    texts: list[answers.Coverage],
    revision: str,
) -> answers.Audit:
    derived = facts["derived"].drop_nulls()
    is_value = (pl.col("kind") == answers.Kind.MEASUREMENT.value) & pl.col("derived").is_null()
    values = _counts(facts.filter(is_value)["evidence"])
    printed = values.pop(answers.Evidence.FIGURE.value, 0)
    reasons = sorted(_counts(derived).items(), key=lambda one: (-one[1], one[0]))[:MOST_REASONS]
    kinds, evidence, bases, standings = (_counts(facts[name]) for name in ("kind", "evidence", "basis", "standing"))
    return answers.Audit(
        revision=revision,
        facts=len(facts),
        cited=facts["source_id"].count(),
        kinds=answers.KindCounts(**{one: kinds[one] for one in answers.Kind}),
        evidence=answers.EvidenceCounts(**{one: evidence[one] for one in answers.Evidence}),
        values=answers.ValueCounts(
            quote=values.total(),
            printed=printed,
            derived=len(derived),
            reasons=[answers.Reason(reason=reason, facts=count) for reason, count in reasons],
        ),
        periods=answers.BasisCounts(**{one: bases[one] for one in Basis}),
        standings=answers.StandingCounts(**{one: standings[one] for one in answers.Standing}),
        comparisons=answers.ComparisonCounts(**{verdict: verdicts.get(verdict, 0) for verdict in Verdict}),
        sources=_sources(facts, sources),
        texts=texts,
    )


def _counts(column: pl.Series) -> Counter[str]:
    return Counter(dict(column.value_counts().iter_rows()))


def _sources(facts: pl.DataFrame, sources: Mapping[str, SourceRecord]) -> answers.SourceCounts:
    cited = set(facts.select("source_id", "evidence").unique().iter_rows())
    best = Counter(next((kind for kind in BEST_FIRST if (name, kind) in cited), "uncited") for name in sources)
    return answers.SourceCounts(
        total=len(sources),
        **{kind: best[kind] for kind in (*answers.Evidence, "uncited")},
        republished=sum(one.republished for one in sources.values()),
        pinned=sum(one.sha256 is not None for one in sources.values()),
    )


def coverage(seed: Seed, texts: Mapping[str, str], facts: pl.DataFrame) -> list[answers.Coverage]:
    """For each text, in the order of sources, the numbers that no fact has."""
    if not texts:
        return []
    reader, covered, sources = claim_reader(seed), [], seed.records().of(SourceRecord)
    cited: dict[str, set[Cited]] = {source_id: set() for source_id in texts}
    cites = facts.select("source_id", "span_start", "span_end", "printed").drop_nulls()
    for source_id, *found in cites.filter(pl.col("source_id").is_in(list(texts))).iter_rows():
        cited[source_id].add(Cited(*found))
    for source_id, text in sorted(texts.items()):
        published = sources[source_id].published
        claims = reader.read(text, read_period(published) if published else None).claims
        unused = [
            answers.Unused(printed=one.printed, start=one.start, end=one.end)
            for one in claims
            if not any(_has(fact, one) for fact in cited[source_id])
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


def coverage_of_initiatives(
    facts: pl.DataFrame, gaps: pl.DataFrame, entities: Entities, revision: str
) -> answers.CoverageReport:
    """The report on every initiative, in the order of their ids."""
    initiatives = sorted(entities.of(InitiativeRecord).items())
    covered = [_coverage(key, entities.ref(one.place), facts, gaps) for key, one in initiatives]
    return answers.CoverageReport(initiatives=covered, revision=revision)


def _coverage(
    initiative_id: str, place: answers.Ref, facts: pl.DataFrame, gaps: pl.DataFrame
) -> answers.InitiativeCoverage:
    measured = facts.filter(pl.col("initiative_ids").list.contains(initiative_id), pl.col("metric_id").is_not_null())
    is_actual = pl.col("status") == answers.Status.ACTUAL.value
    own = measured.filter(pl.col("subject_id") == place.id, is_actual)
    years = own["period_shown"].drop_nulls().str.head(4).value_counts(name="count").sort("period_shown")
    series = gaps.join(own, on="series_id", how="semi").sort("series_id").iter_rows()
    missing = set(measured.filter(is_actual)["metric_id"]) - set(own["metric_id"])
    return answers.InitiativeCoverage(
        initiative=initiative_id,
        place=place,
        measured=own.height,
        years=dict(years.iter_rows()),
        series=[answers.SeriesGaps(id=key, gaps=missing_periods) for key, missing_periods in series],
        missing=sorted(missing),
    )
