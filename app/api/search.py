"""Search and suggestions across all nouns."""

from typing import Annotated

from fastapi import APIRouter, Query

from app import answers
from app.errors import ReleaseGone
from app.evidence.search import SearchQuery, SuggestQuery, search, suggestions
from app.http.problems import READ_PROBLEMS, documented
from app.http.routing import CurrentReading, ReadRoute, takes_long
from app.queries.reading import Body

router = APIRouter(prefix="/v1", tags=["search"], route_class=ReadRoute)
PROBLEMS = documented(*READ_PROBLEMS, ReleaseGone)


@router.get(
    "/search",
    operation_id="search",
    summary="Search everything",
    response_model=answers.SearchResults,
    responses=PROBLEMS,
)
@takes_long
def search_everything(reading: CurrentReading, query: Annotated[SearchQuery, Query()]) -> Body:
    """Entities, series and facts together, best first; traditional script, pinyin and small typos find what is meant:
    `curl 'http://localhost:8000/v1/search?q=biyadi'`.
    """
    return search(query, reading)


@router.get(
    "/suggest",
    operation_id="suggest",
    summary="Suggest names",
    response_model=answers.Suggestions,
    responses=PROBLEMS,
)
def suggest_names(reading: CurrentReading, query: Annotated[SuggestQuery, Query()]) -> Body:
    """Ids and names that begin so, for a search box: `curl 'http://localhost:8000/v1/suggest?q=超'`."""
    return suggestions(query, reading)
