"""Slices: all facts with the same tag, metric or year, or a combination of these, and the sum of their values."""

from decimal import Decimal
from functools import reduce
from itertools import zip_longest

import polars as pl

from app import tables
from app.seeding.fact_rows import NO_YEAR
from app.text.decimals import EXACT, written

Dimensions = tuple[str, ...]
COLUMNS = ("number", "dimensions", "first", "second", "third", "facts", "sum", "min", "max", "alike")
# What all values of a slice must share to be told in one statistic; measures may be missing.
LIKENESS, MEASURE = ("frequency", "status", "scope_id"), "measure"
# Polars adds decimals of 38 digits, which holds the sum of a million values with so many digits before the point.
WHOLE_DIGITS, EXACTLY = 20, pl.Decimal(38, 12)
SUMS = {"sum": pl.String, "min": pl.String, "max": pl.String, "alike": pl.Boolean}


def slices_of(facts: pl.DataFrame, codes: dict[str, int]) -> dict[str, pl.DataFrame]:
    """The rows of each table of slices. Tags are lists of codes: the numbers of ids in their order, or years."""
    base = max(NO_YEAR, len(codes)) + 1
    texts = {"year": pl.Series([*(f"{year:04d}" for year in range(NO_YEAR)), tables.NONE], dtype=pl.String)}
    ids = pl.Series(list(codes), dtype=pl.String)
    none = pl.lit([codes[tables.NONE]], dtype=pl.List(pl.Int32))
    tags = [pl.when(pl.col(name).list.len() > 0).then(name).otherwise(none).alias(name) for name in tables.TAGS]
    number = pl.col("value") if _has_long_values(facts) else pl.col("value").cast(EXACTLY)
    likeness = pl.struct(LIKENESS).rank("dense").alias("likeness"), pl.col(MEASURE).rank("dense")
    facts = facts.select("position", number, pl.col("metric_code").alias("metric"), *likeness, *tags)
    rows, listed, tagged, before = [], [], [], 0
    for dimensions in sorted({*tables.LISTED, *tables.COUNTED}, key=",".join):
        members = _exploded(facts, dimensions, base)
        runs = members["key"].rle().struct.unnest()
        keys: dict[str, pl.Series] = {}
        for name, dimension in zip_longest(("first", "second", "third"), dimensions):
            place = len(dimensions) - 1 - len(keys)
            code = runs["value"] // base ** max(0, place) % base
            keys[name] = texts.get(dimension, ids).gather(code) if dimension else pl.repeat("", len(code), eager=True)
        dimension_names = pl.lit(",".join(dimensions), dtype=pl.String).alias("dimensions")
        rows.append(
            runs.select(dimension_names, **keys, facts=pl.col("len").cast(pl.Int64)).hstack(_sums(members, len(runs)))
        )
        if dimensions in tables.LISTED:
            numbers = members["key"].rle_id().cast(pl.Int32) + (before + 1)
            listed.append(members.select(slice=numbers, position="position"))
            tagged += listed[-1:] if len(dimensions) == 1 else []
        before += len(runs)
    numbered = pl.concat(rows).with_row_index("number", 1)
    return {
        "slices": numbered.select(COLUMNS),
        "slice_facts": pl.concat(listed),
        "fact_tags": pl.concat(tagged).select("position", "slice").sort("position", "slice"),
    }


def _exploded(facts: pl.DataFrame, dimensions: Dimensions, base: int) -> pl.DataFrame:
    """A row for each slice of a fact, with its key: the codes of all dimensions as one number."""
    chosen = facts.select("position", *dimensions, *(["value", "likeness", MEASURE] if "metric" in dimensions else []))
    key = pl.lit(0, pl.Int64)
    for name in dimensions:
        chosen = chosen.explode(name) if name in tables.TAGS else chosen
        key = key * base + pl.col(name)
    return chosen.with_columns(key=key).drop(dimensions).sort("key", "position")


def _sums(found: pl.DataFrame, count: int) -> pl.DataFrame:
    """Sum, minimum and maximum of each slice, if all its values are of one metric, and whether these are alike."""
    if "value" not in found.columns:
        return pl.DataFrame({name: [None] * count for name in SUMS}, schema=SUMS)
    groups, value = found.group_by("key", maintain_order=True), pl.col("value")
    if found.schema["value"] == pl.String:
        values = groups.agg(value.drop_nulls(), alike=_alike(value))
        rows = [(*_long_sums([Decimal(one) for one in some]), alike) for _, some, alike in values.iter_rows()]
        return pl.DataFrame(rows, schema=SUMS, orient="row")
    total = pl.when(value.count() > 0).then(value.sum())
    sums = groups.agg(sum=total, min=value.min(), max=value.max(), alike=_alike(value))
    ends = ("sum", "min", "max")
    return sums.select(
        *(pl.col(name).cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".") for name in ends), "alike"
    )


def _alike(value: pl.Expr) -> pl.Expr:
    likeness, measure = (pl.col(name).filter(value.is_not_null()) for name in ("likeness", MEASURE))
    return (likeness.min() == likeness.max()).fill_null(value=True) & (measure.min() == measure.max()).fill_null(
        value=True
    )


def _has_long_values(facts: pl.DataFrame) -> bool:
    return bool(facts["value"].str.contains(rf"^-?\d{{{WHOLE_DIGITS + 1}}}").any())


def _long_sums(values: list[Decimal]) -> tuple[str | None, ...]:
    if not values:
        return None, None, None
    return tuple(map(written, (reduce(EXACT.add, values), min(values), max(values))))
