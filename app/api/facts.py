"""Facts, and groups of facts with counts and statistics."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app import answers
from app.api.nouns import add_noun, exported
from app.http.exports import Export
from app.http.problems import LIST_PROBLEMS
from app.http.routing import Answer, CurrentReading, ReadRoute, takes_long
from app.nouns.facts import FACTS, GROUPS
from app.queries.formats import WRITERS
from app.queries.groups import GroupQuery
from app.queries.reading import Form, Reading

router = APIRouter(prefix="/v1", route_class=ReadRoute)
Asked = GROUPS.query


def _answer(reading: Reading, query: GroupQuery) -> Answer:
    return GROUPS.page(query, reading) if reading.form is Form.JSON else Export(GROUPS.export(query, reading))


@router.get(
    "/facts/groups",
    operation_id="groupFacts",
    summary="Count facts in groups",
    tags=["facts"],
    response_model=answers.GroupPage,
    responses=LIST_PROBLEMS,
)
@takes_long
def group_facts(reading: CurrentReading, query: Annotated[Asked, Query()]) -> Answer:  # type: ignore[valid-type]
    """How many facts each group has, and statistics of their values:
    `curl 'http://localhost:8000/v1/facts/groups?by=initiative,year'`.
    """
    return _answer(reading, query)


for form, writer in WRITERS.items():

    @router.get(
        f"/facts/groups.{form}",
        operation_id=f"exportGroupsAs{form.capitalize()}",
        summary=f"Export groups of facts as {form.upper()}",
        tags=["facts"],
        response_class=Response,
        response_model=None,
        responses=exported(writer.media_type),
    )
    def export_groups(reading: CurrentReading, query: Annotated[Asked, Query()]) -> Answer:  # type: ignore[valid-type]
        """All groups, or the first `limit` of them."""
        return _answer(reading, query)


add_noun(router, FACTS)  # after the groups, or `groups` would be matched as an id
