"""Series: measurements with the same key, the fact that each prefers for a period, and the answers made of them."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from app import answers
from app.nouns.fields import EntityRecord
from app.nouns.sources import SourceRecord
from app.nouns.units import UnitRecord
from app.seeding.observations import with_parents
from app.seeding.references import NAME, References
from app.store.schema import crc
from app.text.intervals import step_of
from app.text.normalizing import search_text
from app.text.periods import Frequency, period_between
from app.text.script import fold

PIECE = 2_000  # series rendered at a time
COLUMNS = (
    *("position", "id", "subject_id", "metric_id", "scope_id", "market_id", "frequency", "status", "unit_id"),
    *("period_start", "period_end", "search", "listed", "latest", "answer", "listed_crc", "latest_crc", "answer_crc"),
)
KIND = answers.SourceKind
SOURCE_RANKS = {
    kind: rank
    for rank, kind in enumerate(
        (KIND.STATISTICS, KIND.GOVERNMENT, KIND.PRESS, KIND.COMPANY, KIND.TRADE_PRESS, KIND.OTHER, KIND.UNKNOWN)
    )
}
VINTAGE_RANKS = {"final": 0, "revised": 0, "preliminary": 2}
UNSPECIFIED_VINTAGE = 1
# The criteria in their order, each with the column that is compared; the smaller is preferred.
CRITERIA = {
    answers.Because.SOURCE_KIND: "source_rank",
    answers.Because.VINTAGE: "vintage_rank",
    answers.Because.BOUND: "hedged",
    answers.Because.DIGITS: "digits",
    answers.Because.EVIDENCE: "unquoted",
    answers.Because.PUBLISHED: "published",
}
# How many months a period has, of frequencies whose periods follow each other without a pause.
MONTHS = {Frequency.ANNUAL: 12, Frequency.HALF: 6, Frequency.QUARTER: 3, Frequency.MONTH: 1}
MOST_GAPS = 1_000
TAGS = ("industry", "initiative", "place")
GROUP = ("series_id", "label")


def prefer(facts: pl.DataFrame, entities: Mapping[str, EntityRecord]) -> pl.DataFrame:
    """Add to facts whether their series prefers them, and to the preferred ones `label`, `because` and `rivals`."""
    measured = facts.filter(pl.col("series_id").is_not_null())
    labels = _computed(measured, ["period_start", "period_end", "frequency"], _label, "label", pl.String)
    ranks = _computed(
        labels,
        ["source_id", "subject_id"],
        lambda source, subject: _source_rank(source, subject, entities),
        "source_rank",
    )
    published = {key: one.published for key, one in entities.items() if isinstance(one, SourceRecord)}
    ranked = _computed(ranks, ["printed", "value"], _digits, "digits").with_columns(
        vintage_rank=pl.col("vintage").replace_strict(VINTAGE_RANKS, default=UNSPECIFIED_VINTAGE),
        hedged=pl.col("bound") != "eq",
        unquoted=pl.col("quote").is_null(),
        published=pl.col("source_id").replace_strict(published, default=None, return_dtype=pl.String).fill_null(""),
    )
    columns = [*CRITERIA.values()]
    ranked = ranked.sort(*GROUP, *columns, "id", descending=[name == "published" for name in (*GROUP, *columns, "id")])
    decided: Any = pl.when(pl.len() == 1).then(pl.lit(answers.Because.ONLY.value))
    for because, column in CRITERIA.items():
        decided = decided.when(pl.col(column).n_unique() > 1).then(pl.lit(because.value))
    chosen = ranked.group_by(GROUP, maintain_order=True).agg(
        pl.col("id").first(),
        because=decided.otherwise(pl.lit(answers.Because.ID.value)),
        rivals=pl.len() - 1,
    )
    found = chosen.select("id", "label", "because", "rivals", preferred=pl.lit(value=True))
    return facts.join(found, on="id", how="left", maintain_order="left").with_columns(
        pl.col("preferred").fill_null(value=False)
    )


def series_rows(
    facts: pl.DataFrame, entities: Mapping[str, EntityRecord], references: References
) -> Iterator[pl.DataFrame]:
    """The rows of the table of series in the order of their ids, PIECE at a time."""
    chosen = facts.filter("preferred").sort("series_id", "period_start", "period_end")
    every = chosen["series_id"].unique(maintain_order=True)
    for at in range(0, len(every), PIECE):
        piece = chosen.filter(pl.col("series_id").is_in(every[at : at + PIECE].implode()))
        yield _rows(piece, entities, references, at)


def series_tags(facts: pl.DataFrame, codes: Mapping[str, int]) -> pl.DataFrame:
    """The rows of the table of the tags of series."""
    ids = pl.Series(list(codes), dtype=pl.String)
    measured = facts.filter(pl.col("series_id").is_not_null()).sort("series_id")
    numbered = measured.with_columns(position=pl.col("series_id").rle_id().cast(pl.Int32) + 1)
    tagged = [
        numbered.select("position", pl.lit(kind).alias("kind"), tag_id=kind).explode("tag_id").drop_nulls().unique()
        for kind in TAGS
    ]
    rows = pl.concat(tagged)
    return rows.with_columns(tag_id=ids.gather(rows["tag_id"])).sort("position", "kind", "tag_id")


def _rows(
    chosen: pl.DataFrame, entities: Mapping[str, EntityRecord], references: References, before: int
) -> pl.DataFrame:
    shown = references.join(chosen, "subject", "metric", "scope", "market", "source")
    annual = pl.col("frequency") == Frequency.ANNUAL.value
    facts_of = pl.format("/v1/facts?series={}", "series_id")
    within = pl.when(annual).then(pl.format("&year={}", "label")).otherwise(pl.format("&period={}", "label"))
    observation = {
        "period": pl.col("label"),
        "start": pl.col("period_start"),
        "end": pl.col("period_end"),
        "fact": pl.col("id"),
        "rivals": pl.struct(count="rivals", href=facts_of + within.str.replace("/", "..", literal=True)),
        "source": pl.col("source_ref"),
    }
    names = answers.Observation.model_fields
    shown = shown.with_columns(
        observation=pl.struct([observation.get(name, pl.col(name)).alias(name) for name in names]),
        facts_href=facts_of,
    )
    groups = shown.group_by("series_id", maintain_order=True).agg(
        pl.exclude(*GROUP, "observation", "rivals", "period_end").first(),
        observations="observation",
        labels="label",
        ends=pl.col("period_end"),
        observation_count=pl.len(),
        fact_count=pl.len() + pl.col("rivals").sum(),
        status_class=pl.col("status").first().replace({"plan": "target"}),
    )
    gaps = [gaps_in(*row) for row in groups.select("labels", "frequency").iter_rows()]
    groups = groups.with_columns(pl.Series("gaps", gaps, pl.List(pl.String)))
    groups = groups.join(_units(entities), on="unit_id", how="left", maintain_order="left")
    listed = _fields(answers.SeriesKey)
    last = pl.col("observations").list.tail(1).alias("observations")
    links = pl.struct(facts="facts_href").alias("links")
    rows = groups.select(
        "subject_id", "metric_id", "scope_id", "market_id", "frequency", "unit_id", "period_start",
        id="series_id",
        status="status_class",
        period_end=pl.col("ends").list.last(),
        listed=_json(listed),
        latest=_json([*listed, last]),
        answer=_json([*listed, pl.col("observations"), links]),
    ).with_row_index("position", before + 1)  # fmt: skip
    named = rows.select("id", "subject_id", "metric_id", "scope_id", "market_id").iter_rows()
    checksums = {f"{name}_crc": [crc(text) for text in rows[name]] for name in ("listed", "latest", "answer")}
    return rows.with_columns(
        pl.Series("search", [_search(*row, entities=entities) for row in named], pl.String),
        *(pl.Series(name, values, pl.Int64) for name, values in checksums.items()),
    ).select(COLUMNS)


def _fields(shape: type[answers.Answer]) -> list[pl.Expr]:
    made = {
        "id": pl.col("series_id"),
        "status": pl.col("status_class"),
        **{name: pl.col(f"{name}_ref") for name in ("subject", "metric", "scope", "market", "unit")},
        "first": pl.col("labels").list.first(),
        "last": pl.col("labels").list.last(),
        "href": pl.format("/v1/series/{}", "series_id"),
    }
    return [made.get(name, pl.col(name)).alias(name) for name in shape.model_fields]


def _json(fields: list[pl.Expr]) -> pl.Expr:
    """Values are sent as numbers with all their digits, so the quotation marks are removed."""
    return pl.struct(fields).struct.json_encode().str.replace_all('"value":"([^"]*)"', '"value":$1')


def _units(entities: Mapping[str, EntityRecord]) -> pl.DataFrame:
    rows = [
        (key, {"id": key, "name": {"zh": one.zh, "en": one.en}, "symbol": one.written.model_dump()})
        for key, one in entities.items()
        if isinstance(one, UnitRecord)
    ]
    unit = pl.Struct({"id": pl.String, "name": NAME, "symbol": NAME})
    return pl.DataFrame(rows, {"unit_id": pl.String, "unit_ref": unit}, orient="row")


def _computed(facts: pl.DataFrame, keys: list[str], compute: Any, name: str, kind: Any = pl.Int64) -> pl.DataFrame:
    """Add a column that is computed once for each combination of the keys."""
    distinct = facts.select(keys).unique()
    found = distinct.with_columns(pl.Series(name, [compute(*row) for row in distinct.iter_rows()], kind))
    return facts.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left")


def _label(start: str, end: str, frequency: str) -> str:
    return end[:4] if frequency == Frequency.ANNUAL else period_between(start, end).written


def _source_rank(source_id: str, subject_id: str, entities: Mapping[str, EntityRecord]) -> int:
    """The rank of a source; a company ranks as such for its own figures only, or for those of its parents or parts."""
    source = entities[source_id]
    assert isinstance(source, SourceRecord)  # noqa: S101 - narrows the type for mypy
    if source.kind is KIND.COMPANY and not _are_one(source.publisher, subject_id, entities):
        return SOURCE_RANKS[KIND.OTHER]
    return SOURCE_RANKS[source.kind]


def _are_one(publisher: str | None, subject: str, entities: Mapping[str, EntityRecord]) -> bool:
    return publisher is not None and (
        publisher in with_parents(subject, entities) or subject in with_parents(publisher, entities)
    )


def _digits(printed: str | None, value: str) -> int:
    """Minus the number of significant digits that are printed, 0 where that is unknown."""
    step = step_of(printed or "", Decimal(value))
    return step.adjusted() - Decimal(value).adjusted() - 1 if step else 0


def gaps_in(labels: list[str], frequency: str) -> list[str]:
    """The periods between the first and the last that are missing, of frequencies that have a next period."""
    months = MONTHS.get(Frequency(frequency))
    if not months:
        return []
    known, gaps = set(labels), list[str]()
    at, last = (_month(one, months) for one in (labels[0], labels[-1]))
    while at < last and len(gaps) < MOST_GAPS:
        at += months
        start = date(at // 12, at % 12 + 1, 1)
        after = at + months
        end = date.fromordinal(date(after // 12, after % 12 + 1, 1).toordinal() - 1)
        label = period_between(start.isoformat(), end.isoformat()).written
        if label not in known:
            gaps.append(label)
    return gaps


def _month(label: str, months: int) -> int:
    """The number of the first month of a period, counted from the year 0."""
    year, part = int(label[:4]), label[5:].lstrip("HQ")
    return 12 * year + (months * (int(part) - 1) if part else 0)


def _search(series_id: str, *ids: str | None, entities: Mapping[str, EntityRecord]) -> str:
    named = [entities[one] for one in ids if one]
    return fold(search_text(series_id, *(text for one in named for text in (one.zh, one.en, *one.aliases))))
