"""Lists, items and exports of every noun: one function adds the routes for all of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic.alias_generators import to_pascal

from app import answers
from app.http.problems import ENTITY_PROBLEMS, EXPORT_PROBLEMS, FACT_PROBLEMS, ITEM_PROBLEMS, LIST_PROBLEMS
from app.http.routing import CurrentReading, HandlerResult, ReadRoute, takes_long
from app.nouns.facts import FACTS, GROUPS
from app.nouns.listed import COLLECTIONS
from app.nouns.noun import ListedNoun
from app.queries.entities import EntityList
from app.queries.formats import WRITERS
from app.queries.grouping import Groups
from app.queries.lists import List
from app.queries.reading import Body, Form

router = APIRouter(prefix="/v1", route_class=ReadRoute)


def add_list(
    router: APIRouter, listed: List | Groups, *, exports: str, about_exports: str, **documentation: Any
) -> None:
    """Add the routes of a list and of its exports; `exports` is what is exported, as in `companies`."""
    path, name = listed.path.removeprefix(router.prefix), to_pascal(exports.partition(" ")[0])
    model = listed.query

    def list_items(reading: CurrentReading, query: Annotated[model, Query()]) -> HandlerResult:  # type: ignore[valid-type]
        return listed.page(query, reading) if reading.form is Form.JSON else listed.export(query, reading)

    handler = takes_long(list_items) if isinstance(listed, Groups) else list_items
    router.get(path, responses=LIST_PROBLEMS, **documentation)(handler)
    for form, writer in WRITERS.items():
        content = {"content": {writer.media_type: {"schema": {"type": "string"}}}}
        router.get(
            f"{path}.{form}",
            operation_id=f"export{name}As{form.capitalize()}",
            summary=f"Export {exports} as {form.upper()}",
            description=about_exports.format(form=form.upper()),
            tags=documentation.get("tags", []),
            response_class=Response,
            response_model=None,
            responses={
                200: {"description": "All rows, or the first `limit` of them", **content},
                206: {"description": "The bytes that `Range` asks for", **content},
                **EXPORT_PROBLEMS,
            },
        )(handler)


def add_collection(collection: ListedNoun) -> None:
    """Add the routes of a collection."""
    listed, model = collection.list, collection.list.item_query
    article = "an" if collection.singular[0] in "aeiou" else "a"
    items = ENTITY_PROBLEMS if isinstance(listed, EntityList) else ITEM_PROBLEMS
    problems = FACT_PROBLEMS if collection is FACTS else items
    about_id = Path(description=f"Id of {article} {collection.singular}", examples=[collection.example])

    add_list(
        router,
        listed,
        exports=collection.plural,
        about_exports=f"All {collection.plural} that match the filters, or the first `limit` of them, as {{form}}.",
        operation_id=f"list{to_pascal(collection.plural)}",
        summary=f"List {collection.plural}",
        description=collection.about,
        tags=[collection.plural],
        response_model=collection.page,
    )

    @router.get(
        f"/{collection.plural}/{{id}}",
        operation_id=f"read{to_pascal(collection.singular)}",
        summary=f"Read {article} {collection.singular}",
        description=collection.about_one,
        tags=[collection.plural],
        response_model=listed.shape,
        responses=problems,
    )
    def read_item(
        reading: CurrentReading,
        id: Annotated[str, about_id],  # noqa: A002 - as it is called in the path
        query: Annotated[model, Query()],  # type: ignore[valid-type]
    ) -> Body:
        return listed.item(id, query, reading)


add_list(  # before the facts, or `groups` would be matched as an id
    router,
    GROUPS,
    exports="groups of facts",
    about_exports="All groups, or the first `limit` of them.",
    operation_id="groupFacts",
    summary="Count facts in groups",
    description="How many facts each group has, and statistics of their values:\n"
    "`curl 'http://localhost:8000/v1/facts/groups?by=initiative,year'`.",
    tags=["facts"],
    response_model=answers.GroupPage,
)
for one in COLLECTIONS:
    add_collection(one)
