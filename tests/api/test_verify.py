"""Verification over HTTP and by command: what a text claims, where it is printed, which facts agree or contradict."""

import json
import shutil
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli import commands
from app.seeding.manifest import pin
from app.store.releases import Limit
from app.text.decimals import written
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
    assert (found["subject"]["id"], found["metric"]["id"], found["verdict"]) == ("lindow", "vehicle-output", "verbatim")
    assert {one["match"] for one in found["agree"]} <= {"certain", "possible"}
    assert found["contradict"] == []


def test_a_value_that_was_revised_contradicts_nothing(real: Service) -> None:
    """What took its place agrees; the value itself is disputed, since a source did say so."""
    comparisons = real.client.get("/v1/comparisons", params={"verdict": "revised"}).json()["data"]
    facts = [real.client.get(f"/v1/facts/{side['fact']}").json() for one in comparisons for side in one["sides"]]
    verdicts = {(fact["vintage"], claim(real, fact["statement"]["zh"])["verdict"]) for fact in facts}
    assert {vintage == "preliminary" for vintage, _ in verdicts} == {True, False}
    for vintage, verdict in verdicts:
        assert verdict == "disputed" if vintage == "preliminary" else verdict in {"agrees", "verbatim"}


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
    assert (cited["source"]["id"], cited["evidence"]) == ("lindow-evening-2025", "verbatim")
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
        assert (cited["source"]["id"], cited["evidence"], passage["facts"]) == ("lindow-evening-2025", "verbatim", [])
        assert ARTICLE[cited["start"] : cited["end"]] == cited["quote"]
        assert cited["quote"].replace(" ", "").replace("\n", "") == "突破110万辆"


def test_a_number_alone_is_found_by_its_value(service: Service) -> None:
    found = claim(service, "1,100,000 vehicles")
    assert found["subject"] is found["metric"] is None
    assert (found["verdict"], found["agree"]) == ("same-number", [])
    assert {one["value"] for one in found["others"]} == {1100000}


def test_what_cannot_be_true_beside_a_fact_contradicts_it(service: Service) -> None:
    found = claim(service, "2024年林渡市汽车产量为90万辆")
    assert (found["verdict"], found["agree"], found["quotes"]) == ("contradicts", [], [])
    assert all(one["match"] is None for one in found["contradict"])
    assert {one["bound"] for one in found["contradict"]} >= {"gt"}


def test_another_period_neither_agrees_nor_contradicts(service: Service) -> None:
    found = claim(service, "1999年林渡市汽车产量为90万辆")
    assert (found["agree"], found["contradict"], found["compatible"]) == ([], [], [])
    assert found["verdict"] in {"same-number", "unknown"}


def test_a_number_is_not_found_inside_another(service: Service) -> None:
    assert claim(service, "林渡市汽车产量10万辆")["quotes"] == []  # 110 万辆 has it as its end


def test_what_sources_say_against_each_other_is_disputed(real: Service) -> None:
    found = claim(real, "2020年，郑州市第一产业占地区生产总值比重为1.3%")
    assert found["verdict"] == "disputed"
    assert {one["value"] for one in found["agree"]} == {1.3}
    assert 1.3 not in {one["value"] for one in found["contradict"]}
    alone = claim(real, "62.6万辆")
    assert (alone["verdict"], {one["value"] for one in alone["others"]}) == ("same-number", {626000})


