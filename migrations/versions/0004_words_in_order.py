"""Words in their order, so that a phrase of pairs is a word of any length; common words counted; a table for each
form of an export, and one for the texts that a search looks in.

Revision: 0004, after 0003

What is loaded is not carried over: the next load writes it anew, and until then the service says that nothing is
loaded.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
# Words are split before they get here (`chinese.index_words`): the tokenizer only parts them at spaces.
SQLITE_WORDS = "CREATE VIRTUAL TABLE fact_words USING fts5(words, content='', columnsize=0, tokenize='ascii')"
UNORDERED_SQLITE_WORDS = """CREATE VIRTUAL TABLE fact_words USING fts5(
    words, content='', detail='none', columnsize=0, tokenize='ascii')"""
TEXTS = {"fact_csv": "line", "fact_ndjson": "line", "fact_texts": "search"}


def upgrade() -> None:
    _forget()
    op.drop_column("fact_answers", "search")
    op.drop_table("fact_lines")
    for name, column in TEXTS.items():
        op.create_table(
            name,
            sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column(column, TEXT, nullable=False),
            sa.PrimaryKeyConstraint("position", name=op.f(f"pk_{name}")),
        )
    op.create_table(
        "common_words",
        sa.Column("word", TEXT, nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_common_words")),
    )
    _replace_sqlite_words(SQLITE_WORDS)


def downgrade() -> None:
    _forget()
    for name in ("common_words", *TEXTS):
        op.drop_table(name)
    op.create_table(
        "fact_lines",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("csv", TEXT, nullable=False),
        sa.Column("ndjson", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_fact_lines")),
    )
    op.add_column("fact_answers", sa.Column("search", TEXT, nullable=False))
    _replace_sqlite_words(UNORDERED_SQLITE_WORDS)


def _forget() -> None:
    op.execute("DELETE FROM revisions")
    op.execute("DELETE FROM fact_answers")


def _replace_sqlite_words(statement: str) -> None:
    if op.get_context().dialect.name == "sqlite":
        op.drop_table("fact_words")
        op.execute(statement)
