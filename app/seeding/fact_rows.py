"""The facts as they are stored: the columns that follow from those of the seed, and the ids, in their order."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

import polars as pl

from app import answers, tables
from app.nouns.events import EventRecord
from app.nouns.metrics import MetricKind, MetricRecord
from app.nouns.places import PlaceRecord
from app.seeding.entities import Entities
from app.seeding.fact_table import PIECE
from app.seeding.records import NOWHERE, PinFile
from app.text.decimals import sort_key, written
from app.text.hedges import Bound
from app.text.intervals import ends
from app.text.periods import OPEN, UNDATED, Basis, frequency_of, read_period

# The columns of the table `facts` after `position`.
COLUMNS = (
    *("id", "kind", "subject_id", "metric_id", "relation_id", "object_id", "value", "value_key", "unit_id", "bound"),
    *("status", "period", "period_start", "period_end", "basis", "frequency", "place_id", "scope_id", "market_id"),
    *("measure", "vintage", "series_id", "preferred", "source_id", "evidence", "value_low_key", "value_high_key"),
    *("span_start", "span_end", "quote_mark", "standing"),
)
TEXT, TEXTS, CODES = pl.String, pl.List(pl.String), pl.List(pl.Int32)
PAIRS = ["".join(pair) for pair in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]  # of digits, in base 32
BITS = (30, 20, 10, 0)  # of the number that an id ends with, where each of its PAIRS begins
NO_YEAR = 10_000  # follows all years, as `none` follows their digits
NAMED = ("source", "metric", "relation", "object", "scope", "market")
# What the id of a series ends with; targets and plans are one series, as nobody can tell them apart.
STATUS_ENDINGS = {"actual": "", "estimate": ".estimate", "target": ".target", "plan": ".target"}


class FactRows:
    """Adds the stored columns to facts, given the entities of a seed and the positions of its quotes."""

    def __init__(self, entities: Entities, pins: Mapping[str, PinFile]) -> None:
        self._entities, self._pins = entities, pins
        self._events, self._metrics = entities.of(EventRecord), entities.of(MetricRecord)

    def build(self, table: pl.DataFrame) -> pl.DataFrame:
        """The facts with their stored columns, by id; those with the same id by file and line."""
        periods = {*table["period"].unique().drop_nulls(), *(one.period for one in self._events.values())}
        self._first_year = min(map(_first_year, periods), default=NO_YEAR)
        facts = table.rename({name: f"{name}_id" for name in NAMED})
        for step in (self._subjects, self._topics, self._values, self._periods, self._evidence):
            facts = step(facts)
        ids = pl.concat([pl.Series("id", dtype=TEXT), *map(_ids, facts.iter_slices(PIECE))])
        return facts.with_columns(ids).sort("id", "file", "line", "column")

    def _subjects(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Subject, place, period and topics. Whatever a fact leaves out is taken from its event or its subject."""
        inherited = [
            (key, one.period, one.place, *(";".join(sorted(ids)) or None for ids in (one.industries, one.initiatives)))
            for key, one in self._events.items()
        ]
        of_events = ("event", "event_period", "event_place", "event_industries", "event_initiatives")
        # Facts about a place are of that place, others of where their subject is.
        homes = {key: getattr(one, "place", None) for key, one in self._entities.items()}
        homes |= {key: key for key in self._entities.of(PlaceRecord)}
        facts = facts.join(_texts(inherited, *of_events), on="event", how="left", maintain_order="left")
        facts = facts.join(
            _texts(list(homes.items()), "subject", "home"), on="subject", how="left", maintain_order="left"
        )
        place, kind, codes = pl.col("place"), answers.Kind, self._entities.codes
        return facts.with_columns(
            subject_id=pl.coalesce("subject", "event"),
            period=pl.coalesce("period", "event_period", pl.lit(UNDATED)),
            place_id=pl.when(place.is_not_null()).then(place.replace(NOWHERE, None))
            .when(pl.col("event").is_not_null()).then("event_place")
            .otherwise("home"),
            kind=pl.when(pl.col("metric_id").is_not_null()).then(pl.lit(kind.MEASUREMENT.value))
            .when(pl.col("relation_id").is_not_null()).then(pl.lit(kind.RELATION.value))
            .otherwise(pl.lit(kind.OCCURRENCE.value)),
            status=pl.col("status").fill_null(answers.Status.ACTUAL.value),
            stated_bound=pl.col("bound").fill_null(Bound.EQ.value),
            metric_code=pl.col("metric_id").replace_strict(codes, default=codes[tables.NONE], return_dtype=pl.Int32),
            industries=pl.coalesce("industries", "event_industries"),
            initiatives=pl.coalesce("initiatives", "event_initiatives"),
        ).drop("subject", "place", "home", *of_events)  # fmt: skip

    def _topics(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Tags with their ancestors: ids for the response, codes for the filters."""
        for name, kind in (("industries", "industry"), ("initiatives", "initiative")):
            facts = with_derived(
                facts, [name], self._declared, {f"{kind}_ids": TEXTS, f"{kind}_own": CODES, kind: CODES}
            )
        facts = with_derived(facts, ["place_id", "market_id"], self._places, {"place_own": CODES, "place": CODES})
        return with_derived(facts, ["subject_id", "object_id"], self._parties, {"company": CODES, "event": CODES})

    def _declared(self, text: str | None) -> tuple[Any, ...]:
        ids = sorted(set(text.split(";"))) if text else []
        return ids, self._coded(ids), self._coded(self._entities.with_ancestors(ids))

    def _places(self, *place_ids: str | None) -> tuple[Any, ...]:
        ids = sorted({one for one in place_ids if one})
        return self._coded(ids), self._coded(self._entities.with_ancestors(ids))

    def _parties(self, subject_id: str, object_id: str | None) -> tuple[Any, ...]:
        return tuple(map(self._coded, self._entities.parties(subject_id, object_id)))

    def _coded(self, ids: Iterable[str]) -> list[int]:
        return [self._entities.codes[one] for one in ids]

    def _values(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Values and sort keys; null unless the fact is a measurement."""
        units = {key: one.unit for key, one in self._metrics.items()}
        measured = pl.col("metric_id").is_not_null()
        facts = facts.with_columns(
            pl.when(measured).then("value").alias("value"),
            pl.when(measured).then("stated_bound").alias("bound"),
            unit_id=pl.col("metric_id").replace_strict(units, default=None, return_dtype=TEXT),
        ).rename({"value": "given"})
        keys = {"value": TEXT, "value_key": TEXT, "value_low_key": TEXT, "value_high_key": TEXT}
        return with_derived(facts, ["given", "bound"], _value, keys)

    def _periods(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Period, frequency and series. What is not a measurement, or has no start, has neither of the last two."""
        stocks = [key for key, one in self._metrics.items() if one.kind is MetricKind.STOCK]
        is_stock = pl.when(pl.col("metric_id").is_not_null()).then(pl.col("metric_id").is_in(stocks))
        spans = {"period_start": TEXT, "period_end": TEXT, "precision": TEXT, "year": CODES, "period_shown": TEXT}
        keys, derived = ["period", "is_stock"], spans | {"frequency": TEXT}
        facts = with_derived(facts.with_columns(is_stock=is_stock), keys, self._period, derived)
        basis = pl.when(pl.col("period_start").is_null()).then(pl.lit(Basis.UNDATED.value))
        ending = pl.col("status").replace_strict(STATUS_ENDINGS, return_dtype=TEXT)
        parts = ("subject_id", "metric_id", "scope_id", pl.format("in-{}", "market_id"), "frequency")
        named = pl.concat_str(*parts, separator=".", ignore_nulls=True) + ending
        return facts.with_columns(
            basis=pl.coalesce("basis", basis.otherwise(pl.lit(Basis.STATED.value))),
            series_id=pl.when(pl.col("frequency").is_not_null()).then(named),
        )

    def _period(self, text: str, is_stock: bool | None) -> tuple[Any, ...]:
        period = read_period(text)
        if period is None:
            return None, None, None, [NO_YEAR], None, None
        start, end = period.start, period.end
        years = list(range(max(start.year, min(self._first_year, end.year)), end.year + 1))
        frequency = None if is_stock is None else frequency_of(period, is_stock=is_stock)
        return start.isoformat(), end.isoformat(), period.precision.value, years, period.first_day, frequency

    def _evidence(self, facts: pl.DataFrame) -> pl.DataFrame:
        """The kind of evidence, and the position of the quote."""
        pinned = [(source, quote, *span) for source, pins in self._pins.items() for quote, span in pins.quotes.items()]
        schema = {"source_id": TEXT, "quote": TEXT, "span_start": pl.Int32, "span_end": pl.Int32}
        facts = facts.join(pl.DataFrame(pinned, schema, orient="row"), on=["source_id", "quote"], how="left")
        kind = answers.Evidence
        return facts.with_columns(
            pl.Series("quote_mark", [one and quote_mark(one) for one in facts["quote"]], pl.Int64),
            evidence=pl.when(pl.col("quote").is_null()).then(pl.lit(kind.FIGURE.value))
            .when(pl.col("span_start").is_null()).then(pl.lit(kind.QUOTED.value))
            .otherwise(pl.lit(kind.VERBATIM.value)),
        )  # fmt: skip


def _texts(rows: list[tuple[str | None, ...]], *columns: str) -> pl.DataFrame:
    return pl.DataFrame(rows, dict.fromkeys(columns, TEXT), orient="row")


def _value(given: str | None, bound: str | None) -> tuple[Any, ...]:
    if given is None or bound is None:
        return None, None, None, None
    value = Decimal(given)
    around = (None, None) if bound == Bound.EQ else ends(value, Bound(bound))
    return (written(value), sort_key(value), *around)


def _first_year(text: str) -> int:
    period = read_period(text)
    return NO_YEAR if period is None or period.is_open else period.start.year


def _ids(facts: pl.DataFrame) -> pl.Series:
    """Ids that begin with subject, metric or relation, and year, so that they sort by these, and end with a digest."""
    first = ("subject_id", "metric_id", "relation_id", "object_id", "value", "stated_bound", "printed", "status")
    last = ("period", "place_id", "scope_id", "market_id", "measure", "source_id", "quote")
    hashed = pl.format("[{}]", pl.concat_str(*(_json(pl.col(name)) for name in (*first, *last)), separator=", "))
    texts = facts.select(hashed.cast(pl.Binary)).to_series()
    digests = pl.Series("digest", [hashlib.sha256(text).digest()[:8] for text in texts], pl.Binary)
    number = digests.bin.reinterpret(dtype=pl.UInt64, endianness="big") // 2**24  # of its first 40 bits, four PAIRS
    pairs = pl.Series(PAIRS)
    return facts.with_columns(pairs.gather(number // 2**bits % 2**10).alias(f"pair{bits}") for bits in BITS).select(
        id=pl.concat_str(
            pl.concat_str("subject_id", pl.coalesce("metric_id", "relation_id"), "object_id",
                          pl.col("period").str.strip_prefix(f"{OPEN}/").str.head(4), separator="-", ignore_nulls=True),
            pl.lit("-"), *(f"pair{bits}" for bits in BITS),
        )
    ).to_series()  # fmt: skip


def _json(text: pl.Expr) -> pl.Expr:
    """A text as json.dumps writes it, since ids are digests of that. Seeds have no other characters to escape."""
    escaped = text.str.replace_many(["\\", '"', "\t"], ["\\\\", '\\"', "\\t"])
    return pl.format('"{}"', escaped).fill_null("null")


def quote_mark(quote: str) -> int:
    """A digest of 64 bits, the size of an integer in both databases: the same for equal quotes only."""
    return int.from_bytes(hashlib.blake2b(quote.encode(), digest_size=8).digest(), signed=True)


def with_derived(
    facts: pl.DataFrame, keys: list[str], derive: Callable[..., tuple[Any, ...]], columns: Mapping[str, Any]
) -> pl.DataFrame:
    """Add columns that are computed from others, once for each combination of values that occurs."""
    distinct = facts.select(keys).unique()
    rows = [derive(*row) for row in distinct.iter_rows()]
    found = pl.DataFrame(rows, schema=dict(columns), orient="row")
    known = distinct.hstack(found)
    return facts.hstack(
        facts.select(keys).join(known, on=keys, how="left", nulls_equal=True, maintain_order="left").select(*columns)
    )
