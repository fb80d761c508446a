"""The coverage of initiatives: what is measured of the place of each, in which years, and what is not there."""

from collections.abc import Mapping

import polars as pl

from app import answers
from app.nouns.fields import EntityRecord
from app.nouns.initiatives import InitiativeRecord
from app.seeding.references import References
from app.seeding.series import gaps_in


def coverage_of_initiatives(
    facts: pl.DataFrame, entities: Mapping[str, EntityRecord], references: References, revision: str
) -> answers.CoverageReport:
    """The report on every initiative, in the order of their ids."""
    initiatives = {key: one for key, one in entities.items() if isinstance(one, InitiativeRecord)}
    covered = [_coverage(key, one.place, facts, references) for key, one in sorted(initiatives.items())]
    return answers.CoverageReport(initiatives=covered, revision=revision)


def _coverage(
    initiative_id: str, place_id: str, facts: pl.DataFrame, references: References
) -> answers.InitiativeCoverage:
    measured = facts.filter(pl.col("initiative_ids").list.contains(initiative_id), pl.col("metric_id").is_not_null())
    is_actual = pl.col("status") == answers.Status.ACTUAL.value
    own = measured.filter(pl.col("subject_id") == place_id, is_actual)
    years = own["period_shown"].drop_nulls().str.head(4).value_counts(name="count").sort("period_shown")
    chosen = facts.filter("preferred", pl.col("series_id").is_in(own["series_id"].unique().drop_nulls().implode()))
    labels = chosen.sort("series_id", "period_start", "period_end").group_by("series_id", maintain_order=True)
    series = labels.agg("label", pl.col("frequency").first()).iter_rows()
    missing = set(measured.filter(is_actual)["metric_id"]) - set(own["metric_id"])
    return answers.InitiativeCoverage(
        initiative=initiative_id,
        place=references.ref(place_id),
        measured=own.height,
        years=dict(years.iter_rows()),
        series=[answers.SeriesGaps(id=key, gaps=gaps_in(labels, frequency)) for key, labels, frequency in series],
        missing=sorted(missing),
    )
