"""Series: measurements with the same key, the fact that each prefers for a period, and the answers made of them."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import islice

import polars as pl

from app import answers
from app.nouns.sources import SourceRecord
from app.nouns.units import UnitRecord
from app.seeding.entities import NAME, Entities
from app.seeding.fact_answers import as_json, shaped
from app.seeding.fact_rows import with_derived
from app.seeding.search_texts import name_lines, search_column
from app.store.schema import crc
from app.text.intervals import step_of
from app.text.periods import Frequency, period_between

PIECE = 2_000  # series rendered at a time
COLUMNS = (
    *("position", "id", "subject_id", "metric_id", "scope_id", "market_id", "frequency", "status", "unit_id"),
    *("period_start", "period_end", "search", "head", "latest_tail", "answer_tail"),
    *("listed_crc", "latest_crc", "answer_crc"),
)
KIND = answers.SourceKind
# The best first.
SOURCE_KINDS = (KIND.STATISTICS, KIND.GOVERNMENT, KIND.PRESS, KIND.COMPANY, KIND.TRADE_PRESS, KIND.OTHER, KIND.UNKNOWN)
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
# How many periods a year has, of frequencies whose periods follow each other without a pause.
A_YEAR = {Frequency.ANNUAL: 1, Frequency.HALF: 2, Frequency.QUARTER: 4, Frequency.MONTH: 12}
MOST_GAPS = 1_000
TAGS = ("industry", "initiative", "place")
GROUP = ("series_id", "label")
NAMED = ("subject", "metric", "scope", "market")
KEY = (*(f"{name}_id" for name in NAMED), "frequency", "status", "unit_id")
OBSERVED = ("value", "bound", "printed", "measure", "vintage", "standing", "because", "rivals", "source_id")
RANKED = ("source_id", "subject_id", "printed", "value", "vintage", "bound", "quote")


def prefer(facts: pl.DataFrame, entities: Entities) -> pl.DataFrame:
    """Add to facts whether their series prefers them, and to the preferred ones `label`, `because` and `rivals`."""
    measured = facts.lazy().filter(pl.col("series_id").is_not_null())
    spans = ("period_start", "period_end", "frequency")
    measured_facts = measured.select("position", "id", "series_id", *spans, *RANKED).collect()
    labels = with_derived(measured_facts, [*spans], _label, {"label": pl.String})
    has_rivals = labels.select(GROUP).is_duplicated()
    alone = labels.filter(~has_rivals).select(
        "position", "label", because=pl.lit(answers.Because.ONLY.value), rivals=pl.lit(0, pl.UInt32)
    )
    found = pl.concat([alone, _chosen(labels.filter(has_rivals), entities)]).with_columns(preferred=pl.lit(value=True))
    return facts.join(found, on="position", how="left", maintain_order="left").with_columns(
        pl.col("preferred").fill_null(value=False)
    )


def _chosen(contested: pl.DataFrame, entities: Entities) -> pl.DataFrame:
    """The preferred ones of facts that have rivals."""
    ranks = with_derived(contested, ["source_id", "subject_id"], _source_ranks(entities), {"source_rank": pl.Int64})
    published = {key: one.published for key, one in entities.of(SourceRecord).items()}
    ranked = with_derived(ranks, ["printed", "value"], _digits, {"digits": pl.Int64}).with_columns(
        vintage_rank=pl.col("vintage").replace_strict(VINTAGE_RANKS, default=UNSPECIFIED_VINTAGE),
        hedged=pl.col("bound") != "eq",
        unquoted=pl.col("quote").is_null(),
        published=pl.col("source_id").replace_strict(published, default=None, return_dtype=pl.String).fill_null(""),
    )
    columns = [*CRITERIA.values()]
    ranked = ranked.sort(*GROUP, *columns, "id", descending=[name == "published" for name in (*GROUP, *columns, "id")])
    sets_apart = [
        pl.when(pl.col(column).n_unique() > 1).then(pl.lit(because.value)) for because, column in CRITERIA.items()
    ]
    chosen = ranked.group_by(GROUP, maintain_order=True).agg(
        pl.col("position").first(),
        because=pl.coalesce(*sets_apart, pl.lit(answers.Because.ID.value)),
        rivals=pl.len() - 1,
    )
    return chosen.select("position", "label", "because", "rivals")


def gaps_of_series(facts: pl.DataFrame) -> pl.DataFrame:
    """The missing periods of each series: `series_id` and `gaps`."""
    preferred = facts.lazy().filter("preferred").select("series_id", "label", "frequency", "period_start", "period_end")
    ordered = preferred.sort("series_id", "period_start", "period_end").group_by("series_id", maintain_order=True)
    labels = ordered.agg("label", pl.col("frequency").first()).collect()
    gaps = [_gaps(*row) for row in labels.select("label", "frequency").iter_rows()]
    return labels.select("series_id", pl.Series("gaps", gaps, pl.List(pl.String)))


def series_rows(facts: pl.DataFrame, gaps: pl.DataFrame, entities: Entities) -> Iterator[pl.DataFrame]:
    """The rows of the table of series in the order of their ids, PIECE at a time."""
    preferred = facts.lazy().filter("preferred")
    chosen = preferred.select("id", *GROUP, "period_start", "period_end", *KEY, *OBSERVED).collect()
    chosen = chosen.sort("series_id", "period_start", "period_end")
    numbers, units, names = chosen["series_id"].rle_id(), _units(entities), name_lines(entities)
    for at in range(0, numbers.n_unique(), PIECE):
        start, end = (numbers.search_sorted(number) for number in (at, at + PIECE))
        groups = entities.join(_groups(chosen[start:end], entities), *NAMED)
        for more, key in ((units, "unit_id"), (gaps, "series_id")):
            groups = groups.join(more, on=key, how="left", maintain_order="left")
        yield _rows(groups, names).with_row_index("position", at + 1).select(COLUMNS)


def series_tags(facts: pl.DataFrame, entities: Entities) -> pl.DataFrame:
    """The rows of the table of the tags of series."""
    ids = pl.Series(list(entities.codes), dtype=pl.String)
    position = pl.col("series_id").rank("dense").cast(pl.Int32).alias("position")
    numbered = facts.lazy().filter(pl.col("series_id").is_not_null()).select(position, *TAGS).collect()
    tagged = [
        numbered.select("position", pl.lit(kind).alias("kind"), tag_id=kind).explode("tag_id").drop_nulls().unique()
        for kind in TAGS
    ]
    rows = pl.concat(tagged)
    return rows.with_columns(tag_id=ids.gather(rows["tag_id"])).sort("position", "kind", "tag_id")


def _groups(chosen: pl.DataFrame, entities: Entities) -> pl.DataFrame:
    """A row for each series, with the JSON of its observations as one text, and that of the last alone."""
    annual = pl.col("frequency") == Frequency.ANNUAL.value
    facts_of = pl.format("/v1/facts?series={}", "series_id")
    within = pl.when(annual).then(pl.format("&year={}", "label")).otherwise(pl.format("&period={}", "label"))
    observation = shaped(
        answers.Observation,
        period="label",
        start="period_start",
        end="period_end",
        fact="id",
        rivals=pl.struct(count="rivals", href=facts_of + within.str.replace("/", "..", literal=True)),
        source="source_ref",
    )
    shown = entities.join(chosen, "source").with_columns(observation=as_json(observation), facts_href=facts_of)
    return shown.group_by("series_id", maintain_order=True).agg(
        *(pl.col(name).first() for name in (*KEY, "facts_href", "period_start")),
        pl.col("period_end").max(),
        labels="label",
        observations=pl.col("observation").str.join(","),
        last_observation=pl.col("observation").last(),
        observation_count=pl.len(),
        fact_count=pl.len() + pl.col("rivals").sum(),
        status_class=pl.col("status").first().replace({"plan": "target"}),
    )


def _rows(groups: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """The columns of the table, from those of `_groups` and what these name."""
    key = shaped(
        answers.SeriesKey,
        id="series_id",
        status="status_class",
        **{name: f"{name}_ref" for name in (*NAMED, "unit")},
        first=pl.col("labels").list.first(),
        last=pl.col("labels").list.last(),
        href=pl.format("/v1/series/{}", "series_id"),
    )
    links = pl.struct(facts="facts_href").struct.json_encode()
    rows = groups.select(
        *KEY[:-2], "unit_id", "period_start", "period_end",
        id="series_id",
        status="status_class",
        head=key.struct.json_encode().str.head(-1),
        latest_tail=pl.format(',"observations":[{}]}}', "last_observation"),
        answer_tail=pl.format(',"observations":[{}],"links":{}}}', "observations", links),
        search=search_column(groups, names, ["series_id"], NAMED),
    )  # fmt: skip
    heads, *tails = (rows[name].cast(pl.Binary).to_list() for name in ("head", "latest_tail", "answer_tail"))
    begun = [crc(head) for head in heads]
    checksums = {
        "listed_crc": [crc(b"}", start) for start in begun],
        "latest_crc": list(map(crc, tails[0], begun)),
        "answer_crc": list(map(crc, tails[1], begun)),
    }
    return rows.with_columns(pl.Series(name, values, pl.Int64) for name, values in checksums.items())


def _units(entities: Entities) -> pl.DataFrame:
    rows = [
        (key, {"id": key, "name": {"zh": one.zh, "en": one.en}, "symbol": one.written.model_dump()})
        for key, one in entities.of(UnitRecord).items()
    ]
    unit = pl.Struct({"id": pl.String, "name": NAME, "symbol": NAME})
    return pl.DataFrame(rows, {"unit_id": pl.String, "unit_ref": unit}, orient="row")


def _label(start: str, end: str, frequency: str) -> tuple[str]:
    return (end[:4] if frequency == Frequency.ANNUAL else period_between(start, end).written,)


def _source_ranks(entities: Entities) -> Callable[[str, str], tuple[int]]:
    """The rank of a source; a company ranks as such for its own figures only, or for those of its parents or parts."""
    sources = entities.of(SourceRecord)

    def rank(source_id: str, subject_id: str) -> tuple[int]:
        kind, publisher = sources[source_id].kind, sources[source_id].publisher
        is_own = publisher and (
            publisher in entities.with_parents(subject_id) or subject_id in entities.with_parents(publisher)
        )
        return (SOURCE_KINDS.index(kind if kind is not KIND.COMPANY or is_own else KIND.OTHER),)

    return rank


def _digits(printed: str | None, value: str) -> tuple[int]:
    """Minus the number of significant digits that are printed, 0 where that is unknown."""
    step = step_of(printed or "", Decimal(value))
    return (step.adjusted() - Decimal(value).adjusted() - 1 if step else 0,)


def _gaps(labels: list[str], frequency: str) -> list[str]:
    """The periods between the first and the last that are missing, of frequencies that have a next period."""
    a_year = A_YEAR.get(Frequency(frequency))
    if not a_year:
        return []
    known, first, last = set(labels), _number(labels[0], a_year), _number(labels[-1], a_year)
    between = (_period_label(number, a_year) for number in range(first + 1, last))
    return list(islice((label for label in between if label not in known), MOST_GAPS))


def _number(label: str, a_year: int) -> int:
    """The number of a period, counted from the year 0."""
    return int(label[:4]) * a_year + int(label[5:].lstrip("HQ") or 1) - 1


@lru_cache(maxsize=10_000)
def _period_label(number: int, a_year: int) -> str:
    year, part = divmod(number, a_year)
    return f"{year:04}" + {1: "", 2: f"-H{part + 1}", 4: f"-Q{part + 1}", 12: f"-{part + 1:02}"}[a_year]
