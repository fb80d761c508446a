"""The text filter `q`; for facts, by full-text search: SQLite's FTS5 or PostgreSQL's, over pairs of characters."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Boolean, Column, ColumnElement, Integer, MetaData, Table, and_, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from app import tables
from app.queries.filters import LONGEST_TEXT
from app.queries.names import searched_words
from app.queries.parameters import Parameter
from app.queries.reading import RequestContext
from app.text.normalizing import RUN

MOST_WORDS = 200  # words that a part of a word may match; with more, it is not selective
PAIR = 2
# Created by the migrations in each database's own SQL. It must be a Table: PostgreSQL needs the schema of the release.
WORDS = Table("fact_words", MetaData(), Column("words"))


class contains(FunctionElement[bool]):  # noqa: N801 - reads as the SQL function it is
    """Whether a text contains a word, literally: without the wildcards of LIKE."""

    type = Boolean()
    inherit_cache = True


class word_position(FunctionElement[int]):  # noqa: N801 - reads as the column it is
    """The position of a fact in the index of words."""

    type = Integer()
    inherit_cache = True


class has_words(FunctionElement[Any]):  # noqa: N801 - reads as the function it is
    """Whether a row of the index of words matches an expression in the database's own query language."""

    type = NullType()  # with Boolean, SQLAlchemy would add `= 1` on SQLite, and FTS5 would not be used
    inherit_cache = True


SQL = {
    contains: {"sqlite": "instr({}) > 0", "postgresql": "strpos({}) > 0"},
    word_position: {"sqlite": "fact_words.rowid", "postgresql": "fact_words.position"},
    has_words: {"sqlite": "fact_words MATCH {}", "postgresql": "fact_words.words @@ CAST({} AS tsquery)"},
}


def _compile(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return SQL[type(element)][compiler.dialect.name].format(compiler.process(element.clauses, **options))


for function in SQL:
    compiles(function)(_compile)

WORDS_AROUND = (
    select(tables.search_words.c.word)
    .where(contains(tables.search_words.c.word, bindparam("part")))
    .limit(MOST_WORDS + 1)
)


@dataclass(eq=False)
class WordsFilter(Parameter[Any]):
    """Words that must all occur, regardless of layout and case."""

    single: ClassVar[bool] = True
    column: Column[Any]

    def read(self, values: list[str], reading: RequestContext) -> Any:
        if len(values[0]) > LONGEST_TEXT:
            raise ValueError(f"q is longer than {LONGEST_TEXT} characters; ask for a few words.")
        words = searched_words(values[0], reading)
        if not words:
            raise ValueError("q has no words; write what to look for, such as q=算力.")
        return words

    def where(self, words: list[str]) -> ColumnElement[bool]:
        return and_(*(contains(self.column, word) for word in words))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}


class Search(NamedTuple):
    """How to find the facts for the words of `q`.

    `match` is an expression for the full-text index, None if the index does not help; `contained` are the words that
    must also be searched for in the text of each match. `counted` is the only word, if it is one in the index, for
    which the loader counts the facts.
    """

    match: str | None = None
    contained: list[str] = []  # noqa: RUF012 - never added to
    counted: str | None = None


class FactWordsFilter(WordsFilter):
    """Words that must all occur in the search text of a fact, anywhere; they are looked up in the index at once."""

    def read(self, values: list[str], reading: RequestContext) -> Search:
        words: list[str] = super().read(values, reading)
        embedded = reading.store.embedded
        clauses = [clause for word in words for clause in _clauses(word, reading)]
        if embedded and any(one.endswith("*") for clause in clauses for one in clause):
            reading.leave_event_loop()
        # FTS5 knows the positions of pairs, and so finds words of any length; PostgreSQL only which pairs a text has.
        contained = [word for word in words if any(map(str.isascii, word)) or (len(word) > PAIR and not embedded)]
        counted = words[0] if len(words) == 1 and not contained and len(words[0]) == PAIR else None
        write = _fts5 if embedded else _tsquery
        return Search(write(clauses) if clauses else None, contained, counted)


def _clauses(word: str, reading: RequestContext) -> list[list[str]]:
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


def _words_around(part: str, reading: RequestContext) -> list[str]:
    """The words that contain a part of a word; none if there are too many to be selective."""
    words = [row[0].decode() for row in reading.run(WORDS_AROUND, part=part)]
    if not words:
        return [part]  # matches no text
    return [] if len(words) > MOST_WORDS else words


def _fts5(clauses: list[list[str]]) -> str:
    """FTS5, section 3: full-text query syntax."""

    def written(word: str) -> str:
        return f'"{word[:-1]}" *' if word.endswith("*") else f'"{word}"'

    return " AND ".join(f"({' OR '.join(map(written, clause))})" for clause in clauses)


def _tsquery(clauses: list[list[str]]) -> str:
    """PostgreSQL, section 8.11.2: tsquery."""

    def written(word: str) -> str:
        return f"'{word[:-1]}':*" if word.endswith("*") else " & ".join(f"'{pair}'" for pair in word.split(" "))

    return " & ".join(f"({' | '.join(map(written, clause))})" for clause in clauses)
