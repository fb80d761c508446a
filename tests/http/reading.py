"""How tests read an export, with no code of the app's: its address, its rows, and those of the JSON pages."""

import csv
import io
import json
from decimal import Decimal
from typing import Any

from starlette.testclient import TestClient

from tests.document import LISTS

GROUPS = "/v1/facts/groups?by=initiative,year"
EXPORTED = [*LISTS, GROUPS]
FORMS = {"csv": "text/csv; charset=utf-8; header=present", "ndjson": "application/x-ndjson"}
FORMULAS = ("=", "+", "-", "@", "\t", "\r")

Row = dict[str, Any]
WORDS = "printed"  # of a unit: whatever words a source may print, and no fields


def suffixed(url: str, form: str) -> str:
    path, sign, query = url.partition("?")
    return f"{path}.{form}{sign}{query}"


def with_parameter(url: str, parameter: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{parameter}"


def exported(client: TestClient, url: str, form: str) -> bytes:
    answer = client.get(suffixed(url, form))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == FORMS[form]
    return answer.content


def rows(body: bytes, form: str) -> list[Row]:
    """Column -> value: text in CSV, exact values in NDJSON."""
    text = body.decode("utf-8")
    if form == "csv":
        names, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        return [dict(zip(names, line, strict=True)) for line in lines]
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def columns(client: TestClient, url: str) -> list[str]:
    return exported(client, url, "csv").decode("utf-8").split("\r\n")[0].split(",")


def pages(client: TestClient, url: str, limit: int) -> list[Row]:
    """The answers on all pages of a list, with exact values."""
    found: list[Row] = []
    following: str | None = with_parameter(url, f"limit={limit}")
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        page = json.loads(answer.text, parse_float=Decimal)
        found += page["data"]
        following = page["links"].get("next")
    return found


def flat(answer: Row, within: str = "") -> Row:
    """Nested fields as `subject_id`, `subject_name_zh`."""
    found: Row = {}
    for name, value in answer.items():
        column = f"{within}_{name}" if within else name
        found |= flat(value, column) if isinstance(value, dict) and name != WORDS else {column: value}
    return found


def observed(answer: Row) -> list[Row]:
    """The rows of a series in a table: one for each observation, without what is said of them together."""
    together = {"observation_count", "fact_count", "first", "last", "gaps", "href", "links", "observations"}
    series = {name: value for name, value in answer.items() if name not in together}
    return [{**series, **one} for one in answer["observations"]]


def tabled(client: TestClient, url: str, answers: list[Row]) -> list[Row]:
    """The answers of a list as rows of its table: those of series are their observations."""
    if not url.startswith("/v1/series"):
        return answers
    whole = (json.loads(client.get(f"/v1/series/{one['id']}").text, parse_float=Decimal) for one in answers)
    return [row for one in whole for row in observed(one)]


def cell(value: Any, *, for_excel: bool = False) -> str:
    """How CSV writes a value; for Excel, what it would take for a formula has a quote before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        joined = isinstance(value, list) and all(isinstance(one, str) for one in value)
        value = (
            ";".join(value) if joined else json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_float)
        )
    if isinstance(value, str):
        return f"'{value}" if for_excel and value.startswith(FORMULAS) else value
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _float(number: Decimal) -> float:
    assert Decimal(repr(float(number))) == number, "another way to write it is needed"
    return float(number)
