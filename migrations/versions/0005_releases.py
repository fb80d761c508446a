"""The loads that changed the data, in their order: whoever has seen one of them is shown no data of before.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", TEXT, nullable=False),
        sa.Column("loaded_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_releases")),
    )
    op.execute("INSERT INTO releases SELECT 1, revision, loaded_at FROM revisions")


def downgrade() -> None:
    op.drop_table("releases")
