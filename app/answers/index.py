"""What is here: the collections, the revision of the data, and whether the service is ready."""

from typing import Annotated, Literal

from pydantic import Field

from app.answers.entities import Answer, Count


class Collection(Answer):
    name: str
    count: Count
    href: str


class Index(Answer):
    title: str
    revision: str
    loaded_at: Annotated[str, Field(examples=["2026-11-23T08:00:00+00:00"])]
    collections: list[Collection]
    links: Annotated[dict[str, str], Field(examples=[{"docs": "/docs", "openapi": "/openapi.json"}])]


class Readiness(Answer):
    status: Literal["alive", "ready"]
    revision: str | None
    replica_lag_seconds: Annotated[
        float | None, Field(description="How far the standby that was asked last may be behind; null for any other.")
    ]
