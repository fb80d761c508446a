"""The index of the objects of facts holds every fact: a partial one had to be told to each database by name.

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = "ix_facts_object_id_position"
COLUMNS = ["object_id", "position"]
RELATED = sa.text("object_id IS NOT NULL")


def upgrade() -> None:
    op.drop_index(op.f(NAME), "facts")
    op.create_index(op.f(NAME), "facts", COLUMNS, unique=False)


def downgrade() -> None:
    op.drop_index(op.f(NAME), "facts")
    op.create_index(op.f(NAME), "facts", COLUMNS, unique=False, sqlite_where=RELATED, postgresql_where=RELATED)
