"""Errors: one shape, every mistake at once, and what the caller may have meant."""

import base64
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, DATABASES, CityDatabase, NewDatabase, Service, loaded
from tests.databases import change, forget_digests

NOT_UNDERSTOOD = [
    "year=abc", "year=20245", "year=2024..2020", "year=..", "year=", "year=２０２４", "year=2024-01",
    "year=99999999999",
    "value=1..x", "value=", "value=1e999", "value=NaN", "value=1,000..2..3", "value=0x10", "value=２",
    "industry=nope", "kind=nope", "bound=EQ", "unit=yuan", "source=x", "subject=", "company=zhengzhou",
    "limit=0", "limit=501", "limit=x", "limit=", "limit=5&limit=6", "limit=-1", "limit=５",
    "limit=99999999999999999999",
    "page=2", "offset=10", "total=all", "total=exact&total=none",
    "sort=", "sort=colour", "sort=-", "sort=year,,value", "fields=", "fields=colour", "fields=id,subject.colour",
    "after=nonsense", "after=" + "A" * 3000, "after=W10", "after=bnVsbA", "after=eyJhIjoxfQ",
    "q=", "q=%20", "q=%00", "q=a&q=b", "q=" + "a" * 201, "q=%ff", "q=%zz", "q=%0d%0aSet-Cookie:x",
    "initiative=" + "a" * 5000, "initiative=--nev-city", "initiative=nev-city,", "YEAR=2024", "Year=2024",
    "char=1..2", "char=1..2&source=any", "char=x&source=zhengzhou-feature-2025",
    "char=2..1&source=zhengzhou-feature-2025", "char=..&source=zhengzhou-feature-2025",
    "char=-1&source=zhengzhou-feature-2025,x", "match=certain",
    "match=maybe&value=1", "match=certain&match=possible&value=1", "fields=match", "fields=id,match&unit=vehicle",
    "value=1,000", "sort=year,-year", "sort=value,value",
    "year=" + ",".join(["2024"] * 101), "&".join(["year=2024"] * 201), "%00=1", "=1",
]  # fmt: skip


def problem(service: Service, path: str, status: int, method: str = "GET") -> dict[str, Any]:
    answer = service.client.request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert set(body) - {"links"} == {"type", "title", "status", "detail", "errors"}
    if "links" in body:
        assert service.client.get(body["links"]["try"], follow_redirects=False).status_code == 200
    return body


def test_every_mistake_of_a_query_is_told_at_once(real: Service) -> None:
    body = problem(real, "/v1/facts?yaer=2024&initiative=nev-ciy,quantum&limit=0&value=1..x&sort=colour", 400)
    by_parameter = {(one["parameter"], one["value"]): one for one in body["errors"]}
    assert by_parameter["yaer", "2024"]["did_you_mean"][0] == "year"
    assert by_parameter["initiative", "nev-ciy"]["did_you_mean"][0] == "nev-city"
    assert by_parameter["initiative", "quantum"]["did_you_mean"]
    assert len(body["errors"]) == 6
    assert body["type"] == "/problems/invalid-query"


def test_one_kind_of_mistake_names_the_problem(real: Service) -> None:
    body = problem(real, "/v1/facts?yaer=2024", 400)
    assert body["type"] == "/problems/unknown-parameter"
    assert body["title"] == "Unknown parameter"
    assert "'yaer' is not a parameter of /v1/facts" in body["detail"]
    assert body["errors"][0]["did_you_mean"] == ["year"]


