"""The coverage of initiatives: what is measured of the place of each, in which years, and what is not there."""

from collections.abc import Mapping

import polars as pl

from app import answers
from app.nouns.fields import EntityRecord
from app.nouns.initiatives import InitiativeRecord
from app.seeding.references import References


def coverage_of_initiatives(
    facts: pl.DataFrame,
    gaps: pl.DataFrame,
    entities: Mapping[str, EntityRecord],
    references: References,
    revision: str,
) -> answers.CoverageReport:
    """The report on every initiative, in the order of their ids."""
    initiatives = {key: one for key, one in entities.items() if isinstance(one, InitiativeRecord)}
    covered = [_coverage(key, one.place, facts, gaps, references) for key, one in sorted(initiatives.items())]
    return answers.CoverageReport(initiatives=covered, revision=revision)


def _coverage(
    initiative_id: str, place_id: str, facts: pl.DataFrame, gaps: pl.DataFrame, references: References
) -> answers.InitiativeCoverage:
    measured = facts.filter(pl.col("initiative_ids").list.contains(initiative_id), pl.col("metric_id").is_not_null())
    is_actual = pl.col("status") == answers.Status.ACTUAL.value
    own = measured.filter(pl.col("subject_id") == place_id, is_actual)
    years = own["period_shown"].drop_nulls().str.head(4).value_counts(name="count").sort("period_shown")
    series = gaps.join(own, on="series_id", how="semi").sort("series_id").iter_rows()
    missing = set(measured.filter(is_actual)["metric_id"]) - set(own["metric_id"])
    return answers.InitiativeCoverage(
        initiative=initiative_id,
        place=references.ref(place_id),
        measured=own.height,
        years=dict(years.iter_rows()),
        series=[answers.SeriesGaps(id=key, gaps=missing_periods) for key, missing_periods in series],
        missing=sorted(missing),
    )
