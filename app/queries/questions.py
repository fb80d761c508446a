"""A query string read against the parameters a list understands: all its mistakes at once."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes

from app.errors import BadRequest, Mistake
from app.queries.filters import UNKNOWN_ID, Parameter, Refused
from app.queries.paging import OFFSETS
from app.queries.vocabulary import Vocabulary, nearest

MOST_PARAMETERS = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
# Pairs in which nothing is encoded, nor would be.
WORD = rb"[0-9A-Za-z,.:_~*-]"
PLAIN = re.compile(rb"(?:%b+=%b*&){0,19}%b+=%b*" % (WORD, WORD, WORD, WORD))
Value = TypeVar("Value")


def read_pairs(query: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string. Raises BadRequest for what is no UTF-8 text."""
    if not query:
        return []
    if PLAIN.fullmatch(query):  # the same, sooner
        parts = [part.partition("=") for part in query.decode().split("&")]
        return [(name, value) for name, _, value in parts]
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


def names(query: bytes, parameter: bytes) -> bool:
    """Whether a query string may name a parameter, which is given with its `=`: a look, cheaper than to read it."""
    return parameter in query or (b"%" in query and parameter in unquote_to_bytes(query))


class Questions:
    """The parameters of one path."""

    def __init__(self, path: str, parameters: Iterable[Parameter[Any]]) -> None:
        self.path = path
        self.parameters = tuple(parameters)
        self._by_name: Mapping[str, Parameter[Any]] = {
            name: parameter for parameter in self.parameters for name in (parameter.name, *parameter.aliases)
        }
        self._of_other_data = next((one.name for one in self.parameters if one.of_other_data), None)

    def read(self, pairs: Iterable[tuple[str, str]], vocabulary: Vocabulary) -> dict[str, Any]:
        """What each parameter that is there means, by its first name. Raises BadRequest."""
        mistakes: list[Mistake] = []
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if parameter := self._by_name.get(name):
                values.setdefault(parameter.name, []).append(value)
            else:
                mistakes.append(self._unknown(name, value))
        elsewhere = values.pop(self._of_other_data, None) if self._of_other_data else None
        vocabulary.look_up(one for name, given in values.items() for one in self._by_name[name].ids(given))
        asked: dict[str, Any] = {}
        for name, given in values.items():
            try:
                asked[name] = _read_one(self._by_name[name], given, vocabulary)
            except Refused as refused:
                mistakes += refused.mistakes
        for name in values:
            mistakes += self._by_name[name].beside(values, asked)
        if elsewhere and self._of_other_data and all(one.kind == UNKNOWN_ID for one in mistakes):
            try:
                asked[self._of_other_data] = _read_one(self._by_name[self._of_other_data], elsewhere, vocabulary)
            except Refused as refused:
                mistakes += refused.mistakes
        if mistakes:
            raise BadRequest(mistakes)
        return asked

    def openapi(self) -> dict[str, Any]:
        return {"parameters": [shown for parameter in self.parameters for shown in parameter.openapi()]}

    def _unknown(self, name: str, value: str) -> Mistake:
        if not self.parameters:
            return Mistake("unknown-parameter", name[:100], value, f"{self.path} has no parameters.")
        if name in OFFSETS:
            detail = f"{name!r} is not a parameter of {self.path}: there is no offset; follow links.next."
            return Mistake("unknown-parameter", name, value, detail, ("after", "limit"))
        detail = f"{name[:100]!r} is not a parameter of {self.path}."
        return Mistake("unknown-parameter", name[:100], value, detail, nearest(name, self._by_name))


def _read_one(parameter: Parameter[Value], values: list[str], vocabulary: Vocabulary) -> Value:
    if parameter.single and len(values) > 1:
        raise parameter.refuse(",".join(values), f"{parameter.name} stands {len(values)} times; give it once.")
    if "" in values:
        raise parameter.refuse("", f"{parameter.name} is empty; give it a value or leave it out.")
    return parameter.read(values, vocabulary)
