"""Facts by the words of their search text: SQLite's FTS5, or PostgreSQL's text search, over pairs of characters."""

from itertools import pairwise
from typing import Any

from sqlalchemy import Integer, bindparam, column, select, table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from app import tables
from app.chinese import RUN
from app.database import Snapshot
from app.queries.filters import contains
from app.queries.shapes import Found, Statements
from app.queries.walks import REVISION

MOST_WORDS = 200  # that a part of a word may stand for; beyond, it narrows nothing down
PAIR = 2
WORDS = table("fact_words", column("words"), column("position"))
WORD = tables.SearchWord.word
STATEMENTS = Statements()


class word_position(FunctionElement[int]):  # noqa: N801 - reads as the column it is
    """The position of a row of the index of words."""

    type = Integer()
    inherit_cache = True


@compiles(word_position)
def _rowid(_element: word_position, _compiler: SQLCompiler, **_options: Any) -> str:
    return "fact_words.rowid"


@compiles(word_position, "postgresql")
def _position(_element: word_position, _compiler: SQLCompiler, **_options: Any) -> str:
    return "fact_words.position"


class has_words(FunctionElement[Any]):  # noqa: N801 - reads as the function it is
    """Whether a row of the index of words matches an expression in the language of its database."""

    type = NullType()  # of a Boolean, SQLite would be asked whether it is 1, and FTS5 would not see the question
    inherit_cache = True


@compiles(has_words)
def _match(element: has_words, compiler: SQLCompiler, **options: Any) -> str:
    return f"fact_words MATCH {compiler.process(element.clauses, **options)}"


@compiles(has_words, "postgresql")
def _tsquery(element: has_words, compiler: SQLCompiler, **options: Any) -> str:
    return f"fact_words.words @@ CAST({compiler.process(element.clauses, **options)} AS tsquery)"


def found_by(words: list[str], snapshot: Snapshot) -> Found:
    """What finds the facts whose search text holds each of the words, wherever in it they stand."""
    embedded = snapshot.database.readers.embedded
    clauses = [clause for word in words for clause in _clauses(word, snapshot)]
    if embedded and any(one.endswith("*") for clause in clauses for one in clause):
        snapshot.take_time()
    spelled = _fts5 if embedded else _tsquery_text
    # FTS5 knows where pairs stand, and so of words of any length; PostgreSQL only which pairs a text has.
    held = [word for word in words if _has_ascii(word) or (len(word) > PAIR and not embedded)]
    counted = words[0] if len(words) == 1 and not held and len(words[0]) == PAIR else None
    return Found(spelled(clauses) if clauses else None, held, counted)


def _has_ascii(word: str) -> bool:
    return any(character.isascii() for character in word)


def _clauses(word: str, snapshot: Snapshot) -> list[list[str]]:
    """Words of the index: a text that holds the word has one of each list.

    `x*` is any that begins with x; `xy yz` are pairs that stand side by side, in an index that knows where they stand.
    """
    clauses: list[list[str]] = []
    for run in RUN.finditer(word):
        text = run[0]
        if not text.isascii():
            clauses.append([" ".join(left + right for left, right in pairwise(text)) or f"{text}*"])
        elif run.start() > 0 and run.end() < len(word):
            clauses.append([text])
        elif known := _words_around(text, snapshot):
            clauses.append(known)
    return clauses


def _words_around(part: str, snapshot: Snapshot) -> list[str]:
    """The words that a part of a word may stand in; none where they are too many to narrow anything down."""
    statement = STATEMENTS.of(
        "words",
        snapshot.database,
        lambda: select(REVISION, WORD).where(contains(WORD, bindparam("part"))).limit(MOST_WORDS + 1),
    )
    found = [row[1].decode() for row in snapshot.rows(statement, {"part": part})]
    if not found:
        return [part]  # which no text has
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
