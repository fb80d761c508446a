"""Values with hedges: a range finds every fact whose bound allows a value in it, and says how sure that is."""

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest

from app.answers import ListedFact
from app.queries.formats import read_answer
from tests.api.test_lists import page, walk
from tests.conftest import Service

Fact = dict[str, Any]
ENDLESS = Decimal("Infinity")
QUESTIONS = [
    "0", "100", "410000..", "..-0.05", "-1.25..0", "50", "..50", "50..", "49..51", "1100000", "1100000..", "1100001..",
    "1100000..1200000", "900000", "855000..899999", "899999..900000", "855000..900000", "900000..", "3000000..",
    "5000000", "4750000..5250000", "5250000.5..", "1..2,410000..", "2000..3000", "-320000000", "12000..,none",
    "98765432101234567890..", "0.000000000001",
]  # fmt: skip


def meant(fact: Fact) -> tuple[Decimal, Decimal]:
    """What a value may be, from end to end."""
    value = Decimal(str(fact["value"]))
    spread = abs(value) / 20
    return {
        "eq": (value, value),
        "gt": (value, ENDLESS),
        "ge": (value, ENDLESS),
        "lt": (-ENDLESS, value),
        "le": (-ENDLESS, value),
        "approx": (value - spread, value + spread),
        "below": (value - spread, value),
    }[fact["bound"]]


def ranges(question: str) -> list[tuple[Decimal, Decimal]]:
    found = []
    for one in question.split(","):
        if one != "none":
            low, dots, high = one.partition("..")
            ends = Decimal(low or "-Infinity"), Decimal(high or ("Infinity" if dots else low))
            found.append(ends)
    return found


def expected(fact: Fact, question: str) -> str | None:
    if fact["value"] is None:
        return "certain" if "none" in question else None
    (least, most), value = meant(fact), Decimal(str(fact["value"]))
    asked = ranges(question)
    if any(low <= least and most <= high for low, high in asked):
        return "certain"
    printed = any(low <= value <= high for low, high in asked)
    at_least = any(high == ENDLESS and most >= low for low, high in asked)
    at_most = any(low == -ENDLESS and least <= high for low, high in asked)
    return "possible" if printed or at_least or at_most else None


def exactly(service: Service, **parameters: Any) -> list[Fact]:
    """All facts, with numbers as they are written."""
    found, url = [], "/v1/facts?limit=500&" + "&".join(f"{name}={value}" for name, value in parameters.items())
    while url:
        body = json.loads(service.client.get(url).text, parse_float=Decimal)
        found += body["data"]
        url = body["links"].get("next")
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_range_finds_what_may_lie_in_it_and_marks_how_sure_that_is(question: str, service: Service) -> None:
    wanted = {fact["id"]: how for fact in exactly(service) if (how := expected(fact, question))}
    assert {fact["id"]: fact["match"] for fact in exactly(service, value=question)} == wanted
    for match in ("certain", "possible"):
        asked = {"value": question, "match": match}
        some = {one for one, how in wanted.items() if how == match}
        assert {fact["id"] for fact in exactly(service, **asked)} == some
        assert page(service, "/v1/facts", **asked)["meta"]["total"]["value"] == len(some)


def test_more_than_is_certain_above_it_and_possible_beyond(service: Service) -> None:
    def found(question: str) -> dict[str, str]:
        asked = {"value": question, "subject": "lindow", "metric": "vehicle-output", "bound": "gt", "status": "actual"}
        return {str(fact["value"]): fact["match"] for fact in walk(service, "/v1/facts", **asked)}

    assert found("1100000..") == {"1100000": "certain"}
    assert found("1200000..") == {"1100000": "possible"}
    # A range of two ends asks for what is printed between them.
    assert found("1150000..1160000") == found("..1099999") == {}
    assert found("1000000..1160000") == found("1100000") == {"1100000": "possible"}


