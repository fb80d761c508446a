"""An error as it is shown: RFC 9457 problem details."""

from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer


class ProblemItem(Answer):
    parameter: str
    value: str
    detail: str
    did_you_mean: list[str]


class Problem(Answer):
    type: Annotated[str, Field(examples=["/problems/unknown-parameter"])]
    title: Annotated[str, Field(examples=["Unknown parameter"])]
    status: Annotated[int, Field(examples=[400])]
    detail: Annotated[str, Field(examples=["'yaer' is not a parameter of /v1/facts."])]
    errors: Annotated[list[ProblemItem], Field(description="Every mistake of a query; empty for other problems")]
