"""The response model of an error: RFC 9457 problem details."""

from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Href


class ProblemItem(Answer):
    parameter: str
    value: str
    detail: str
    did_you_mean: list[str]


class Problem(Answer):
    type: Annotated[Href, Field(examples=["/problems/unknown-parameter"])]
    title: Annotated[str, Field(examples=["Unknown parameter"])]
    status: Annotated[int, Field(examples=[400])]
    detail: Annotated[str, Field(examples=["'yaer' is not a parameter of /v1/facts."])]
    errors: Annotated[list[ProblemItem], Field(description="Every mistake in a query; empty for other problems")]


class Gone(Problem):
    """The response for a fact that was withdrawn or replaced. URLs are null where there is nothing to link to."""

    reason: str
    successor: Annotated[Href | None, Field(description="URL of the fact that replaces it today")]
    as_it_was: Annotated[Href | None, Field(description="URL of the fact as it was before that release")]
    release: Annotated[str | None, Field(description="Id of the first release without it")]
