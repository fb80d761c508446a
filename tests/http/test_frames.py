"""pandas, polars and duckdb read exports from the URL, without options, and find what a page of JSON has."""

import math
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb
import httpx2
import pandas as pd
import polars as pl
import pytest

from tests.document import LISTS
from tests.http.reading import GROUPS, Row, cell, flat, observed, suffixed, with_parameter

TABLES = [*LISTS, "/v1/facts?kind=measurement&year=2024", GROUPS]
LOOKED_AT = 100  # rows after which polars knows the type of a column

Read = Callable[[str], list[Row]]


@cache
def duck() -> duckdb.DuckDBPyConnection:
    """duckdb with its extension for URLs, which it would fetch from its own host otherwise."""
    extension = files("duckdb_extension_httpfs") / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    connection = duckdb.connect()
    connection.execute(f"LOAD '{extension}'")
    return connection


def by_pandas(url: str) -> list[Row]:
    frame = pd.read_json(url, lines=True) if ".ndjson" in url else pd.read_csv(url)
    return list(frame.to_dict("records"))


def by_polars(url: str) -> list[Row]:
    return (pl.read_ndjson(url) if ".ndjson" in url else pl.read_csv(url)).to_dicts()


def by_duckdb(url: str) -> list[Row]:
    found = duck().sql(f"SELECT * FROM '{url}'")  # noqa: S608 - the URL is the table
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


READERS = [by_pandas, by_polars, by_duckdb]


@pytest.fixture(scope="module")
def client(port: int) -> Iterator[httpx2.Client]:
    """One for all, as a table of series is many requests."""
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


@pytest.fixture
def host(client: httpx2.Client) -> str:
    return str(client.base_url)


@cache
def answers(client: httpx2.Client, url: str) -> list[Row]:
    """The answers on all pages of a list, flattened."""
    found: list[Row] = []
    following = with_parameter(url, "limit=500")
    while following:
        page = client.get(following).json()
        found += map(flat, page["data"])
        following = page["links"].get("next", "")
    return found


@cache
def table(client: httpx2.Client, url: str) -> list[Row]:
    """The rows of its table: of series these are the observations."""
    if url != "/v1/series":
        return answers(client, url)
    whole = (client.get(f"/v1/series/{one['id']}").json() for one in answers(client, url))
    return [flat(row) for one in whole for row in observed(one)]


def plain(value: Any) -> Any:
    """A value as what it says, whatever type a reader gave it."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value in ("", []):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    try:
        return float(f"{float(value):.12g}")  # text that looks like a number may have become one
    except ValueError:
        return value


def compare(found: list[Row], expected: list[Row]) -> None:
    assert len(found) == len(expected) > 0
    columns = set().union(*found)
    assert all(name in columns for row in expected for name, value in row.items() if value is not None)
    for row, answer in zip(found, expected, strict=True):
        assert {name: plain(one) for name, one in row.items()} == {name: plain(answer.get(name)) for name in row}


@pytest.mark.parametrize("url", TABLES)
@pytest.mark.parametrize("read", READERS)
def test_csv_is_read_from_its_url(read: Read, url: str, host: str, client: httpx2.Client) -> None:
    expected = [
        {name: cell(one) if isinstance(one, str | list | dict) else one for name, one in row.items()}
        for row in table(client, url)
    ]
    compare(read(host + suffixed(url, "csv")), expected)


@pytest.mark.parametrize("url", TABLES)
@pytest.mark.parametrize("read", READERS)
def test_ndjson_is_read_from_its_url(read: Read, url: str, host: str, client: httpx2.Client) -> None:
    expected, asked = answers(client, url), host + suffixed(url, "ndjson")
    if read is by_polars and begin_late(expected):
        with pytest.raises(pl.exceptions.ComputeError):
            read(asked)
        compare(list(map(flat, pl.read_ndjson(asked, infer_schema_length=None).to_dicts())), expected)
    else:
        compare(list(map(flat, read(asked))), expected)


def begin_late(expected: list[Row]) -> set[str]:
    """The columns that are null as far as polars looks, and not after: without its option it refuses those."""
    first, others = (
        {name for row in some for name, value in row.items() if value is not None}
        for some in (expected[:LOOKED_AT], expected[LOOKED_AT:])
    )
    return others - first
