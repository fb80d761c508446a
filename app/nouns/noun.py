"""A noun: a resource that is listed at `/v1/{plural}` and shown at `/v1/{plural}/{id}`."""

from dataclasses import dataclass

from app.answers.entities import Answer
from app.queries.lists import List


@dataclass(frozen=True, kw_only=True)
class Noun:
    """`about` and `about_one` are descriptions for the documentation, `example` is the id shown there."""

    plural: str
    singular: str
    list: List
    page: type[Answer]
    about: str
    about_one: str
    example: str

    @property
    def shape(self) -> type[Answer]:
        """The response model of one item."""
        return self.list.shape
