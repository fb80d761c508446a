"""What is asked: one noun a file, in the order the docs page shows them."""

from collections.abc import Callable, Mapping

from fastapi.routing import APIRoute

from app.api import (
    audit,
    companies,
    comparisons,
    conflicts,
    events,
    facts,
    index,
    industries,
    initiatives,
    machinery,
    metrics,
    organizations,
    places,
    policies,
    releases,
    sources,
    verify,
)
from app.http.exports import Listed
from app.queries.lists import List
from app.queries.pages import Maker

ROUTERS = [
    index.router,
    facts.router,
    comparisons.router,
    conflicts.router,
    audit.router,
    verify.router_of(facts.FACTS),
    companies.router,
    organizations.router,
    industries.router,
    initiatives.router,
    metrics.router,
    events.router,
    policies.router,
    places.router,
    sources.router,
    releases.router,
    machinery.router,
]
LISTS: list[List] = [
    facts.FACTS,
    comparisons.COMPARISONS,
    conflicts.CONFLICTS,
    companies.COMPANIES,
    organizations.ORGANIZATIONS,
    industries.INDUSTRIES,
    initiatives.INITIATIVES,
    metrics.METRICS,
    events.EVENTS,
    policies.POLICIES,
    places.PLACES,
    sources.SOURCES,
    releases.RELEASES,
]
PATHS = [route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
EXPORTED: list[Listed] = [*LISTS, facts.GROUPS]


def pages() -> Mapping[str, Maker]:
    """What makes the answer of each path that is whole."""
    whole = {"/v1": index.index, "/v1/audit": audit.audit, facts.GROUPS.path: facts.GROUPS.page}
    return whole | {one.path: one.page for one in LISTS}


def items() -> Mapping[str, tuple[str, Callable[[str], Maker]]]:
    """The template of the paths below each list, and what makes the answer of an id."""
    templates = {path.rpartition("/")[0]: path for path in PATHS if path.endswith("}")}
    return {one.path: (templates[one.path], one.one_of) for one in LISTS}
