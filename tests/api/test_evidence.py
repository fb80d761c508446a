"""From a document to its facts: the quotes in the order of its text, the facts of some characters, the text itself."""

import hashlib
from typing import Any

import pytest

from app.text.normalizing import squeezed_text
from tests.api.test_facts import facts, ids
from tests.api.test_lists import page, walk
from tests.conftest import CITY, Service
from tests.http.test_problems import problem

STORED = "lindow-evening-2025"
UNLOCATED = "marlow-report-2024"
FIGURES = "lindow-statistics"
TEXT = (CITY / "sources" / f"{STORED}.txt").read_bytes().decode()
SHA256 = hashlib.sha256(TEXT.encode()).hexdigest()
TEXT_PATH = f"/v1/sources/{STORED}/text"
SOURCES = (STORED, UNLOCATED, FIGURES)


def evidence(service: Service, source: str, **parameters: Any) -> list[dict[str, Any]]:
    return walk(service, f"/v1/sources/{source}/evidence", **parameters)


@pytest.mark.parametrize(
    ("char", "low", "high"),
    [("100..200", 100, 200), ("7", 7, 7), ("27", 27, 27), ("28", 28, 28), ("28..29", 28, 29), ("400..", 400, 10**9),
     ("..29", 0, 29), ("..30", 0, 30), ("263..339", 263, 339), ("999999999", 10**9, 10**9)],
)  # fmt: skip
def test_char_finds_the_facts_whose_quote_has_one_of_the_characters(
    char: str, low: int, high: int, service: Service
) -> None:
    cited = [fact for fact in facts(service, source=STORED) if fact["citation"]["start"] is not None]
    expected = {one["id"] for one in cited if one["citation"]["start"] <= high and one["citation"]["end"] - 1 >= low}
    assert ids(facts(service, source=STORED, char=char)) == expected
    assert page(service, "/v1/facts", source=STORED, char=char)["meta"]["total"]["value"] == len(expected)


def test_the_end_of_a_citation_is_no_part_of_it_and_that_of_char_is(service: Service) -> None:
    (fact,) = facts(service, source=STORED, metric="vehicle-output", bound="gt", status="actual")
    start, end = fact["citation"]["start"], fact["citation"]["end"]
    assert fact["id"] in ids(facts(service, source=STORED, char=f"{end - 1}"))
    assert fact["id"] not in ids(facts(service, source=STORED, char=f"{end}..{end + 1}"))
    assert fact["id"] in ids(facts(service, source=STORED, char=f"0..{start}"))
    assert fact["id"] not in ids(facts(service, source=STORED, char=f"0..{start - 1}"))


def test_char_takes_alternatives_exclusions_any_and_none(service: Service) -> None:
    def found(char: str, source: str = STORED) -> set[str]:
        return ids(facts(service, source=source, char=char))

    every = ids(facts(service, source=STORED))
    assert found("7,400..") == found("7") | found("400..")
    assert found("-7") == every - found("7") != every
    assert found("any") == every
    assert found("none") == set()
    assert found("none", UNLOCATED) == ids(facts(service, source=UNLOCATED))


@pytest.mark.parametrize("query", ["char=1..2", f"char=1..2&source={STORED},{FIGURES}", f"char=1..2&source=-{STORED}"])
def test_char_needs_one_source_and_says_so(query: str, service: Service) -> None:
    body = problem(service, f"/v1/facts?{query}", 400)
    assert "one source" in body["detail"]
    assert [one["parameter"] for one in body["errors"]] == ["source"]
    assert problem(service, f"/v1/facts/groups?by=year&{query}", 400)["detail"] == body["detail"]


def test_evidence_is_in_the_order_of_the_text_each_quote_once_with_all_its_facts(service: Service) -> None:
    for source in SOURCES:
        listed, cited = evidence(service, source), facts(service, source=source)
        assert len({one["quote"] for one in listed}) == len(listed)
        for one in listed:
            own = [fact for fact in cited if fact["citation"]["quote"] == one["quote"]]
            assert [fact["id"] for fact in one["facts"]] == [fact["id"] for fact in own]
            assert [fact["statement"] for fact in one["facts"]] == [fact["statement"] for fact in own]
            for fact in own:
                assert {key: fact["citation"][key] for key in ("evidence", "start", "end")} == {
                    key: one[key] for key in ("evidence", "start", "end")
                }
        assert {one["quote"] for one in listed} == {fact["citation"]["quote"] for fact in cited} - {None}
    places = [(one["start"], one["end"]) for one in evidence(service, STORED)]
    assert places == sorted(places)
    assert any(len(one["facts"]) > 1 for one in evidence(service, STORED))


def test_a_quote_that_was_never_located_comes_without_a_place_and_figures_are_counted(service: Service) -> None:
    (quoted,) = evidence(service, UNLOCATED)
    assert (quoted["evidence"], quoted["start"], quoted["end"], quoted["text"]) == ("quoted", None, None, None)
    for source in SOURCES:
        figures = facts(service, source=source, evidence="figure")
        assert page(service, f"/v1/sources/{source}/evidence")["meta"]["figures"] == len(figures)
    assert evidence(service, FIGURES) == []


def test_the_facts_of_a_quote_open_by_their_links(service: Service) -> None:
    for one in evidence(service, STORED):
        for fact in one["facts"]:
            assert page(service, fact["href"])["id"] == fact["id"]


