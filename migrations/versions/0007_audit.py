"""What is counted of the evidence, once, at load.

Revision: 0007, after 0006

What is loaded is not carried over: the next load writes it anew, and until then the service says that nothing is
loaded.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    op.execute("DELETE FROM revisions")
    op.add_column("revisions", sa.Column("audit", TEXT, nullable=False))


def downgrade() -> None:
    op.drop_column("revisions", "audit")
