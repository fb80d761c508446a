"""A verification as it is shown: what a text says, where that stands, which facts say the same or otherwise."""

from collections import Counter
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.answers.entities import Answer, Name, Number, Ref
from app.answers.facts import Citation, Match, Status, Timespan
from app.hedges import Bound

LONGEST_TEXT = 20 * 1024  # bytes of a request
SIDES = ("agree", "contradict", "others")  # of a claim


class Findings(StrEnum):
    """`agrees`: a fact says it; `contradicts`: a fact of the same subject, metric and period cannot be true beside it;
    `disputed`: there are both; `unknown`: no fact tells.
    """

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    DISPUTED = "disputed"
    UNKNOWN = "unknown"


class Statement(BaseModel):
    """What is to be verified."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(description="A sentence or a number as printed", examples=["汽车产量突破110万辆"])]


class Passage(Answer):
    """Where a number stands in a source, to the letter; `facts` are those that cite it there."""

    citation: Citation
    facts: list[str]


class Witness(Answer):
    """A fact beside what is claimed. `match` is `certain` where it cannot be true without the claim, else `possible`;
    null where it does not agree.
    """

    fact: str
    href: str
    statement: Name
    value: Number
    unit: str
    bound: Bound
    status: Status
    period: Timespan
    citation: Citation
    match: Match | None


class VerifiedClaim(Answer):
    """A number that states something. `start` and `end` count code points of the text sent, from 0, end excluded.

    `value` is exact in each of `units`, the likeliest first. `subject` and `metric` are what the sentence names, null
    where it does not say; `others` are of the subject, metric and period of facts that agree, with other values.
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
    verdict: Findings
    quotes: Annotated[list[Passage], Field(description="Twenty at most, those of facts that agree first")]
    agree: list[Witness]
    contradict: list[Witness]
    others: list[Witness]


class UnstatedNumber(Answer):
    """A number that was not verified, and why: it is a date, a code, or none that can be read."""

    printed: str
    start: int
    end: int
    why: Annotated[str, Field(examples=["a date"])]


class Verification(Answer):
    """What each number of a text says, in the order of the text."""

    claims: list[VerifiedClaim]
    left_out: list[UnstatedNumber]
    revision: Annotated[str, Field(examples=["r-3f9c0a5d1b27e684"])]


def sentences(found: Verification, text: str) -> str:
    """For people: a line a number, then the facts beside it."""
    lines = []
    for claim in found.claims:
        line = text.count("\n", 0, claim.start) + 1
        lines.append(f"line {line}: {claim.printed}: {claim.verdict}")
        lines += [f"  {side} {_witness(one)}" for side in SIDES for one in getattr(claim, side)]
    counts = Counter(claim.verdict for claim in found.claims)
    told = ", ".join(f"{counts[one]} {one}" for one in Findings if counts[one]) or "no number states anything"
    return "\n".join([*lines, f"{told}; {len(found.left_out)} numbers left out; revision {found.revision}."])


def _witness(one: Witness) -> str:
    said = one.statement.en or one.statement.zh
    return f"{one.fact}: {said} ({one.citation.source})"
