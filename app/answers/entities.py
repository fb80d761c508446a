"""Types that every response model is made of: references, the fields of an entity, the pages of a list."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import MISSING, BaseModel, ConfigDict, Field, WithJsonSchema

from app.text.decimals import json_bytes

# An exact decimal is a JSON number; pydantic alone would describe and write it as a string.
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
Count = Annotated[int, Field(ge=0)]
# Strings with a JSON Schema format: they were checked at load, and are not parsed again.
Date = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
DateTime = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Uri = Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
Href = Annotated[str, WithJsonSchema({"type": "string", "format": "uri-reference"})]


class Answer(BaseModel):
    """Base class of response models. Fields have no defaults: a response always has all of them."""

    # Validators are built when they are first used: a server needs few of them.
    model_config = ConfigDict(frozen=True, defer_build=True)

    def json_text(self) -> str:
        return json_bytes(self.model_dump()).decode()


class Name(Answer):
    zh: str | None
    en: str | None


class Ref(Answer):
    type: Annotated[str, Field(description="The entity's noun, in the singular", examples=["place"])]
    id: str
    name: Name


class Entity(Answer):
    """`industries` and `initiatives` are its tags; `fact_count` counts the facts it appears in."""

    id: str
    type: str
    name: Name
    aliases: list[str]
    industries: list[str]
    initiatives: list[str]
    fact_count: Count
    href: Href


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


PageItem = TypeVar("PageItem")


class Page(Answer, Generic[PageItem]):
    data: list[PageItem]
    meta: Meta
    links: Links
