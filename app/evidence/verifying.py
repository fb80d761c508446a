"""Verification: what a text claims, checked against the facts; which of them agree, and which contradict."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated

from app import answers
from app.errors import BadRequest, ContentTooLarge
from app.evidence.claims import Fact, Lexicon, Passages, lexicon
from app.queries.facts import FactList
from app.queries.filters import LONGEST_TEXT
from app.queries.parameters import QueryModel, Single, described, parsed
from app.queries.reading import Pairs, Reading
from app.text.claims import Claim, TooManyNumbersError
from app.text.decimals import written
from app.text.hedges import Bound
from app.text.intervals import Interval, allowed, lies_within, meet, step_of
from app.text.normalizing import squeezed_text
from app.text.periods import Period, read_period

PATH = "/v1/verify"
MOST_NUMBERS = 300  # in a text that is sent
MOST_FACTS = 100  # returned by one look-up
YEAR = 4  # characters


def _read_published(text: str) -> Period:
    try:
        period = read_period(text)
    except ValueError as error:
        raise ValueError(f"{error}.") from None
    if period is None:
        raise ValueError("leave `published` out where it is not known.")
    return period


class VerifyQuery(QueryModel):
    """Query parameters of a verification."""

    published: Annotated[
        Period | None, Single(parse=_read_published, documented={"type": "string", "minLength": 4})
    ] = described(
        "When the text was published. Dates such as 去年 count from it; without it they are undated.", "2025-09-29"
    )


def verify(
    text: str, published: Period | None, facts: FactList, reading: Reading, most: int | None = MOST_NUMBERS
) -> answers.Verification:
    """What each number of a text claims, and what the facts of a list say about it; at most `most` numbers are read.

    Raises ContentTooLarge, TimedOut, NotReady, ReleaseNotKept.
    """
    known = lexicon(reading)
    try:
        found = known.reader.read(text, published, quoted=False, most=most, pause=reading.check_time_limit)
    except TooManyNumbersError:
        raise ContentTooLarge(f"The text has over {most} numbers; send it in parts.") from None
    verifier = _Verifier(facts, known, reading, Passages(known, reading))
    return answers.Verification(
        claims=[verifier.verified(claim) for claim in found.claims],
        left_out=[
            answers.UnstatedNumber(printed=one.printed, start=one.start, end=one.end, why=one.why)
            for one in found.left_out
        ],
        revision=reading.release.id,
    )


@dataclass(frozen=True, slots=True)
class Sides:
    """Facts that entail a claim, that exclude it, that it may be true beside, and others with the same number."""

    agree: Sequence[Fact] = ()
    contradict: Sequence[Fact] = ()
    compatible: Sequence[Fact] = ()
    others: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True)
class _Verifier:
    """Verifies the claims of one text; each look-up is done once. The time limit is checked every few milliseconds."""

    facts: FactList
    lexicon: Lexicon
    reading: Reading
    passages: Passages
    found: dict[Pairs, list[Fact]] = field(default_factory=dict)

    def verified(self, claim: Claim) -> answers.VerifiedClaim:
        self.reading.check_time_limit()
        claimed = allowed(claim.value, claim.bound, step_of(claim.printed, claim.value))
        sides = self._sides(claim, claimed)
        likely = squeezed_text(claim.printed)
        quoting = self._facts(q=likely) if len(likely) <= LONGEST_TEXT else []
        quoted = [fact for fact in quoting if fact["value"] == claim.value and is_said_by(claim, fact)]
        refs = self.lexicon.refs
        return answers.VerifiedClaim(
            printed=claim.printed,
            start=claim.start,
            end=claim.end,
            sentence=claim.sentence,
            value=claim.value,
            units=list(claim.units),
            bound=claim.bound,
            period=_timespan(claim),
            status=answers.Status(claim.status),
            subject=refs.get(claim.subject or ""),
            metric=refs.get(claim.metric or ""),
            doubt=claim.doubt,
            verdict=verdict(sides, is_quoted=bool(quoted)),
            quotes=self.passages.of(claim.printed, [*sides.agree, *quoted, *quoting]),
            agree=[self._witness(fact, match(claimed, fact)) for fact in sides.agree],
            contradict=[self._witness(fact) for fact in sides.contradict],
            compatible=[self._witness(fact) for fact in sides.compatible],
            others=[self._witness(fact) for fact in sides.others],
        )

    def _sides(self, claim: Claim, claimed: Interval) -> Sides:
        """What facts say of a claim.

        Only a claim that tells its subject, metric and period can be agreed with or contradicted; of any other, and of
        one that is in doubt, there are only facts with the same number.
        """
        period = read_period(claim.period)
        same_number = self._of_value(claim)
        if claim.doubt or not (claim.subject and claim.metric and period):
            return Sides(others=same_number)
        comparable = self._comparable(claim.subject, claim.metric, period.start.isoformat(), period.end.isoformat())
        comparable = [fact for fact in comparable if fact["unit"] in claim.units and is_alike(claim, fact)]
        comparable = of_one_scope(claim, comparable)
        agree = [fact for fact in comparable if lies_within(allowed_by(fact), claimed)]
        contradict = [fact for fact in comparable if not meet(claimed, allowed_by(fact))]
        known = {fact["id"] for fact in comparable}
        return Sides(
            agree=agree,
            contradict=contradict,
            compatible=[fact for fact in comparable if fact not in agree and fact not in contradict],
            others=[fact for fact in same_number if fact["id"] not in known],
        )

    def _comparable(self, subject: str, metric: str, start: str, end: str) -> list[Fact]:
        years = start[:YEAR] if start[:YEAR] == end[:YEAR] else f"{start[:YEAR]}..{end[:YEAR]}"
        found = self._facts(subject=subject, metric=metric, year=years)
        return [fact for fact in found if days(fact) == (start, end)]

    def _of_value(self, claim: Claim) -> list[Fact]:
        """Facts with the claimed value, in a unit that the claim may be in."""
        if claim.word and not claim.units:
            return []
        units = {"unit": ",".join(claim.units)} if claim.units else {}
        return self._facts(**units, value=written(claim.value))

    def _facts(self, **filters: str) -> list[Fact]:
        """The facts that match these filters; none where a filter refuses the value, since no fact can have it."""
        self.reading.check_time_limit()
        pairs = (*filters.items(), ("kind", "measurement"), ("limit", str(MOST_FACTS)))
        if pairs not in self.found:
            reading = replace(self.reading, pairs=pairs)
            try:
                matching = self.facts.answers(parsed(self.facts.query, reading), reading)
            except BadRequest:
                return []
            self.found[pairs] = [json.loads(one, parse_float=Decimal) for one in matching]
        return self.found[pairs]

    def _witness(self, fact: Fact, match: answers.Match | None = None) -> answers.Witness:
        self.reading.check_time_limit()
        shown = {name: fact[name] for name in answers.Witness.model_fields if name in fact}
        href = f"{self.reading.root_path}/v1/facts/{fact['id']}"
        return answers.Witness.model_validate({**shown, "fact": fact["id"], "href": href, "match": match})


def _timespan(claim: Claim) -> answers.Timespan:
    period = read_period(claim.period)
    return answers.Timespan(
        start=period.first_day if period else None,
        end=period.end.isoformat() if period else None,
        precision=period.precision if period else None,
        printed=claim.period_printed or None,
        basis=claim.basis,
    )


def allowed_by(fact: Fact) -> Interval:
    value = Decimal(fact["value"])
    return allowed(value, Bound(fact["bound"]), step_of(fact["printed"], value))


def is_alike(claim: Claim, fact: Fact) -> bool:
    """Whether both are actual values, or both are planned or expected."""
    actual: str = answers.Status.ACTUAL
    return bool((claim.status == actual) == (fact["status"] == actual))


def is_said_by(claim: Claim, fact: Fact) -> bool:
    """Whether the sentence of a claim has the quote of a fact, and no words beside it that say it of something else."""
    quote = fact["citation"]["quote"]
    if not quote or fact["derived"]:
        return False
    return claim.explains(squeezed_text(quote), fact["subject"]["id"], fact["period"]["start"], fact["period"]["end"])


def of_one_scope(claim: Claim, facts: Sequence[Fact]) -> list[Fact]:
    """Those facts that are of what the sentence names: all of the subject, unless it names a scope."""
    named = [fact for fact in facts if fact["scope"] and fact["scope"]["id"] in claim.named]
    return named or [fact for fact in facts if not fact["scope"] and not fact["market"]]


def verdict(sides: Sides, *, is_quoted: bool) -> answers.Findings:
    """What facts say of a claim, in a word."""
    findings = answers.Findings
    if sides.agree and sides.contradict:
        return findings.DISPUTED
    if is_quoted:
        return findings.VERBATIM
    if sides.agree:
        return findings.AGREES
    if sides.contradict:
        return findings.DISPUTED if sides.compatible else findings.CONTRADICTS
    if sides.compatible:
        return findings.COMPATIBLE
    return findings.SAME_NUMBER if sides.others else findings.UNKNOWN


def days(fact: Fact) -> tuple[str, str]:
    return fact["period"]["start"] or "", fact["period"]["end"] or ""


def match(claimed: Interval, fact: Fact) -> answers.Match:
    return answers.Match.CERTAIN if lies_within(allowed_by(fact), claimed) else answers.Match.POSSIBLE
