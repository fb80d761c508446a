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


class Gone(Problem):
    """The answer where a fact stood. Addresses are null where there is nothing to be had."""

    reason: str
    successor: Annotated[str | None, Field(description="Address of the fact that stands in its place today")]
    as_it_was: Annotated[str | None, Field(description="Address of the fact as it was before that release")]
    release: Annotated[str | None, Field(description="Revision of the release without it")]