@pytest.mark.parametrize("query", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_refused(query: str, real: Service) -> None:
    body = problem(real, f"/v1/facts?{query}", 400)
    assert body["errors"]


@pytest.mark.parametrize(
    "cursor",
    [
        ["\ud800", 1, "x", 1], ["r", 1, "q", "\ud800"], ["r", 1, "q", "a\x00b"], ["r", 1, "q", {"a": 1}], ["r", "q", 1],
        ["r", 1, "q", 2**63], ["r", 2**63, "q", 1], ["r", -(2**70), "q", 1], ["r", 1.5, "q", 1],
        ["r", 1, "q", True], ["r", 1, "q", 1.5], {"a": 1, "b": 2}, "ab", [], ["r"], [1, 2, 3], None,
        ["r", 1, "q", [[[1]]]], ["r", 1, "q", *[1] * 100],
    ],
    ids=str,
)  # fmt: skip
def test_a_forged_cursor_is_refused(cursor: Any, real: Service) -> None:
    if isinstance(cursor, list) and cursor[:1] == ["r"]:  # of a release that is there
        cursor = [real.client.get("/v1").json()["revision"], *cursor[1:]]
    forged = base64.urlsafe_b64encode(json.dumps(cursor).encode()).decode().rstrip("=")
    problem(real, f"/v1/facts?after={forged}", 400)


@pytest.mark.parametrize("number", [0, -1, 10**6, 2**31 - 1])
def test_a_cursor_is_resolved_by_its_release_whatever_its_number(number: int, real: Service) -> None:
    following = real.client.get("/v1/facts?limit=1").json()["links"]["next"].split("after=")[1]
    release, _number, *rest = json.loads(base64.urlsafe_b64decode(following + "=" * (-len(following) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([release, number, *rest]).encode()).decode().rstrip("=")
    answer = real.client.get(f"/v1/facts?limit=1&after={forged}")
    # Behind several servers one may have it that is not known here yet.
    assert answer.status_code == 200 or (answer.status_code, number > 0) == (503, not real.url.startswith("sqlite"))


def test_a_cursor_beyond_the_end_is_harmless(real: Service) -> None:
    following = real.client.get("/v1/facts?limit=1").json()["links"]["next"].split("after=")[1]
    *rest, _position = json.loads(base64.urlsafe_b64decode(following + "=" * (-len(following) % 4)))
    for position, status in ((2**31 - 1, 200), (2**31, 400), (-1, 200)):
        forged = base64.urlsafe_b64encode(json.dumps([*rest, position]).encode()).decode().rstrip("=")
        assert real.client.get(f"/v1/facts?limit=1&after={forged}").status_code == status


def test_too_many_names_are_refused_before_they_are_read(real: Service) -> None:
    names = ",".join(f"x{number}" for number in range(9000))
    for parameter in ("sort", "fields", "initiative"):
        assert len(problem(real, f"/v1/facts?{parameter}={names}", 400)["errors"]) == 1
    assert len(problem(real, f"/v1/facts/groups?by={names}", 400)["errors"]) == 1


def test_a_cursor_of_other_data_is_gone(real: Service) -> None:
    following = real.client.get("/v1/facts?limit=1").json()["links"]["next"].split("after=")[1]
    _revision, *rest = json.loads(base64.urlsafe_b64decode(following + "=" * (-len(following) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps(["r-0000000000000000", *rest]).encode()).decode().rstrip("=")
    assert problem(real, f"/v1/facts?after={forged}", 410)["type"] == "/problems/stale-cursor"


def test_a_cursor_of_another_list_is_refused(real: Service) -> None:
    following = real.client.get("/v1/companies?limit=3").json()["links"]["next"].split("after=")[1]
    problem(real, f"/v1/places?limit=3&after={following}", 400)


def test_an_echo_of_what_was_sent_is_short(real: Service) -> None:
    assert len(str(problem(real, "/v1/facts?initiative=" + "a" * 5000, 400))) < 2000


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/companies/bydd", "byd"),
        ("/v1/initiatives/nev-town", "nev-city"),
        ("/v1/metrics/nev-outputs", "nev-output"),
    ],
)
def test_an_unknown_id_is_404_and_names_the_nearest(path: str, meant: str, real: Service) -> None:
    assert meant in problem(real, path, 404)["errors"][0]["did_you_mean"]


def test_a_mistyped_fact_id_gets_similar_ids(real: Service) -> None:
    fact_id = real.client.get("/v1/facts?limit=1").json()["data"][0]["id"]
    assert fact_id in problem(real, f"/v1/facts/{fact_id[:-2]}", 404)["errors"][0]["did_you_mean"]


@pytest.mark.parametrize(
    "path", ["/v1/companies/%00", "/v1/facts/%ff", "/v1/companies/" + "a" * 5000, "/v1/facts/算力"]
)
def test_an_impossible_id_is_404(path: str, real: Service) -> None:
    problem(real, path, 404)


def test_an_organization_that_is_no_company_is_not_among_the_companies(real: Service) -> None:
    assert real.client.get("/v1/organizations/zhengzhou-university").status_code == 200
    problem(real, "/v1/companies/zhengzhou-university", 404)


def test_an_unknown_path_is_404_and_names_the_nearest(real: Service) -> None:
    assert "/v1/facts" in problem(real, "/v1/fact", 404)["errors"][0]["did_you_mean"]
    problem(real, "/v1/facts/", 404)


def test_the_front_door_leads_to_the_docs(real: Service) -> None:
    answer = real.client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/docs")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_written_over_http(method: str, real: Service) -> None:
    problem(real, "/v1/facts", 405, method)
    assert real.client.request(method, "/v1/facts").headers["Allow"] == "GET, HEAD"


def test_one_answer_has_only_fields_as_a_parameter(real: Service) -> None:
    assert set(real.client.get("/v1/companies/byd?fields=id,name.zh").json()) == {"id", "name"}
    problem(real, "/v1/companies/byd?year=2024", 400)
    problem(real, "/v1?year=2024", 400)


@pytest.mark.parametrize("database", DATABASES)
def test_a_service_without_data_is_alive_and_not_ready_until_it_is_loaded(
    database: str, new_database: NewDatabase
) -> None:
    url = new_database(database)
    with TestClient(create_app(Settings(database_url=url))) as client:
        assert client.get("/livez").status_code == 200
        for path in ("/readyz", "/v1", "/v1/facts", "/v1/facts.csv", "/v1/places/lindow"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert int(answer.headers["Retry-After"]) > 0
        loaded(url, CITY)
        for path in ("/readyz", "/v1", "/v1/facts", "/v1/facts.csv", "/v1/places/lindow"):
            assert client.get(path).status_code == 200


@pytest.mark.parametrize("database", DATABASES)
def test_a_fault_of_the_schema_is_logged_and_not_taken_for_absence(
    database: str, city_database: CityDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    url = city_database(database)
    change(url, "DROP TABLE slice_facts")
    if database == "sqlite":
        forget_digests(url)
    with TestClient(create_app(Settings(database_url=url)), raise_server_exceptions=False) as client:
        answer = client.get("/v1/facts?initiative=car-city")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert answer.headers["X-Request-ID"] in answer.json()["detail"]
    assert "slice_facts" in caplog.text


def test_a_fault_of_ours_is_a_problem_with_the_request_id(new_database: NewDatabase) -> None:
    app = create_app(Settings(database_url=new_database("sqlite")))

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    with TestClient(app) as client:
        answer = client.get("/broken", headers={"X-Request-ID": "r-1"})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "r-1" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=²", "limit=٣", "year=mın 2024", "value=5 mıllion", "filter=year mın 2024", "zz" + "id" * 1000 + "=1",
        r'filter={"q":"\ud800"}', r'filter={"subject":"\ud800"}',
        r'filter={"subject":"a\u0000b"}', r'filter={"q":"a\u0000b"}',
        "version=2", "as_of=garbage&order=-year", "yaer=2024&after={cursor}", "yaer=2024&company=a%00b",
    ],
)  # fmt: skip
def test_odd_mistakes_are_mistakes_and_lead_nowhere_wrong(query: str, service: Service) -> None:
    cursor = service.client.get("/v1/facts?limit=1").json()["links"]["next"].split("after=")[1]
    name, equals, value = query.replace("{cursor}", cursor).partition("=")
    problem(service, f"/v1/facts?{name}{equals}{value}", 400)


@pytest.mark.parametrize("path", ["/v1/fact/groups?by=year&stat=sum", "/v1/company?as_of=garbage"])
def test_what_may_be_refused_is_not_suggested(path: str, service: Service) -> None:
    assert "links" not in problem(service, path, 404)
