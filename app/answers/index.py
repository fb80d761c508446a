"""The response models of the service itself: its index, its health checks, and its errors (RFC 9457)."""

from enum import StrEnum
from typing import Annotated

from pydantic import MISSING, Field

from app.answers.entities import Answer, Count, DateTime, Href


class Collection(Answer):
    name: str
    count: Count
    href: Href


class Index(Answer):
    """`templates` has the URL of one item for each `type` of a reference."""

    title: str
    revision: str
    loaded_at: Annotated[DateTime, Field(examples=["2026-11-23T08:00:00+00:00"])]
    collections: list[Collection]
    templates: Annotated[dict[str, str], Field(examples=[{"place": "/v1/places/{id}"}])]
    links: Annotated[dict[str, Href], Field(examples=[{"docs": "/docs", "openapi": "/openapi.json"}])]


class State(StrEnum):
    ALIVE = "alive"
    READY = "ready"


class Readiness(Answer):
    status: State
    revision: str | None
    replica_lag_seconds: Annotated[
        float | None,
        Field(description="Seconds that the standby used last may be behind; null if it was not a standby"),
    ]


class ProblemItem(Answer):
    parameter: str
    value: str
    detail: str
    did_you_mean: list[str]


class ProblemLinks(Answer):
    """`try` is a request that succeeds, with what was probably meant."""

    instead: Annotated[Href, Field(serialization_alias="try", validation_alias="try")]


class Problem(Answer):
    type: Annotated[Href, Field(examples=["/problems/unknown-parameter"])]
    title: Annotated[str, Field(examples=["Unknown parameter"])]
    status: Annotated[int, Field(examples=[400])]
    detail: Annotated[str, Field(examples=["'yaer' is not a parameter of /v1/facts."])]
    errors: Annotated[list[ProblemItem], Field(description="Every mistake in a query; empty for other problems")]
    links: ProblemLinks | MISSING = MISSING


class Gone(Problem):
    """The response for a fact that was withdrawn or replaced. URLs are null where there is nothing to link to."""

    reason: str
    successor: Annotated[Href | None, Field(description="URL of the fact that replaces it today")]
    as_it_was: Annotated[Href | None, Field(description="URL of the fact as it was before that release")]
    release: Annotated[str | None, Field(description="Id of the first release without it")]
