"""The pages that the `type` of an error links to: what each kind of problem means and what to do about it."""

from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from app.errors import NotAcceptable, NotFound, Problem, title_of
from app.http.headers import JSON, JSON_RANGES, quality, weights
from app.queries.vocabulary import nearest
from app.text.decimals import json_bytes

PATH = "/problems"
HTML_RANGES = ("text/html", "text/*", "*/*")
LATER = "Try again after the number of seconds in `Retry-After`."


class ProblemType(NamedTuple):
    """`wrong` is a request, in HTTP syntax, that gets this problem, and `right` is what may have been meant.

    Where one request is not enough to get it, `wrong` begins with # and describes the case.
    """

    means: str
    to_do: str
    wrong: str
    right: str


TYPES = {
    # 400
    "invalid-query": ProblemType(
        "The query has several mistakes of different kinds.",
        "Each is listed in `errors`, with the parameter, its value and, where possible, a suggestion.",
        "GET /v1/facts?yaer=2024&limit=0",
        "GET /v1/facts?year=2024&limit=10",
    ),
    "unknown-parameter": ProblemType(
        "The path has no parameter of that name.",
        "Use one of those in `did_you_mean`; the OpenAPI page at /docs lists all parameters.",
        "GET /v1/facts?yaer=2024",
        "GET /v1/facts?year=2024",
    ),
    "invalid-value": ProblemType(
        "The parameter exists, but does not accept that value.",
        "`detail` says what it accepts: a range is written `x..y`, alternatives `a,b`.",
        "GET /v1/facts?year=2024-2025",
        "GET /v1/facts?year=2024..2025",
    ),
    "missing-parameter": ProblemType(
        "A required parameter is missing.",
        "Add the one that `errors` names.",
        "GET /v1/facts/groups",
        "GET /v1/facts/groups?by=year",
    ),
    "unknown-id": ProblemType(
        "A filter names an id that does not exist.",
        "Use one of those in `did_you_mean`, or look for it in the list of its kind.",
        "GET /v1/facts?initiative=no-such-initiative",
        "GET /v1/initiatives",
    ),
    "mixed-units": ProblemType(
        "A group contains values in different units, which cannot be added up, averaged or compared.",
        "Filter by `unit` or `metric`, or group by `unit` too.",
        "GET /v1/facts/groups?by=status&stat=sum",
        "GET /v1/facts/groups?by=unit&stat=sum",
    ),
    "too-many-parameters": ProblemType(
        "The query has too many parameters, or its filters have too many values.",
        "Write alternatives as `a,b` in one parameter, or ask for fewer at a time.",
        f"GET /v1/facts?{'&'.join(['year=2024'] * 201)}",
        "GET /v1/facts?year=2023,2024",
    ),
    "invalid-encoding": ProblemType(
        "The URL, or the body, is not UTF-8, or a % in the URL is not followed by two hex digits.",
        "Percent-encode the UTF-8 bytes of each value.",
        "GET /v1/facts?q=%E7%AE",
        "GET /v1/facts?q=%E7%AE%97%E5%8A%9B",
    ),
    "invalid-request": ProblemType(
        "The request cannot be answered here because of its Host header, its method or its syntax.",
        "Send one request with one Host header that names this service.",
        "OPTIONS /v1/facts\nOrigin: https://example.org\nAccess-Control-Request-Method: DELETE",
        "OPTIONS /v1/facts\nOrigin: https://example.org\nAccess-Control-Request-Method: GET",
    ),
    "invalid-body": ProblemType(
        "The body does not have the expected form.",
        "Send plain text, or a JSON object with the text in `text`.",
        'POST /v1/verify\nContent-Type: application/json\n\n{"txt": "1 000 in 2024"}',
        'POST /v1/verify\nContent-Type: application/json\n\n{"text": "1 000 in 2024"}',
    ),
    # 401 to 431
    "unauthorized": ProblemType(
        "This service requires an API key, and the request has none, or one that is not valid.",
        "Send a key as `Authorization: Bearer KEY`; the operator of the service issues keys.",
        "# GET /v1 without a key",
        "GET /v1\nAuthorization: Bearer KEY",
    ),
    "not-found": ProblemType(
        "The path does not exist, or there is nothing with that id.",
        "Use one of those in `did_you_mean`, or look for it in the list.",
        "GET /v1/companies/no-such-company",
        "GET /v1/companies",
    ),
    "method-not-allowed": ProblemType(
        "The path does not support that method: everything is read with GET or HEAD; a text is verified with POST.",
        "Use a method that `Allow` names.",
        "DELETE /v1/facts",
        "GET /v1/facts",
    ),
    "not-acceptable": ProblemType(
        "The response is not available in any media type that the `Accept` header names.",
        "Accept application/json (lists are also available as text/csv and application/x-ndjson), or omit the header.",
        "GET /v1/facts\nAccept: image/png",
        "GET /v1/facts\nAccept: text/csv",
    ),
    "retracted": ProblemType(
        "The fact was withdrawn from the data, or corrected.",
        "`reason` says why. `successor` is the fact that replaces it, `as_it_was` the fact before the change.",
        "# GET /v1/facts/ID of a fact that was withdrawn",
        "GET /v1/facts",
    ),
    "stale-cursor": ProblemType(
        "The release that the cursor belongs to is no longer kept.",
        "Start again from the first page.",
        "# GET /v1/facts?after=CURSOR of a release that is no longer kept",
        "GET /v1/facts",
    ),
    "release-not-kept": ProblemType(
        "The release that `as_of` names is no longer kept.",
        "Name one that is kept, or load the release from its seed into another database, as `detail` says.",
        "# GET /v1/facts?as_of=RELEASE of a release that is no longer kept",
        "GET /v1/facts",
    ),
    "content-too-large": ProblemType(
        "The body is too long, or the text in it has too many numbers.",
        "Send the text in parts.",
        "# POST /v1/verify with a text of over 20 kB",
        "POST /v1/verify\n\n1 000 in 2024",
    ),
    "unsupported-media-type": ProblemType(
        "The body has a media type, charset or encoding that is not accepted here.",
        "Send it as text/plain or application/json, in UTF-8.",
        "POST /v1/verify\nContent-Type: image/png\n\n1 000 in 2024",
        "POST /v1/verify\nContent-Type: text/plain\n\n1 000 in 2024",
    ),
    "range-not-satisfiable": ProblemType(
        "The range in `Range` lies beyond the end of the response.",
        "`Content-Range` gives the total length.",
        "GET /v1/companies.csv\nRange: bytes=999999999-",
        "GET /v1/companies.csv\nRange: bytes=0-99",
    ),
    "too-many-requests": ProblemType(
        "The client has reached its rate limit.",
        LATER,
        "# GET /v1, more often than `RateLimit-Policy` allows",
        "GET /v1",
    ),
    "headers-too-large": ProblemType(
        "The URL and the headers together are too long.",
        "Ask for less at a time, and send fewer headers.",
        "# GET /v1/facts with headers of over 32 kB",
        "GET /v1/facts",
    ),
    # 5xx
    "server-fault": ProblemType(
        "Something went wrong in the service; the request itself may be correct.",
        "Report it, with the id in `X-Request-ID`.",
        "# any request that runs into a bug of the service",
        "GET /livez",
    ),
    "not-ready": ProblemType(
        "The database is not available, or nothing has been loaded yet.",
        f"{LATER} /readyz says what is missing.",
        "# GET /v1 before anything was loaded",
        "GET /v1",
    ),
    "database-unusable": ProblemType(
        "The database is damaged, or has a version that this service cannot read.",
        "The operator can find the cause with `factbook doctor`.",
        "# GET /v1 over a damaged database",
        "GET /v1",
    ),
    "busy": ProblemType(
        "Too many slow requests are being processed.",
        f"{LATER} Requests with fewer filters and the default order are still answered.",
        "# GET /v1/facts.csv, too many times at once",
        "GET /v1/facts",
    ),
    "timed-out": ProblemType(
        "The response would take longer than the time limit.",
        "Ask for less: add filters, use another order, or pass `total=none`.",
        "# GET /v1/facts?q=a&sort=-value over many facts",
        "GET /v1/facts?limit=10&total=none",
    ),
}

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>HTTP status {status}. {means}</p>
<p>{to_do}</p>
<h2>A request that gets this problem</h2>
<pre>{wrong}</pre>
<h2>A request that does not</h2>
<pre>{right}</pre>
<p><a href="{root}/docs">All calls</a></p>
</body>
</html>
"""


def statuses(of: type[Problem] = Problem) -> Iterator[tuple[str, int]]:
    """The kind and status of every Problem class."""
    for one in of.__subclasses__():
        yield one.kind, one.status
        yield from statuses(one)


def install(app: FastAPI, root_path: str) -> None:
    """Add the pages under /problems: for people who follow a `type`, so not part of the OpenAPI document."""
    router = APIRouter(include_in_schema=False)
    status_of = dict(statuses())

    @router.get(f"{PATH}/{{kind}}")
    def show_problem_type(kind: str, request: Request) -> Response:
        """Raises NotFound, NotAcceptable."""
        if kind not in TYPES:
            raise NotFound(f"There is no kind of problem {kind[:100]!r}.", kind, nearest(kind, TYPES), part="kind")
        accepted = weights(",".join(request.headers.getlist("accept")) or "*/*")
        as_html, as_json = quality(accepted, HTML_RANGES), quality(accepted, JSON_RANGES)
        if not (as_html or as_json):
            raise NotAcceptable(f"Only text/html and {JSON} can be had here.")
        shown = {"title": title_of(kind), "status": status_of.get(kind, 400), **TYPES[kind]._asdict()}
        if as_json > as_html:
            return Response(json_bytes({"type": f"{root_path}{PATH}/{kind}", **shown}), media_type=JSON)
        return HTMLResponse(_page(shown, root_path))

    app.include_router(router)


def _page(shown: dict[str, Any], root_path: str) -> str:
    return PAGE.format(root=escape(root_path), **{name: escape(str(value)) for name, value in shown.items()})
