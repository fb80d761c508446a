"""Query parameters: fields of pydantic models, parsed from a query string, with all errors reported at once."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import parse_qsl

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import core_schema
from sqlalchemy import ColumnElement, true

from app.errors import BadRequest, ErrorDetail, ErrorKind
from app.queries.reading import Pairs, RequestContext
from app.queries.vocabulary import look_up, nearest
from app.queries.words import LONGEST_LOOKED_UP, is_understood, meant_by

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


class InvalidParameterError(ValueError):
    """What is wrong with a parameter; it is reported together with the errors of all others."""

    def __init__(self, *errors: ErrorDetail) -> None:
        super().__init__(*errors)
        self.errors = errors


# Errors in combination with other parameters: of the values of one, given the request and what was parsed before it.
Check = Callable[[list[str], RequestContext, Mapping[str, Any]], Iterable[ErrorDetail]]


@dataclass(eq=False, kw_only=True)
class Parameter(ABC, Generic[Value]):
    """How the values of a query parameter are parsed and documented; it annotates a field of a `QueryModel`."""

    single: ClassVar[bool] = False  # whether it may be given only once
    is_filter: ClassVar[bool] = False  # whether its values are alternatives; their number is limited
    has_ids: ClassVar[bool] = False  # whether `ids` may return any
    name: str = field(default="", init=False)  # of the field; set once its model is created
    check: Check | None = None
    missing: tuple[str, ...] = ()  # what is said where it is missing, and what to write

    @abstractmethod
    def read(self, values: list[str], reading: RequestContext) -> Value:
        """Parse the values. Raises InvalidParameterError, or ValueError, which says what to write instead."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the parameter."""

    def ids(self, value: str) -> Iterable[str]:
        """The ids of entities in a value, so that those of all parameters can be looked up together."""
        return ()

    def where(self, value: Any) -> ColumnElement[bool]:
        """The SQL condition on a row, if the parameter selects rows."""
        return true()

    def described(self, about: str, example: Any = None) -> Any:
        """A field for this parameter, with its documentation; it may be left out unless `missing` is given."""
        examples = None if example is None else [[example]] if self.is_filter else [example]
        info: Any = Field(... if self.missing else None, description=about, examples=examples)
        info.metadata.append(self)
        return info

    def invalid(
        self, value: str, detail: str, did_you_mean: Iterable[str] = (), kind: ErrorKind = "invalid-value"
    ) -> InvalidParameterError:
        return InvalidParameterError(ErrorDetail(kind, self.name, value, detail, tuple(did_you_mean)))

    def refuse_unknown(self, names: Iterable[tuple[str, str]], known: Collection[str], detail: str) -> None:
        """Raises InvalidParameterError with every name that is not known; each stands behind the value that has it."""
        errors = [
            ErrorDetail("invalid-value", self.name, value, f"{name[:60]!r} {detail}", nearest(name, known))
            for value, name in names
            if name not in known
        ]
        if errors:
            raise InvalidParameterError(*errors)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        anything = core_schema.any_schema()  # the handler below adds what Field declares, such as examples
        return core_schema.with_info_plain_validator_function(self._validated, json_schema_input_schema=anything)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self.schema() | handler(schema)

    def _validated(self, values: list[str], info: ValidationInfo) -> Value:
        reading: RequestContext = info.context  # type: ignore[assignment]  # see parsed()
        errors: list[ErrorDetail] = []
        try:
            if self.single and len(values) > 1:
                raise self.invalid(",".join(values), f"{self.name} stands {len(values)} times; give it once.")
            if "" in values:
                raise self.invalid("", f"{self.name} is empty; give it a value or leave it out.")
            value = self.read(values, reading)
        except InvalidParameterError as error:
            errors += error.errors
        except ValueError as error:
            errors += self.invalid(values[0], str(error)).errors
        if self.check:
            errors += self.check(values, reading, info.data)
        if errors:
            raise InvalidParameterError(*errors)
        return value


@dataclass(eq=False, kw_only=True)
class Single(Parameter[Value]):
    """A parameter with one value; `parse` raises ValueError as `read` does."""

    single: ClassVar[bool] = True
    parse: Callable[[str], Value]
    documented: Mapping[str, Any]

    def read(self, values: list[str], reading: RequestContext) -> Value:
        return self.parse(values[0])

    def schema(self) -> dict[str, Any]:
        return dict(self.documented)


@dataclass(eq=False, kw_only=True)
class OneOf(Parameter[str]):
    """A parameter with one value, out of a few."""

    single: ClassVar[bool] = True
    choices: tuple[str, ...]

    def read(self, values: list[str], reading: RequestContext) -> str:
        for choice in self.choices:
            if values[0] == choice:
                return choice  # a member, where the choices are those of an enumeration
        *others, last = self.choices
        listed = f"one of {', '.join(self.choices)}" if len(others) > 1 else f"{others[0]} or {last}"
        detail = f"{self.name} is {listed}, not {values[0][:20]!r}."
        raise self.invalid(values[0], detail, nearest(values[0], self.choices))

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


