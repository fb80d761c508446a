"""Full-text search for facts: SQLite's FTS5 or PostgreSQL's text search, over pairs of characters."""

from itertools import pairwise
from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from app import tables
from app.queries.expressions import Found
from app.queries.reading import Reading
from app.queries.texts import contains
from app.text.normalizing import RUN

MOST_WORDS = 200  # words that a part of a word may match; with more, it is not selective
PAIR = 2
# Created by the migrations in each database's own SQL. It must be a Table: PostgreSQL needs the schema of the release.
WORDS = Table("fact_words", MetaData(), Column("words"))
WORD = tables.search_words.c.word


class word_position(FunctionElement[int]):  # noqa: N801 - reads as the column it is
    """The position of a fact in the index of words."""

    type = Integer()
    inherit_cache = True


@compiles(word_position)
def _rowid(_element: word_position, _compiler: SQLCompiler, **_options: Any) -> str:
    return "fact_words.rowid"


@compiles(word_position, "postgresql")
def _position(_element: word_position, _compiler: SQLCompiler, **_options: Any) -> str:
    return "fact_words.position"


class has_words(FunctionElement[Any]):  # noqa: N801 - reads as the function it is
    """Whether a row of the index of words matches an expression in the database's own query language."""

    type = NullType()  # with Boolean, SQLAlchemy would add `= 1` on SQLite, and FTS5 would not be used
    inherit_cache = True


@compiles(has_words)
def _match(element: has_words, compiler: SQLCompiler, **options: Any) -> str:
    return f"fact_words MATCH {compiler.process(element.clauses, **options)}"


@compiles(has_words, "postgresql")
def _tsquery(element: has_words, compiler: SQLCompiler, **options: Any) -> str:
    return f"fact_words.words @@ CAST({compiler.process(element.clauses, **options)} AS tsquery)"


def found_by(words: list[str], reading: Reading) -> Found:
    """How to find the facts whose search text contains each of the words, anywhere."""
    embedded = reading.store.embedded
    clauses = [clause for word in words for clause in _clauses(word, reading)]
    if embedded and any(one.endswith("*") for clause in clauses for one in clause):
        reading.leave_event_loop()
    spelled = _fts5 if embedded else _tsquery_text
    # FTS5 knows the positions of pairs, and so finds words of any length; PostgreSQL only knows which pairs a text has.
    held = [word for word in words if _has_ascii(word) or (len(word) > PAIR and not embedded)]
    counted = words[0] if len(words) == 1 and not held and len(words[0]) == PAIR else None
    return Found(spelled(clauses) if clauses else None, held, counted)


def _has_ascii(word: str) -> bool:
    return any(character.isascii() for character in word)


def _clauses(word: str, reading: Reading) -> list[list[str]]:
    """Words of the index: a text that contains the word has at least one of each list.

    `x*` is any word that begins with x; `xy yz` are adjacent pairs, in an index that knows positions.
    """
    clauses: list[list[str]] = []
    for run in RUN.finditer(word):
        text = run[0]
        if not text.isascii():
            clauses.append([" ".join(left + right for left, right in pairwise(text)) or f"{text}*"])
        elif run.start() > 0 and run.end() < len(word):
            clauses.append([text])
        elif known := _words_around(text, reading):
            clauses.append(known)
    return clauses


def _words_around(part: str, reading: Reading) -> list[str]:
    """The words that contain a part of a word; none if there are too many to be selective."""
    statement = reading.statement(
        "words",
        lambda: select(WORD).where(contains(WORD, bindparam("part"))).limit(MOST_WORDS + 1),
    )
    found = [row[0].decode() for row in reading.rows(statement, {"part": part})]
    if not found:
        return [part]  # matches no text
    return [] if len(found) > MOST_WORDS else found


def _fts5(clauses: list[list[str]]) -> str:
    """FTS5, section 3: full-text query syntax."""
    return " AND ".join(f"({' OR '.join(map(_fts5_word, clause))})" for clause in clauses)


def _fts5_word(word: str) -> str:
    return f'"{word[:-1]}" *' if word.endswith("*") else f'"{word}"'


def _tsquery_text(clauses: list[list[str]]) -> str:
    """PostgreSQL, section 8.11.2: tsquery."""
    return " & ".join(f"({' | '.join(map(_tsquery_word, clause))})" for clause in clauses)


def _tsquery_word(word: str) -> str:
    return f"'{word[:-1]}':*" if word.endswith("*") else " & ".join(f"'{pair}'" for pair in word.split(" "))
