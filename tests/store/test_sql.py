"""The examples of docs/sql.md run as they stand there, on both databases, and say the same as the stored answers."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from tests.conftest import DATABASES, ROOT, SEED, KeptDatabase
from tests.databases import reading, rows

EXAMPLES = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "sql.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module", params=DATABASES)
def real(request: pytest.FixtureRequest, kept_database: KeptDatabase) -> str:
    return kept_database(request.param, SEED)


@pytest.fixture
def views(real: str) -> Iterator[Connection]:
    """A connection as the document opens one."""
    if real.startswith("sqlite"):
        with reading(real) as connection:
            yield connection
        return
    engine = create_engine(real)
    with engine.connect() as connection:
        connection.execute(text("SET search_path TO factbook"))
        yield connection
    engine.dispose()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.split("\n")[0] for example in EXAMPLES])
def test_an_example_gives_rows(example: str, views: Connection) -> None:
    assert views.execute(text(example)).all()


def test_an_observation_is_what_its_fact_is_answered_with(real: str, views: Connection) -> None:
    answers = [json.loads(one, parse_float=Decimal) for (one,) in rows(real, "SELECT json FROM fact_answers")]
    facts = {one["id"]: one for one in answers if one["kind"] == "measurement"}
    found = views.execute(text("SELECT * FROM observations")).mappings().all()
    assert {one["id"] for one in found} == facts.keys()
    for one in found:
        assert said(one) == answered(facts[one["id"]])


def said(row: Any) -> tuple[Any, ...]:
    value = f"{Decimal(str(row['value'])):.6e}"
    dates = (row["period_start"] and str(row["period_start"]), row["period_end"] and str(row["period_end"]))
    names = (row["subject_zh"], row["metric_en"], row["statement_zh"], row["statement_en"])
    ids = (row[f"{name}_id"] for name in ("place", "scope", "market", "series", "unit"))
    plain = (row[name] for name in ("quote", "printed", "measure", "vintage", "frequency"))
    source = (row["source_id"], row["source_zh"], row["source_kind"], row["publisher_en"], row["published"])
    return (value, *dates, *names, *ids, *plain, bool(row["preferred"]), *source)


def answered(fact: Any) -> tuple[Any, ...]:
    value = f"{Decimal(fact['value']):.6e}"
    dates = (fact["period"]["start"], fact["period"]["end"])
    names = (fact["subject"]["name"]["zh"], fact["metric"]["name"]["en"], *fact["statement"].values())
    ids = (*(fact[name] and fact[name]["id"] for name in ("place", "scope", "market")), fact["series"], fact["unit"])
    plain = (fact["citation"]["quote"], *(fact[name] for name in ("printed", "measure", "vintage", "frequency")))
    cited = fact["citation"]["source"]
    publisher = cited["publisher"] and cited["publisher"]["name"]["en"]
    source = (cited["id"], cited["title"]["zh"], cited["kind"], publisher, cited["published"])
    return (value, *dates, *names, *ids, *plain, fact["preferred"], *source)
