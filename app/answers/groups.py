"""The response model of groups: counts of facts, and statistics of their values."""

from typing import Annotated

from pydantic import MISSING, Field

from app.answers.entities import Answer, Count, Href, Number
from app.answers.pages import Links, Meta


class Group(Answer):
    """`key` has a value for each dimension of `by`, null for facts that have none.

    A statistic is present if `stat` asks for it, and null if no fact in the group has a value.
    """

    key: Annotated[dict[str, str | int | None], Field(examples=[{"initiative": "nev-city", "year": 2024}])]
    count: Count
    unit: Annotated[str | MISSING | None, Field(description="Unit of the statistics")] = MISSING
    sum: Number | MISSING | None = MISSING
    avg: Annotated[Number | MISSING | None, Field(description="Rounded half to even at 12 decimals")] = MISSING
    min: Number | MISSING | None = MISSING
    max: Number | MISSING | None = MISSING
    href: Annotated[Href, Field(description="URL of exactly the facts in the group")]


class GroupPage(Answer):
    data: list[Group]
    meta: Meta
    links: Links