@pytest.mark.parametrize("limit", [1, 3, 23, 50])
def test_evidence_is_paged_like_any_list(limit: int, service: Service) -> None:
    whole = evidence(service, STORED, limit=500)
    assert evidence(service, STORED, limit=limit) == whole
    path = f"/v1/sources/{STORED}/evidence"
    first = service.client.get(path, params={"limit": limit})
    assert first.json()["meta"]["total"] == {"value": len(whole), "relation": "eq"}
    assert first.json()["meta"]["revision"] == page(service, "/v1")["revision"]
    if limit < len(whole):
        assert first.headers["Link"] == f'<{first.json()["links"]["next"]}>; rel="next"'
    assert "total" not in page(service, path, total="none")["meta"]


def test_evidence_takes_one_question_has_a_tag_and_answers_head(service: Service) -> None:
    path = f"/v1/sources/{STORED}/evidence"
    service.queries.clear()
    answer = service.client.get(f"{path}?limit=7")
    assert len(service.queries) <= 1
    again = service.client.get(f"{path}?limit=7", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = service.client.head(f"{path}?limit=7")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == answer.headers["ETag"]


def test_what_is_asked_wrongly_of_evidence_and_text_is_a_problem(service: Service) -> None:
    for path in ("evidence", "text"):
        missing = problem(service, f"/v1/sources/lindow-evning-2025/{path}", 404)
        assert missing["errors"][0]["did_you_mean"] == [STORED]
        problem(service, f"/v1/sources/%00/{path}", 404)
        assert problem(service, f"/v1/sources/{STORED}/{path}?page=2", 400)["errors"]
    path = f"/v1/sources/{STORED}/evidence"
    cursor = page(service, path, limit=1)["links"]["next"].split("after=")[1]
    problem(service, f"/v1/sources/{UNLOCATED}/evidence?after={cursor}", 400)
    for char in ("x", "..", "5..2", "-1", str(len(TEXT)), "1,2", f"{len(TEXT)}.."):
        assert problem(service, f"{TEXT_PATH}?char={char}", 400)["errors"][0]["parameter"] == "char"


@pytest.mark.parametrize(
    ("char", "start", "stop"),
    [("0", 0, 1), ("7..27", 7, 28), ("400..", 400, None), ("..29", 0, 30), ("5..999999", 5, None)],
)
def test_text_is_shown_to_the_character(char: str, start: int, stop: int | None, service: Service) -> None:
    answer = service.client.get(TEXT_PATH, params={"char": char})
    assert answer.content == TEXT[start:stop].encode()
    tagged = service.client.get(TEXT_PATH, params={"char": char}, headers={"If-None-Match": answer.headers["ETag"]})
    assert (tagged.status_code, tagged.content) == (304, b"")


def test_the_tag_of_a_text_is_its_digest(service: Service) -> None:
    answer = service.client.get(TEXT_PATH)
    assert answer.content == TEXT.encode()
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["ETag"] == f'"{SHA256}"'
    assert "Content-Encoding" not in answer.headers
    assert page(service, f"/v1/sources/{STORED}")["sha256"] == SHA256
    for _ in range(2):
        same = service.client.get(TEXT_PATH, headers={"If-None-Match": f'"x", W/"{SHA256}"'})
        assert (same.status_code, same.headers["ETag"]) == (304, f'"{SHA256}"')
    other = service.client.get(f"{TEXT_PATH}?char=0..9", headers={"If-None-Match": f'"{SHA256}"'})
    assert other.status_code == 200
    head = service.client.head(TEXT_PATH)
    assert (head.headers["Content-Length"], head.content) == (str(len(TEXT.encode())), b"")
    assert service.client.get(TEXT_PATH, headers={"Accept": "text/*"}).status_code == 200
    assert service.client.get(TEXT_PATH, headers={"Accept": "application/json"}).status_code == 406


def test_a_verbatim_quote_is_what_stands_there_but_for_layout(service: Service) -> None:
    exact = 0
    for one in evidence(service, STORED):
        spanned = service.client.get(f"{TEXT_PATH}?char={one['start']}..{one['end'] - 1}").text
        assert spanned == one["text"] == TEXT[one["start"] : one["end"]]
        assert squeezed_text(spanned).replace(" ", "") == squeezed_text(one["quote"]).replace(" ", "")
        if one["quote"] in TEXT:  # typed exactly as it stands
            assert spanned == one["quote"]
            exact += 1
    assert exact, "some quotes are typed exactly"


def test_a_source_says_whether_its_text_can_be_read(service: Service, real: Service) -> None:
    kept = {one["id"]: one["text"] for one in walk(service, "/v1/sources")}
    assert kept == {STORED: "stored", UNLOCATED: None, FIGURES: None}
    refused = problem(service, f"/v1/sources/{FIGURES}/text", 404)
    assert "not kept here" in refused["detail"]
    article = page(real, "/v1/sources/zhengzhou-feature-2025")
    assert article["text"] == "verified"
    refused = problem(real, "/v1/sources/zhengzhou-feature-2025/text", 404)
    assert article["sha256"] in refused["detail"]
    assert "/v1/sources/zhengzhou-feature-2025/evidence" in refused["detail"]
    assert all(one["text"] is None for one in evidence(real, "zhengzhou-feature-2025"))
