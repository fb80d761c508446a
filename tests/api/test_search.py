"""Search: what people type finds what they meant, in either script, in pinyin and misspelled; suggestions; names."""

import random
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import CITY, KeptDatabase, Service

LIST = Path(__file__).with_name("searches.txt")
SEARCHES = [
    (question, tuple(meant.split(" | ")))
    for question, arrow, meant in (line.partition(" -> ") for line in LIST.read_text("utf-8").splitlines())
    if arrow and not question.startswith("#")
]
FIRST = 5
ENOUGH = {"searches": 76, "typos": 26}
RANKS = {"initiative": 0, "organization": 1, "place": 1}
TRADITIONAL = {"鄭州": "郑州", "比亞迪": "比亚迪", "算力產業": "算力产业", "新能源汽車": "新能源汽车"}


def found(service: Service, question: str, path: str = "/v1/search", more: str = "") -> list[dict[str, Any]]:
    response = service.client.get(f"{path}?q={quote(question)}{more}")
    assert response.status_code == 200, response.text
    data: list[dict[str, Any]] = response.json()["data"]
    return data


def ids(hits: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in hits]


def test_what_is_meant_is_among_the_first(real: Service) -> None:
    missed = [(question, meant) for question, meant in SEARCHES if not {*meant} & {*ids(found(real, question)[:FIRST])}]
    assert len(SEARCHES) >= 80
    assert len(SEARCHES) - len(missed) >= ENOUGH["searches"], missed


@pytest.mark.parametrize("drawn", range(3))
def test_two_inner_letters_may_change_places(drawn: int, real: Service) -> None:
    every = real.client.get("/v1/organizations?limit=500").json()["data"]
    long = [one for one in every if len(one["name"]["en"].split()[0]) > FIRST]
    missed = []
    for one in random.Random(drawn).sample(long, 30):  # noqa: S311
        word, *others = one["name"]["en"].split()
        typed = " ".join([word[:2] + word[3] + word[2] + word[4:], *others])
        if one["id"] not in ids(found(real, typed)[:FIRST]):
            missed.append(typed)
    assert 30 - len(missed) >= ENOUGH["typos"], missed


@pytest.mark.parametrize("path", ["/v1/facts", "/v1/organizations", "/v1/series", "/v1/sources"])
@pytest.mark.parametrize(("traditional", "simplified"), TRADITIONAL.items())
def test_either_script_finds_the_same(traditional: str, simplified: str, path: str, real: Service) -> None:
    asked = [real.client.get(f"{path}?q={quote(text)}&limit=1").json() for text in (traditional, simplified)]
    assert asked[0]["meta"]["total"] == asked[1]["meta"]["total"]
    assert asked[0]["data"] == asked[1]["data"]


def test_entities_go_before_series_and_facts(real: Service) -> None:
    types = [one["type"] for one in found(real, "郑州 GDP", more="&limit=50")]
    assert types.index("metric") < types.index("series") < types.index("fact")


def test_an_initiative_goes_before_a_scope(real: Service) -> None:
    assert ids(found(real, "supercharging"))[0] == "supercharging-city"


def test_a_name_goes_before_an_alias_and_what_is_used_before_what_is_not(real: Service) -> None:
    assert ids(found(real, "比亚迪", more="&type=organization"))[:2] == ["byd", "byd-zhengzhou"]


def test_a_hit_shows_where_it_matches(real: Service) -> None:
    (first, *_) = found(real, "超聚变数字", more="&type=organization")
    assert first["alias"] == "超聚变数字技术有限公司"
    assert first["snippet"] == {"before": "", "match": "超聚变数字", "after": "技术有限公司"}
    assert found(real, "yutogn")[0]["snippet"] is None
    assert real.client.get(first["href"]).json()["id"] == first["id"]


def test_every_hit_has_a_place(real: Service) -> None:
    for question in ("郑州", "quantum", "GDP 2024"):
        for one in found(real, question, more="&limit=20"):
            assert real.client.get(one["href"]).json()["id"] == one["id"]


@pytest.mark.parametrize("type_", ["organization", "place", "metric", "source", "series", "fact"])
def test_only_of_a_type(type_: str, real: Service) -> None:
    hits = found(real, "郑州", more=f"&type={type_}")
    assert hits if type_ != "metric" else True
    assert {one["type"] for one in hits} <= {type_}
    assert type_ not in {one["type"] for one in found(real, "郑州", more=f"&type=-{type_}&limit=50")}


@pytest.mark.parametrize("query", ["initiative=nev-city", "industry=automotive", "place=zhengzhou", "year=2024"])
def test_filters_narrow_what_is_found(query: str, real: Service) -> None:
    every, narrowed = found(real, "郑州", more="&limit=100"), found(real, "郑州", more=f"&limit=100&{query}")
    assert narrowed
    companies = {one["id"] for one in found(real, "郑州", more=f"&limit=100&type=organization&{query}")}
    listed = real.client.get(f"/v1/organizations?{query}&limit=500").json()["data"]
    assert companies <= {one["id"] for one in listed}
    facts = {one["id"] for one in narrowed if one["type"] == "fact"}
    assert facts <= {one["id"] for one in real.client.get(f"/v1/facts?q=郑州&{query}&limit=500").json()["data"]}
    assert len(every) == 100


