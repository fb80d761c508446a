"""The response model of a policy."""

from enum import StrEnum

from app.answers.entities import Entity
from app.answers.facts import Timespan
from app.answers.pages import Page


class PolicyKind(StrEnum):
    PLAN = "plan"
    MEASURES = "measures"
    PROGRAMME = "programme"
    FUND = "fund"


class Policy(Entity):
    kind: PolicyKind
    issuer: str | None
    place: str | None
    period: Timespan


class Policies(Page[Policy]):
    """A page of policies."""
