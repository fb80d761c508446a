"""Query parameters: all mistakes of a query at once, as they stand in it, and pairs as the standard reads them."""

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import BadRequest
from app.queries.parameters import CONTROL, read_pairs
from tests.conftest import Service
from tests.document import LISTS, parameters

TEXTS = st.text("ab0189,.:_~*-&=%+ /?#算力'\"é🚗", max_size=6)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)
# A value of each that is refused whatever stands beside it, and what is said of it.
WRONG = {
    "year": ("20x4", "invalid-value"),
    "industry": ("no-industry", "unknown-id"),
    "place": ("no-place", "unknown-id"),
    "kind": ("no-kind", "invalid-value"),
    "value": ("1..x", "invalid-value"),
    "limit": ("0", "invalid-value"),
    "sort": ("colour", "invalid-value"),
    "fields": ("colour", "invalid-value"),
    "total": ("all", "invalid-value"),
    "format": ("xml", "invalid-value"),
    "bom": ("yes", "invalid-value"),
    "as_of": ("yesterday", "invalid-value"),
    "after": ("nonsense", "invalid-value"),
    "q": ("", "invalid-value"),
    "yaer": ("2024", "unknown-parameter"),
    "offset": ("10", "unknown-parameter"),
}
RIGHT = [("metric", "gdp"), ("status", "-target"), ("unit", "any"), ("bound", "eq")]


@given(PAIRS, st.sampled_from([quote, quote_plus]))
def test_pairs_are_those_the_standard_library_reads(pairs: list[tuple[str, str]], written: Any) -> None:
    query = "&".join(f"{written(name, safe='')}={written(value, safe='')}" for name, value in pairs).encode()
    assert read_pairs(query) == pairs
    assert list(read_pairs(query)) == parse_qsl(query.decode(), keep_blank_values=True)


@given(st.binary(max_size=30))
def test_any_bytes_are_read_or_refused(query: bytes) -> None:
    with suppress(BadRequest):
        assert not any(CONTROL.search(name + value) for name, value in read_pairs(query))


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(
    wrong=st.lists(st.sampled_from(sorted(WRONG)), unique=True, min_size=1),
    right=st.lists(st.sampled_from(RIGHT), unique=True),
    chance=st.randoms(use_true_random=False),
)
def test_all_mistakes_are_told_at_once_in_the_order_in_which_they_stand(
    wrong: list[str], right: list[tuple[str, str]], chance: Any, service: Service
) -> None:
    pairs = [(name, WRONG[name][0]) for name in wrong] + right
    chance.shuffle(pairs)
    answer = service.client.get(f"/v1/facts?{urlencode(pairs)}")
    assert answer.status_code == 400
    told = [one["parameter"] for one in answer.json()["errors"]]
    stands = [name for name, _ in pairs if name in WRONG]
    unknown = [name for name in stands if WRONG[name][1] == "unknown-parameter"]
    known = [name for name in stands if name not in (*unknown, "as_of")]
    # What names the release is known before the rest, and told behind it.
    assert told == [*unknown, *known, *(["as_of"] if "as_of" in stands else [])]
    kinds = {WRONG[name][1] for name in stands}
    assert answer.json()["type"] == f"/problems/{kinds.pop() if len(kinds) == 1 else 'invalid-query'}"


def test_all_wrong_values_of_a_parameter_are_told(service: Service) -> None:
    told = service.client.get("/v1/facts?year=20x4,2024,20y4&year=20z4&kind=a,b").json()["errors"]
    assert [(one["parameter"], one["value"]) for one in told] == [
        ("year", "20x4"), ("year", "20y4"), ("year", "20z4"), ("kind", "a"), ("kind", "b"),
    ]  # fmt: skip


def test_a_synonym_is_the_same_parameter(service: Service) -> None:
    asked = [f"/v1/facts?{query}&limit=500&total=none" for query in (
        "industry=mobility,electric-cars", "sector=mobility,electric-cars", "sector=mobility&industry=electric-cars",
    )]  # fmt: skip
    found = [service.client.get(url).json()["data"] for url in asked]
    assert found[0]
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("path", LISTS)
def test_a_single_value_is_given_once(path: str, service: Service) -> None:
    single = {name for name, one in parameters(path).items() if one["schema"].get("type") != "array"}
    assert {"limit", "after", "total"} <= single
    for name in single | {"format", "bom"}:
        refused = service.client.get(f"{path}?{name}=1&{name}=1")
        assert refused.status_code == 400
        assert name in {one["parameter"] for one in refused.json()["errors"]}


def with_values(count: int) -> str:
    """Facts by so many values of filters, most of which take two bind parameters each."""
    years = [f"{year}..{year + 1}" for year in range(1900, 2000)]
    values = [f"{value}..{value + 1}" for value in range(100)]
    asked = {"year": years, "value": values, "unit": ["-vehicle"] * 50, "metric": ["-gdp"] * (count - 250)}
    return f"/v1/facts?{urlencode({name: ','.join(some) for name, some in asked.items()}, safe=',')}&q={'汽车' * 100}"


@pytest.mark.parametrize("more", ["", "&sort=-value"])
def test_the_filters_of_a_query_have_so_many_values_in_all(more: str, service: Service) -> None:
    assert service.client.get(f"{with_values(300)}{more}").status_code == 200
    for url in (with_values(301), with_values(350), f"{with_values(300)}&status=any"):
        refused = service.client.get(f"{url}{more}")
        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/too-many-parameters")


def test_as_many_values_as_a_request_can_have_are_no_fault_of_ours(service: Service) -> None:
    first = {"metric": "gdp", "unit": "vehicle", "year": "2023..2024", "value": "1..2", "place": "lindow"}
    first |= {"kind": "measurement", "bound": "eq", "status": "target", "subject": "lindow"}
    asked = urlencode({name: ",".join([value] * 100) for name, value in first.items()}, safe=",")
    for path in ("/v1/facts?", "/v1/facts.csv?", "/v1/facts/groups?by=year&"):
        refused = service.client.get(f"{path}{asked}")
        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/too-many-parameters")
