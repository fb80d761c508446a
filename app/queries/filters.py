"""The questions a list can be asked: which year, which industry, which initiative, which value ..."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import Boolean, ColumnElement, and_, exists, false, not_, or_, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app import tables
from app.chinese import search_words
from app.errors import Mistake
from app.queries.shapes import Wanted
from app.queries.vocabulary import Vocabulary, nearest

ANY, NONE = "any", "none"
MOST_ALTERNATIVES = 100
LONGEST_TEXT = 200
UNKNOWN_ID = "unknown-id"  # the kind of the only mistake that other data may know better
Column = InstrumentedAttribute[Any]
Answer = TypeVar("Answer")
Given = Mapping[str, list[str]]  # the values of each parameter, by its first name


class Refused(Exception):
    """A parameter that is not understood; it is answered together with all the others."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__(*mistakes)
        self.mistakes = mistakes


@dataclass(frozen=True)
class Parameter(ABC, Generic[Answer]):
    """A query parameter: how it is documented, and how its values are read."""

    name: str
    description: str
    example: Any
    aliases: tuple[str, ...] = field(default=(), kw_only=True)
    single: ClassVar[bool] = False
    required: ClassVar[bool] = False
    of_other_data: ClassVar[bool] = False  # whether it may ask for other data than what is at hand

    @abstractmethod
    def read(self, values: list[str], vocabulary: Vocabulary) -> Answer:
        """What the values mean. Raises Refused."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the parameter."""

    def ids(self, values: list[str]) -> Iterable[str]:
        """The ids of entities among the values: those of all parameters are looked up together."""
        return ()

    def beside(self, given: Given, asked: Mapping[str, Any]) -> Iterable[Mistake]:
        """What is wrong with the parameter beside the others: those given, and what those understood mean."""
        return ()

    def openapi(self) -> list[dict[str, Any]]:
        """The parameter, and each of its other names, as OpenAPI parameter objects."""
        shown = {"in": "query", "required": self.required, "schema": self.schema(), "example": self.example}
        if shown["schema"]["type"] == "array":
            # What may stand several times is written so by generated clients; names in one value are joined.
            shown |= {"style": "form", "explode": not self.single, "example": str(self.example).split(",")}
        own = {"name": self.name, "description": self.description, **shown}
        return [
            own,
            *({"name": alias, "description": f"The same as `{self.name}`.", **shown} for alias in self.aliases),
        ]

    def refuse(self, value: str, detail: str, did_you_mean: Iterable[str] = (), kind: str = "invalid-value") -> Refused:
        return Refused(Mistake(kind, self.name, value, detail, tuple(did_you_mean)))


@dataclass(frozen=True)
class Filter(Parameter[Wanted[Answer]]):
    """A parameter of alternatives `a,b`, exclusions `-a`, and `any` or `none`."""

    @abstractmethod
    def one(self, token: str, vocabulary: Vocabulary) -> Answer:
        """What one alternative means. Raises Refused."""

    @abstractmethod
    def where(self, wanted: Wanted[Answer]) -> ColumnElement[bool]:
        """The condition on a row."""

    def read(self, values: list[str], vocabulary: Vocabulary) -> Wanted[Answer]:
        if len(values) == 1 and "," not in values[0] and values[0] not in (ANY, NONE) and not self._excludes(values[0]):
            return Wanted([self.one(values[0], vocabulary)])
        wanted: Wanted[Answer] = Wanted([], [])
        some = missing = False
        mistakes: list[Mistake] = []
        tokens = [token for value in values for token in value.split(",")]
        if len(tokens) > MOST_ALTERNATIVES:
            raise self.refuse(values[0], f"{self.name} has over {MOST_ALTERNATIVES} values; ask for fewer at a time.")
        for token in tokens:
            if token in (ANY, NONE):
                some, missing = some or token == ANY, missing or token == NONE
                continue
            try:
                excluded = self._excludes(token)
                found = self.one(token[1:] if excluded else token, vocabulary)
            except Refused as refused:
                mistakes += refused.mistakes
            else:
                (wanted.none_of if excluded else wanted.any_of).append(found)
        if mistakes:
            raise Refused(*mistakes)
        return Wanted(wanted.any_of, wanted.none_of, some, missing)

    def _excludes(self, token: str) -> bool:
        return token.startswith("-")

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "minLength": 1}}


