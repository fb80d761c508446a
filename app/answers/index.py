"""The response models of the index and of the health checks."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.answers.entities import Answer, Count, DateTime, Href


class Collection(Answer):
    name: str
    count: Count
    href: Href


class Index(Answer):
    title: str
    revision: str
    loaded_at: Annotated[DateTime, Field(examples=["2026-11-23T08:00:00+00:00"])]
    collections: list[Collection]
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
