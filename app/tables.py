"""The tables of a release that all nouns share; a noun has its own in its file in app/nouns."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Table, Text
from sqlalchemy import text as sql
from sqlalchemy.schema import CheckConstraint, ForeignKey, Index, UniqueConstraint

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# Byte order, as in SQLite: with the order of a locale the pages of a list would differ on PostgreSQL.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")

NONE = "none"  # of facts that have no key in a dimension of a slice; no entity may have this id
TAGS = ("company", "event", "industry", "initiative", "place", "year")
# The facts are listed, in the order of a list, for each combination of keys in these dimensions ...
LISTED = (
    *((tag,) for tag in TAGS),
    ("industry", "initiative"),
    ("industry", "year"),
    ("initiative", "year"),
    ("industry", "initiative", "year"),
)
# ... and for these they are only counted, and their values summed up where the metric is one of them.
COUNTED = ((), ("metric",), ("industry", "metric"), ("metric", "year"), ("industry", "metric", "year"))


def text(
    name: str, references: str | None = None, *, null: bool = False, key: bool = False, index: bool = False
) -> Column[str]:
    """A column of text; `references` names the table whose id it is."""
    keys = [ForeignKey(f"{references}.id")] if references else []
    return Column(name, TEXT, *keys, nullable=null, primary_key=key, index=index)


def period(*, null: bool = False) -> list[Column[str]]:
    """The columns of a period: as written in the seed, and its first and last day, null where it is undated."""
    return [text("period", null=null), text("period_start", null=True), text("period_end", null=True)]


def texts(*names: str, null: bool = False) -> list[Column[str]]:
    return [text(name, null=null) for name in names]


def entity_table(name: str, *columns: Column[Any]) -> Table:
    """The table of one noun: what all nouns share is in `entities`."""
    return Table(name, METADATA, text("id", "entities", key=True), *columns)


def number(name: str, *, null: bool = False, key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=null, primary_key=key, autoincrement=False)


def crc(name: str = "crc") -> Column[int]:
    """CRC-32 of the JSON beside it, in UTF-8: finds a row that rots between two checks of the whole release."""
    return Column(name, BigInteger, nullable=False)


def sparse_index(name: str) -> Index:
    """Of a column that few rows have, in the order of a list."""
    is_there = sql(f"{name} IS NOT NULL")
    return Index(None, name, "position", sqlite_where=is_there, postgresql_where=is_there)


# What all nouns share: an id is unique across them, and the subject of a fact has one foreign key.
entities = Table(
    "entities",
    METADATA,
    text("id", key=True),
    *texts("type", "name_zh", "name_en", "aliases", "search"),  # aliases: a JSON array
    text("answer"),  # the JSON that is sent
    crc("answer_crc"),
    Index(None, "type", "id"),
)
# An industry, initiative, place or company that an entity belongs to, or an ancestor of one; `declared` in the seed, or
# following from its facts.
entity_tags = Table(
    "entity_tags",
    METADATA,
    text("entity_id", "entities", key=True),
    text("kind", key=True),
    text("tag_id", "entities", key=True),
    Column("declared", Boolean, nullable=False),
    Index(None, "kind", "tag_id", "entity_id"),
)
# What an entity may be looked up by: its id, its names and aliases, and their pinyin. Spellings have no layout, no case
# and simplified characters; `rank` is that of its noun among suggestions.
names = Table(
    "names",
    METADATA,
    text("spelling", key=True),
    text("entity_id", "entities", key=True),
    text("kind", key=True),  # id, name, alias or pinyin
    text("shown"),  # the name as it is written
    number("rank"),
    number("length"),  # of the spelling
    sqlite_with_rowid=False,  # one look finds what begins so, with all that is shown of it
)
# A period in which there is a fact or an event about an entity.
mentions = Table(
    "mentions",
    METADATA,
    text("entity_id", "entities", key=True),
    text("period_start", key=True),
    text("period_end", key=True),
)

# What a fact can be found and sorted by. `position` is its rank in the order of ids: the default order of a list, and
# a short key for the tables beside this one. `value_key` orders values exactly (`decimals.sort_key`); `value_low_key`
# and `value_high_key` are the ends of what its bound allows where they are not the value itself (`intervals.ends`).
# `quote_mark` is the same for the facts of one quote of a source.
facts = Table(
    "facts",
    METADATA,
    number("position", key=True),
    *texts("id", "kind"),
    text("subject_id", "entities"),
    text("metric_id", "metrics", null=True),
    text("relation_id", "relations", null=True),
    text("object_id", "entities", null=True),
    text("value", null=True),
    text("value_key", null=True),
    text("unit_id", "units", null=True),
    text("bound", null=True),
    text("status"),
    *period(),
    text("basis"),
    text("frequency", null=True),
    text("place_id", "places", null=True),
    text("scope_id", "entities", null=True),  # the part of the subject that the value is of
    text("market_id", "places", null=True),
    text("measure", null=True),
    text("vintage", null=True),
    text("series_id", null=True),
    Column("preferred", Boolean, nullable=False),  # in its series, among those of its period
    text("source_id", "sources"),
    text("evidence"),
    text("standing"),
    text("value_low_key", null=True),
    text("value_high_key", null=True),
    number("span_start", null=True),  # where the quote is in the text of its source, in code points
    number("span_end", null=True),  # excluded
    Column("quote_mark", BigInteger),
    UniqueConstraint("id"),
    CheckConstraint("kind IN ('measurement', 'relation', 'occurrence')", name="kind"),
    CheckConstraint("kind <> 'measurement' OR (metric_id IS NOT NULL AND value IS NOT NULL)", name="measured"),
    CheckConstraint("kind <> 'relation' OR (relation_id IS NOT NULL AND object_id IS NOT NULL)", name="related"),
    # Each index ends with the order of a list, so that no page has to be sorted.
    Index(None, "metric_id", "position"),
    Index(None, "subject_id", "position"),
    Index(None, "source_id", "position"),
    Index(None, "period_start", "position"),
    Index(None, "object_id", "position"),
    Index(None, "standing", "position"),
    Index(None, "series_id", "position"),
    sparse_index("scope_id"),
    sparse_index("market_id"),
    sparse_index("vintage"),
    Index(None, "source_id", "span_start"),
)
# One row for each series. Its answers begin alike: with `head`, a JSON object that is not closed. What follows is
# `answer_tail`, with all its observations; `latest_tail`, with the last; or in a list only the closing brace.
series = Table(
    "series",
    METADATA,
    number("position", key=True),  # the rank in the order of ids
    text("id"),
    text("subject_id", "entities"),
    text("metric_id", "metrics"),
    text("scope_id", "entities", null=True),
    text("market_id", "places", null=True),
    *texts("frequency", "status"),
    text("unit_id", "units"),
    text("period_start"),  # of the first observation
    text("period_end"),  # of the last
    *texts("search", "head", "latest_tail", "answer_tail"),
    crc("listed_crc"),
    crc("latest_crc"),
    crc("answer_crc"),
    UniqueConstraint("id"),
    Index(None, "subject_id", "position"),
    Index(None, "metric_id", "position"),
    sparse_index("scope_id"),
    sparse_index("market_id"),
)
# The tags of series: those that its facts have, with their ancestors.
series_tags = Table(
    "series_tags",
    METADATA,
    number("position", key=True),  # of the series
    text("kind", key=True),
    text("tag_id", "entities", key=True),
    Index(None, "kind", "tag_id", "position"),
)
comparisons = Table(
    "comparisons",
    METADATA,
    number("position", key=True),  # the rank in the order of ids
    *texts("id", "kind", "verdict"),
    text("subject_id", "entities"),
    text("metric_id", "metrics"),
    text("unit_id", "units"),
    text("scope_id", "entities", null=True),
    text("market_id", "places", null=True),
    text("period_start"),  # of what was compared
    text("period_end"),
    text("search"),
    text("answer"),  # the JSON that is sent
    crc("answer_crc"),
    UniqueConstraint("id"),
    Index(None, "verdict", "position"),
    Index(None, "subject_id", "position"),
)

# The tables from here to `common_words` only serve speed. The loader makes them of the facts and nobody else writes
# them: they have no foreign keys, whose checks would take longer than the rest of a load.
fact_answers = Table("fact_answers", METADATA, number("position", key=True), text("json"), crc())
# What a search reads where the index of words cannot tell.
fact_texts = Table("fact_texts", METADATA, number("position", key=True), text("search"))
# A slice has the facts with these keys in these dimensions (as of a data cube). `dimensions` are their names, in the
# order of the alphabet, joined by commas; `first`, `second` and `third` the key of each: an id, a year, or NONE.
# Ancestors count: a fact about a city is in the slice of its province. Sums are
# there where the metric is one of the dimensions.
slices = Table(
    "slices",
    METADATA,
    number("number", key=True),
    *texts("dimensions", "first", "second", "third"),
    number("facts"),
    *(text(name, null=True) for name in ("sum", "min", "max")),  # exact decimals
    Column("alike", Boolean),  # whether those values share frequency, status, scope and measure
    UniqueConstraint("dimensions", "first", "second", "third"),
)
slice_facts = Table(
    "slice_facts", METADATA, number("slice", key=True), number("position", key=True), sqlite_with_rowid=False
)
# The same the other way round, for slices of one dimension: what facts are grouped by.
fact_tags = Table(
    "fact_tags", METADATA, number("position", key=True), number("slice", key=True), sqlite_with_rowid=False
)
# Words of ASCII letters and digits in the search texts of facts. `fact_words`, which the migrations make in the dialect
# of each database, finds facts by whole words; a part of a word is looked up here first.
search_words = Table("search_words", METADATA, text("word", key=True))
# Words that many facts have, with their number.
common_words = Table("common_words", METADATA, text("word", key=True), number("facts"))

# Facts that were taken out of the seed, with the reason its authors give; a `successor` is a fact of this release.
retractions = Table("retractions", METADATA, text("id", key=True), text("reason"), text("successor", null=True))
# This release, in one row.
revisions = Table(
    "revisions",
    METADATA,
    text("revision", key=True),
    text("fingerprint"),  # of the seed files and of the code that renders them
    text("loaded_at"),  # UTC, ISO 8601
    text("counts"),  # JSON object: collection -> how many
    *texts("audit", "coverage"),  # the JSON that is sent
    text("scripts"),  # JSON object: traditional character -> the simplified one, for questions in traditional script
)
# Every load that changed the data, carried from release to release; the last is this one.
releases = Table(
    "releases",
    METADATA,
    number("number", key=True),
    text("revision"),
    text("loaded_at"),  # UTC, ISO 8601
    text("answer"),  # the JSON that is sent
    crc("answer_crc"),
)
# What they changed. What was added has no `before`, what was retracted no `after`; `id` is the old id, or that of what
# was added. A fact that was revised has its new id in `successor`; one that is gone has a `reason`.
release_changes = Table(
    "release_changes",
    METADATA,
    number("number", key=True),  # of the release
    number("position", key=True),  # from 1
    *texts("kind", "noun", "id"),
    text("successor", null=True),
    text("reason", null=True),
    text("before", null=True),  # the JSON that was sent
    text("after", null=True),
    Index(None, "id"),
)
