"""A release: its tables, and the views that are the surface for readers of SQL.

Revision: 0012, after nothing. Each release is made anew, so that nothing of an earlier schema is ever carried over; the
numbers before this one are those of the first edition, whose databases are replaced by the next load.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = None
branch_labels = None
depends_on = None

# Byte order on Postgres too, so that lists sort alike on both databases.
TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
# Words are split before they get here (`chinese.index_words`): the tokenizer only parts them at spaces.
WORDS = {
    "sqlite": ["CREATE VIRTUAL TABLE fact_words USING fts5(words, content='', columnsize=0, tokenize='ascii')"],
    "postgresql": [
        "CREATE TABLE fact_words (position integer PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX ix_fact_words_words ON fact_words USING gin (words)",
    ],
}
# What the databases call otherwise: a date, a number with all its digits, and a field of JSON within another.
SPOKEN = {
    "sqlite": {
        "date": "{}",
        "number": "CAST({} AS NUMERIC)",
        "quote": "json_extract(fact_answers.json, '$.citation.quote')",
        "printed": "json_extract(fact_answers.json, '$.printed')",
        "statement_zh": "json_extract(fact_answers.json, '$.statement.zh')",
        "statement_en": "json_extract(fact_answers.json, '$.statement.en')",
    },
    "postgresql": {
        "date": "CAST({} AS date)",
        "number": "CAST({} AS numeric)",
        "quote": "CAST(fact_answers.json AS json) -> 'citation' ->> 'quote'",
        "printed": "CAST(fact_answers.json AS json) ->> 'printed'",
        "statement_zh": "CAST(fact_answers.json AS json) -> 'statement' ->> 'zh'",
        "statement_en": "CAST(fact_answers.json AS json) -> 'statement' ->> 'en'",
    },
}
NO_START = "0001-01-01"  # stored as the first day of a period that has an end only
OBSERVATIONS = """
CREATE VIEW observations AS SELECT facts.id,
    facts.subject_id, subject.name_zh AS subject_zh, subject.name_en AS subject_en, subject.type AS subject_type,
    facts.metric_id, metric.name_zh AS metric_zh, metric.name_en AS metric_en,
    facts.scope_id, scope.name_zh AS scope_zh, scope.name_en AS scope_en,
    facts.market_id, market.name_zh AS market_zh, market.name_en AS market_en,
    facts.place_id, place.name_zh AS place_zh, place.name_en AS place_en,
    {value} AS value, facts.unit_id, facts.bound, {printed} AS printed, facts.measure, facts.status, facts.vintage,
    facts.period, {period_start} AS period_start, {period_end} AS period_end, facts.basis AS period_basis,
    facts.frequency, facts.series_id, facts.preferred,
    {statement_zh} AS statement_zh, {statement_en} AS statement_en,
    facts.standing, facts.evidence, {quote} AS quote,
    facts.source_id, source.name_zh AS source_zh, source.name_en AS source_en,
    sources.kind AS source_kind, publisher.name_zh AS publisher_zh, publisher.name_en AS publisher_en,
    sources.published, sources.address, sources.republished
