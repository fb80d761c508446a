"""Facts, and groups of facts with counts and statistics."""

from fastapi import APIRouter

from app import answers
from app.api.nouns import add_exports, add_noun, list_handler
from app.http.problems import LIST_PROBLEMS
from app.http.routing import ReadRoute, takes_long
from app.nouns.facts import FACTS, GROUPS

router = APIRouter(prefix="/v1", route_class=ReadRoute)
router.get(
    "/facts/groups",
    operation_id="groupFacts",
    summary="Count facts in groups",
    description="How many facts each group has, and statistics of their values:\n"
    "`curl 'http://localhost:8000/v1/facts/groups?by=initiative,year'`.",
    tags=["facts"],
    response_model=answers.GroupPage,
    responses=LIST_PROBLEMS,
)(takes_long(list_handler(GROUPS)))
add_exports(
    router,
    GROUPS,
    "groups",
    "All groups, or the first `limit` of them.",
    of=" of facts",
    tags=["facts"],
)
add_noun(router, FACTS)  # after the groups, or `groups` would be matched as an id