def test_an_unknown_filter_value_is_refused(real: Service) -> None:
    assert real.client.get("/v1/search?q=byd&initiative=nope").status_code == 400
    assert real.client.get("/v1/search?q=byd&limit=101").status_code == 400


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=" + "a" * 201])
@pytest.mark.parametrize("path", ["/v1/search", "/v1/suggest"])
def test_nothing_to_look_for_is_refused(path: str, query: str, real: Service) -> None:
    response = real.client.get(path + query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == "q"


def test_what_finds_nothing_says_what_it_would_have_found(real: Service) -> None:
    body = real.client.get("/v1/search?q=Hwauei%20Tecnologys%20Compny").json()
    assert body["data"] == []
    assert "Huawei Technologies Co., Ltd." in body["meta"]["did_you_mean"]
    assert real.client.get("/v1/search?q=byd").json()["meta"]["did_you_mean"] == []


def test_a_search_of_an_earlier_release(real: Service) -> None:
    release = real.client.get("/v1").json()["revision"]
    assert ids(found(real, "byd", more=f"&as_of={release}")) == ids(found(real, "byd"))
    assert ids(found(real, "byd", "/v1/suggest", f"&as_of={release}")) == ids(found(real, "byd", "/v1/suggest"))


@pytest.mark.parametrize("typed", ["超", "郑", "zheng", "c", "biyadi", "鄭", "NEV"])
def test_suggestions_begin_so_and_stand_in_their_order(typed: str, real: Service) -> None:
    hits = found(real, typed, "/v1/suggest", "&limit=50")
    ranks = [RANKS.get(one["type"], 2) for one in hits]
    assert hits
    assert ranks == sorted(ranks)
    assert len(ids(hits)) == len({*ids(hits)})


def test_suggestions_of_one_rank_are_shorter_first(real: Service) -> None:
    names = [one["alias"] or one["name"]["zh"] for one in found(real, "郑州", "/v1/suggest", "&limit=50")]
    organizations = [len(name) for name in names if name.startswith("郑州")][:10]
    assert organizations == sorted(organizations)


def test_the_invented_city_is_searched_too(service: Service) -> None:
    every = service.client.get("/v1/organizations?limit=500").json()["data"]
    for one in every:
        for name in one["name"].values():
            if name:
                assert one["id"] in ids(found(service, name)[:FIRST])


# Names in paths.


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/v1/companies/比亚迪", "/v1/companies/byd"),
        ("/v1/companies/BYD", "/v1/companies/byd"),
        ("/v1/companies/比亞迪", "/v1/companies/byd"),
        ("/v1/places/郑州?fields=id", "/v1/places/zhengzhou?fields=id"),
        ("/v1/initiatives/算力之城", "/v1/initiatives/computing-city"),
        ("/v1/metrics/GDP", "/v1/metrics/gdp"),
    ],
)
def test_a_name_in_a_path_leads_to_the_id(path: str, leads: str, real: Service) -> None:
    response = real.client.get(path, follow_redirects=False)
    assert (response.status_code, response.headers["Location"]) == (308, leads)
    assert response.headers["Cache-Control"] == "no-cache"
    assert real.client.get(leads).status_code == 200


def test_the_name_of_several_leads_to_none_and_names_them_all(real: Service) -> None:
    response = real.client.get("/v1/units/家", follow_redirects=False)
    assert response.status_code == 404
    assert {"company", "laboratory"} <= {*response.json()["errors"][0]["did_you_mean"]}
    assert "links" not in response.json()


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/v1/companies/zhengzhou-university", "/v1/organizations/zhengzhou-university"),
        ("/v1/companies/郑州大学", "/v1/organizations/zhengzhou-university"),
        ("/v1/places/byd", "/v1/organizations/byd"),
        ("/v1/metrics/nev-city", "/v1/initiatives/nev-city"),
        ("/v1/sources/zhengzhou-feature-2024/evidence", "/v1/sources/zhengzhou-feature-2025/evidence"),
        ("/v1/sources/zhengzhou_feature_2025/text", "/v1/sources/zhengzhou-feature-2025"),
    ],
)
def test_an_id_of_another_noun_leads_to_its_own_place(path: str, leads: str, real: Service) -> None:
    response = real.client.get(path, follow_redirects=False)
    assert response.status_code == 404
    assert response.json()["links"]["try"] == leads
    assert real.client.get(leads).status_code == 200


def test_a_text_that_is_not_kept_leads_to_the_quotes_of_it(real: Service) -> None:
    response = real.client.get("/v1/sources/zhengzhou-feature-2025/text")
    assert response.status_code == 404
    assert response.json()["links"]["try"] == "/v1/sources/zhengzhou-feature-2025/evidence"


def test_a_server_imports_neither_opencc_nor_pypinyin(kept_database: KeptDatabase) -> None:
    """They take 60 MB, and only a load needs them."""
    url = kept_database("sqlite", CITY)
    code = (
        "import sys; from starlette.testclient import TestClient; from app.main import create_app; "
        f"from app.settings import Settings; client = TestClient(create_app(Settings(database_url={url!r})));\n"
        "with client: assert client.get('/v1/search?q=鄭州').status_code == 200\n"
        "print({'opencc', 'pypinyin'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("set()")
