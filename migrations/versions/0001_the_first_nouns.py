"""The first nouns.

Revision: 0001, after nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Byte order on Postgres too, so that lists sort alike on both databases.
TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "entities",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("name_zh", TEXT, nullable=False),
        sa.Column("name_en", TEXT, nullable=False),
        sa.Column("aliases", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("answer", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entities")),
    )
    op.create_index(op.f("ix_entities_type_id"), "entities", ["type", "id"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("revision", TEXT, nullable=False),
        sa.Column("fingerprint", TEXT, nullable=False),
        sa.Column("loaded_at", TEXT, nullable=False),
        sa.Column("counts", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_revisions")),
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
        "sources",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("publisher", TEXT, nullable=True),
        sa.Column("author", TEXT, nullable=True),
        sa.Column("published", TEXT, nullable=True),
        sa.Column("language", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=True),
        sa.Column("republished", sa.Boolean(), nullable=False),
        sa.Column("sha256", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_sources_id_entities")),
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
        sa.Column("unit_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("of_id", TEXT, nullable=True),
        sa.Column("transform", TEXT, nullable=True),
        sa.Column("statement_zh", TEXT, nullable=True),
        sa.Column("statement_en", TEXT, nullable=True),
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
        "participants",
        sa.Column("event_id", TEXT, nullable=False),
        sa.Column("entity_id", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entities.id"], name=op.f("fk_participants_entity_id_entities")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_participants_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "entity_id", "role", name=op.f("pk_participants")),
    )
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


def downgrade() -> None:
    op.drop_index(op.f("ix_fact_years_year_fact_position"), table_name="fact_years")
    op.drop_table("fact_years")
    op.drop_index(op.f("ix_fact_tags_kind_tag_id_fact_position"), table_name="fact_tags")
    op.drop_table("fact_tags")
    op.drop_table("participants")
    op.drop_index(op.f("ix_facts_subject_id_position"), table_name="facts")
    op.drop_index(op.f("ix_facts_source_id_position"), table_name="facts")
    op.drop_index(op.f("ix_facts_period_start_position"), table_name="facts")
    op.drop_index(op.f("ix_facts_metric_id_period_start_position"), table_name="facts")
    op.drop_table("facts")
    op.drop_table("policies")
    op.drop_index(op.f("ix_organizations_parent_id"), table_name="organizations")
    op.drop_index(op.f("ix_organizations_kind"), table_name="organizations")
    op.drop_table("organizations")
    op.drop_table("metrics")
    op.drop_table("initiatives")
    op.drop_table("events")
    op.drop_table("units")
    op.drop_table("sources")
    op.drop_table("relations")
    op.drop_index(op.f("ix_places_parent_id"), table_name="places")
    op.drop_table("places")
    op.drop_table("mentions")
    op.drop_index(op.f("ix_industries_parent_id"), table_name="industries")
    op.drop_table("industries")
    op.drop_index(op.f("ix_entity_tags_kind_tag_id_entity_id"), table_name="entity_tags")
    op.drop_table("entity_tags")
    op.drop_table("revisions")
    op.drop_index(op.f("ix_entities_type_id"), table_name="entities")
    op.drop_table("entities")
