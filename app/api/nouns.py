"""Lists, items and exports of every noun: one function adds the routes for all of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic.alias_generators import to_pascal

from app.http.exports import Export
from app.http.problems import EXPORT_PROBLEMS, FACT_PROBLEMS, ITEM_PROBLEMS, LIST_PROBLEMS
from app.http.routing import Answer, CurrentReading, ReadRoute
from app.nouns import FACTS, Noun
from app.queries.formats import WRITERS
from app.queries.grouping import Groups
from app.queries.lists import List
from app.queries.reading import Body, Form


def add_noun(router: APIRouter, noun: Noun) -> None:
    """Add the routes of a noun."""
    listed, plural, singular = noun.list, to_pascal(noun.plural), to_pascal(noun.singular)
    asked_of_one = noun.list.item_query
    article = "an" if noun.singular[0] in "aeiou" else "a"
    about_id = Path(description=f"Id of {article} {noun.singular}", examples=[noun.example])

    router.get(
        f"/{noun.plural}",
        operation_id=f"list{plural}",
        summary=f"List {noun.plural}",
        description=noun.about,
        tags=[noun.plural],
        response_model=noun.page,
        responses=LIST_PROBLEMS,
    )(list_handler(listed))
    about = f"All {noun.plural} that match the filters, or the first `limit` of them, as {{form}}."
    add_exports(router, listed, noun.plural, about, tags=[noun.plural])

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


def list_handler(listed: List | Groups) -> Callable[..., Answer]:
    """The handler of a list, which answers in the format that was requested."""
    asked = listed.query

    def list_items(reading: CurrentReading, query: Annotated[asked, Query()]) -> Answer:  # type: ignore[valid-type]
        return listed.page(query, reading) if reading.form is Form.JSON else Export(listed.export(query, reading))

    return list_items


def add_exports(
    router: APIRouter,
    listed: List | Groups,
    name: str,
    about: str,
    *,
    of: str = "",
    tags: Sequence[str] = (),
) -> None:
    """Add the route of each export of a list; `of` ends its summary, `{form}` in `about` is replaced by the format."""
    path, handler = listed.path.removeprefix(router.prefix), list_handler(listed)
    for form, writer in WRITERS.items():
        router.get(
            f"{path}.{form}",
            operation_id=f"export{to_pascal(name)}As{form.capitalize()}",
            summary=f"Export {name}{of} as {form.upper()}",
            description=about.format(form=form.upper()),
            tags=[*tags],
            response_class=Response,
            response_model=None,
            responses=_exported(writer.media_type),
        )(handler)


def _exported(media_type: str) -> dict[int | str, dict[str, Any]]:
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
