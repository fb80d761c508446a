"""SQLite and PostgreSQL answer the same bytes."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import quote

import pytest

from tests.conftest import DATABASES, SEED, KeptDatabase, Service, serve
from tests.document import LISTS, example, parameters, written
from tests.http.reading import FORMS, suffixed
from tests.http.test_problems import NOT_UNDERSTOOD

QUESTIONS = 400
SAME = ("Content-Type", "ETag", "Link", "Vary", "Cache-Control", "Content-Disposition")


@pytest.fixture(scope="module")
def both(kept_database: KeptDatabase) -> Iterator[list[Service]]:
    with ExitStack() as stack:
        yield [stack.enter_context(contextmanager(serve)(kept_database(kind, SEED))) for kind in DATABASES]


# What databases may read otherwise.
AWKWARD = {
    "q": ["算力", "YUTONG", "é", "%", "_", "\\", "'", "宇通 客车", "１００", "İ", "ß", "a'b;--", "🚗"],
    "sort": ["-value", "value,-year", "-metric,unit", "source,-id", "name.zh", "-name.en,id", "-year"],
    "year": ["2024", "..2019", "none", "-2024", "2023,2025..", "0001..9999"],
    "value": ["0", "-5..5", "..-0.1", "1e5", "99999999999999999999999999..", "0.000000000001..1"],
    "fields": ["id", "id,value,statement.zh", "name"],
    "total": ["exact", "none"],
    "limit": ["1", "500", "0"],
    "as_of": ["r-0000000000000000", "2026-01-01"],
}
# What goes together only.
COMBINED = [
    "/v1/facts?source=zhengzhou-feature-2025&char=100..400",
    "/v1/facts?source=zhengzhou-feature-2025&char=-100..400,none&sort=-value",
    "/v1/facts?value=..0&match=certain",
    "/v1/facts?value=240000..,none&match=possible&sort=-value&limit=500",
    "/v1/facts?value=-1..1,1000..&fields=id,match&total=exact",
    "/v1/facts/groups?by=unit,bound&value=240000..&match=possible",
    "/v1/facts?period=2024-05,2023-Q1&sort=-value&limit=500",
    "/v1/facts?period=..2015&market=none",
    "/v1/facts?publisher=none,zhengzhou-daily&published=..2024-06&republished=true&limit=500",
    "/v1/facts?source_kind=statistics,-press&preferred=true&vintage=any",
    "/v1/facts/groups?by=series,year&series=any&preferred=true&stat=max,avg&limit=500",
    "/v1/facts/groups?by=metric,year&stat=sum",
    "/v1/series?latest=true&limit=500",
    "/v1/series?initiative=nev-city,-diamond-city&scope=none&sort=-subject&fields=id,gaps",
    "/v1/series?year=2019&q=产量&status=-target",
    "/v1/series/zhengzhou.nev-output.annual",
    "/v1/series/zhengzhou.nev-output.anual",
    "/v1/coverage",
    "/v1/sources/zhengzhou-feature-2025/evidence?limit=500",
    "/v1/sources/zhengzhou-feature-2025/evidence?limit=3&total=none",
    "/v1/sources/zhengzhou-feature-2025/text",
    "/v1/sources/nowhere/evidence",
]
IDS = ("byd", "zhengzhou", "nev-city", "no-such", "%00", "算力")
DIMENSIONS = ("year", "initiative,year", "metric", "unit,industry", "place")


def question(chance: random.Random) -> str:
    """A combination of the documented examples, and of values that differ between databases if any do."""
    path: str = chance.choice([*LISTS, "/v1/facts", "/v1/facts/groups"])
    pairs = [("by", chance.choice(DIMENSIONS))] * ("groups" in path)
    known = parameters(path)
    for name in chance.sample(sorted(known), k=chance.randint(0, 3)):
        if name not in ("after", "by"):
            shown = example(known[name])
            values = [*AWKWARD.get(name, []), *([written(shown)] if shown is not None else [])]
            pairs.append((name, chance.choice(values)))
    return path + "?" + "&".join(f"{name}={quote(value)}" for name, value in pairs)


def questions() -> list[str]:
    """The same each time."""
    chance = random.Random(20251123)  # noqa: S311 - nothing is secret
    asked = [f"{path}/{one}" for path in LISTS for one in IDS]
    asked += COMBINED
    return [*asked, *(question(chance) for _ in range(QUESTIONS - len(asked)))]


def test_both_databases_answer_some_hundred_questions_alike(both: list[Service]) -> None:
    answered = 0
    for url in questions():
        first, second = (service.client.get(url) for service in both)
        assert first.status_code == second.status_code, url
        assert first.content == second.content, url
        assert [first.headers.get(name) for name in SAME] == [second.headers.get(name) for name in SAME], url
        answered += first.status_code == 200
    assert answered > QUESTIONS / 2


@pytest.mark.parametrize("form", FORMS)
def test_both_databases_export_alike(form: str, both: list[Service]) -> None:
    tables = [url for url in questions() if url.partition("?")[0] in (*LISTS, "/v1/facts/groups")]
    combined = [url for url in tables if url in COMBINED]
    answered = 0
    for url in (suffixed(table, form) for table in (*LISTS, *combined, *tables[::8])):
        first, second = (service.client.get(url) for service in both)
        assert (first.status_code, first.content) == (second.status_code, second.content), url
        assert [first.headers.get(name) for name in SAME] == [second.headers.get(name) for name in SAME], url
        answered += first.status_code == 200
    assert answered > len(LISTS) + 10


@pytest.mark.parametrize("sort", ["", "-year", "value", "-value,subject", "metric", "-unit,year"])
def test_both_databases_page_alike_to_the_end(sort: str, both: list[Service]) -> None:
    url = "/v1/facts?limit=120" + (f"&sort={sort}" if sort else "")
    for _ in range(50):
        first, second = (service.client.get(url) for service in both)
        assert first.content == second.content, url
        if "next" not in first.json()["links"]:
            return
        url = first.json()["links"]["next"]
    raise AssertionError("the walk does not end")


def test_both_databases_refuse_alike(both: list[Service]) -> None:
    for query in NOT_UNDERSTOOD:
        first, second = (service.client.get(f"/v1/facts?{query}") for service in both)
        assert (first.status_code, first.content) == (second.status_code, second.content), query
