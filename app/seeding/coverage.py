"""The coverage of initiatives: what is measured of the place of each, in which years, and what is not there."""

import polars as pl

from app import answers
from app.nouns.initiatives import InitiativeRecord
from app.seeding.entities import Entities


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
