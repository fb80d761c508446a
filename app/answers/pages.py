"""The envelope of a list: a page of answers, what it is a page of, and where the next one is."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import MISSING, Field, RootModel

from app.answers.entities import Answer, Count


class Total(Answer):
    """`gte`: at least so many; ask `total=exact` for all of them."""

    value: Count
    relation: Literal["eq", "gte"]


class Meta(Answer):
    total: Annotated[Total | MISSING, Field(description="Left out with `total=none`")] = MISSING
    limit: Annotated[int, Field(ge=1, le=500)]
    revision: Annotated[str, Field(examples=["r-3f9c0a5d1b27e684"])]


class Links(Answer):
    self: str
    next: Annotated[str | MISSING, Field(description="The next page, if there is one")] = MISSING


Item = TypeVar("Item")


class Page(Answer, Generic[Item]):
    data: list[Item]
    meta: Meta
    links: Links


class CutAnswer(RootModel[dict[str, Any]]):
    """An answer of which `fields` shows some parts only."""


class CutPage(Page[CutAnswer]):
    """A page of answers of which `fields` shows some parts only."""
