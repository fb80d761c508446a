"""What every entity's answer has, and how one answer names another entity."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from app.decimals import json_bytes

# An exact decimal is a JSON number; pydantic alone would describe and write it as a string.
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
Count = Annotated[int, Field(ge=0)]


class Answer(BaseModel):
    """A shape of an answer. Its fields have no defaults: an answer always shows all of them."""

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
    type: Annotated[str, Field(description="Noun of the entity, in the singular", examples=["place"])]
    id: str
    name: Name


class Entity(Answer):
    """`industries` and `initiatives` are what it is tagged with; `facts` counts those it appears in."""

    id: str
    type: str
    name: Name
    aliases: list[str]
    industries: list[str]
    initiatives: list[str]
    facts: Count