FROM facts
JOIN fact_answers ON fact_answers.position = facts.position
JOIN entities subject ON subject.id = facts.subject_id
JOIN entities metric ON metric.id = facts.metric_id
LEFT JOIN entities scope ON scope.id = facts.scope_id
LEFT JOIN entities market ON market.id = facts.market_id
LEFT JOIN entities place ON place.id = facts.place_id
JOIN entities source ON source.id = facts.source_id
JOIN sources ON sources.id = facts.source_id
LEFT JOIN entities publisher ON publisher.id = sources.publisher_id
WHERE facts.kind = 'measurement'
"""
NAMED = "{table}.id, entities.name_zh, entities.name_en, entities.aliases"
PLACED = ", {table}.place_id, place.name_zh AS place_zh, place.name_en AS place_en"
AT_PLACE = " LEFT JOIN entities place ON place.id = {table}.place_id"
PERIOD = ", {table}.period, {period_start} AS period_start, {period_end} AS period_end"
# Of each view the table, its further columns, and what follows; tables have the plain names.
NOUNS = {
    "companies_view": ("organizations", ", {table}.parent_id" + PLACED, AT_PLACE + " WHERE {table}.kind = 'company'"),
    "organizations_view": ("organizations", ", {table}.kind, {table}.parent_id" + PLACED, AT_PLACE),
    "industries_view": ("industries", ", {table}.kind, {table}.parent_id", ""),
    "initiatives_view": ("initiatives", PLACED + ", {table}.summary_zh, {table}.summary_en", AT_PLACE),
    "scopes_view": ("scopes", ", {table}.kind, {table}.parent_id", ""),
    "metrics_view": (
        "metrics",
        ", {table}.kind, {table}.unit_id, {table}.of_id, {table}.transform, {table}.definition_zh, {table}.definition_en",
        "",
    ),
    "events_view": ("events", ", {table}.kind" + PLACED + PERIOD, AT_PLACE),
    "policies_view": ("policies", ", {table}.kind, {table}.issuer_id" + PLACED + PERIOD, AT_PLACE),
    "places_view": ("places", ", {table}.kind, {table}.parent_id", ""),
    "sources_view": (
        "sources",
        ", {table}.kind, {table}.publisher_id, {table}.author, {table}.published, {table}.language, {table}.address, "
        "{table}.republished",
        "",
    ),
}


def upgrade() -> None:
    make_tables()
    dialect = op.get_context().dialect.name
    for statement in WORDS[dialect]:
        op.execute(statement)
    for statement in views(SPOKEN[dialect]):
        op.execute(statement)


def views(spoken: dict[str, str]) -> list[str]:
    """The statements that make the views; `spoken` are the words of a database."""
    known = {name: f"NULLIF({{table}}.{name}, '{NO_START}')" for name in ("period_start", "period_end")}
    dates = {name: spoken["date"].format(one) for name, one in known.items()}

    def of(table: str, template: str) -> str:
        ends = {name: one.format(table=table) for name, one in dates.items()}
        return template.format(table=table, value=spoken["number"].format("facts.value"), **ends, **spoken)

    made = [of("facts", OBSERVATIONS)]
    for view, (table, columns, rest) in NOUNS.items():
        joined = f"FROM {table} JOIN entities ON entities.id = {table}.id"
        made.append(of(table, f"CREATE VIEW {view} AS SELECT {NAMED}{columns} {joined}{rest}"))
    return made


def downgrade() -> None:
    raise NotImplementedError("A release is never changed: load with the version that is wanted.")


def where(column: str) -> dict[str, Any]:
    """The condition of an index on a column that few rows have."""
    is_there = sa.text(f"{column} IS NOT NULL")
    return {"sqlite_where": is_there, "postgresql_where": is_there}


def make_tables() -> None:  # noqa: PLR0915 - a statement for each table and index
    op.create_table(
        "common_words",
        sa.Column("word", TEXT, nullable=False),
        sa.Column("facts", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_common_words")),
    )
    op.create_table(
        "entities",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("name_zh", TEXT, nullable=False),
        sa.Column("name_en", TEXT, nullable=False),
        sa.Column("aliases", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.Column("answer_crc", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities")),
    )
    op.create_index(op.f("ix_entities_type_id"), "entities", ["type", "id"], unique=False)
    op.create_table(
        "fact_answers",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("json", TEXT, nullable=False),
        sa.Column("crc", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_fact_answers")),
    )
    op.create_table(
        "fact_tags",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slice", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("position", "slice", name=op.f("pk_fact_tags")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fact_texts",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_fact_texts")),
    )
    op.create_table(
        "release_changes",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("noun", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("successor", TEXT, nullable=True),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("before", TEXT, nullable=True),
        sa.Column("after", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", "position", name=op.f("pk_release_changes")),
    )
    op.create_index(op.f("ix_release_changes_id"), "release_changes", ["id"], unique=False)
    op.create_table(
        "releases",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", TEXT, nullable=False),
        sa.Column("loaded_at", TEXT, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.Column("answer_crc", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_releases")),
    )
    op.create_table(
        "retractions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("successor", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retractions")),
    )
    op.create_table(
        "revisions",
        sa.Column("revision", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("loaded_at", TEXT, nullable=False),
        sa.Column("counts", TEXT, nullable=False),
        sa.Column("audit", TEXT, nullable=False),
        sa.Column("coverage", TEXT, nullable=False),
        sa.Column("scripts", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_revisions")),
    )
    op.create_table(
        "search_words",
        sa.Column("word", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
    )
    op.create_table(
        "slice_facts",
        sa.Column("slice", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("slice", "position", name=op.f("pk_slice_facts")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "slices",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dimensions", TEXT, nullable=False),
        sa.Column("first", TEXT, nullable=False),
        sa.Column("second", TEXT, nullable=False),
        sa.Column("third", TEXT, nullable=False),
        sa.Column("facts", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sum", TEXT, nullable=True),
        sa.Column("min", TEXT, nullable=True),
        sa.Column("max", TEXT, nullable=True),
        sa.Column("alike", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_slices")),
        sa.UniqueConstraint(
            "dimensions", "first", "second", "third", name=op.f("uq_slices_dimensions_first_second_third")
        ),
    )
    op.create_table(
        "entity_tags",
        sa.Column("entity_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("tag_id", TEXT, nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_entity_tags_entity_id_entities")),
        sa.ForeignKeyConstraint(["tag_id"], ["entities.id"], name=op.f("fk_entity_tags_tag_id_entities")),
        sa.PrimaryKeyConstraint("entity_id", "kind", "tag_id", name=op.f("pk_entity_tags")),
    )
    op.create_index(
        op.f("ix_entity_tags_kind_tag_id_entity_id"), "entity_tags", ["kind", "tag_id", "entity_id"], unique=False
    )
    op.create_table(
        "identities",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("terms", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_identities_id_entities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
    )
    op.create_table(
        "industries",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("parent_id", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_industries_id_entities")),
        sa.ForeignKeyConstraint(["parent_id"], ["industries.id"], name=op.f("fk_industries_parent_id_industries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_industries")),
    )
    op.create_index(op.f("ix_industries_parent_id"), "industries", ["parent_id"], unique=False)
    op.create_table(
        "mentions",
        sa.Column("entity_id", TEXT, nullable=False),
        sa.Column("period_start", TEXT, nullable=False),
        sa.Column("period_end", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_mentions_entity_id_entities")),
        sa.PrimaryKeyConstraint("entity_id", "period_start", "period_end", name=op.f("pk_mentions")),
    )
    op.create_table(
        "names",
        sa.Column("spelling", TEXT, nullable=False),
        sa.Column("entity_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("shown", TEXT, nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_names_entity_id_entities")),
        sa.PrimaryKeyConstraint("spelling", "entity_id", "kind", name=op.f("pk_names")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "places",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("parent_id", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_places_id_entities")),
        sa.ForeignKeyConstraint(["parent_id"], ["places.id"], name=op.f("fk_places_parent_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
    )
    op.create_index(op.f("ix_places_parent_id"), "places", ["parent_id"], unique=False)
    op.create_table(
        "relations",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("statement_zh", TEXT, nullable=False),
        sa.Column("statement_en", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_relations_id_entities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relations")),
    )
    op.create_table(
        "scopes",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("parent_id", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_scopes_id_entities")),
        sa.ForeignKeyConstraint(["parent_id"], ["entities.id"], name=op.f("fk_scopes_parent_id_entities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scopes")),
    )
    op.create_table(
        "series_tags",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("tag_id", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["entities.id"], name=op.f("fk_series_tags_tag_id_entities")),
        sa.PrimaryKeyConstraint("position", "kind", "tag_id", name=op.f("pk_series_tags")),
    )
    op.create_index(
        op.f("ix_series_tags_kind_tag_id_position"), "series_tags", ["kind", "tag_id", "position"], unique=False
    )
    op.create_table(
        "sources",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("publisher_id", TEXT, nullable=True),
        sa.Column("author", TEXT, nullable=True),
        sa.Column("published", TEXT, nullable=True),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("republished", sa.Boolean(), nullable=False),
        sa.Column("note_zh", TEXT, nullable=True),
        sa.Column("note_en", TEXT, nullable=True),
        sa.Column("sha256", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_sources_id_entities")),
        sa.ForeignKeyConstraint(["publisher_id"], ["entities.id"], name=op.f("fk_sources_publisher_id_entities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
    )
    op.create_table(
        "units",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("symbol", TEXT, nullable=True),
        sa.Column("printed", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_units_id_entities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
    )
    op.create_table(
        "events",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("place_id", TEXT, nullable=True),
        sa.Column("statement_zh", TEXT, nullable=True),
        sa.Column("statement_en", TEXT, nullable=True),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("period_start", TEXT, nullable=True),
        sa.Column("period_end", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_events_id_entities")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_events_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_table(
        "initiatives",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("place_id", TEXT, nullable=False),
        sa.Column("summary_zh", TEXT, nullable=False),
        sa.Column("summary_en", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_initiatives_id_entities")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_initiatives_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initiatives")),
    )
    op.create_table(
        "metrics",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("transform", TEXT, nullable=True),
        sa.Column("unit_id", TEXT, nullable=False),
        sa.Column("of_id", TEXT, nullable=True),
        sa.Column("definition_zh", TEXT, nullable=True),
        sa.Column("definition_en", TEXT, nullable=True),
        sa.Column("statement_zh", TEXT, nullable=True),
        sa.Column("statement_en", TEXT, nullable=True),
        sa.Column("loss_zh", TEXT, nullable=True),
        sa.Column("loss_en", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_metrics_id_entities")),
        sa.ForeignKeyConstraint(["of_id"], ["metrics.id"], name=op.f("fk_metrics_of_id_metrics")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_metrics_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metrics")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("parent_id", TEXT, nullable=True),
        sa.Column("place_id", TEXT, nullable=True),
        sa.Column("source_id", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_organizations_id_entities")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organizations.id"], name=op.f("fk_organizations_parent_id_organizations")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_organizations_place_id_places")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_organizations_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_index(op.f("ix_organizations_kind"), "organizations", ["kind"], unique=False)
    op.create_index(op.f("ix_organizations_parent_id"), "organizations", ["parent_id"], unique=False)
    op.create_table(
        "policies",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("issuer_id", TEXT, nullable=True),
        sa.Column("place_id", TEXT, nullable=True),
        sa.Column("period", TEXT, nullable=True),
        sa.Column("period_start", TEXT, nullable=True),
        sa.Column("period_end", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_policies_id_entities")),
        sa.ForeignKeyConstraint(["issuer_id"], ["entities.id"], name=op.f("fk_policies_issuer_id_entities")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_policies_place_id_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_table(
        "source_texts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["sources.id"], name=op.f("fk_source_texts_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_texts")),
    )
    op.create_table(
        "comparisons",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("metric_id", TEXT, nullable=False),
        sa.Column("unit_id", TEXT, nullable=False),
        sa.Column("scope_id", TEXT, nullable=True),
        sa.Column("market_id", TEXT, nullable=True),
        sa.Column("period_start", TEXT, nullable=False),
        sa.Column("period_end", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.Column("answer_crc", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["places.id"], name=op.f("fk_comparisons_market_id_places")),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name=op.f("fk_comparisons_metric_id_metrics")),
        sa.ForeignKeyConstraint(["scope_id"], ["entities.id"], name=op.f("fk_comparisons_scope_id_entities")),
        sa.ForeignKeyConstraint(["subject_id"], ["entities.id"], name=op.f("fk_comparisons_subject_id_entities")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_comparisons_unit_id_units")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_comparisons")),
        sa.UniqueConstraint("id", name=op.f("uq_comparisons_id")),
    )
    op.create_index(op.f("ix_comparisons_subject_id_position"), "comparisons", ["subject_id", "position"], unique=False)
    op.create_index(op.f("ix_comparisons_verdict_position"), "comparisons", ["verdict", "position"], unique=False)
    op.create_table(
        "facts",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("metric_id", TEXT, nullable=True),
        sa.Column("relation_id", TEXT, nullable=True),
        sa.Column("object_id", TEXT, nullable=True),
        sa.Column("value", TEXT, nullable=True),
        sa.Column("value_key", TEXT, nullable=True),
        sa.Column("unit_id", TEXT, nullable=True),
        sa.Column("bound", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("period_start", TEXT, nullable=True),
        sa.Column("period_end", TEXT, nullable=True),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("frequency", TEXT, nullable=True),
        sa.Column("place_id", TEXT, nullable=True),
        sa.Column("scope_id", TEXT, nullable=True),
        sa.Column("market_id", TEXT, nullable=True),
        sa.Column("measure", TEXT, nullable=True),
        sa.Column("vintage", TEXT, nullable=True),
        sa.Column("series_id", TEXT, nullable=True),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("source_id", TEXT, nullable=False),
        sa.Column("evidence", TEXT, nullable=False),
        sa.Column("standing", TEXT, nullable=False),
        sa.Column("value_low_key", TEXT, nullable=True),
        sa.Column("value_high_key", TEXT, nullable=True),
        sa.Column("span_start", sa.Integer(), autoincrement=False, nullable=True),
        sa.Column("span_end", sa.Integer(), autoincrement=False, nullable=True),
        sa.Column("quote_mark", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'measurement' OR (metric_id IS NOT NULL AND value IS NOT NULL)", name=op.f("ck_facts_measured")
        ),
        sa.CheckConstraint(
            "kind <> 'relation' OR (relation_id IS NOT NULL AND object_id IS NOT NULL)", name=op.f("ck_facts_related")
        ),
        sa.CheckConstraint("kind IN ('measurement', 'relation', 'occurrence')", name=op.f("ck_facts_kind")),
        sa.ForeignKeyConstraint(["market_id"], ["places.id"], name=op.f("fk_facts_market_id_places")),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name=op.f("fk_facts_metric_id_metrics")),
        sa.ForeignKeyConstraint(["object_id"], ["entities.id"], name=op.f("fk_facts_object_id_entities")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_facts_place_id_places")),
        sa.ForeignKeyConstraint(["relation_id"], ["relations.id"], name=op.f("fk_facts_relation_id_relations")),
        sa.ForeignKeyConstraint(["scope_id"], ["entities.id"], name=op.f("fk_facts_scope_id_entities")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_facts_source_id_sources")),
        sa.ForeignKeyConstraint(["subject_id"], ["entities.id"], name=op.f("fk_facts_subject_id_entities")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_facts_unit_id_units")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_facts")),
        sa.UniqueConstraint("id", name=op.f("uq_facts_id")),
    )
    op.create_index(op.f("ix_facts_metric_id_position"), "facts", ["metric_id", "position"], unique=False)
    op.create_index(op.f("ix_facts_object_id_position"), "facts", ["object_id", "position"], unique=False)
    op.create_index(op.f("ix_facts_period_start_position"), "facts", ["period_start", "position"], unique=False)
    op.create_index(
        op.f("ix_facts_scope_id_position"), "facts", ["scope_id", "position"], unique=False, **where("scope_id")
    )
    op.create_index(
        op.f("ix_facts_vintage_position"), "facts", ["vintage", "position"], unique=False, **where("vintage")
    )
    op.create_index(
        op.f("ix_facts_market_id_position"), "facts", ["market_id", "position"], unique=False, **where("market_id")
    )
    op.create_index(op.f("ix_facts_series_id_position"), "facts", ["series_id", "position"], unique=False)
    op.create_index(op.f("ix_facts_source_id_position"), "facts", ["source_id", "position"], unique=False)
    op.create_index(op.f("ix_facts_source_id_span_start"), "facts", ["source_id", "span_start"], unique=False)
    op.create_index(op.f("ix_facts_standing_position"), "facts", ["standing", "position"], unique=False)
    op.create_index(op.f("ix_facts_subject_id_position"), "facts", ["subject_id", "position"], unique=False)
    op.create_table(
        "participants",
        sa.Column("event_id", TEXT, nullable=False),
        sa.Column("entity_id", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_participants_entity_id_entities")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_participants_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "entity_id", "role", name=op.f("pk_participants")),
    )
    op.create_table(
        "series",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("subject_id", TEXT, nullable=False),
        sa.Column("metric_id", TEXT, nullable=False),
        sa.Column("scope_id", TEXT, nullable=True),
        sa.Column("market_id", TEXT, nullable=True),
        sa.Column("frequency", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("unit_id", TEXT, nullable=False),
        sa.Column("period_start", TEXT, nullable=False),
        sa.Column("period_end", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("head", TEXT, nullable=False),
        sa.Column("latest_tail", TEXT, nullable=False),
        sa.Column("answer_tail", TEXT, nullable=False),
        sa.Column("listed_crc", sa.BigInteger(), nullable=False),
        sa.Column("latest_crc", sa.BigInteger(), nullable=False),
        sa.Column("answer_crc", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["market_id"], ["places.id"], name=op.f("fk_series_market_id_places")),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name=op.f("fk_series_metric_id_metrics")),
        sa.ForeignKeyConstraint(["scope_id"], ["entities.id"], name=op.f("fk_series_scope_id_entities")),
        sa.ForeignKeyConstraint(["subject_id"], ["entities.id"], name=op.f("fk_series_subject_id_entities")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_series_unit_id_units")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_series")),
        sa.UniqueConstraint("id", name=op.f("uq_series_id")),
    )
    op.create_index(
        op.f("ix_series_scope_id_position"), "series", ["scope_id", "position"], unique=False, **where("scope_id")
    )
    op.create_index(
        op.f("ix_series_market_id_position"), "series", ["market_id", "position"], unique=False, **where("market_id")
    )
    op.create_index(op.f("ix_series_metric_id_position"), "series", ["metric_id", "position"], unique=False)
    op.create_index(op.f("ix_series_subject_id_position"), "series", ["subject_id", "position"], unique=False)