# Sentences, and the verdict on the only number in each.
VERDICTS = {
    "Elephants eat 140 vehicles a year.": "same-number",
    "比亚迪在郑州召回200万辆汽车。": "same-number",
    "南京2024年汽车产量突破110万辆。": "same-number",
    "宇通2024年产量超过90万辆。": "unknown",
    "2024年郑州市地区生产总值为14532.1亿元。": "agrees",
    "2024年郑州市地区生产总值为14532.1万亿元。": "contradicts",
    "2024年郑州市地区生产总值超过1.4万亿元。": "agrees",
    "2024年郑州市地区生产总值超过1400亿元。": "compatible",
    "2024年郑州市地区生产总值约为1.45万亿元。": "agrees",
    "2024年郑州市地区生产总值为一万四千五百三十二点一亿元。": "agrees",
    "鄭州市2024年新能源汽車產量為62.6萬輛。": "agrees",
    "2024年，郑州共生产了62.6万辆新能源汽车。": "agrees",
    "Zhengzhou produced 626,000 new energy vehicles in 2024.": "agrees",
    "Output of new energy vehicles in Zhengzhou came to 626,000 in 2024.": "agrees",
    "Huanghe Whirlwind's net profit attributable to shareholders was -983 million yuan in 2024.": "agrees",
    "Huanghe Whirlwind's net profit attributable to shareholders was 983 million yuan in 2024.": "contradicts",
    "Yutong sold 46,918 buses in 2024.": "agrees",
    "2024年黄河旋风营业收入下降15.9%。": "contradicts",
    "2024年，郑州市GDP增速下降5.7%。": "unknown",
    "2024年，郑州生产了62.6万辆汽车。": "contradicts",
    "2024年，郑州卖出62.6万辆新能源汽车。": "same-number",
    "2024年，郑州市新能源汽车产能为62.6万辆。": "same-number",
    "2024年，郑州周边新能源汽车产量为62.6万辆。": "same-number",
    "Greater Zhengzhou's NEV output was 626,000 in 2024.": "same-number",
    "South Zhengzhou Group's NEV output was 626,000 in 2024.": "same-number",
    "Zhengzhou's NEV output was not 626,000 in 2024.": "same-number",
    "Zhengzhou's NEV output would have been 626,000 in 2024.": "same-number",
    "2024年郑州市新能源汽车产量为62.6万辆的说法不实。": "same-number",
    "2024年郑州市新能源汽车产量为62.6万辆吗？": "same-number",
    "郑州市2024年新能源汽车产量目标为62.6万辆。": "same-number",
    "新能源汽车产量为62.6万辆。": "same-number",
    "郑州市新能源汽车产量增长98%": "verbatim",
    "去年，郑州市新能源汽车产量增长98%": "verbatim",
    "2019年，郑州市新能源汽车产量增长98%": "same-number",
    "开封市汽车产量突破110万辆": "same-number",
    "并非汽车产量突破110万辆": "same-number",
}


@pytest.mark.parametrize(("text", "verdict"), VERDICTS.items())
def test_only_what_is_understood_gets_a_yes(text: str, verdict: str, real: Service) -> None:
    found = claim(real, text, "2025-07-01")
    assert (found["verdict"], found["sentence"]) == (verdict, text), found["doubt"]


def test_a_doubt_is_told(real: Service) -> None:
    assert claim(real, "比亚迪在郑州召回200万辆汽车。")["doubt"] == "'召回' beside it"
    assert claim(real, "2024年郑州市地区生产总值为14532.1亿元。")["doubt"] is None


