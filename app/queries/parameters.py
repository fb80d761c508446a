"""Query parameters: fields of pydantic models, parsed from a query string, with all mistakes reported at once."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError, ValidationInfo
from pydantic_core import core_schema

from app.errors import BadRequest, Mistake, MistakeKind
from app.queries.reading import Pairs, Reading
from app.queries.vocabulary import nearest

MOST_PARAMETERS = 200
MOST_VALUES = 300  # of all filters together: a range takes two bind parameters, and there are 1,000
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
# Pairs in which nothing is, or needs to be, percent-encoded.
WORD = rb"[0-9A-Za-z,.:_~*-]"
PLAIN = re.compile(rb"(?:%b+=%b*&){0,19}%b+=%b*" % (WORD, WORD, WORD, WORD))
# What other APIs call the offset of a page; there are no offsets here.
OFFSETS = {"page", "offset", "skip", "start", "cursor", "per_page", "page_size"}
UNKNOWN = "extra_forbidden"  # pydantic's error type for a field that the model does not have

Value = TypeVar("Value")
Given = Mapping[str, list[str]]  # the values of each parameter


class Refused(ValueError):
    """An invalid parameter; it is reported together with all the others."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__(*mistakes)
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Context:
    """pydantic's validation context: the release being read, and all parameters that are given."""

    reading: Reading
    given: Given


@dataclass(frozen=True)
class Parameter(ABC, Generic[Value]):
    """How the values of a query parameter are parsed and documented; it annotates a field of a `Query`."""

    single: ClassVar[bool] = False  # whether it may be given only once
    is_filter: ClassVar[bool] = False  # whether its values are alternatives; their number is limited
    has_ids: ClassVar[bool] = False  # whether `ids` may return any
    has_beside: ClassVar[bool] = False  # whether `beside` may return mistakes
    joined: ClassVar[bool] = False  # whether repeated values are joined by commas to one list

    @property
    def name(self) -> str:
        """The name of the field."""
        named: str = self.__dict__["_name"]
        return named

    def call(self, name: str) -> None:
        """Set the name, once the model of the field is created."""
        self.__dict__["_name"] = name

    @abstractmethod
    def read(self, values: list[str], context: Context) -> Value:
        """Parse the values. Raises Refused."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the parameter."""

    def ids(self, values: list[str]) -> Iterable[str]:
        """The entity ids among the values, so that those of all parameters can be looked up together."""
        return ()

    def beside(self, values: list[str], context: Context, others: Mapping[str, Any]) -> Iterable[Mistake]:
        """Mistakes in combination with other parameters; `others` has those parsed before it."""
        return ()

    def refuse(
        self, value: str, detail: str, did_you_mean: Iterable[str] = (), kind: MistakeKind = "invalid-value"
    ) -> Refused:
        return Refused(Mistake(kind, self.name, value, detail, tuple(did_you_mean)))

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        anything = core_schema.any_schema()  # the handler below adds what Field declares, such as examples
        return core_schema.with_info_plain_validator_function(self._validated, json_schema_input_schema=anything)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self.schema() | handler(schema)

    def _validated(self, values: list[str], info: ValidationInfo) -> Value:
        context: Context = info.context  # type: ignore[assignment]  # see parsed()
        mistakes: tuple[Mistake, ...] = ()
        try:
            if self.single and len(values) > 1:
                raise self.refuse(",".join(values), f"{self.name} stands {len(values)} times; give it once.")
            if "" in values:
                raise self.refuse("", f"{self.name} is empty; give it a value or leave it out.")
            found = self.read([",".join(values)] if self.joined else values, context)
        except Refused as refused:
            mistakes = refused.mistakes
        if self.has_beside:
            mistakes = (*mistakes, *self.beside(values, context, info.data))
        if mistakes:
            raise Refused(*mistakes)
        return found


@dataclass(frozen=True)
class Alias(Parameter[None]):
    """Another name of a parameter; its values are added to that parameter."""

    of: Parameter[Any]

    def read(self, values: list[str], context: Context) -> None:
        return None

    def schema(self) -> dict[str, Any]:
        return self.of.schema()


