"""Lists, items and exports of every noun: one function adds the routes for all of them."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic.alias_generators import to_pascal

from app.http.exports import Export
from app.http.problems import EXPORT_PROBLEMS, FACT_PROBLEMS, ITEM_PROBLEMS, LIST_PROBLEMS
from app.http.routing import Answer, CurrentReading, ReadRoute
from app.nouns import FACTS, Noun
from app.queries.formats import WRITERS
from app.queries.pages import Body
from app.queries.reading import Form


def add_noun(router: APIRouter, noun: Noun) -> None:
    """Add the routes of a noun."""
    listed, plural, singular = noun.list, to_pascal(noun.plural), to_pascal(noun.singular)
    asked, asked_of_one = noun.list.query, noun.list.item_query
    article = "an" if noun.singular[0] in "aeiou" else "a"
    about_id = Path(description=f"Id of {article} {noun.singular}", examples=[noun.example])

    @router.get(
        f"/{noun.plural}",
        operation_id=f"list{plural}",
        summary=f"List {noun.plural}",
        description=noun.about,
        tags=[noun.plural],
        response_model=noun.page,
        responses=LIST_PROBLEMS,
    )
    def list_items(reading: CurrentReading, query: Annotated[asked, Query()]) -> Answer:  # type: ignore[valid-type]
        return listed.page(query, reading) if reading.form is Form.JSON else Export(listed.export(query, reading))

    for form, writer in WRITERS.items():

        @router.get(
            f"/{noun.plural}.{form}",
            operation_id=f"export{plural}As{form.capitalize()}",
            summary=f"Export {noun.plural} as {form.upper()}",
            description=f"All {noun.plural} that match the filters, or the first `limit` of them, as {form.upper()}.",
            tags=[noun.plural],
            response_class=Response,
            response_model=None,
            responses=exported(writer.media_type),
        )
        def export_items(reading: CurrentReading, query: Annotated[asked, Query()]) -> Answer:  # type: ignore[valid-type]
            return Export(listed.export(query, reading))

    @router.get(
        f"/{noun.plural}/{{id}}",
        operation_id=f"read{singular}",
        summary=f"Read {article} {noun.singular}",
        description=noun.about_one,
        tags=[noun.plural],
        response_model=noun.shape,
        responses=FACT_PROBLEMS if noun is FACTS else ITEM_PROBLEMS,
    )
    def read_item(
        reading: CurrentReading,
        id: Annotated[str, about_id],  # noqa: A002 - as it is called in the path
        query: Annotated[asked_of_one, Query()],  # type: ignore[valid-type]
    ) -> Body:
        return listed.item(id, query, reading)


def exported(media_type: str) -> dict[int | str, dict[str, Any]]:
    """The responses of an export."""
    text = {"content": {media_type: {"schema": {"type": "string"}}}}
    return {
        200: {"description": "All rows, or the first `limit` of them", **text},
        206: {"description": "The bytes that `Range` asks for", **text},
        **EXPORT_PROBLEMS,
    }


def router_of(nouns: Iterable[Noun]) -> APIRouter:
    """The routes of some nouns."""
    router = APIRouter(prefix="/v1", route_class=ReadRoute)
    for noun in nouns:
        add_noun(router, noun)
    return router
