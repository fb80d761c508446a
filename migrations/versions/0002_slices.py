"""Slices: what is shown of a fact stands beside what it is found by, and facts are listed by what they share.

Revision: 0002, after 0001

The facts themselves are not carried over: the next load writes them anew, and until then the service says that
nothing is loaded.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
RELATED = sa.text("object_id IS NOT NULL")
# Words are split before they get here (`chinese.index_words`): the tokenizer only parts them at spaces.
SQLITE_WORDS = """CREATE VIRTUAL TABLE fact_words USING fts5(
    words, content='', detail='none', columnsize=0, tokenize='ascii')"""
POSTGRESQL_WORDS = "CREATE TABLE fact_words (position integer PRIMARY KEY, words tsvector NOT NULL)"
POSTGRESQL_INDEX = "CREATE INDEX ix_fact_words_words ON fact_words USING gin (words)"


def upgrade() -> None:
    for name in ("fact_years", "fact_tags", "facts"):
        op.drop_table(name)
    op.execute("DELETE FROM revisions")
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
        sa.Column("place_id", TEXT, nullable=True),
        sa.Column("source_id", TEXT, nullable=False),
        sa.Column("evidence", TEXT, nullable=False),
        sa.CheckConstraint(
            "kind <> 'measurement' OR (metric_id IS NOT NULL AND value IS NOT NULL)", name=op.f("ck_facts_measured")
        ),
        sa.CheckConstraint(
            "kind <> 'relation' OR (relation_id IS NOT NULL AND object_id IS NOT NULL)", name=op.f("ck_facts_related")
        ),
        sa.CheckConstraint("kind IN ('measurement', 'relation', 'occurrence')", name=op.f("ck_facts_kind")),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name=op.f("fk_facts_metric_id_metrics")),
        sa.ForeignKeyConstraint(["object_id"], ["entities.id"], name=op.f("fk_facts_object_id_entities")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_facts_place_id_places")),
        sa.ForeignKeyConstraint(["relation_id"], ["relations.id"], name=op.f("fk_facts_relation_id_relations")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_facts_source_id_sources")),
        sa.ForeignKeyConstraint(["subject_id"], ["entities.id"], name=op.f("fk_facts_subject_id_entities")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_facts_unit_id_units")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_facts")),
        sa.UniqueConstraint("id", name=op.f("uq_facts_id")),
    )
    for column in ("metric_id", "subject_id", "source_id", "period_start"):
        op.create_index(op.f(f"ix_facts_{column}_position"), "facts", [column, "position"], unique=False)
    op.create_index(
        op.f("ix_facts_object_id_position"),
        "facts",
        ["object_id", "position"],
        unique=False,
        sqlite_where=RELATED,
        postgresql_where=RELATED,
    )
    op.create_table(
        "fact_answers",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("json", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_fact_answers")),
    )
    op.create_table(
        "fact_lines",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("csv", TEXT, nullable=False),
        sa.Column("ndjson", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_fact_lines")),
    )
    op.create_table(
        "search_words",
        sa.Column("word", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
    )
    op.create_table(
        "slices",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("dimensions", TEXT, nullable=False),
        sa.Column("first", TEXT, nullable=False),
        sa.Column("second", TEXT, nullable=False),
        sa.Column("third", TEXT, nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("sum", TEXT, nullable=True),
        sa.Column("min", TEXT, nullable=True),
        sa.Column("max", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_slices")),
        sa.UniqueConstraint(
            "dimensions", "first", "second", "third", name=op.f("uq_slices_dimensions_first_second_third")
        ),
    )
    for name, columns in (("slice_facts", ("slice", "position")), ("fact_tags", ("position", "slice"))):
        op.create_table(
            name,
            *(sa.Column(column, sa.Integer(), autoincrement=False, nullable=False) for column in columns),
            sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
    if op.get_context().dialect.name == "sqlite":
        op.execute(SQLITE_WORDS)
    else:
        op.execute(POSTGRESQL_WORDS)
        op.execute(POSTGRESQL_INDEX)


def downgrade() -> None:
    for name in (
        *("fact_words", "fact_tags", "slice_facts", "slices"),
        *("search_words", "fact_lines", "fact_answers", "facts"),
    ):
        op.drop_table(name)
    op.execute("DELETE FROM revisions")
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
        sa.Column("printed", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("period", TEXT, nullable=False),
        sa.Column("period_start", TEXT, nullable=True),
        sa.Column("period_end", TEXT, nullable=True),
        sa.Column("period_printed", TEXT, nullable=True),
        sa.Column("basis", TEXT, nullable=False),
        sa.Column("place_id", TEXT, nullable=True),
        sa.Column("source_id", TEXT, nullable=False),
        sa.Column("evidence", TEXT, nullable=False),
        sa.Column("quote", TEXT, nullable=True),
        sa.Column("quote_start", sa.Integer(), nullable=True),
        sa.Column("quote_end", sa.Integer(), nullable=True),
        sa.Column("derived", TEXT, nullable=True),
        sa.Column("note", TEXT, nullable=True),
        sa.Column("statement_zh", TEXT, nullable=False),
        sa.Column("statement_en", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.CheckConstraint(
            "kind <> 'measurement' OR (metric_id IS NOT NULL AND value IS NOT NULL)", name=op.f("ck_facts_measured")
        ),
        sa.CheckConstraint(
            "kind <> 'relation' OR (relation_id IS NOT NULL AND object_id IS NOT NULL)", name=op.f("ck_facts_related")
        ),
        sa.CheckConstraint("kind IN ('measurement', 'relation', 'occurrence')", name=op.f("ck_facts_kind")),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name=op.f("fk_facts_metric_id_metrics")),
        sa.ForeignKeyConstraint(["object_id"], ["entities.id"], name=op.f("fk_facts_object_id_entities")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_facts_place_id_places")),
        sa.ForeignKeyConstraint(["relation_id"], ["relations.id"], name=op.f("fk_facts_relation_id_relations")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_facts_source_id_sources")),
        sa.ForeignKeyConstraint(["subject_id"], ["entities.id"], name=op.f("fk_facts_subject_id_entities")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_facts_unit_id_units")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_facts")),
        sa.UniqueConstraint("id", name=op.f("uq_facts_id")),
    )
    op.create_index(
        op.f("ix_facts_metric_id_period_start_position"),
        "facts",
        ["metric_id", "period_start", "position"],
        unique=False,
    )
    op.create_index(op.f("ix_facts_period_start_position"), "facts", ["period_start", "position"], unique=False)
    op.create_index(op.f("ix_facts_source_id_position"), "facts", ["source_id", "position"], unique=False)
    op.create_index(op.f("ix_facts_subject_id_position"), "facts", ["subject_id", "position"], unique=False)
    op.create_table(
        "fact_tags",
        sa.Column("fact_position", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("tag_id", TEXT, nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["fact_position"], ["facts.position"], name=op.f("fk_fact_tags_fact_position_facts")),
        sa.ForeignKeyConstraint(["tag_id"], ["entities.id"], name=op.f("fk_fact_tags_tag_id_entities")),
        sa.PrimaryKeyConstraint("fact_position", "kind", "tag_id", name=op.f("pk_fact_tags")),
    )
    op.create_index(
        op.f("ix_fact_tags_kind_tag_id_fact_position"), "fact_tags", ["kind", "tag_id", "fact_position"], unique=False
    )
    op.create_table(
        "fact_years",
        sa.Column("fact_position", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["fact_position"], ["facts.position"], name=op.f("fk_fact_years_fact_position_facts")),
        sa.PrimaryKeyConstraint("fact_position", "year", name=op.f("pk_fact_years")),
    )
    op.create_index(op.f("ix_fact_years_year_fact_position"), "fact_years", ["year", "fact_position"], unique=False)