class Query(BaseModel):
    """The query parameters of a path, as fields; `model_fields_set` has those that are given."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        for name, parameter in _declared(cls):
            parameter.call(name)

    def given(self, name: str) -> bool:
        return name in self.model_fields_set


AnyQuery = TypeVar("AnyQuery", bound=Query)


def _declared(model: type[BaseModel]) -> Iterator[tuple[str, Parameter[Any]]]:
    for name, info in model.model_fields.items():
        for one in info.metadata:
            if isinstance(one, Parameter):
                yield name, one


@cache
def parameters_of(model: type[Query]) -> Mapping[str, Parameter[Any]]:
    """The parameters of a model by name, without aliases."""
    return {name: one for name, one in _declared(model) if not isinstance(one, Alias)}


@cache
def aliases_of(model: type[Query]) -> Mapping[str, str]:
    """The aliases of a model, each with the name of its parameter."""
    return {name: one.of.name for name, one in _declared(model) if isinstance(one, Alias)}


def parsed(model: type[AnyQuery], reading: Reading, others: Iterable[Mistake] = ()) -> AnyQuery:
    """Validate the query string of a request.

    Raises BadRequest with all its mistakes, including `others` that are known already.
    """
    known, aliases = parameters_of(model), aliases_of(model)
    given: dict[str, list[str]] = {}
    ids: list[str] = []
    values = 0
    for name, value in reading.pairs:
        name = aliases.get(name, name)  # noqa: PLW2901 - aliases replaced
        given.setdefault(name, []).append(value)
        if name in known and known[name].is_filter:
            values += value.count(",") + 1
            if known[name].has_ids:
                ids += known[name].ids([value])
    if ids:
        reading.vocabulary.look_up(ids, reading)
    try:
        query = model.model_validate(given, context=Context(reading, given))
    except ValidationError as error:
        raise BadRequest([*_mistakes(error, model, given, reading), *others]) from None
    if others:
        raise BadRequest(others)
    if values > MOST_VALUES:
        detail = f"The filters have over {MOST_VALUES} values in all; ask for fewer at a time."
        raise BadRequest([Mistake("too-many-parameters", "", "", detail)])
    return query


def _mistakes(error: ValidationError, model: type[Query], given: Given, reading: Reading) -> list[Mistake]:
    """Unknown parameters first, each as often as it occurs; then the other mistakes, in the order of the query string.

    Missing parameters are reported only if everything else is valid.
    """
    unknown, found = set[str](), dict[str, tuple[Mistake, ...]]()
    missing: list[Mistake] = []
    for one in error.errors(include_url=False, include_input=False):
        name = str(one["loc"][0])
        if one["type"] == UNKNOWN:
            unknown.add(name)
        elif one["type"] == "missing":
            missing += parameters_of(model)[name].beside([], Context(reading, given), {})
        else:
            found[name] = one["ctx"]["error"].mistakes
    mistakes = [_unknown(name, value, model, reading.path) for name, value in reading.pairs if name in unknown]
    mistakes += [one for name in given for one in found.get(name, ())]
    return mistakes or missing


def _unknown(name: str, value: str, model: type[Query], path: str) -> Mistake:
    known = model.model_fields
    if not known:
        return Mistake("unknown-parameter", name[:100], value, f"{path} has no parameters.")
    if name in OFFSETS:
        detail = f"{name!r} is not a parameter of {path}: there is no offset; follow links.next."
        return Mistake("unknown-parameter", name, value, detail, ("after", "limit"))
    detail = f"{name[:100]!r} is not a parameter of {path}."
    return Mistake("unknown-parameter", name[:100], value, detail, nearest(name, known))


def read_pairs(query: bytes) -> Pairs:
    """Parse a query string into names and values. Raises BadRequest if it is malformed."""
    if not query:
        return []
    if PLAIN.fullmatch(query):  # the same result, faster
        plain = []
        for part in query.decode().split("&"):
            name, _, value = part.partition("=")
            plain.append((name, value))
        return plain
    if BAD_ESCAPE.search(query):
        raise BadRequest([Mistake("invalid-encoding", "", "", "A % in the query is not followed by two hex digits.")])
    try:
        pairs = parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except UnicodeDecodeError:
        raise BadRequest([Mistake("invalid-encoding", "", "", "The query is not UTF-8.")]) from None
    except ValueError:
        detail = f"The query has over {MOST_PARAMETERS} parameters; ask for fewer at a time."
        raise BadRequest([Mistake("too-many-parameters", "", "", detail)]) from None
    controlled = [
        Mistake(
            "invalid-value", CONTROL.sub("?", name), CONTROL.sub("?", value), "Control characters mean nothing here."
        )
        for name, value in pairs
        if CONTROL.search(name + value)
    ]
    if controlled:
        raise BadRequest(controlled)
    return pairs
