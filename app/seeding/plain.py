"""Which rows of facts are plainly right, told by the column. It only ever says yes: all others are checked in words."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from functools import partial
from itertools import product

import polars as pl

from app import answers
from app.nouns import NOUNS, fields
from app.nouns.fields import EntityRecord
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

# How most figures are printed: hedge, number, magnitude, unit. What these say is asked of the one reader, once.
HEDGES, MAGNITUDES, NUMBER = (
    ("", "超", "超过", "突破", "近", "约", "至少"),
    ("", "万", "亿"),
    r"[0-9]{1,12}(?:\.[0-9]{1,6})?",
)
# Words of units that could be read as something else, or with what stands beside them.
UNCLEAR = re.compile(r"[a-z\s\d十百千万亿多余几]", re.IGNORECASE)
IDEOGRAPHS = range(0x4E00, 0xA000)
PARTS = ["hedge", "number", "magnitude", "word"]
BESIDE_FACTS = ("relation", "object", "event", "period_printed", "derived", "statement_zh", "statement_en")


class PlainFacts:
    """Knows what a seed names, and how its units are printed."""

    def __init__(self, seed: Seed, texts: Texts) -> None:
        entities = seed.records()
        nouns = seed.nouns()
        units = {key: one for key, one in entities.items() if isinstance(one, UnitRecord)}
        metrics = {key: one for key, one in entities.items() if isinstance(one, MetricRecord) and one.unit in units}
        self._ids = {noun: {key for key, one in nouns.items() if one == noun} for noun in NOUNS}
        self._any = list(entities)
        self._units = {key: one.unit for key, one in metrics.items()}
        self._scoped = [key for key, one in metrics.items() if one.scoped]
        # A quote from these is held against more than the row.
        self._texts = sorted({*seed.pins, *texts.at_hand, *(key for key, one in entities.items() if _has_text(one))})
        reader = NumberReader(word for unit in units.values() for word in unit.printed)
        self._readings = _readings(units, reader)
        words = {word for unit in units.values() for word in unit.printed if not UNCLEAR.search(word)}
        self._printed = f"^({_either(HEDGES)})({NUMBER})({_either(MAGNITUDES)})({_either(words)})$"
        ideographs, grammar = map(chr, IDEOGRAPHS), reader.characters
        spoken = (one for one in ideographs if one in grammar or normalise(one) != one)
        self._silent = f"[{chr(IDEOGRAPHS[0])}-{chr(IDEOGRAPHS[-1])}--[{''.join(spoken)}]]"

    def are_plain(self, table: pl.DataFrame) -> pl.Series:
        """For each row whether it is a measurement in which nothing can be wrong."""
        basis, period, quote = pl.col("basis"), pl.col("period"), pl.col("quote")
        unquoted_source = ~pl.col("source").is_in(self._texts)
        return table.select(
            pl.all_horizontal(
                pl.col("source").is_in(list(self._ids["sources"])),
                pl.col("subject").is_in(self._any),
                pl.col("metric").is_in(list(self._units)),
                ~pl.col("metric").is_in(self._scoped) | pl.col("industries").is_not_null(),
                *(pl.col(name).is_null() for name in BESIDE_FACTS),
                _in(period, _accepted(table["period"], _is_period)),
                basis.is_null() | (basis.is_in([Basis.STATED, Basis.INFERRED]) & (period != UNDATED)),
                _in_or_null("status", answers.Status),
                _in_or_null("bound", Bound),
                _in_or_null("place", [*self._ids["places"], records.NOWHERE]),
                *(
                    _in_or_null(name, _accepted(table[name], partial(_are_of, self._ids[name])))
                    for name in ("industries", "initiatives")
                ),
                _is_text("note", 400),
                quote.is_null() | (_is_text("quote", 120) & unquoted_source),
                self._says_its_value(table),
            ).fill_null(value=False)
        ).to_series()

    def _says_its_value(self, table: pl.DataFrame) -> pl.Series:
        """Whether the printed number says value and bound, and stands in its quote where nothing says otherwise."""
        printed, quote = pl.col("printed"), pl.col("quote")
        parts = table.select(
            pl.when(pl.col("value").str.contains(f"^{fields.DECIMAL.pattern}$")).then("value").alias("value"),
            "quote",
            pl.col("bound").fill_null(Bound.EQ.value),
            printed.str.extract_groups(self._printed).struct.rename_fields(PARTS).alias("parts"),
            _lookup("metric", self._units).alias("unit"),
            quote.str.splitn(printed, 2).struct.rename_fields(["before", "behind"]).alias("beside"),
        ).unnest("parts", "beside")  # fmt: skip
        key = pl.concat_str("unit", "hedge", "magnitude", "word", separator="|")
        said = parts.select(key.alias("key"), "number", "value").rows()
        readings, read = self._readings, Decimal
        agrees = [
            key in readings and value is not None and EXACT.multiply(read(number), readings[key][1]) == read(value)
            for key, number, value in said
        ]
        bounds = {key: bound for key, (bound, _) in readings.items()}
        stands = (
            pl.col("before").str.contains(f"(^|{self._silent})$") & pl.col("behind").str.contains("^([,，;；。]|$)")
        ) | pl.col("quote").is_null()
        bare = pl.col("quote").is_null() & (pl.col("said") == Bound.EQ.value)
        bounded = (pl.col("said") == pl.col("bound")) | bare
        return parts.with_columns(
            pl.Series("agrees", agrees), key.replace_strict(bounds, default=None, return_dtype=pl.String).alias("said")
        ).select(pl.all_horizontal("agrees", stands, bounded)).to_series()  # fmt: skip


def _readings(units: Mapping[str, UnitRecord], reader: NumberReader) -> dict[str, tuple[str, Decimal]]:
    """By unit, hedge, magnitude and word: the bound, and what a printed 1 is in the unit."""
    readings = {}
    for unit_id, unit in units.items():
        for word, scale in unit.printed.items():
            if UNCLEAR.search(word) or squeezed_text(word) != word or normalise(word) != word:
                continue
            for hedge, magnitude in product(HEDGES, MAGNITUDES):
                printed = f"{hedge}1{magnitude}{word}"
                found = reader.read_squeezed(printed)
                if [(one.start, one.end, one.unit) for one in found] == [(0, len(printed), word)]:
                    said = found[0].bound.value, EXACT.multiply(found[0].value, Decimal(scale))
                    readings[f"{unit_id}|{hedge}|{magnitude}|{word}"] = said
    return readings


def _has_text(record: EntityRecord) -> bool:
    return isinstance(record, SourceRecord) and record.sha256 is not None


def _either(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def _accepted(column: pl.Series, accept: Callable[[str], bool]) -> list[str]:
    """Those of the texts of a column that are accepted; each is looked at once."""
    return [one for one in column.unique().drop_nulls() if accept(one)]


def _is_period(text: str) -> bool:
    try:
        read_period(text)
    except ValueError:
        return False
    return True


def _are_of(ids: Collection[str], text: str) -> bool:
    named = text.split(";")
    return len(set(named)) == len(named) and all(one in ids for one in named)


def _in(column: pl.Expr, known: Iterable[str]) -> pl.Expr:
    return column.is_in(list(known))


def _in_or_null(name: str, known: Iterable[str]) -> pl.Expr:
    return pl.col(name).is_null() | _in(pl.col(name), list(map(str, known)))


def _is_text(name: str, longest: int) -> pl.Expr:
    """Whether a column fits `fields.Text`, where it holds anything."""
    text = pl.col(name)
    return text.is_null() | (text.str.contains(fields.TEXT) & (text.str.len_chars() <= longest))


def _lookup(name: str, values: Mapping[str, str]) -> pl.Expr:
    return pl.col(name).replace_strict(values, default=None, return_dtype=pl.String)
