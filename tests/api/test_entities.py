"""Entities: lists of nouns answer year, industry, initiative, place, kind, parent and q, as their answers show."""

import pytest

from tests.api.test_facts import within
from tests.api.test_lists import walk
from tests.conftest import Service

NOUNS = (
    "companies",
    "organizations",
    "industries",
    "initiatives",
    "metrics",
    "events",
    "policies",
    "places",
    "sources",
)


def ids(service: Service, path: str, **parameters: str) -> set[str]:
    return {one["id"] for one in walk(service, path, limit=500, **parameters)}


@pytest.mark.parametrize("noun", sorted(set(NOUNS) - {"industries", "initiatives"}))
def test_an_industry_or_initiative_finds_the_entities_that_show_it(noun: str, service: Service) -> None:
    everything = walk(service, f"/v1/{noun}", limit=500)
    for industry, family in within(service, "industries").items():
        expected = {one["id"] for one in everything if family & set(one["industries"])}
        assert ids(service, f"/v1/{noun}", industry=industry) == expected
        assert ids(service, f"/v1/{noun}", sector=industry) == expected
    for initiative in ids(service, "/v1/initiatives"):
        expected = {one["id"] for one in everything if initiative in one["initiatives"]}
        assert ids(service, f"/v1/{noun}", initiative=initiative) == expected


@pytest.mark.parametrize("noun", NOUNS)
def test_the_count_of_facts_is_what_a_list_of_them_finds(noun: str, service: Service) -> None:
    parameter = {
        "companies": "company", "organizations": "company", "industries": "industry", "initiatives": "initiative",
        "metrics": "metric", "events": "event", "places": "place", "sources": "source",
    }.get(noun)  # fmt: skip
    for one in walk(service, f"/v1/{noun}", limit=500):
        found: set[str] = set()
        for asked in {parameter, "subject", "object"} - {None}:
            found |= ids(service, "/v1/facts", **{str(asked): one["id"]})
        assert len(found) == one["fact_count"], one["id"]


def test_a_year_finds_the_companies_there_is_a_fact_about(service: Service) -> None:
    for year in ("2018", "2021..2022", "..2019", "2025.."):
        expected = {
            one["id"]
            for one in walk(service, "/v1/companies", limit=500)
            if walk(service, "/v1/facts", company=one["id"], year=year)
            or walk(service, "/v1/events", company=one["id"], year=year)
        }
        assert ids(service, "/v1/companies", year=year) == expected


def test_a_year_finds_who_took_part_in_an_event_of_it(service: Service) -> None:
    for event in walk(service, "/v1/events", year="any"):
        for one in event["participants"]:
            noun = {"organization": "organizations", "place": "places"}.get(one["type"])
            if noun:
                assert one["id"] in ids(service, f"/v1/{noun}", year=event["period"]["start"][:4])


def test_a_year_of_events_and_policies_is_their_own(service: Service) -> None:
    for noun in ("events", "policies"):
        for one in walk(service, f"/v1/{noun}", limit=500):
            start = one["period"]["start"]
            if start is None:
                assert one["id"] in ids(service, f"/v1/{noun}", year="none")
            else:
                assert one["id"] in ids(service, f"/v1/{noun}", year=start[:4])


def test_companies_are_the_organizations_of_that_kind(service: Service) -> None:
    assert ids(service, "/v1/companies") == ids(service, "/v1/organizations", kind="company")
    assert ids(service, "/v1/organizations", kind="-company")


def test_a_tree_is_asked_by_parent(service: Service) -> None:
    for noun in ("industries", "places", "organizations"):
        everything = walk(service, f"/v1/{noun}", limit=500)
        roots = {one["id"] for one in everything if one["parent"] is None}
        assert ids(service, f"/v1/{noun}", parent="none") == roots
        for parent in {one["parent"] for one in everything} - {None}:
            expected = {one["id"] for one in everything if one["parent"] == parent}
            assert ids(service, f"/v1/{noun}", parent=parent) == expected


def test_a_place_within_a_place_is_found(service: Service) -> None:
    for place, family in within(service, "places").items():
        assert ids(service, "/v1/places", place=place) == family


@pytest.mark.parametrize(
    ("path", "word", "found"),
    [
        ("/v1/companies", "马洛", "marlow-motors"),
        ("/v1/companies", "marlow-motors", "marlow-motors"),
        ("/v1/companies", "XTERN", "tern-tide"),
        ("/v1/places", "City of Lindow", "lindow"),
        ("/v1/industries", "EV", "electric-cars"),
        ("/v1/initiatives", "玻璃", "glass-city"),
    ],
)
def test_an_entity_is_found_by_name_alias_and_id(path: str, word: str, found: str, service: Service) -> None:
    assert found in ids(service, path, q=word)


def test_a_metric_says_what_it_follows_from(service: Service) -> None:
    growth = walk(service, "/v1/metrics", transform="growth")
    assert growth
    assert all(one["of"] for one in growth)
    for one in growth:
        assert one["id"] in ids(service, "/v1/metrics", of=one["of"])


def test_an_event_shows_who_took_part(service: Service) -> None:
    for event in walk(service, "/v1/events", limit=500):
        for participant in event["participants"]:
            if participant["type"] == "organization":
                assert event["id"] in ids(service, "/v1/events", company=participant["id"])
