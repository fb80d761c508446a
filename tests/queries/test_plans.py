"""What makes lists fast, at 20,000 facts on both databases: no common question scans a table or sorts its rows."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app import tables
from app.main import create_app
from app.settings import Settings
from app.store.releases import NO_LIMIT, CompiledQuery, OpenRelease, Store
from bench.generate import generate
from bench.nouns import quote_words
from tests.conftest import DATABASES, NewDatabase, loaded

FACTS = 20_000
# What may be read from end to end: one row, and the rows that a bounded count has found.
ONE_ROW = ("revisions", "anon_", "CONSTANT ROW")
# Each tag of each fact is read for it.
DEAR = "/v1/facts/groups?by=company,industry,place"
READ = re.compile(r"rows=(\d+)(?:\.\d+)? loops=(\d+)")
# Words of a plan that tell of rows read for nothing, or put in order.
SCAN, SORT = {"sqlite": "SCAN", "postgresql": "Seq Scan"}, {"sqlite": "TEMP B-TREE", "postgresql": "Sort"}


@dataclass
class City:
    """A service over many facts, and what its last answer asked of the database."""

    kind: str
    url: str
    client: TestClient
    store: Store
    draw: dict[str, str]
    read: Callable[..., Any]  # what reads a release, and tells nobody
    ran: list[tuple[CompiledQuery, dict[str, Any]]]

    def plans(self, url: str) -> str:
        self.ran.clear()
        answer = self.client.get(url.format(**self.draw))
        assert answer.status_code == 200, answer.text
        assert self.ran, "an answer out of the cache has no plan"
        return "\n".join(self._plan(*one) for one in self.ran)

    def _plan(self, statement: CompiledQuery, values: dict[str, Any]) -> str:
        explain = "EXPLAIN QUERY PLAN " if self.kind == "sqlite" else "EXPLAIN ANALYZE "
        explained = CompiledQuery.__new__(CompiledQuery)
        for name in CompiledQuery.__slots__:
            setattr(explained, name, getattr(statement, name))
        explained.sql = explain + statement.sql
        rows = self.read(self.store.current(), explained, values, NO_LIMIT)
        return "\n".join(row[-1].decode() for row in rows)


@pytest.fixture(scope="module")
def many_facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    generate(FACTS, folder)
    return folder


@pytest.fixture(scope="module", params=DATABASES)
def city(request: pytest.FixtureRequest, new_database: NewDatabase, many_facts: Path) -> Iterator[City]:
    url = loaded(new_database(request.param), many_facts / "seed")
    app = create_app(Settings(database_url=url, cache_bytes=0, time_limit=60))
    store: Store = app.state.factbook.store
    release: type[OpenRelease] = type(store.current())
    read = release.rows
    ran: list[tuple[CompiledQuery, dict[str, Any]]] = []

    def rows(of: OpenRelease, statement: CompiledQuery, values: dict[str, Any], limit: Any) -> Any:
        ran.append((statement, values))
        return read(of, statement, values, limit)

    with TestClient(app) as client, pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "rows", rows)
        client.get("/v1/facts?limit=1&subject=company-0001,-company-0001")  # the vocabulary is read once
        drawn = json.loads((many_facts / "params.json").read_text(encoding="utf-8"))
        page = client.get("/v1/facts?limit=1").json()["data"][0]
        whole = client.get("/v1/facts?limit=1&initiative=any&industry=any&year=any").json()["data"][0]
        draw = {
            "year": whole["period"]["start"][:4],
            "industry": whole["industries"][0],
            "initiative": whole["initiatives"][0],
            "metric": page["metric"]["id"],
            "subject": page["subject"]["id"],
            "source": page["citation"]["source"]["id"],
            "place": page["place"]["id"],
            "series": page["series"],
            "publisher": page["citation"]["source"]["publisher"]["id"],
            "word": drawn[0]["word"],
            "rare_word": min((one["word"] for one in drawn[:30]), key=partial(_found, client)),
        }
        yield City(request.param, url, client, store, draw, read, ran)


def _found(client: TestClient, word: str) -> int:
    return int(
        client.get("/v1/facts", params={"q": word, "limit": 1, "total": "exact"}).json()["meta"]["total"]["value"]
    )


CUBE = ("year={year}", "industry={industry}", "initiative={initiative}")
COMMON = [
    *CUBE,
    "&".join(CUBE[:2]),
    "&".join(CUBE[1:]),
    f"{CUBE[0]}&{CUBE[2]}",
    "&".join(CUBE),
    "place={place}",
    "company={subject}",
    "subject={subject}",
    "metric={metric}",
    "source={source}",
    "scope={industry}",
    "market={place}",
    "series={series}",
    "series={series}&preferred=true",
    "vintage=revised",
    "period={year}-05",
    "period={year}-05..{year}-08&industry={industry}",
]
# Each is true of many facts, or tells it of a source: the facts are read in order until there is a page of them.
READ_IN_ORDER = [
    "frequency=annual",
    "preferred=true",
    "publisher={publisher}",
    "published={year}",
    "republished=false",
    "source_kind=press",
]
OF_SERIES = [
    *("subject={subject}", "metric={metric}", "scope={industry}", "market={place}"),
    *("industry={industry}", "initiative={initiative}", "place={place}", "initiative={initiative}&latest=true"),
]
SERIES_READ_IN_ORDER = ["latest=true", "frequency=annual", "status=actual", "unit=percent,vehicle", "year={year}"]
# What is in two lists at once, neither of which is part of the other.
CROSSED = [
    "metric={metric}&year={year}",
    "metric={metric}&industry={industry}",
    "metric={metric}&subject={subject}",
    "company={subject}&year={year}",
    "place={place}&year={year}",
    "year={year}&status=-target",
    "industry={industry}&kind=measurement",
]


def scans(plan: str, kind: str) -> list[str]:
    return [line for line in plan.split("\n") if SCAN[kind] in line and not any(name in line for name in ONE_ROW)]


def pages(question: str, city: City, path: str = "/v1/facts") -> Iterator[str]:
    """The plans of the first page and of one behind it."""
    first = f"{path}?{question}&limit=2"
    yield city.plans(first)
    if following := city.client.get(first.format(**city.draw)).json()["links"].get("next"):
        yield city.plans(following.replace("{", "{{").replace("}", "}}"))


@pytest.mark.parametrize("question", COMMON)
def test_a_common_question_walks_along_an_index(question: str, city: City) -> None:
    for plan in pages(question, city):
        assert not scans(plan, city.kind), plan
        assert SORT[city.kind] not in plan, plan


@pytest.mark.parametrize("question", OF_SERIES)
def test_a_question_for_series_walks_along_an_index(question: str, city: City) -> None:
    for plan in pages(question, city, "/v1/series"):
        assert not scans(plan, city.kind), plan
        # PostgreSQL may rather sort the series of a tag.
        assert city.kind == "postgresql" or SORT[city.kind] not in plan, plan


@pytest.mark.parametrize(
    ("path", "question"),
    [("/v1/facts", one) for one in READ_IN_ORDER] + [("/v1/series", one) for one in SERIES_READ_IN_ORDER],
)
def test_what_is_true_of_many_is_read_in_their_order(path: str, question: str, city: City) -> None:
    for plan in pages(f"{question}&total=none", city, path):
        assert SORT[city.kind] not in plan, plan


@pytest.mark.parametrize("question", CROSSED)
def test_what_is_in_two_lists_is_found_by_their_indexes(question: str, city: City) -> None:
    for plan in pages(question, city):
        assert not scans(plan, city.kind), plan
        # PostgreSQL may rather sort the few facts that are in both.
        assert city.kind == "postgresql" or SORT[city.kind] not in plan, plan


def test_the_characters_of_a_source_are_found_by_an_index(city: City) -> None:
    plan = city.plans("/v1/facts?source={source}&char=10..40&limit=2")
    assert not scans(plan, city.kind), plan
    assert "source_id" in plan


def test_the_quotes_of_a_source_read_its_facts_only(city: City) -> None:
    plan = city.plans("/v1/sources/{source}/evidence?limit=2")
    assert not re.search(r"(SCAN|Seq Scan on) (facts|fact_answers)", plan), plan


@pytest.mark.parametrize("question", ["limit=2", "kind=measurement", "status=-target", "year=2001..2020", "q={word}"])
def test_a_deep_page_reads_no_more_than_the_first(question: str, city: City) -> None:
    asked = question.format(**city.draw)
    # As deep as a cursor leads: the position of the last row of the page before is the last of its parts.
    first = (
        city.client.get(f"/v1/facts?{asked}{'' if 'limit' in asked else '&limit=1'}")
        .json()["links"]["next"]
        .split("after=")[1]
    )
    *parts, _position = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    after = base64.urlsafe_b64encode(json.dumps([*parts, FACTS - 200]).encode()).decode().rstrip("=")
    plan = city.plans(f"/v1/facts?{asked}&total=none&after={after}")
    assert not scans(plan, city.kind) or "q=" in question, plan
    # Only PostgreSQL tells what it read.
    assert sum(int(rows) * int(loops) for rows, loops in READ.findall(plan)) < 2_000, plan


def test_a_page_of_everything_reads_no_more_than_it_shows(city: City) -> None:
    plan = city.plans("/v1/facts?limit=2")
    assert SORT[city.kind] not in plan, plan
    assert "fact_answers" in plan
    assert SCAN["postgresql"] not in plan.replace("Seq Scan on revisions", ""), plan


@pytest.mark.parametrize("question", ["q={rare_word}", "q={rare_word}&year={year}"])
def test_a_rare_word_is_found_by_the_index_of_words(question: str, city: City) -> None:
    plan = city.plans(f"/v1/facts?{question}&limit=2")
    if city.kind == "sqlite":
        # FTS5 calls what it finds by a word a scan of its index.
        assert all("fact_words VIRTUAL TABLE INDEX" in line for line in scans(plan, city.kind)), plan
        assert SORT[city.kind] not in plan, plan
    else:
        assert not re.search(r"Seq Scan on fact_(answers|texts|words)", plan), plan


def test_how_many_facts_hold_a_common_word_was_counted_at_load(city: City) -> None:
    common = next(word for word in quote_words() if len(word) == 2)

    def total(question: str) -> int:
        counted: int = city.client.get(f"/v1/facts?q={question}&total=exact").json()["meta"]["total"]["value"]
        return counted

    assert total(common) > 500
    # Two words are counted when they are asked for, even where the second adds nothing.
    assert total(common) == total(f"{common} {common}")
    known = city.store.statement(select(tables.common_words.c.facts).where(tables.common_words.c.word == common))
    assert [tuple(row) for row in city.store.current().rows(known, {}, NO_LIMIT)] == [(total(common),)]
    assert "common_words" in city.plans(f"/v1/facts?q={common}&limit=3")


@pytest.mark.parametrize(
    "question", ["by=year&metric={metric}&industry={industry}&stat=sum", "by=initiative,year", "by=industry"]
)
def test_groups_of_slices_are_read_and_not_counted(question: str, city: City) -> None:
    plan = city.plans(f"/v1/facts/groups?{question}")
    assert "slice" in plan
    assert "facts" not in plan.replace("slices", ""), plan


def test_what_exceeds_the_time_limit_is_aborted(city: City) -> None:
    with TestClient(create_app(Settings(database_url=city.url, cache_bytes=0, time_limit=0.05))) as hurried:
        answer = hurried.get(DEAR)
        assert answer.status_code == 503, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["type"].endswith("timed-out")
        assert answer.headers["Retry-After"]
        assert hurried.get("/v1/facts?limit=1").status_code == 200, "who asks for little is answered as before"
    assert city.client.get(DEAR).status_code == 200, "who has the time gets the answer"
