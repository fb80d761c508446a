"""Fields that every entity has, and references from one entity to another."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.decimals import json_bytes

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

    model_config = ConfigDict(frozen=True)

    def json_text(self) -> str:
        return json_bytes(self.model_dump()).decode()


class Name(Answer):
    zh: str | None
    en: str | None


class Label(Answer):
    id: str
    name: Name


class Ref(Answer):
    type: Annotated[str, Field(description="The entity's noun, in the singular", examples=["place"])]
    id: str
    name: Name


class Entity(Answer):
    """`industries` and `initiatives` are its tags; `facts` counts the facts it appears in."""

    id: str
    type: str
    name: Name
    aliases: list[str]
    industries: list[str]
    initiatives: list[str]
    facts: Count