class QueryModel(BaseModel):
    """The query parameters of a path, as fields; `model_fields_set` has those that are given."""

    # Built by the first request, in a millisecond; FastAPI would build one for each route.
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)
    parameters: ClassVar[Mapping[str, Parameter[Any]]] = {}  # by name
    synonyms: ClassVar[Mapping[str, str]] = {}  # parameters whose values are added to those of another

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        super().__pydantic_init_subclass__(**options)
        cls.parameters = {
            name: one for name, info in cls.model_fields.items() for one in info.metadata if isinstance(one, Parameter)
        }
        for name, parameter in cls.parameters.items():
            parameter.name = name

    def given(self, name: str) -> bool:
        return name in self.model_fields_set


AnyQuery = TypeVar("AnyQuery", bound=QueryModel)


def parsed(model: type[AnyQuery], reading: RequestContext, others: Iterable[ErrorDetail] = ()) -> AnyQuery:
    """Validate the query string of a request.

    Raises BadRequest with all its errors, including `others` that are known already.
    """
    given: dict[str, list[str]] = {}
    ids: list[str] = []
    count = 0
    for name, value in reading.pairs:
        name = model.synonyms.get(name, name)  # noqa: PLW2901 - synonyms replaced
        given.setdefault(name, []).append(value)
        parameter = model.parameters.get(name)
        if parameter and parameter.is_filter:
            count += value.count(",") + 1
            if parameter.has_ids:
                ids += parameter.ids(value)
    if ids:
        look_up(ids, reading)
    reading.given = given
    try:
        query = model.model_validate(given, context=reading)
    except ValidationError as error:
        raise BadRequest([*_errors(error, model, reading), *others]) from None
    if others:
        raise BadRequest(others)
    if count > MOST_VALUES:
        detail = f"The filters have over {MOST_VALUES} values in all; ask for fewer at a time."
        raise BadRequest([ErrorDetail("too-many-parameters", "", "", detail)])
    return query


def _errors(error: ValidationError, model: type[QueryModel], reading: RequestContext) -> list[ErrorDetail]:
    """Unknown parameters first, each as often as it occurs; then the other errors, in the order of the query string.

    Missing parameters are reported only if everything else is valid.
    """
    unknown, invalid = set[str](), dict[str, tuple[ErrorDetail, ...]]()
    missing: list[ErrorDetail] = []
    for one in error.errors(include_url=False, include_input=False):
        name = str(one["loc"][0])
        if one["type"] == UNKNOWN:
            unknown.add(name)
        elif one["type"] == "missing":
            detail, *examples = model.parameters[name].missing
            missing.append(ErrorDetail("missing-parameter", name, "", detail, tuple(examples)))
        else:
            invalid[name] = one["ctx"]["error"].errors
    errors = [_unknown(name, value, model, reading.path) for name, value in reading.pairs if name in unknown]
    errors += [one for name in reading.given for one in invalid.get(name, ())]
    return errors or missing


def _unknown(name: str, value: str, model: type[QueryModel], path: str) -> ErrorDetail:
    known = model.model_fields
    if not known:
        return ErrorDetail("unknown-parameter", name[:100], value, f"{path} has no parameters.")
    if name in OFFSETS:
        detail = f"{name!r} is not a parameter of {path}: there is no offset; follow links.next."
        return ErrorDetail("unknown-parameter", name, value, detail, ("after", "limit"))
    detail = f"{name[:100]!r} is not a parameter of {path}."
    similar = meant_by(name[:LONGEST_LOOKED_UP], known) or (() if is_understood(name) else nearest(name, known))
    return ErrorDetail("unknown-parameter", name[:100], value, detail, similar)


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
        raise BadRequest(
            [ErrorDetail("invalid-encoding", "", "", "A % in the query is not followed by two hex digits.")]
        )
    try:
        text = query.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise BadRequest([ErrorDetail("invalid-encoding", "", "", "The query is not UTF-8.")]) from None
    except ValueError:
        detail = f"The query has over {MOST_PARAMETERS} parameters; ask for fewer at a time."
        raise BadRequest([ErrorDetail("too-many-parameters", "", "", detail)]) from None
    errors = [
        ErrorDetail(
            "invalid-value", CONTROL.sub("?", name), CONTROL.sub("?", value), "Control characters mean nothing here."
        )
        for name, value in pairs
        if CONTROL.search(name + value)
    ]
    if errors:
        raise BadRequest(errors)
    return pairs
