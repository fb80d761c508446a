"""What every list promises: pages, totals, order, fields, and how many statements it takes."""

import itertools
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import Service, serve
from tests.document import LISTS, parameters

# The keys that each list can be sorted by, as the document has them.
SORTED = [(path, key) for path in LISTS for key in parameters(path)["sort"]["schema"]["items"]["enum"] if key[0] != "-"]
GROUPS = "/v1/facts/groups"


def page(service: Service, path: str, **parameters: Any) -> dict[str, Any]:
    answer = service.client.get(path, params=parameters or None)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def walk(service: Service, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """All answers, following links.next."""
    found, body = [], page(service, path, **parameters)
    for _ in range(500):
        found += body["data"]
        if "next" not in body["links"]:
            return found
        body = page(service, body["links"]["next"])
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_one_statement(path: str, service: Service) -> None:
    # Whatever other tests have asked, the cache has no answer to these.
    for limit, total in enumerate(({}, {"total": "none"}, {"total": "exact"}), 31):
        service.queries.clear()
        page(service, path, limit=limit, **total)
        assert len(service.queries) == 1, total


def test_ids_that_nobody_has_named_yet_take_one_statement_more(service: Service) -> None:
    with contextmanager(serve)(service.url) as fresh:
        page(fresh, "/v1/facts")
        fresh.queries.clear()
        page(fresh, "/v1/facts", subject="lindow", metric="vehicle-output,-tide-capacity", industry="any", place="none")
        assert len(fresh.queries) == 2


def test_one_item_takes_one_statement(service: Service) -> None:
    service.queries.clear()
    assert service.client.get("/v1/companies/marlow-motors?fields=id").status_code == 200
    assert len(service.queries) == 1


def test_what_is_asked_for_again_takes_no_statement(service: Service) -> None:
    path = "/v1/facts?year=2024&limit=3"
    first = service.client.get(path)
    service.queries.clear()
    again = service.client.get(path)
    assert service.queries == []
    assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])


@pytest.mark.parametrize("path", LISTS)
def test_pages_hold_each_answer_once_whatever_their_size(path: str, service: Service) -> None:
    whole = walk(service, path, limit=500)
    assert whole
    for limit in (1, 3, 50):
        assert walk(service, path, limit=limit) == whole
    assert page(service, path)["meta"]["total"] == {"value": len(whole), "relation": "eq"}
    assert [one["id"] for one in whole] == sorted(one["id"] for one in whole)


@pytest.mark.parametrize("path", LISTS)
def test_every_answer_of_a_list_opens_by_its_id(path: str, service: Service) -> None:
    for listed in walk(service, path, limit=500)[:20]:
        whole = page(service, f"{path}/{listed['id']}")
        assert {name: one for name, one in whole.items() if name in listed} == listed  # a series has more


def value_at(answer: dict[str, Any], key: str) -> Any:
    period = answer.get("period") or {}
    if key == "year":
        return period["start"]
    if key in ("subject", "metric"):
        return (answer[key] or {}).get("id")
    if key == "source":
        return answer["citation"]["source"]["id"]
    value: Any = answer
    for part in key.split("."):
        value = value[part]
    return value


@pytest.mark.parametrize(("path", "key"), SORTED)
@pytest.mark.parametrize("descending", [False, True])
def test_a_sorted_list_is_in_order_without_values_last_and_pages_as_a_whole(
    path: str, key: str, descending: bool, service: Service
) -> None:
    sort = f"-{key}" if descending else key
    whole = walk(service, path, limit=500, sort=sort)
    assert walk(service, path, limit=4, sort=sort) == whole
    values = [value_at(one, key) for one in whole]
    there = [value for value in values if value is not None]
    assert values == [*sorted(there, reverse=descending), *[None] * (len(values) - len(there))]
    # Equal values are in the order of ids.
    for _, same in itertools.groupby(whole, key=lambda one: value_at(one, key)):
        ids = [one["id"] for one in same]
        assert ids == sorted(ids)


def test_several_sort_keys_decide_in_turn(service: Service) -> None:
    found = walk(service, "/v1/facts", sort="subject,-year", limit=7)
    keys = [(one["subject"]["id"], one["period"]["start"] or "") for one in found]
    for _, same in itertools.groupby(keys, key=lambda key: key[0]):
        years = [year for _, year in same]
        assert years == sorted(years, reverse=True)


