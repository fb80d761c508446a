"""Verdicts: whether a fact and a claim can be compared, whether one entails the other, and what several come to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app import answers
from app.evidence.claims import FactJson
from app.text.claims import Claim
from app.text.hedges import Bound
from app.text.intervals import Interval, allowed, is_revised, lies_within, step_of

FACTOR = 2
YEAR = 4  # characters
TARGETS = {"target", "plan"}
SETTLED = {"final", "revised"}
ROLLED_OFF = re.compile(r"下线|roll(?:ed|s|ing)? off", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FactsBySide:
    """Facts that entail a claim, that exclude it, that it may be true beside, and others with the same number."""

    agree: Sequence[FactJson] = ()
    contradict: Sequence[FactJson] = ()
    compatible: Sequence[FactJson] = ()
    others: Sequence[FactJson] = ()
    is_open: bool = False  # whether the claim is as large as one that it may be true beside


def allowed_by(fact: FactJson) -> Interval:
    value = Decimal(fact["value"])
    return allowed(value, Bound(fact["bound"]), step_of(fact["printed"], value))


def is_alike(claim: Claim, fact: FactJson) -> bool:
    """Whether both are of what happened, both estimates, or both targets or plans."""
    told = fact["status"]
    return bool(told == claim.status or {told, claim.status} <= TARGETS)


def is_measured_alike(claim: Claim, fact: FactJson) -> bool:
    """Whether what a source calls roll-off is called so by the claim, too: it is not what is called output."""
    return not ROLLED_OFF.search(fact["measure"] or "") or bool(ROLLED_OFF.search(claim.sentence))


def unrevised(facts: Sequence[FactJson]) -> list[FactJson]:
    """The facts without the preliminary ones whose values were revised."""
    settled = [allowed_by(fact) for fact in facts if fact["vintage"] in SETTLED]
    return [fact for fact in facts if fact["vintage"] != "preliminary" or not is_revised(allowed_by(fact), settled)]


def entails(fact: FactJson, claim: Claim, claimed: Interval) -> bool:
    """Whether a claim is true if a fact is: its interval has all of the fact's in it, or it is the same number, which
    another way to write it does not make more exact: 62.6万, 626,000.
    """
    return is_same_number(claim, fact) or lies_within(allowed_by(fact), claimed)


def is_same_number(claim: Claim, fact: FactJson) -> bool:
    return (Decimal(fact["value"]), fact["bound"]) == (claim.value, claim.bound)


def is_near(claim: Claim, fact: FactJson) -> bool:
    """Whether a claim is of the size of a fact. That over 23,000 were sold where 230,000 were is true and no help: more
    likely a slip than meant.
    """
    claimed, value = abs(claim.value), abs(Decimal(fact["value"]))
    return value <= FACTOR * claimed and claimed <= FACTOR * value


def verdict(sides: FactsBySide, *, is_quoted: bool) -> answers.Findings:
    """What facts say of a claim, in a word."""
    findings = answers.Findings
    if sides.agree and sides.contradict:
        return findings.DISPUTED
    if is_quoted:
        return findings.VERBATIM
    if sides.agree:
        return findings.AGREES
    if sides.contradict:
        return findings.DISPUTED if sides.is_open else findings.CONTRADICTS
    if sides.compatible:
        return findings.COMPATIBLE
    return findings.SAME_NUMBER if sides.others else findings.UNKNOWN


def is_at_the_end(fact: FactJson, start: str, end: str) -> bool:
    """Whether a stock is told for the last day of a year that a text speaks of."""
    return bool(days(fact) == (end, end) and fact["frequency"] == "annual" and start == f"{end[:YEAR]}-01-01")


def days(fact: FactJson) -> tuple[str, str]:
    return fact["period"]["start"] or "", fact["period"]["end"] or ""


def match(claimed: Interval, fact: FactJson) -> answers.Match:
    return answers.Match.CERTAIN if lies_within(allowed_by(fact), claimed) else answers.Match.POSSIBLE
