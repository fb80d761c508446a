"""The text filter `q`."""

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Boolean, Column, ColumnElement, and_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.queries.filters import LONGEST_TEXT
from app.queries.parameters import Context, Parameter
from app.text.normalizing import search_words


@dataclass(frozen=True)
class Text(Parameter[list[str]]):
    """Words that must all occur, regardless of layout and case."""

    column: Column[Any]
    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> list[str]:
        if len(values[0]) > LONGEST_TEXT:
            raise self.refuse(values[0], f"q is longer than {LONGEST_TEXT} characters; ask for a few words.")
        words = search_words(values[0])
        if not words:
            raise self.refuse(values[0], "q has no words; write what to look for, such as q=算力.")
        return words

    def where(self, words: list[str]) -> ColumnElement[bool]:
        return and_(*(contains(self.column, word) for word in words))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}


class contains(FunctionElement[bool]):  # noqa: N801 - reads as the SQL function it is
    """Whether a text contains a word, literally: without the wildcards of LIKE."""

    type = Boolean()
    inherit_cache = True


@compiles(contains)
def _instr(element: contains, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(contains, "postgresql")
def _strpos(element: contains, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)}) > 0"