@dataclass(frozen=True)
class Choice(Filter[str]):
    """A column that has one of a few values."""

    column: Column
    choices: tuple[str, ...]

    def one(self, token: str, vocabulary: Vocabulary) -> str:
        if token not in self.choices:
            allowed = ", ".join(self.choices)
            raise self.refuse(
                token, f"{token!r} is not a {self.name}; it is one of {allowed}.", nearest(token, self.choices)
            )
        return token

    def where(self, wanted: Wanted[str]) -> ColumnElement[bool]:
        return _column_is(self.column, wanted)

    def schema(self) -> dict[str, Any]:
        values = [*self.choices, *(f"-{choice}" for choice in self.choices), ANY, NONE]
        return {"type": "array", "items": {"type": "string", "enum": values}}


@dataclass(frozen=True)
class IdFilter(Filter[str]):
    """A filter whose alternatives are ids of entities."""

    def ids(self, values: list[str]) -> Iterable[str]:
        tokens = [token for value in values for token in value.split(",")]
        if len(tokens) > MOST_ALTERNATIVES:  # which is refused
            return ()
        return [token.removeprefix("-") for token in tokens if token not in (ANY, NONE)]


@dataclass(frozen=True)
class Ids(IdFilter):
    """A column that names an entity of some types."""

    column: Column
    types: tuple[str, ...]

    def one(self, token: str, vocabulary: Vocabulary) -> str:
        return _known(self, token, self.types, vocabulary)

    def where(self, wanted: Wanted[str]) -> ColumnElement[bool]:
        return _column_is(self.column, wanted)


@dataclass(frozen=True, kw_only=True)
class Tag(IdFilter):
    """What a row is tagged with, ancestors included: asking for a parent finds its descendants.

    The name of the parameter is the kind of the tag.
    """

    def one(self, token: str, vocabulary: Vocabulary) -> str:
        # Every kind of tag is called as the type it names, but for one: any organization may take part.
        return _known(self, token, ("organization" if self.name == "company" else self.name,), vocabulary)


@dataclass(frozen=True, kw_only=True)
class EntityTag(Tag):
    """A tag of an entity."""

    def where(self, wanted: Wanted[str]) -> ColumnElement[bool]:
        tag = tables.EntityTag
        tagged = exists().where(tag.entity_id == tables.Entity.id, tag.kind == self.name)
        alternatives: list[ColumnElement[bool]] = []
        if wanted.any_of:
            alternatives.append(tagged.where(tag.tag_id.in_(wanted.any_of)))
        return either(wanted, alternatives, tagged, [tagged.where(tag.tag_id.in_(wanted.none_of))])


@dataclass(frozen=True)
class Text(Parameter[list[str]]):
    """Words each of which must occur, layout and case aside."""

    column: Column
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> list[str]:
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
    """Whether a text holds a word, to the letter: no wildcard of LIKE means anything here."""

    type = Boolean()
    inherit_cache = True


@compiles(contains)
def _instr(element: contains, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(contains, "postgresql")
def _strpos(element: contains, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)}) > 0"


def _known(parameter: Parameter[Any], token: str, types: tuple[str, ...], vocabulary: Vocabulary) -> str:
    if vocabulary.has(token, types):
        return token
    shown = token if len(token) <= LONGEST_TEXT else token[:LONGEST_TEXT] + "…"
    detail = (
        f"{shown!r} is no {' or '.join(types)}." if token else f"{parameter.name} has an empty value; leave it out."
    )
    raise parameter.refuse(token, detail, vocabulary.nearest(token, types), kind=UNKNOWN_ID)


def _column_is(column: Column, wanted: Wanted[str]) -> ColumnElement[bool]:
    alternatives: list[ColumnElement[bool]] = [column.in_(wanted.any_of)] if wanted.any_of else []
    excluded = [and_(column.is_not(None), column.in_(wanted.none_of))]
    return either(wanted, alternatives, column.is_not(None), excluded)


def either(
    wanted: Wanted[Any],
    alternatives: list[ColumnElement[bool]],
    present: ColumnElement[bool],
    excluded: list[ColumnElement[bool]],
) -> ColumnElement[bool]:
    """One of the alternatives (`any` and `none` among them), and none of the exclusions."""
    if wanted.some:
        alternatives = [*alternatives, present]
    if wanted.missing:
        alternatives = [*alternatives, not_(present)]
    condition = or_(false(), *alternatives) if alternatives else true()
    return and_(condition, *(not_(one) for one in excluded)) if wanted.none_of else condition