def test_what_is_printed_between_two_ends_is_all_that_they_find(service: Service) -> None:
    for low, high in ((0, 0), (50, 3000), (400000, 1100000), (-320000000, 0)):
        printed = {one["id"] for one in exactly(service) if one["value"] is not None and low <= one["value"] <= high}
        assert {one["id"] for one in exactly(service, value=f"{low}..{high}")} == printed
        assert printed


def test_a_match_is_marked_only_where_values_are_asked_for(service: Service) -> None:
    assert all("match" not in fact for fact in walk(service, "/v1/facts", limit=500))
    (first, *_) = walk(service, "/v1/facts", value="100..", limit=500)
    assert list(first)[-1] == "match"
    assert first == page(service, f"/v1/facts/{first['id']}") | {"match": first["match"]}


def test_a_marked_line_is_what_the_response_model_dumps(service: Service) -> None:
    lines = service.client.get("/v1/facts.ndjson?value=any,none").content.splitlines()
    assert len(lines) == page(service, "/v1/facts")["meta"]["total"]["value"]
    for line in lines:
        assert ListedFact.model_validate(read_answer(line)).json_text().encode() == line


@pytest.mark.parametrize("sort", ["id", "-value", "year,-value"])
def test_marked_lists_are_paged_and_sorted_like_any(sort: str, service: Service) -> None:
    whole = walk(service, "/v1/facts", value="400000..", sort=sort, limit=500)
    assert walk(service, "/v1/facts", value="400000..", sort=sort, limit=2) == whole
    assert {fact["match"] for fact in whole} == {"certain", "possible"}


def test_a_match_can_be_one_of_the_fields(service: Service) -> None:
    whole = walk(service, "/v1/facts", value="400000..", limit=500)
    cut = walk(service, "/v1/facts", value="400000..", fields="id,match", limit=500)
    assert cut == [{"id": fact["id"], "match": fact["match"]} for fact in whole]
    assert all("match" not in one for one in walk(service, "/v1/facts", value="400000..", fields="id,value"))


@pytest.mark.parametrize("fields", ["", "&fields=id,match"])
def test_an_export_has_the_match_as_its_last_column(fields: str, service: Service) -> None:
    found = {fact["id"]: fact["match"] for fact in walk(service, "/v1/facts", value="400000..", limit=500)}
    table = list(csv.reader(io.StringIO(service.client.get(f"/v1/facts.csv?value=400000..{fields}").text, newline="")))
    assert table[0][-1] == "match"
    assert {row[0]: row[-1] for row in table[1:]} == found
    lines = service.client.get(f"/v1/facts.ndjson?value=400000..{fields}").text.splitlines()
    assert {one["id"]: one["match"] for one in map(json.loads, lines)} == found
    assert all(list(one)[-1] == "match" for one in map(json.loads, lines))
    assert not table[0][-2].startswith("match")
    assert "match" not in service.client.get("/v1/facts.csv?limit=1").text


def test_groups_count_what_the_list_finds(service: Service) -> None:
    for match in ({}, {"match": "certain"}, {"match": "possible"}):
        asked = {"value": "400000.."} | match
        counted = {one["key"]["bound"]: one["count"] for one in walk(service, "/v1/facts/groups", by="bound", **asked)}
        listed = [fact["bound"] for fact in walk(service, "/v1/facts", limit=500, **asked)]
        assert counted == {bound: listed.count(bound) for bound in set(listed)}


def test_match_without_value_is_refused_and_told_what_to_add(service: Service) -> None:
    for path in ("/v1/facts", "/v1/facts/groups"):
        by = {"by": "year"} if path.endswith("groups") else {}
        refused = service.client.get(path, params={"match": "certain"} | by)
        assert refused.status_code == 400
        assert "add value=" in refused.json()["detail"]
        assert refused.json()["type"] == "/problems/missing-parameter"
    both = service.client.get("/v1/facts?match=certain&yaer=2024").json()
    assert [one["parameter"] for one in both["errors"]] == ["yaer", "value"]
    assert service.client.get("/v1/facts?match=certian&value=1").json()["errors"][0]["did_you_mean"] == ["certain"]
