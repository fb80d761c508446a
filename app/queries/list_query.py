"""Query parameters that every list has besides its filters: release, order, page, fields and format."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from app.errors import ErrorDetail
from app.queries.formats import Fields, paths
from app.queries.ordering import Key, Sort
from app.queries.paging import PageQuery
from app.queries.parameters import OneOf, QueryModel, Single
from app.queries.ranges import match_needs_value
from app.queries.reading import Form, RequestContext

RELEASE_OR_DAY = re.compile(r"r-[0-9a-f]{16}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Of `fields`: the first that a response model has.
EXAMPLES = ("name.en", "citation.quote", "subject.name", "loaded_at")
AS_OF = (
    "Answers from an earlier release, named by its id, or by a past day (UTC) for the release current at the end of "
    "that day. A release never changes. `/v1/releases` lists the releases; one that is no longer kept gives 410."
)
FORMAT = (
    "`csv` and `ndjson` export all rows, or the first `limit` of them; CSV flattens nested fields, as in `subject_id`. "
    "The path suffixes `.csv` and `.ndjson`, and the `Accept` header, do the same."
)


def _format_fits_path(values: list[str], reading: RequestContext, _others: Mapping[str, Any]) -> Iterable[ErrorDetail]:
    form = reading.form
    if form is not Form.JSON and any(value != form for value in values):
        detail = f"format is not what the suffix .{form} says; leave one of them out."
        yield ErrorDetail("invalid-value", "format", values[0], detail)


def _bom_needs_csv(values: list[str], reading: RequestContext, _others: Mapping[str, Any]) -> Iterable[ErrorDetail]:
    if values == ["1"] and reading.form is not Form.CSV:
        yield ErrorDetail("invalid-value", "bom", "1", "bom goes with CSV only; add format=csv or leave it out.")


class AsOfQuery(QueryModel):
    """A query that can ask for an earlier release, which has been resolved before the rest of it is validated."""

    as_of: str | None = Single(
        parse=str, documented={"type": "string", "pattern": f"^({RELEASE_OR_DAY.pattern})$"}
    ).described(AS_OF)


class ExportedQuery(QueryModel):
    """A query that can be answered in any format."""

    format: Form | None = OneOf(choices=tuple(Form), check=_format_fits_path).described(FORMAT, "csv")
    bom: str | None = OneOf(choices=("1", "0"), check=_bom_needs_csv).described(
        "`1` makes a CSV for Excel: with a byte order mark, and a quote before text like a formula.", "1"
    )


class ListQuery(ExportedQuery, PageQuery, AsOfQuery):
    """A query of a list; `list_query` builds the model for each list."""

    sort: Any = None  # list[Key]
    fields: Any = None  # Tree: pydantic knows no recursive type alias


class ItemQuery(AsOfQuery):
    """A query of one item; `item_query` builds the model for each list."""

    fields: Any = None  # Tree


def list_query(
    filters: type[QueryModel],
    shape: type[BaseModel],
    keys: Mapping[str, Key],
    tie_break: Key,
) -> type[ListQuery]:
    """The query model of a list: its filters, and the parameters that all lists share."""
    named = ", ".join(f"`{key}`" for key in keys)
    example = next(one for one in ("-year", "name.en", *keys) if one.removeprefix("-") in keys)
    about = f"Sort by {named}; a leading `-` sorts in descending order; ties are broken by id."
    sort = Annotated[Any, Sort(keys=keys, tie_break=tie_break), Field(description=about, examples=[[example]])]
    bases: Any = (ListQuery, filters)
    made: Any = create_model(
        filters.__name__.replace("Filters", "Query"),
        __base__=bases,
        sort=(sort, None),
        fields=(_fields(shape), None),
    )
    query: type[ListQuery] = made  # type: ignore[assignment]  # mypy would infer the class itself
    return query


def item_query(filters: type[QueryModel], shape: type[BaseModel]) -> type[ItemQuery]:
    """The query model of one item of a list with these filters."""
    name = filters.__name__.replace("Filters", "ItemQuery")
    return create_model(name, __base__=ItemQuery, fields=(_fields(shape), None))


def _fields(shape: type[BaseModel]) -> Any:
    known = tuple(paths(shape))
    example = [known[0], next(path for path in EXAMPLES if path in known)]
    about = (
        f"Dotted paths of the fields to return, such as `{','.join(example)}`; all fields by default. "
        "Fields that are left out are missing from the answer even where its schema requires them."
    )
    # Every required field, so that the answer to the example still validates against the schema.
    required = [name for name, info in shape.model_fields.items() if info.is_required()]
    return Annotated[Any, Fields(known, check=match_needs_value), Field(description=about, examples=[required])]
