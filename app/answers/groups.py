"""How many facts a group has, and what their values come to."""

from typing import Annotated

from pydantic import MISSING, Field

from app.answers.entities import Answer, Count, Number
from app.answers.pages import Links, Meta


class Group(Answer):
    """`key` has a value for each dimension of `by`, null where a fact has none.

    A statistic is there if `stat` asks for it, and null where no fact of the group has a value.
    """

    key: Annotated[dict[str, str | int | None], Field(examples=[{"initiative": "nev-city", "year": 2024}])]
    count: Count
    unit: Annotated[str | MISSING | None, Field(description="Unit of the statistics")] = MISSING
    sum: Number | MISSING | None = MISSING
    avg: Annotated[Number | MISSING | None, Field(description="Rounded half to even at 12 decimals")] = MISSING
    min: Number | MISSING | None = MISSING
    max: Number | MISSING | None = MISSING
    href: Annotated[str, Field(description="Leads to exactly the facts of the group")]


class GroupPage(Answer):
    data: list[Group]
    meta: Meta
    links: Links
