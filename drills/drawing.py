"""Requests drawn from the OpenAPI document: each parameter with each hostile value, and by lot what people ask."""

# ruff: noqa: RUF001 - characters that look like others are here to be taken for them

import re
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from drills.hostile_values import HEADERS, IN_HEADERS, METHODS, PATHS, QUERIES, VALUES

Headers = tuple[tuple[bytes, bytes], ...]
LIST = re.compile(r"/v1/[a-z]+")
HEADERS_TRIED = (
    b"/v1",
    b"/v1/facts?limit=2",
    b"/v1/facts/none",
    b"/v1/facts.csv?limit=3",
    b"/v1/facts?yaer=1",
    b"/docs",
)
# Where databases may differ, if anywhere.
AWKWARD = {
    "q": ("算力", "YUTONG", "é", "%", "_", "\\", "'", "宇通 客车", "１００", "İ", "ß", "a'b;--", "🚗", "州", "a"),
    "sort": ("-value", "value,-year", "-metric,unit", "source,-id", "name.zh", "-name.en,id", "-year", "id"),
    "year": ("2024", "..2019", "none", "-2024", "2023,2025..", "0001..9999", "any"),
    "value": ("0", "-5..5", "..-0.1", "1e5", "99999999999999999999999999..", "0.000000000001..1", "none"),
    "fields": ("id", "id,value,statement.zh", "name"),
    "total": ("exact", "none"),
    "limit": ("1", "500", "0", "7"),
    "by": ("year", "initiative,year", "metric", "unit,industry", "place", "source,metric", "kind"),
    "stat": ("sum", "avg", "min,max"),
}  # fmt: skip
SENT: tuple[Headers, ...] = (
    (), (), (), ((b"accept-encoding", b"gzip"),), ((b"accept", b"text/csv"),), ((b"accept", b"application/x-ndjson"),),
    ((b"accept", b"text/html"),), ((b"accept", b"text/csv;q=0.5, application/json;q=0.4"),),
    ((b"range", b"bytes=0-99"),), ((b"if-none-match", b'"a", *'),), ((b"origin", b"http://a.example"),),
)  # fmt: skip
SUFFIXES = ("", "", "", "", ".csv", ".ndjson")
IDS = ("byd", "zhengzhou", "nev-city", "no-such", "%00", "%E7%AE%97", "vehicle-output", "automotive")
HOSTILE_SHARE, HEAD_SHARE = 0.2, 0.1


class Asked(NamedTuple):
    """A request. `parameter` is the one whose value is hostile, and `value` that, as it stands in the URL."""

    target: bytes
    method: bytes = b"GET"
    headers: Headers = ()
    path: str = ""
    parameter: dict[str, Any] | None = None
    value: bytes = b""

    @property
    def text(self) -> str | None:
        """What the value says; None where it is no UTF-8."""
        try:
            return unquote_to_bytes(self.value.replace(b"+", b" ")).decode()
        except UnicodeDecodeError:
            return None


def operations(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The parameters of each path."""
    shared = document.get("components", {}).get("parameters", {})
    return {
        path: [shared.get(one.get("$ref", "").rpartition("/")[2], one) for one in there["get"].get("parameters", [])]
        for path, there in document["paths"].items()
        if "get" in there
    }


def hostile(document: dict[str, Any]) -> Iterator[Asked]:
    """Each parameter of each operation with each value; each path with each name, query, method and header."""
    for path, parameters in operations(document).items():
        filled = re.sub(r"\{\w+\}", "none", path).encode()
        for parameter, value in product(parameters, VALUES):
            name = parameter["name"].encode()
            if parameter["in"] == "path":
                target = path.encode().replace(b"{%b}" % name, value)
            else:  # words with all rows of a list, so that they can be held against the texts
                more = b"&fields=id&limit=500&total=exact" if name == b"q" and LIST.fullmatch(path) else b""
                more += b"&by=year" if path.endswith("/groups") and name != b"by" else b""
                target = b"%b?%b=%b%b" % (filled, name, value, more)
            yield Asked(target, path=path, parameter=parameter, value=value)
        if LIST.fullmatch(path):
            yield from (Asked(b"%b.csv?limit=1&q=%b" % (filled, value)) for value in VALUES)
        queries = (*QUERIES, *(b"%b=1" % value for value in VALUES))
        yield from (Asked(b"%b?%b" % (filled, query)) for query in queries)
        yield from (Asked(filled, method) for method in METHODS)
    yield from map(Asked, PATHS)
    for name, value, target in product(HEADERS, IN_HEADERS, HEADERS_TRIED):
        yield Asked(target, headers=((name, value),))


class Lot:
    """Draws what people may ask, and now and then what they may not; the same from the same seed."""

    def __init__(self, document: dict[str, Any], seed: str) -> None:
        self._random = Random(seed)
        self._operations = {path: parameters for path, parameters in operations(document).items() if "/v1" in path}
        self._paths = [*self._operations, *["/v1/facts"] * 8, *["/v1/facts/groups"] * 4]

    def ask(self) -> Asked:
        random, path = self._random, self._random.choice(self._paths)
        parameters = self._operations[path]
        pairs = [
            b"%b=%b" % (one["name"].encode(), self._value(one))
            for one in random.sample(parameters, k=min(len(parameters), random.randint(0, 3)))
            if one["in"] == "query" and one["name"] not in {"after", "by"}
        ]
        if "groups" in path:
            pairs.append(b"by=" + quote(random.choice(AWKWARD["by"])).encode())
        suffix = random.choice(SUFFIXES) if any(one["name"] == "format" for one in parameters) else ""
        target = (re.sub(r"\{\w+\}", random.choice(IDS), path) + suffix).encode()
        method = b"HEAD" if random.random() < HEAD_SHARE else b"GET"
        return Asked(target + (b"?" + b"&".join(pairs) if pairs else b""), method, random.choice(SENT), path)

    def _value(self, parameter: dict[str, Any]) -> bytes:
        if self._random.random() < HOSTILE_SHARE:
            return self._random.choice(VALUES)
        schema, example = parameter.get("schema", {}), parameter.get("example", [])
        shown = example if isinstance(example, list) else [example]
        several = [*AWKWARD.get(parameter["name"], ()), *shown, *schema.get("items", schema).get("enum", [])[:5]]
        return quote(str(self._random.choice(several or ["a"]))).encode()
