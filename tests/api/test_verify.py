"""Verification over HTTP and by command: what a text says, where that stands, who says the same and who otherwise."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import commands
from app.seeding.pinning import pin
from tests.conftest import CITY, SEED, KeptDatabase, NewDatabase, Service, loaded, serve

ARTICLE = (CITY / "sources" / "lindow-evening-2025.txt").read_text(encoding="utf-8")


def verified(service: Service, text: str, published: str = "2025") -> dict[str, Any]:
    answer = service.client.post("/v1/verify", params={"published": published}, json={"text": text})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def claim(service: Service, text: str, published: str = "2025") -> dict[str, Any]:
    """The only one of a text."""
    (only,) = verified(service, text, published)["claims"]
    assert isinstance(only, dict)
    return only


def test_a_sentence_is_read_and_its_facts_agree(service: Service) -> None:
    found = claim(service, "去年，林渡市汽车产量突破110万辆")
    assert (found["printed"], found["value"], found["bound"], found["units"]) == (
        "突破110万辆",
        1100000,
        "gt",
        ["vehicle"],
    )
    assert (found["period"]["start"], found["period"]["printed"], found["period"]["basis"]) == (
        "2024-01-01",
        "去年",
        "relative",
    )
    assert (found["subject"]["id"], found["metric"]["id"], found["verdict"]) == ("lindow", "vehicle-output", "agrees")
    assert {one["match"] for one in found["agree"]} <= {"certain", "possible"}
    assert found["contradict"] == []


def test_a_line_break_or_space_of_a_page_does_no_harm(service: Service) -> None:
    plain, pasted = (
        claim(service, text) for text in ("林渡市汽车产量突破110万辆", "林 渡市汽车产\n量突\n破 110 万 辆")
    )
    assert plain["quotes"]
    for part in ("value", "bound", "subject", "metric", "verdict", "quotes", "agree", "contradict", "others"):
        assert plain[part] == pasted[part], part


def test_where_it_stands_is_shown_with_the_facts_that_cite_it(service: Service) -> None:
    (passage,) = claim(service, "突破110万辆")["quotes"]
    cited = passage["citation"]
    assert (cited["source"], cited["evidence"]) == ("lindow-evening-2025", "verbatim")
    assert "110" in ARTICLE[cited["start"] : cited["end"]]
    for fact in passage["facts"]:
        assert service.client.get(f"/v1/facts/{fact}").json()["citation"] == cited


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_stored_text_is_searched_where_no_fact_cites_it(kind: str, new_database: NewDatabase, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(CITY, city)
    facts = city / "facts" / "lindow-evening-2025.yaml"
    first, second, *others = facts.read_text(encoding="utf-8").split("  - quote: ")
    assert "突破 110 万辆" in second
    facts.write_text("  - quote: ".join([first, *others]), encoding="utf-8")
    pin(city, None)
    url = loaded(new_database(kind), city)
    for service in serve(url):
        (passage,) = claim(service, "突破110万辆")["quotes"]
        cited = passage["citation"]
        assert (cited["source"], cited["evidence"], passage["facts"]) == ("lindow-evening-2025", "verbatim", [])
        assert ARTICLE[cited["start"] : cited["end"]] == cited["quote"]
        assert cited["quote"].replace(" ", "").replace("\n", "") == "突破110万辆"


def test_a_number_alone_is_found_by_its_value(service: Service) -> None:
    found = claim(service, "1,100,000 vehicles")
    assert found["subject"] is found["metric"] is None
    assert [one["value"] for one in found["agree"]] == [1100000] * len(found["agree"])


def test_what_cannot_be_true_beside_a_fact_contradicts_it(service: Service) -> None:
    found = claim(service, "2024年林渡市汽车产量为90万辆")
    assert (found["verdict"], found["agree"], found["quotes"]) == ("contradicts", [], [])
    assert all(one["match"] is None for one in found["contradict"])
    assert {one["bound"] for one in found["contradict"]} >= {"gt"}


def test_another_period_neither_agrees_nor_contradicts(service: Service) -> None:
    found = claim(service, "1999年林渡市汽车产量为90万辆")
    assert (found["verdict"], found["agree"], found["contradict"]) == ("unknown", [], [])


def test_a_number_is_not_found_inside_another(service: Service) -> None:
    assert claim(service, "林渡市汽车产量10万辆")["quotes"] == []  # 110 万辆 has it as its end


def test_what_sources_say_against_each_other_is_disputed(real: Service) -> None:
    found = claim(real, "2024年郑州市新能源汽车产量增长98%")
    assert found["verdict"] == "disputed"
    assert 112.9 in {one["value"] for one in found["contradict"]}
    alone = claim(real, "62.6万辆")
    assert (alone["verdict"], {one["value"] for one in alone["agree"]}) == ("agrees", {626000})
    assert alone["others"], "what others say of the same subject, metric and period"


def test_each_value_of_an_article_is_found_in_it(service: Service) -> None:
    found = verified(service, ARTICLE, "2025-06-20")["claims"]
    assert len(found) > 12
    lost = [one["printed"] for one in found if not one["quotes"]]
    assert lost == []
    assert {one["verdict"] for one in found} <= {"agrees", "unknown"}


def test_what_states_nothing_is_left_out_with_a_reason(service: Service) -> None:
    found = verified(service, "2024年，沿107国道行驶。")
    assert found["claims"] == []
    assert all(one["why"] for one in found["left_out"])


def test_plain_text_and_json_say_the_same(service: Service) -> None:
    text = "林渡市汽车产量突破110万辆"
    plain = service.client.post("/v1/verify", content=text.encode(), headers={"Content-Type": "text/plain"})
    untyped = service.client.post("/v1/verify", content=text.encode())
    assert plain.json() == untyped.json() == service.client.post("/v1/verify", json={"text": text}).json()
    assert plain.headers["cache-control"] == "no-store"
    assert "etag" not in plain.headers


@pytest.mark.parametrize(
    ("content", "headers", "status", "kind"),
    [
        (b"a" * 20_481, {"Content-Type": "text/plain"}, 413, "content-too-large"),
        (b"text=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type"),
        (b"1", {"Content-Type": "text/plain; charset=gbk"}, 415, "unsupported-media-type"),
        (b"1", {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, 415, "unsupported-media-type"),
        (b"\xff", {"Content-Type": "text/plain"}, 400, "invalid-encoding"),
        (b" \n", {"Content-Type": "text/plain"}, 400, "invalid-body"),
        (b"{", {"Content-Type": "application/json"}, 400, "invalid-body"),
        (b'{"txt": "1"}', {"Content-Type": "application/json"}, 400, "invalid-body"),
        (b'{"text": 5}', {"Content-Type": "application/json"}, 400, "invalid-body"),
        (b'{"text": "5", "more": 1}', {"Content-Type": "application/json"}, 400, "invalid-body"),
        (b"5", {"Accept": "text/csv"}, 406, "not-acceptable"),
    ],
)
def test_what_is_no_text_is_refused(
    content: bytes, headers: dict[str, str], status: int, kind: str, service: Service
) -> None:
    answer = service.client.post("/v1/verify", content=content, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}"), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["published=soon", "published=undated", "publishd=2024"])
def test_a_wrong_question_is_refused(query: str, service: Service) -> None:
    answer = service.client.post(f"/v1/verify?{query}", json={"text": "1"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_other_methods_are_refused_and_told_which_one_is_meant(service: Service) -> None:
    answer = service.client.get("/v1/verify")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert service.client.post("/v1/facts").headers["allow"] == "GET, HEAD"


def test_pages_of_other_origins_may_verify(service: Service) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    assert service.client.options("/v1/verify", headers=asked).status_code == 200


@pytest.mark.parametrize(
    "piece", ["1", "1 ", "1,", "1,111,", "第", "一亿", "(", "1万辆，", "2024年", "至1", "1-", "近", "%", "\0", "增长"]
)
def test_no_text_takes_long_or_fails(piece: str, service: Service) -> None:
    answer = service.client.post(
        "/v1/verify", content=(piece * 6000).encode()[:20_000].decode(errors="ignore").encode()
    )
    assert answer.status_code in {200, 503}, answer.text


def test_what_would_take_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    moments = iter(range(0, 10**6, 1000))
    monkeypatch.setattr("app.queries.verifying.time", SimpleNamespace(monotonic=lambda: next(moments)))
    answer = service.client.post("/v1/verify", json={"text": "林渡市汽车产量突破110万辆"})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/timed-out")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_document_is_verified_by_command(
    kind: str, kept_database: KeptDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", kept_database(kind, SEED))
    document = tmp_path / "document.txt"
    document.write_text("2024年郑州市汽车产量突破110万辆。\n去年郑州市新能源汽车产量达50万辆。", encoding="utf-8")
    done = CliRunner().invoke(commands, ["verify", str(document), "--published", "2025"])
    assert done.exit_code == 1
    assert "line 1: 突破110万辆: agrees" in done.output
    assert "line 2: 达50万辆: contradicts" in done.output
    document.write_text("2024年郑州市汽车产量突破110万辆。", encoding="utf-8")
    done = CliRunner().invoke(commands, ["verify", str(document), "--json"])
    assert done.exit_code == 0
    assert '"value":1100000' in done.output
    assert CliRunner().invoke(commands, ["verify", str(document), "--published", "soon"]).exit_code == 2