def test_a_check_can_be_a_link(service: Service) -> None:
    text = "林渡市汽车产量突破110万辆"
    answer = service.client.get("/v1/verify", params={"text": text, "published": "2025"})
    assert answer.json() == service.client.post("/v1/verify?published=2025", json={"text": text}).json()
    assert answer.headers["cache-control"] == "no-store"
    head = service.client.head("/v1/verify", params={"text": text})
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "query", ["", "?text=", "?text=%20", "?published=2025", "?text=1&published=soon", "?text=1&txt=2"]
)
def test_a_link_without_a_text_is_refused(query: str, service: Service) -> None:
    answer = service.client.get(f"/v1/verify{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] in {"text", "published", "txt"}
    assert (answer.json()["type"] == "/problems/missing-parameter") == ("text=" not in query)


def test_a_text_that_is_too_long_for_a_link_is_refused(service: Service) -> None:
    assert service.client.get("/v1/verify", params={"text": "一" * 682}).status_code == 200
    answer = service.client.get("/v1/verify", params={"text": "一" * 683})
    assert answer.status_code == 413
    assert "POST" in answer.json()["detail"]


def test_each_value_of_an_article_is_found_in_it(service: Service) -> None:
    found = verified(service, ARTICLE, "2025-06-20")["claims"]
    assert len(found) > 12
    lost = [one["printed"] for one in found if not one["quotes"]]
    assert lost == []
    assert [one["printed"] for one in found if one["verdict"] in {"verbatim", "agrees"}]
    assert {one["verdict"] for one in found} <= {"verbatim", "agrees", "same-number", "unknown"}


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
    answer = service.client.put("/v1/verify")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
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
def test_any_text_can_be_verified(piece: str, service: Service) -> None:
    answer = service.client.post(
        "/v1/verify", content=(piece * 6000).encode()[:20_000].decode(errors="ignore").encode()
    )
    assert answer.status_code in {200, 413, 503}, answer.text


def looks(text: str, least: float, service: Service, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Response]:
    """How often it is looked whether time is left while a text is verified; none is from the look `least` on."""
    looked = count()

    class Counted(Limit):
        def __init__(self, seconds: float) -> None:
            pass

        def remaining(self) -> float:
            return least - next(looked)

    monkeypatch.setattr("app.api.verify.Deadline", Counted)
    answer = service.client.post("/v1/verify", json={"text": text})
    return next(looked), answer


def test_what_takes_too_long_is_given_up_at_the_next_look(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    text = "林渡市汽车产量突破110万辆，出口5万辆。" * 50
    looks(text, float("inf"), service, monkeypatch)  # the lexicon is read once, with looks of its own
    looked, answer = looks(text, float("inf"), service, monkeypatch)
    assert answer.status_code == 200
    assert looked > 100 * 5, "some looks for each number"
    for least in range(0, looked, looked // 10):
        again, answer = looks(text, least, service, monkeypatch)
        assert (again, answer.status_code, answer.json()["type"]) == (least + 1, 503, "/problems/timed-out")
        assert "in parts" in answer.json()["detail"]


@pytest.mark.parametrize("form", ["{}辆，", "{}%。", "第{}、", "{} cars, ", "half, "])
def test_a_text_has_at_most_300_numbers(form: str, service: Service) -> None:
    most = "".join(form.format(number) for number in range(1, 301))
    found = verified(service, most)
    assert len(found["claims"]) + len(found["left_out"]) == 300
    refused = service.client.post("/v1/verify", json={"text": f"{most}5辆"})
    assert (refused.status_code, refused.json()["type"]) == (413, "/problems/content-too-large")
    assert "over 300 numbers; send it in parts" in refused.json()["detail"]


@given(
    whole=st.integers(0, 60), decimals=st.integers(0, 30), unit=st.sampled_from(["辆", "万辆", "亿元", "%", "千瓦时"])
)
@example(whole=5000, decimals=0, unit="辆")
@example(whole=0, decimals=5000, unit="%")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
def test_a_value_is_one_that_can_be_asked_for(service: Service, whole: int, decimals: int, unit: str) -> None:
    printed = f"1{'2' * whole}{'.' if decimals else ''}{'3' * decimals}{unit}"
    answer = service.client.post("/v1/verify", json={"text": f"林渡市增长{printed}，占亿亿亿亿亿分之亿亿亿亿亿亿亿亿"})
    found = json.loads(answer.content, parse_float=Decimal)
    for one in found["claims"]:
        assert service.client.get(f"/v1/facts?limit=1&value={written(Decimal(one['value']))}").status_code == 200
    assert {one["why"] for one in found["left_out"]} <= {"more digits than a value may have"}
    assert len(found["claims"]) + len(found["left_out"]) == 2


def test_verification_has_a_limiter_of_its_own(service: Service) -> None:
    """Verification has a limiter of its own: other slow answers do not wait for it, nor it for them."""
    limits = [line for line in service.client.get("/metrics").text.splitlines() if "factbook_answers_limit{" in line]
    assert {line.split('"')[1] for line in limits} >= {"verify", "slow"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_document_is_verified_by_command(
    kind: str, kept_database: KeptDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACTBOOK_DATABASE_URL", kept_database(kind, SEED))
    document = tmp_path / "document.txt"
    document.write_text("2024年郑州市汽车产量突破110万辆。\n去年郑州市新能源汽车产量达50万辆。", encoding="utf-8")
    done = CliRunner().invoke(commands, ["verify", str(document), "--published", "2025"])
    assert done.exit_code == 1
    assert "line 1: 突破110万辆: verbatim" in done.output
    assert "line 2: 达50万辆: contradicts" in done.output
    document.write_text("2024年郑州市汽车产量突破110万辆。", encoding="utf-8")
    done = CliRunner().invoke(commands, ["verify", str(document), "--json"])
    assert done.exit_code == 0
    assert '"value":1100000' in done.output
    assert CliRunner().invoke(commands, ["verify", str(document), "--published", "soon"]).exit_code == 2
    document.write_text("2024年郑州市汽车产量突破110万辆。\n" + "长1米。\n" * 1000, encoding="utf-8")
    done = CliRunner().invoke(commands, ["verify", str(document)])
    assert (done.exit_code, done.output.count(": 1米: unknown")) == (0, 1000), "a long document has no bound"
