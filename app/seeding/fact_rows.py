"""From the table of facts as they were read to the table of facts as they are stored: with ids, in their order."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import product
from typing import Any

import polars as pl

from app import answers, tables
from app.nouns.events import EventRecord
from app.nouns.fields import EntityRecord
from app.nouns.metrics import MetricRecord
from app.seeding import records
from app.seeding.fact_table import PIECE
from app.seeding.seeds import Pins
from app.seeding.tags import Tagger
from app.text.decimals import sort_key, written
from app.text.hedges import Bound
from app.text.intervals import ends
from app.text.periods import UNDATED, Basis, read_period

# The columns of `facts` behind `position`, in the order of a row.
COLUMNS = (
    *("id", "kind", "subject_id", "metric_id", "relation_id", "object_id", "value", "value_key", "unit_id", "bound"),
    *("status", "period", "period_start", "period_end", "basis", "place_id", "industry_id", "source_id"),
    *("evidence", "value_low_key", "value_high_key", "span_start", "span_end", "quote_mark", "standing"),
)
TEXT, TEXTS, CODES = pl.String, pl.List(pl.String), pl.List(pl.Int32)
PAIRS = ["".join(pair) for pair in product("abcdefghijklmnopqrstuvwxyz234567", repeat=2)]  # of digits, in base 32
NO_YEAR = 10_000  # follows all years, as `none` follows their digits


class FactRows:
    """Knows the entities of a seed and where its quotes stand.

    Ids are numbered in their order, so that they can be grouped and sorted quickly: `codes` has these numbers.
    """

    def __init__(
        self, entities: Mapping[str, EntityRecord], nouns: Mapping[str, str], pins: Mapping[str, Pins]
    ) -> None:
        self._records, self._nouns, self._pins = entities, nouns, pins
        self._tagger = Tagger(entities, nouns)
        self._events = {key: one for key, one in entities.items() if isinstance(one, EventRecord)}
        self._metrics = {key: one for key, one in entities.items() if isinstance(one, MetricRecord)}
        self.codes = {entity_id: code for code, entity_id in enumerate(sorted([*entities, tables.NONE]))}

    def make(self, table: pl.DataFrame) -> pl.DataFrame:
        """The rows in the order of ids, those with the same id in the order of their places."""
        pieces = [self._piece(piece) for piece in table.iter_slices(PIECE)] or [self._piece(table)]
        return pl.concat(pieces).sort("id", "file", "line", "column")

    def _piece(self, facts: pl.DataFrame) -> pl.DataFrame:
        facts = facts.rename({name: f"{name}_id" for name in ("source", "metric", "relation", "object")})
        for step in (self._subjects, self._topics, self._values, self._periods, self._evidence):
            facts = step(facts)
        return facts.with_columns(pl.Series("id", _ids(facts), TEXT))

    def _subjects(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Who a fact is of, where, and what for: what it leaves out is that of its event or its subject."""
        events = self._events.items()
        homes = {key: _home(key, one, self._nouns[key]) for key, one in self._records.items()}
        event, place, metric = pl.col("event"), pl.col("place"), pl.col("metric_id")
        kind = answers.Kind
        return facts.with_columns(
            subject_id=pl.coalesce("subject", "event"),
            period=pl.coalesce("period", _of(event, {key: one.period for key, one in events}), pl.lit(UNDATED)),
            place_id=pl.when(place.is_not_null())
            .then(pl.when(place != records.NOWHERE).then(place))
            .when(event.is_not_null())
            .then(_of(event, {key: one.place for key, one in events}))
            .otherwise(_of(pl.col("subject"), homes)),
            kind=pl.when(metric.is_not_null())
            .then(pl.lit(kind.MEASUREMENT.value))
            .when(pl.col("relation_id").is_not_null())
            .then(pl.lit(kind.RELATION.value))
            .otherwise(pl.lit(kind.OCCURRENCE.value)),
            status=pl.col("status").fill_null(answers.Status.ACTUAL.value),
            said_bound=pl.col("bound").fill_null(Bound.EQ.value),
            metric_code=_code(metric, self.codes),
            industries=pl.coalesce("industries", _of(event, {key: _joined_ids(one.industries) for key, one in events})),
            initiatives=pl.coalesce(
                "initiatives", _of(event, {key: _joined_ids(one.initiatives) for key, one in events})
            ),
        ).drop("subject", "event", "place")

    def _topics(self, facts: pl.DataFrame) -> pl.DataFrame:
        """What a fact is about, with ancestors: as ids where it is shown, as codes where it is found by."""
        for name, kind in (("industries", "industry"), ("initiatives", "initiative")):
            facts = _joined(facts, [name], self._declared, {f"{kind}_ids": TEXTS, f"{kind}_own": CODES, kind: CODES})
        scoped = [key for key, one in self._metrics.items() if one.scoped]
        facts = _joined(facts, ["place_id"], self._place, {"place_own": CODES, "place": CODES})
        facts = _joined(facts, ["subject_id", "object_id"], self._parties, {"company": CODES, "event": CODES})
        first = pl.col("industries").str.extract("^([^;]*)")
        return facts.with_columns(industry_id=pl.when(pl.col("metric_id").is_in(scoped)).then(first))

    def _declared(self, text: str | None) -> tuple[Any, ...]:
        ids = self._tagger.with_ancestors(text.split(";") if text else ())
        return list(ids.declared), self._coded(ids.declared), self._coded(ids.every)

    def _place(self, place_id: str | None) -> tuple[Any, ...]:
        ids = self._tagger.with_ancestors([place_id] if place_id else ())
        return self._coded(ids.declared), self._coded(ids.every)

    def _parties(self, subject_id: str, object_id: str | None) -> tuple[Any, ...]:
        companies, events = self._tagger.parties(subject_id, object_id)
        return self._coded(companies.every), self._coded(events.every)

    def _coded(self, ids: Iterable[str]) -> list[int]:
        return [self.codes[one] for one in ids]

    def _values(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Values as they are written, and as they are sorted; none of what measures nothing."""
        units = {key: one.unit for key, one in self._metrics.items()}
        measured = pl.col("metric_id").is_not_null()
        facts = facts.with_columns(
            pl.when(measured).then("value").alias("value"),
            pl.when(measured).then("said_bound").alias("bound"),
            unit_id=_of(pl.col("metric_id"), units),
        ).rename({"value": "given"})
        keys = {"value": TEXT, "value_key": TEXT, "value_low_key": TEXT, "value_high_key": TEXT}
        return _joined(facts, ["given", "bound"], _value, keys)

    def _periods(self, facts: pl.DataFrame) -> pl.DataFrame:
        spans = {"period_start": TEXT, "period_end": TEXT, "precision": TEXT, "year": CODES}
        facts = _joined(facts, ["period"], _period, spans)
        basis = pl.when(pl.col("period_start").is_null()).then(pl.lit(Basis.UNDATED.value))
        return facts.with_columns(basis=pl.coalesce("basis", basis.otherwise(pl.lit(Basis.STATED.value))))

    def _evidence(self, facts: pl.DataFrame) -> pl.DataFrame:
        """How well a fact is evidenced, and where its quote stands."""
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


def _home(entity_id: str, record: EntityRecord, noun: str) -> str | None:
    """The place of what is said of an entity: itself, or where it is."""
    return entity_id if noun == "places" else getattr(record, "place", None)


def _joined_ids(ids: list[str]) -> str | None:
    return ";".join(sorted(ids)) or None


def _value(given: str | None, bound: str | None) -> tuple[Any, ...]:
    if given is None or bound is None:
        return None, None, None, None
    value = Decimal(given)
    around = (None, None) if bound == Bound.EQ else ends(value, Bound(bound))
    return (written(value), sort_key(value), *around)


def _period(text: str) -> tuple[Any, ...]:
    period = read_period(text)
    if period is None:
        return None, None, None, [NO_YEAR]
    years = list(range(period.start.year, period.end.year + 1))
    return period.start.isoformat(), period.end.isoformat(), period.precision.value, years


def _ids(facts: pl.DataFrame) -> list[str]:
    """Readable first, so that ids sort by subject, what is said and year; then a digest of all of it."""
    before = ("subject_id", "metric_id", "relation_id", "object_id", "value", "said_bound", "printed", "status")
    industries = pl.col("industry_ids").list.eval(_json(pl.element())).list.join(", ")
    said = pl.format(
        "[{}, [{}], {}, {}]",
        pl.concat_str(*(_json(pl.col(name)) for name in (*before, "period", "place_id")), separator=", "),
        industries,
        _json(pl.col("source_id")),
        _json(pl.col("quote")),
    )
    read = pl.concat_str(
        "subject_id", pl.coalesce("metric_id", "relation_id"), "object_id", pl.col("period").str.head(4),
        separator="-", ignore_nulls=True,
    )  # fmt: skip
    return [f"{read}-{_mark(said)}" for read, said in facts.select(read.alias("read"), said.alias("said")).iter_rows()]


def _mark(said: str) -> str:
    number = int.from_bytes(hashlib.sha256(said.encode()).digest()[:5])
    return PAIRS[number >> 30] + PAIRS[number >> 20 & 1023] + PAIRS[number >> 10 & 1023] + PAIRS[number & 1023]


def _json(text: pl.Expr) -> pl.Expr:
    """As json.dumps writes it: ids are digests of that. No text of a seed has other characters that it escapes."""
    escaped = text.str.replace_many(["\\", '"', "\t"], ["\\\\", '\\"', "\\t"])
    return pl.format('"{}"', escaped).fill_null("null")


def quote_mark(quote: str) -> int:
    """A number that no other quote of the source has; of 64 bits, since that is what databases hold."""
    return int.from_bytes(hashlib.blake2b(quote.encode(), digest_size=8).digest(), signed=True)


def _of(name: pl.Expr, values: Mapping[str, str | None]) -> pl.Expr:
    """The text that stands for that of a column."""
    return name.replace_strict(
        list(values), pl.Series(list(values.values()), dtype=TEXT), default=None, return_dtype=TEXT
    )


def _code(name: pl.Expr, codes: Mapping[str, int]) -> pl.Expr:
    return name.replace_strict(codes, default=codes[tables.NONE], return_dtype=pl.Int32)


def _joined(
    facts: pl.DataFrame, keys: list[str], work_out: Callable[..., tuple[Any, ...]], columns: Mapping[str, Any]
) -> pl.DataFrame:
    """Columns that follow from some others, worked out once for all facts that have the same in those."""
    distinct = facts.select(keys).unique()
    worked = [work_out(*row) for row in distinct.iter_rows()]
    found = pl.DataFrame(worked, schema=dict(columns), orient="row")
    return facts.join(pl.concat([distinct, found], how="horizontal"), on=keys, how="left", nulls_equal=True)
