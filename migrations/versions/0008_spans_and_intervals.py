"""Where each quote stands, and which values its bound allows, beside the facts; texts that may be published.

Revision: 0008, after 0007

What is loaded is not carried over: the next load writes it anew, and until then the service says that nothing is
loaded.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
COLUMNS: dict[str, Any] = {
    "value_low_key": TEXT,
    "value_high_key": TEXT,
    "span_start": sa.Integer(),
    "span_end": sa.Integer(),
    "quote_mark": sa.BigInteger(),
}
INDEX = "ix_facts_source_id_span_start"


def upgrade() -> None:
    op.execute("DELETE FROM revisions")
    for name, kind in COLUMNS.items():
        op.add_column("facts", sa.Column(name, kind, nullable=True))
    op.create_index(op.f(INDEX), "facts", ["source_id", "span_start"], unique=False)
    op.create_table(
        "source_texts",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["id"], ["sources.id"], name=op.f("fk_source_texts_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_texts")),
    )


def downgrade() -> None:
    op.execute("DELETE FROM revisions")
    op.drop_table("source_texts")
    op.drop_index(op.f(INDEX), "facts")
    for name in reversed(COLUMNS):
        op.drop_column("facts", name)
