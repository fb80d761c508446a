"""The envelope of a list: a page of items, metadata, and the link to the next page."""

from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import MISSING, Field

from app.answers.entities import Answer, Count, Href


class TotalRelation(StrEnum):
    """`eq`: exactly this many; `gte`: at least this many (`total=exact` counts them all)."""

    EXACT = "eq"
    AT_LEAST = "gte"


class Total(Answer):
    value: Count
    relation: TotalRelation


class Meta(Answer):
    total: Annotated[Total | MISSING, Field(description="Left out with `total=none`")] = MISSING
    limit: Annotated[int, Field(ge=1, le=500)]
    revision: Annotated[str, Field(examples=["r-3f9c0a5d1b27e684"])]


class Links(Answer):
    self: Href
    next: Annotated[Href | MISSING, Field(description="The next page, if there is one")] = MISSING


Item = TypeVar("Item")


class Page(Answer, Generic[Item]):
    data: list[Item]
    meta: Meta
    links: Links
