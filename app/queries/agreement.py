"""Whether a fact agrees with a claim or contradicts it; see `intervals`."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from app import answers
from app.text.claims import Claim
from app.text.hedges import Bound
from app.text.intervals import Interval, allowed, lies_within, meet, step_of
from app.text.periods import Period

Fact = dict[str, Any]  # as in a response, with exact numbers


def said_by(claim: Claim) -> Interval:
    return allowed(claim.value, claim.bound, step_of(claim.printed, claim.value))


def allowed_by(fact: Fact) -> Interval:
    value = Decimal(fact["value"])
    return allowed(value, Bound(fact["bound"]), step_of(fact["printed"], value))


def is_alike(claim: Claim, fact: Fact) -> bool:
    """Whether both are actual values, or both are planned or expected."""
    actual: str = answers.Status.ACTUAL
    return bool((claim.status == actual) == (fact["status"] == actual))


def agrees(claim: Claim, said: Interval, fact: Fact, period: Period | None) -> bool:
    """Whether a fact agrees with the claim in everything that the claim states."""
    if period and days(fact) != (period.start.isoformat(), period.end.isoformat()):
        return False
    return is_alike(claim, fact) and Decimal(fact["value"]) == claim.value and meet(said, allowed_by(fact))


def contradicting(claim: Claim, slot: Iterable[Fact], agree: Iterable[Fact]) -> list[Fact]:
    """Facts that contradict a claim: those with the scope of the facts that agree, or with the only scope there is."""
    agreeing = {fact["id"] for fact in agree}
    against = [fact for fact in slot if is_alike(claim, fact) and fact["id"] not in agreeing]
    scopes = {_scope(fact) for fact in agree} or {_scope(fact) for fact in against}
    if not agreeing and len(scopes) > 1:
        return []
    return [fact for fact in against if _scope(fact) in scopes]


def _scope(fact: Fact) -> tuple[Any, ...]:
    return fact["place"], *fact["industries"]


def days(fact: Fact) -> tuple[str, str]:
    return fact["period"]["start"] or "", fact["period"]["end"] or ""


def match(said: Interval, fact: Fact) -> answers.Match:
    return answers.Match.CERTAIN if lies_within(allowed_by(fact), said) else answers.Match.POSSIBLE
