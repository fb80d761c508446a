"""The response model of a verification: what a text claims, and which facts and sources agree or disagree."""

from collections import Counter
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.answers.entities import Answer, Href, Name, Number, Ref
from app.answers.facts import Citation, Match, Status, Timespan
from app.text.hedges import Bound

LONGEST_TEXT = 20 * 1024  # bytes of a request
LONGEST_IN_URL = 2 * 1024  # bytes of a text in a URL
SIDES = ("agree", "contradict", "compatible", "others")  # of a claim


class Findings(StrEnum):
    """`verbatim`: a source says it word for word; `agrees`: a fact on the same subject, metric and period entails it;
    `contradicts`: such a fact cannot be true if the claim is; `disputed`: there are facts of both kinds; `compatible`:
    there are such facts, and the claim may be true. `same-number`: the number stands in a fact on something else, or on
    what the claim does not tell; `unknown`: no fact has it.
    """

    VERBATIM = "verbatim"
    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    DISPUTED = "disputed"
    COMPATIBLE = "compatible"
    SAME_NUMBER = "same-number"
    UNKNOWN = "unknown"


class VerifyRequest(BaseModel):
    """The text to verify."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(description="A sentence or a number as printed", examples=["汽车产量突破110万辆"])]


class Passage(Answer):
    """A place where the number occurs verbatim in a source; `facts` are those that cite it there."""

    citation: Citation
    facts: list[str]


class Witness(Answer):
    """A fact compared with the claim. `match` is `certain` if the fact entails the claim and `possible` if it only may;
    null if they do not agree.
    """

    fact: str
    href: Href
    statement: Name
    value: Number
    unit: str
    bound: Bound
    status: Status
    period: Timespan
    citation: Citation
    match: Match | None


class VerifiedClaim(Answer):
    """A number that claims something. `start` and `end` are offsets in code points of the text sent, end excluded.

    `value` is exact in each of `units`, the likeliest first. `subject` and `metric` are those the sentence names, null
    if it names none. `doubt` says why the sentence cannot be agreed with, such as another verb before the number.
    `agree` are facts that entail the claim, `compatible` those that it may be true beside, and `others` have the same
    number.
    """

    printed: Annotated[str, Field(examples=["突破110万辆"])]
    start: int
    end: int
    sentence: str
    value: Number
    units: list[str]
    bound: Bound
    period: Timespan
    status: Status
    subject: Ref | None
    metric: Ref | None
    doubt: str | None
    verdict: Findings
    quotes: Annotated[list[Passage], Field(description="At most twenty, those of agreeing facts first")]
    agree: list[Witness]
    contradict: list[Witness]
    compatible: list[Witness]
    others: list[Witness]


class UnstatedNumber(Answer):
    """A number that was not verified, and why: it is a date, a code, or cannot be read."""

    printed: str
    start: int
    end: int
    why: Annotated[str, Field(examples=["a date"])]


class Verification(Answer):
    """What each number in a text claims, in text order."""

    claims: list[VerifiedClaim]
    left_out: list[UnstatedNumber]
    revision: Annotated[str, Field(examples=["r-3f9c0a5d1b27e684"])]


def sentences(found: Verification, text: str) -> str:
    """The same as text for people: a line for each number, then the facts on it."""
    lines = []
    for claim in found.claims:
        line = text.count("\n", 0, claim.start) + 1
        doubt = f" ({claim.doubt})" if claim.doubt else ""
        lines.append(f"line {line}: {claim.printed}: {claim.verdict}{doubt}")
        lines += [f"  {side} {_witness(one)}" for side in SIDES for one in getattr(claim, side)]
    counts = Counter(claim.verdict for claim in found.claims)
    verdicts = ", ".join(f"{counts[one]} {one}" for one in Findings if counts[one]) or "no number states anything"
    return "\n".join([*lines, f"{verdicts}; {len(found.left_out)} numbers left out; revision {found.revision}."])


def _witness(one: Witness) -> str:
    return f"{one.fact}: {one.statement.en or one.statement.zh} ({one.citation.source.id})"
