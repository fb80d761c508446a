"""Facts held against each other: their comparisons, the standing of each fact, and the identities that arithmetic needs.

Revision: 0006, after 0005

What is loaded is not carried over: the next load writes it anew, and until then the service says that nothing is
loaded.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    _forget()
    op.create_table(
        "identities",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("terms", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["entities.id"], name=op.f("fk_identities_id_entities")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
    )
    op.create_table(
        "comparisons",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("id", "kind", "verdict", "subject_id", "metric_id")),
        sa.Column("unit_id", TEXT, nullable=False),
        sa.Column("place_id", TEXT, nullable=True),
        *(sa.Column(name, TEXT, nullable=False) for name in ("period_start", "period_end", "search", "answer")),
        sa.ForeignKeyConstraint(["metric_id"], ["metrics.id"], name=op.f("fk_comparisons_metric_id_metrics")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_comparisons_place_id_places")),
        sa.ForeignKeyConstraint(["subject_id"], ["entities.id"], name=op.f("fk_comparisons_subject_id_entities")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_comparisons_unit_id_units")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_comparisons")),
        sa.UniqueConstraint("id", name=op.f("uq_comparisons_id")),
    )
    op.create_index(op.f("ix_comparisons_verdict_position"), "comparisons", ["verdict", "position"])
    op.create_index(op.f("ix_comparisons_subject_id_position"), "comparisons", ["subject_id", "position"])
    op.add_column("facts", sa.Column("industry_id", TEXT, nullable=True))
    op.add_column("facts", sa.Column("standing", TEXT, nullable=False))
    op.create_index(op.f("ix_facts_standing_position"), "facts", ["standing", "position"])


def downgrade() -> None:
    _forget()
    op.drop_index(op.f("ix_facts_standing_position"), "facts")
    op.drop_column("facts", "standing")
    op.drop_column("facts", "industry_id")
    op.drop_table("comparisons")
    op.drop_table("identities")


def _forget() -> None:
    op.execute("DELETE FROM revisions")
    for name in ("fact_answers", "facts"):
        op.execute(f"DELETE FROM {name}")  # noqa: S608 - names of our own
