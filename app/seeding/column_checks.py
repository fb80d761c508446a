"""Checks of whole columns, which find the rows that are certainly valid. All other rows are checked one by one."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from functools import partial
from itertools import product

import polars as pl

from app import answers
from app.nouns import NOUNS, fields
from app.nouns.metrics import MetricRecord
from app.nouns.sources import SourceRecord
from app.nouns.units import UnitRecord
from app.seeding import records
from app.seeding.evidence import Texts
from app.seeding.seeds import Seed
from app.text.decimals import EXACT
from app.text.hedges import Bound
from app.text.normalizing import normalise, squeezed_text
from app.text.numbers import NumberReader
from app.text.periods import UNDATED, Basis, read_period

# How most numbers are printed: hedge, number, magnitude, unit. NumberReader says once what each combination means.
HEDGES, MAGNITUDES, NUMBER = (
    ("", "超", "超过", "突破", "近", "约", "至少"),
    ("", "万", "亿"),
    r"[0-9]{1,12}(?:\.[0-9]{1,6})?",
)
# Words of units that may mean something else, depending on what stands beside them.
UNCLEAR = re.compile(r"[a-z\s\d十百千万亿多余几]", re.IGNORECASE)
IDEOGRAPHS = range(0x4E00, 0xA000)
PARTS = ["hedge", "number", "magnitude", "word"]
# Facts with any of these are rare, and checked one by one.
RARE = ("relation", "object", "event", "period_printed", "derived", "statement_zh", "statement_en")


class ColumnChecks:
    """Checks measurements in CSV, given the ids of a seed and the words of its units."""

    def __init__(self, seed: Seed, texts: Texts) -> None:
        entities = seed.records()
        units = entities.of(UnitRecord)
        self._ids = {noun: {one.id for one in seed.of(noun)} for noun in NOUNS}
        self._any = list(entities)
        self._units = {key: one.unit for key, one in entities.of(MetricRecord).items() if one.unit in units}
        # A quote from these is also compared with a text or a pin.
        with_text = [key for key, one in entities.of(SourceRecord).items() if one.sha256 is not None]
        self._with_text = sorted({*seed.pins, *texts.available, *with_text})
        reader = NumberReader(word for unit in units.values() for word in unit.printed)
        self._readings = _readings(units, reader)
        words = {word for unit in units.values() for word in unit.printed if not UNCLEAR.search(word)}
        self._printed = f"^({_either(HEDGES)})({NUMBER})({_either(MAGNITUDES)})({_either(words)})$"
        ideographs, grammar = map(chr, IDEOGRAPHS), reader.characters
        meaningful = (one for one in ideographs if one in grammar or normalise(one) != one)
        self._neutral = f"[{chr(IDEOGRAPHS[0])}-{chr(IDEOGRAPHS[-1])}--[{''.join(meaningful)}]]"

    def surely_valid(self, table: pl.DataFrame) -> pl.Series:
        """For each row whether it is a measurement that is certainly valid; all others must be checked one by one."""
        basis, period, quote = pl.col("basis"), pl.col("period"), pl.col("quote")
        unquoted_source = ~pl.col("source").is_in(self._with_text)
        return table.select(
            pl.all_horizontal(
                pl.col("source").is_in(list(self._ids["sources"])),
                pl.col("subject").is_in(self._any),
                pl.col("metric").is_in(list(self._units)),
                *(pl.col(name).is_null() for name in RARE),
                period.is_in(_accepted(table["period"], _is_period)),
                basis.is_null() | (basis.is_in([Basis.STATED, Basis.INFERRED]) & (period != UNDATED)),
                _in_or_null("status", answers.Status),
                _in_or_null("bound", Bound),
                _in_or_null("place", [*self._ids["places"], records.NOWHERE]),
                _in_or_null("market", self._ids["places"]),
                _in_or_null("scope", self._ids["industries"] | self._ids["scopes"]),
                _in_or_null("vintage", answers.Vintage),
                _is_text("measure", 20),
                *(
                    _in_or_null(name, _accepted(table[name], partial(_are_ids, self._ids[name])))
                    for name in ("industries", "initiatives")
                ),
                _is_text("note", 400),
                quote.is_null() | (_is_text("quote", 120) & unquoted_source),
                self._value_is_printed(table),
            ).fill_null(value=False)
        ).to_series()

    def _value_is_printed(self, table: pl.DataFrame) -> pl.Series:
        """Whether the printed number means the value and the bound, and nothing beside it in the quote changes that."""
        printed, quote = pl.col("printed"), pl.col("quote")
        parts = table.select(
            pl.when(pl.col("value").str.contains(f"^{fields.DECIMAL.pattern}$")).then("value").alias("value"),
            "quote",
            pl.col("bound").fill_null(Bound.EQ.value),
            printed.str.extract_groups(self._printed).struct.rename_fields(PARTS).alias("parts"),
            pl.col("metric").replace_strict(self._units, default=None, return_dtype=pl.String).alias("unit"),
            quote.str.splitn(printed, 2).struct.rename_fields(["before", "behind"]).alias("beside"),
        ).unnest("parts", "beside")  # fmt: skip
        key = pl.concat_str("unit", "hedge", "magnitude", "word", separator="|")
        rows = parts.select(key.alias("key"), "number", "value").rows()
        readings, read = self._readings, Decimal
        agrees = [
            key in readings and value is not None and EXACT.multiply(read(number), readings[key][1]) == read(value)
            for key, number, value in rows
        ]
        bounds = {key: bound for key, (bound, _) in readings.items()}
        stands = (
            pl.col("before").str.contains(f"(^|{self._neutral})$") & pl.col("behind").str.contains("^([,，;；。]|$)")
        ) | pl.col("quote").is_null()
        bare = pl.col("quote").is_null() & (pl.col("printed_bound") == Bound.EQ.value)
        bounded = (pl.col("printed_bound") == pl.col("bound")) | bare
        return parts.with_columns(
            pl.Series("agrees", agrees),
            key.replace_strict(bounds, default=None, return_dtype=pl.String).alias("printed_bound"),
        ).select(pl.all_horizontal("agrees", stands, bounded)).to_series()  # fmt: skip


def _readings(units: Mapping[str, UnitRecord], reader: NumberReader) -> dict[str, tuple[str, Decimal]]:
    """The bound, and the value of a printed 1 in the unit, by unit, hedge, magnitude and word."""
    readings = {}
    for unit_id, unit in units.items():
        for word, scale in unit.printed.items():
            if UNCLEAR.search(word) or squeezed_text(word) != word or normalise(word) != word:
                continue
            for hedge, magnitude in product(HEDGES, MAGNITUDES):
                printed = f"{hedge}1{magnitude}{word}"
                found = reader.read_squeezed(printed)
                if [(one.start, one.end, one.unit) for one in found] == [(0, len(printed), word)]:
                    factor = EXACT.multiply(found[0].value, Decimal(scale))
                    readings[f"{unit_id}|{hedge}|{magnitude}|{word}"] = found[0].bound.value, factor
    return readings


def _either(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _accepted(column: pl.Series, accept: Callable[[str], bool]) -> list[str]:
    """The values of a column that are accepted; each is checked once, however often it occurs."""
    return [one for one in column.unique().drop_nulls() if accept(one)]


def _is_period(text: str) -> bool:
    try:
        read_period(text)
    except ValueError:
        return False
    return True


def _are_ids(ids: Collection[str], text: str) -> bool:
    named = text.split(";")
    return len(set(named)) == len(named) and all(one in ids for one in named)


def _in_or_null(name: str, known: Iterable[str]) -> pl.Expr:
    return pl.col(name).is_null() | pl.col(name).is_in(list(map(str, known)))


def _is_text(name: str, longest: int) -> pl.Expr:
    """Whether a column is null, or fits `fields.Text`."""
    text = pl.col(name)
    return text.is_null() | (text.str.contains(fields.TEXT) & (text.str.len_chars() <= longest))
