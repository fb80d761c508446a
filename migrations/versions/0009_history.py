"""What each load changed, the files of its seed, and why facts were taken out.

Revision: 0009, after 0008

What is loaded stays. Of the loads of before nothing is known but that they were.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
# As `answers.Release` is written, with what nobody has counted.
ANSWER = """UPDATE releases SET answer = '{"number"\\:' || CAST(number AS text) || ',"revision"\\:"' || revision
    || '","loaded_at"\\:"' || loaded_at || '","compared"\\:false,"facts"\\:null,"entities"\\:null}'"""


def upgrade() -> None:
    op.add_column("releases", sa.Column("answer", TEXT, nullable=True))
    op.execute(ANSWER)
    op.create_table(
        "release_changes",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("kind", "noun", "id")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("successor", "reason", "before", "after")),
        sa.PrimaryKeyConstraint("number", "position", name=op.f("pk_release_changes")),
    )
    op.create_index(op.f("ix_release_changes_id"), "release_changes", ["id"])
    op.create_table(
        "release_files",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", "path", name=op.f("pk_release_files")),
    )
    op.create_table(
        "seed_files",
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("piece", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "piece", name=op.f("pk_seed_files")),
    )
    op.create_table(
        "retractions",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("successor", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retractions")),
    )


def downgrade() -> None:
    for name in ("retractions", "seed_files", "release_files"):
        op.drop_table(name)
    op.drop_index(op.f("ix_release_changes_id"), "release_changes")
    op.drop_table("release_changes")
    op.drop_column("releases", "answer")
