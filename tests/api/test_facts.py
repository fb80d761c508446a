"""Facts of the invented city: each filter finds exactly what the answers themselves show."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import tables
from app.text.normalizing import search_words, squeeze
from tests.api.test_lists import page, walk
from tests.conftest import Service
from tests.databases import reading

Fact = dict[str, Any]


def facts(service: Service, **parameters: Any) -> list[Fact]:
    """All that are found; a question for values, of which test_match.py tells more, marks them."""
    return walk(service, "/v1/facts", limit=500, **parameters)


def ids(found: list[Fact]) -> set[str]:
    return {fact["id"] for fact in found}


def overlaps(fact: Fact, low: int, high: int) -> bool:
    period = fact["period"]
    return bool(period["start"]) and int(period["start"][:4]) <= high and int(period["end"][:4]) >= low


@pytest.mark.parametrize(
    ("parameters", "holds"),
    [
        ({"year": "2020"}, lambda f: overlaps(f, 2020, 2020)),
        ({"year": "2019..2021"}, lambda f: overlaps(f, 2019, 2021)),
        ({"year": "..2019"}, lambda f: overlaps(f, 0, 2019)),
        ({"year": "2024.."}, lambda f: overlaps(f, 2024, 9999)),
        ({"year": "2018,2024.."}, lambda f: overlaps(f, 2018, 2018) or overlaps(f, 2024, 9999)),
        ({"year": "-2020"}, lambda f: not overlaps(f, 2020, 2020)),
        ({"year": "none"}, lambda f: not f["period"]["start"]),
        ({"year": "any"}, lambda f: f["period"]["start"]),
        ({"year": "none,2018"}, lambda f: not f["period"]["start"] or overlaps(f, 2018, 2018)),
        ({"initiative": "car-city"}, lambda f: "car-city" in f["initiatives"]),
        ({"initiative": "car-city,tide-city"}, lambda f: {"car-city", "tide-city"} & set(f["initiatives"])),
        ({"initiative": ["car-city", "tide-city"]}, lambda f: {"car-city", "tide-city"} & set(f["initiatives"])),
        ({"initiative": "-car-city"}, lambda f: "car-city" not in f["initiatives"]),
        ({"initiative": "any,-car-city"}, lambda f: f["initiatives"] and "car-city" not in f["initiatives"]),
        ({"initiative": "none"}, lambda f: not f["initiatives"]),
        ({"industry": "none"}, lambda f: not f["industries"]),
        ({"kind": "relation"}, lambda f: f["kind"] == "relation"),
        ({"kind": "-relation"}, lambda f: f["kind"] != "relation"),
        ({"bound": "gt,ge"}, lambda f: f["bound"] in ("gt", "ge")),
        ({"bound": "none"}, lambda f: f["bound"] is None),
        ({"bound": "-eq"}, lambda f: f["bound"] != "eq"),
        ({"status": "-actual"}, lambda f: f["status"] != "actual"),
        ({"evidence": "verbatim"}, lambda f: f["citation"]["evidence"] == "verbatim"),
        ({"unit": "vehicle"}, lambda f: f["unit"] == "vehicle"),
        ({"unit": "none"}, lambda f: f["unit"] is None),
        ({"metric": "gdp"}, lambda f: f["metric"] and f["metric"]["id"] == "gdp"),
        ({"subject": "lindow,marlow-motors"}, lambda f: f["subject"]["id"] in ("lindow", "marlow-motors")),
        ({"object": "any"}, lambda f: f["object"]),
        ({"relation": "any"}, lambda f: f["relation"]),
        ({"source": "-lindow-statistics"}, lambda f: f["citation"]["source"]["id"] != "lindow-statistics"),
        ({"value": "0"}, lambda f: f["value"] == 0),
        ({"value": "..-0.05", "bound": "eq"}, lambda f: f["bound"] == "eq" and f["value"] <= -0.05),
        ({"value": "-1.25..0"}, lambda f: f["value"] is not None and -1.25 <= f["value"] <= 0),
        ({"value": "410000..", "bound": "eq"}, lambda f: f["bound"] == "eq" and f["value"] >= 410000),
        ({"value": "none"}, lambda f: f["value"] is None),
        ({"year": "2024", "kind": "measurement", "initiative": "car-city"},
         lambda f: overlaps(f, 2024, 2024) and f["kind"] == "measurement" and "car-city" in f["initiatives"]),
    ],
    ids=lambda one: "holds" if callable(one) else str(one),  # the same name in each process
)  # fmt: skip
def test_a_filter_finds_exactly_the_facts_that_show_it(
    parameters: dict[str, Any], holds: Callable[[Fact], bool], service: Service
) -> None:
    expected = ids([fact for fact in facts(service) if holds(fact)])
    assert ids(facts(service, **parameters)) == expected
    assert expected, "the city has facts for every question"


def within(service: Service, noun: str) -> dict[str, set[str]]:
    """Each id with itself and its descendants."""
    parents = {one["id"]: one["parent"] for one in walk(service, f"/v1/{noun}", limit=500)}
    found: dict[str, set[str]] = {one: set() for one in parents}
    for one in parents:
        up: str | None = one
        while up:
            found[up].add(one)
            up = parents[up]
    return found


def test_an_industry_finds_its_descendants_and_sector_is_the_same(service: Service) -> None:
    everything = facts(service)
    for industry, family in within(service, "industries").items():
        expected = ids([fact for fact in everything if family & set(fact["industries"])])
        assert ids(facts(service, industry=industry)) == expected
        assert ids(facts(service, sector=industry)) == expected


def test_a_place_finds_what_lies_within_it(service: Service) -> None:
    everything = facts(service)
    for place, family in within(service, "places").items():
        assert ids(facts(service, place=place)) == ids(
            [fact for fact in everything if (fact["place"] or {}).get("id") in family]
        )


def test_a_company_finds_what_its_children_do_and_the_events_it_took_part_in(service: Service) -> None:
    group, child = ids(facts(service, company="marlow-group")), ids(facts(service, company="marlow-motors"))
    assert child < group
    assert ids(facts(service, subject="marlow-motors")) <= child
    for event in walk(service, "/v1/events", company="marlow-motors"):
        assert ids(facts(service, event=event["id"], kind="occurrence")) <= child


def test_a_fact_is_about_its_event(service: Service) -> None:
    for event in walk(service, "/v1/events"):
        for fact in facts(service, event=event["id"]):
            assert event["id"] in (fact["subject"]["id"], (fact["object"] or {}).get("id"))


def test_a_search_needs_each_word_and_minds_no_layout_or_case(service: Service) -> None:
    assert ids(facts(service, q="潮汐"))
    assert ids(facts(service, q="潮 汐")) >= ids(facts(service, q="潮汐"))
    assert ids(facts(service, q="MARLOW motors")) == ids(facts(service, q="marlow")) & ids(facts(service, q="motors"))
    for wildcard in ("%", "_", "\\", "*", '"'):
        for fact in facts(service, q=wildcard):
            assert wildcard in str(fact)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_piece_of_a_statement_or_quote_is_found(data: st.DataObject, service: Service) -> None:
    fact = data.draw(st.sampled_from(facts(service, fields="id,statement,citation.quote")))
    text = data.draw(
        st.sampled_from([text for text in (*fact["statement"].values(), fact["citation"]["quote"]) if text])
    )
    plain = squeeze(text).text
    start = data.draw(st.integers(0, len(plain) - 1))
    piece = plain[start : start + data.draw(st.integers(1, 12))].strip()
    if piece:
        assert fact["id"] in {one["id"] for one in facts(service, q=piece, fields="id")}


@pytest.fixture(scope="module")
def texts(service: Service) -> dict[str, str]:
    """What a search looks in, by the id of the fact."""
    fact, searched = tables.facts, tables.fact_texts
    query = select(fact.c.id, searched.c.search).join(searched, searched.c.position == fact.c.position)
    with reading(service.url) as connection:
        return {row.id: row.search for row in connection.execute(query)}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_search_finds_the_texts_that_hold_the_word_and_no_other(
    data: st.DataObject, service: Service, texts: dict[str, str]
) -> None:
    """Also of what never stands side by side: a piece of a text without a character of its middle."""
    text = sorted(texts.values())[data.draw(st.integers(0, len(texts) - 1))]
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : start + data.draw(st.integers(2, 8))]
    dropped = data.draw(st.integers(0, len(piece)))
    words = search_words(piece[:dropped] + piece[dropped + 1 :])
    if words:
        found = ids(facts(service, q=" ".join(words), fields="id"))
        assert found == {fact_id for fact_id, search in texts.items() if all(word in search for word in words)}


def test_values_are_exact_and_never_in_exponent_form(service: Service) -> None:
    text = service.client.get("/v1/facts?limit=500&kind=measurement").text
    assert '"value":312345678901.23,' in text
    assert '"value":-0.05,' in text
    assert "e+" not in text.lower()


def test_text_is_utf8_and_not_escaped(service: Service) -> None:
    answer = service.client.get("/v1/facts?limit=5")
    assert "\\u" not in answer.text
    assert "林渡" in answer.content.decode("utf-8")


def test_a_verbatim_quote_spans_its_place_in_the_text(service: Service) -> None:
    from tests.conftest import CITY  # noqa: PLC0415 - beside its only use

    for fact in facts(service, evidence="verbatim"):
        citation = fact["citation"]
        text = (CITY / "sources" / f"{citation['source']['id']}.txt").read_bytes().decode()
        spanned = text[citation["start"] : citation["end"]]
        assert squeeze(spanned).text.replace(" ", "") == squeeze(citation["quote"]).text.replace(" ", "")


def test_a_fact_keeps_its_hedge_its_print_and_its_words_of_time(service: Service) -> None:
    hedged = facts(service, bound="below")
    assert hedged
    assert all(fact["printed"] for fact in hedged)
    relative = [fact for fact in facts(service) if fact["period"]["basis"] == "relative"]
    assert relative
    assert all(fact["period"]["printed"] for fact in relative)


def test_groups_are_never_taken_for_an_id(service: Service) -> None:
    assert service.client.get("/v1/facts/groups").status_code == 400
    assert page(service, "/v1/facts/groups", by="kind")["data"]


def test_a_sum_is_exact(service: Service) -> None:
    values = [Decimal(str(fact["value"])) for fact in facts(service, metric="gdp-growth", frequency="annual")]
    query = "by=metric&metric=gdp-growth&frequency=annual&stat=sum,min,max,avg"
    text = service.client.get(f"/v1/facts/groups?{query}").json()["data"][0]
    assert Decimal(str(text["sum"])) == sum(values)
    assert (text["min"], text["max"]) == (float(min(values)), float(max(values)))
    assert abs(Decimal(str(text["avg"])) - sum(values, Decimal(0)) / len(values)) < Decimal("1e-9")
