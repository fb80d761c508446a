"""Query parameters that every list has besides its filters: release, order, page and format."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field, create_model

from app.errors import Mistake
from app.queries.fields import Fields, paths
from app.queries.paging import MOST, USUAL, After, Cursor, Key, Limit, Sort, Total, TotalMode
from app.queries.parameters import Context, Parameter, Query
from app.queries.reading import Form
from app.queries.vocabulary import nearest

RELEASE_OR_DAY = re.compile(r"r-[0-9a-f]{16}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
EXAMPLES = (
    "name.en",
    "citation.quote",
    "subject.name",
    "loaded_at",
)  # of `fields`: the first that a response model has
AS_OF = (
    "Answers from an earlier release, named by its id, or by a past day (UTC) for the release current at the end of "
    "that day. A release never changes. `/v1/releases` lists the releases; one that is no longer kept gives 410."
)
FORMAT = (
    "`csv` and `ndjson` export all rows, or the first `limit` of them; CSV flattens nested fields, as in `subject_id`. "
    "The path suffixes `.csv` and `.ndjson`, and the `Accept` header, do the same."
)


@dataclass(frozen=True)
class AsOf(Parameter[str]):
    """The release to read; it has been resolved before the rest of the query is validated."""

    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> str:
        return values[0]

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^({RELEASE_OR_DAY.pattern})$"}


@dataclass(frozen=True)
class Format(Parameter[Form]):
    """The format of a list, where neither a path suffix nor `Accept` names it."""

    has_beside: ClassVar[bool] = True
    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> Form:
        if values[0] not in tuple(Form):
            detail = f"format is one of {', '.join(Form)}, not {values[0][:20]!r}."
            raise self.refuse(values[0], detail, nearest(values[0], Form))
        return Form(values[0])

    def beside(self, values: list[str], context: Context, others: Mapping[str, Any]) -> Iterable[Mistake]:
        form = context.reading.form
        if form is not Form.JSON and any(value != form for value in values):
            detail = f"format is not what the suffix .{form} says; leave one of them out."
            yield Mistake("invalid-value", self.name, values[0], detail)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(Form)}


@dataclass(frozen=True)
class Bom(Parameter[bool]):
    """Whether a CSV is meant for Excel."""

    has_beside: ClassVar[bool] = True
    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> bool:
        if values[0] not in ("0", "1"):
            raise self.refuse(values[0], f"bom is 1 or 0, not {values[0][:20]!r}.")
        return values[0] == "1"

    def beside(self, values: list[str], context: Context, others: Mapping[str, Any]) -> Iterable[Mistake]:
        if values == ["1"] and context.reading.form is not Form.CSV:
            yield Mistake("invalid-value", "bom", "1", "bom goes with CSV only; add format=csv or leave it out.")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": ["1", "0"]}


class DatedQuery(Query):
    """A query that can ask for an earlier release."""

    as_of: Annotated[str | None, AsOf(), Field(description=AS_OF)] = None


class PageQuery(Query):
    """A paginated query."""

    limit: Annotated[
        int | None,
        Limit(),
        Field(description=f"Page size, 1 to {MOST}; {USUAL} by default.", examples=[10]),
    ] = None
    after: Annotated[
        Cursor | None,
        After(),
        Field(
            description="The cursor in `links.next` of the previous page; it is valid for one query and one release.",
        ),
    ] = None
    total: Annotated[
        TotalMode | None,
        Total(),
        Field(
            description="`exact` also counts beyond 10,000, where counting stops by default; `none` skips the count.",
            examples=["exact"],
        ),
    ] = None


class ExportedQuery(Query):
    """A query that can be answered in any format."""

    format: Annotated[Form | None, Format(), Field(description=FORMAT, examples=["csv"])] = None
    bom: Annotated[
        bool | None,
        Bom(),
        Field(
            description="`1` makes a CSV for Excel: with a byte order mark, and a quote before text like a formula.",
            examples=["1"],
        ),
    ] = None


class ListQuery(ExportedQuery, PageQuery, DatedQuery):
    """A query of a list; `list_query` builds the model for each list."""

    sort: Any = None  # list[Key]
    fields: Any = None  # Tree: pydantic knows no recursive type alias


class ItemQuery(DatedQuery):
    """A query of one item; `item_query` builds the model for each list."""

    fields: Any = None  # Tree


def list_query(
    name: str,
    filters: type[Query],
    shape: type[BaseModel],
    keys: Mapping[str, Key],
    tie_break: Key,
    marks: Mapping[str, str],
) -> type[ListQuery]:
    """The query model of a list: its filters, and the parameters that all lists share."""
    named = ", ".join(f"`{key}`" for key in keys)
    example = next(one for one in ("-year", "name.en", *keys) if one.removeprefix("-") in keys)
    sort = Annotated[
        Any,
        Sort(keys=keys, tie_break=tie_break),
        Field(
            description=f"Sort by {named}; a leading `-` sorts in descending order; ties are broken by id.",
            examples=[[example]],
        ),
    ]
    bases: Any = (ListQuery, filters)
    made: Any = create_model(name, __base__=bases, sort=(sort, None), fields=(_fields(shape, marks), None))
    query: type[ListQuery] = made  # type: ignore[assignment]  # mypy would infer the class itself
    return query


def item_query(name: str, shape: type[BaseModel]) -> type[ItemQuery]:
    """The query model of one item of a list."""
    made: Any = create_model(name, __base__=ItemQuery, fields=(_fields(shape, {}), None))
    query: type[ItemQuery] = made
    return query


def _fields(shape: type[BaseModel], marks: Mapping[str, str]) -> Any:
    known = tuple(paths(shape))
    example = [known[0], next(path for path in EXAMPLES if path in known)]
    return Annotated[
        Any,
        Fields(known=known + tuple(marks), marks=marks),
        Field(
            description=(
                f"Dotted paths of the fields to return, such as `{','.join(example)}`; all fields by default. "
                "Fields that are left out are missing from the answer even where its schema requires them."
            ),
            # Every required field, so that the answer to the example still validates against the schema.
            examples=[list(shape.model_fields)],
        ),
    ]