def test_fields_cut_every_answer_of_a_page_and_keep_exact_numbers(service: Service) -> None:
    whole = walk(service, "/v1/facts", kind="measurement", limit=500)
    cut = walk(service, "/v1/facts", kind="measurement", fields="value,subject.name.en,citation", limit=500)
    for one, short in zip(whole, cut, strict=True):
        expected = {
            "subject": {"name": {"en": one["subject"]["name"]["en"]}},
            "value": one["value"],
            "citation": one["citation"],
        }
        assert short == expected
    text = service.client.get("/v1/facts?metric=gdp&fields=value&sort=year&limit=1").text
    assert '{"value":312345678901.23}' in text


def test_a_field_and_a_part_of_it_is_the_whole_field(service: Service) -> None:
    one = page(service, "/v1/facts", fields="subject.name.zh,subject", limit=1)["data"][0]
    assert set(one["subject"]) == {"type", "id", "name"}


def test_a_page_links_to_the_next_in_its_header_too(service: Service) -> None:
    answer = service.client.get("/v1/facts?limit=1&year=2018..2024")
    following = answer.json()["links"]["next"]
    assert answer.headers["Link"] == f'<{following}>; rel="next"'
    assert "year=2018..2024" in following
    last = service.client.get("/v1/facts?limit=500")
    assert "next" not in last.json()["links"]
    assert "Link" not in last.headers


def test_a_link_is_ascii_and_reads_well(service: Service) -> None:
    body = page(service, "/v1/facts", q="潮汐", sort="-year", fields="id,subject.name", limit=1)
    assert body["links"]["self"].isascii()
    assert "fields=id,subject.name" in body["links"]["self"]


def test_a_cursor_serves_its_own_question_only(service: Service) -> None:
    following = page(service, "/v1/facts", limit=1, sort="year")["links"]["next"]
    cursor = following.split("after=")[1]
    for query in (f"after={cursor}", f"sort=-year&after={cursor}", f"sort=year&kind=relation&after={cursor}"):
        assert service.client.get(f"/v1/facts?{query}").status_code == 400
    # What only changes how a page is shown does not matter.
    assert service.client.get(f"/v1/facts?sort=year&limit=9&fields=id&total=none&after={cursor}").status_code == 200


def test_a_total_can_be_left_out(service: Service) -> None:
    assert "total" not in page(service, "/v1/facts", total="none")["meta"]
    exact = page(service, "/v1/facts", total="exact")["meta"]["total"]
    assert exact == page(service, "/v1/facts")["meta"]["total"]


def test_every_list_has_what_all_lists_share() -> None:
    for path in LISTS:
        assert {"year", "q", "sort", "fields", "limit", "after", "total", "as_of"} <= set(parameters(path))


@pytest.mark.parametrize(
    ("path", "name", "values"),
    [
        ("/v1/facts", "sort", ["unit", "-year", "value"]),
        ("/v1/facts", "fields", ["id", "subject.name", "citation"]),
        ("/v1/facts", "year", ["2018", "2024", "none"]),
        ("/v1/facts", "status", ["-target", "-plan"]),
        ("/v1/companies", "fields", ["name.zh", "id"]),
        (GROUPS, "by", ["initiative", "year", "unit"]),
        (GROUPS, "stat", ["min", "max", "sum"]),
    ],
)
def test_a_list_of_values_is_the_same_joined_or_repeated(
    path: str, name: str, values: list[str], service: Service
) -> None:
    alike = [("by", "year"), ("metric", "net-profit")]  # values of which a statistic can be told
    others = alike if (path, name) == (GROUPS, "stat") else []
    first, *rest = values
    written = [[",".join(values)], values, [first, ",".join(rest)], [",".join(values[:-1]), values[-1]]]
    queries = [urlencode([*others, *((name, one) for one in each)]) for each in written]
    pages = [page(service, f"{path}?{query}") for query in queries]
    assert pages[0]["data"]
    assert all(one["data"] == pages[0]["data"] for one in pages)
    exports = [service.client.get(f"{path}.csv?{query}").text for query in queries]
    assert len(set(exports)) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/v1/facts?sort=subject&sort=source", "/v1/facts?sort=source&sort=subject"),
        (f"{GROUPS}?by=kind&by=status", f"{GROUPS}?by=status&by=kind"),
    ],
)
def test_a_cursor_belongs_to_the_order_in_which_keys_stand(first: str, second: str, service: Service) -> None:
    following = page(service, f"{first}&limit=1")["links"]["next"]
    assert service.client.get(following).status_code == 200
    cursor = following.split("after=")[1]
    assert service.client.get(f"{second}&after={cursor}").status_code == 400
    # Filters may stand in any order.
    asked = [f"/v1/facts?limit=1&{query}" for query in ("year=2023&kind=measurement", "kind=measurement&year=2023")]
    cursor = page(service, asked[0])["links"]["next"].split("after=")[1]
    assert service.client.get(f"{asked[1]}&after={cursor}").status_code == 200
