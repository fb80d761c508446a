"""Verification: what a text claims, checked against the facts; which of them agree, and which contradict."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Any

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
VERDICTS = {  # where facts agree, and where facts contradict
    (True, True): answers.Findings.DISPUTED,
    (True, False): answers.Findings.AGREES,
    (False, True): answers.Findings.CONTRADICTS,
    (False, False): answers.Findings.UNKNOWN,
}


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
        agree, contradict, others = self._sides(claim, claimed)
        likely = squeezed_text(claim.printed)
        quoting = self._facts(q=likely) if len(likely) <= LONGEST_TEXT else []
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
            verdict=VERDICTS[bool(agree), bool(contradict)],
            quotes=self.passages.of(claim.printed, [*agree, *quoting]),
            agree=[self._witness(fact, match(claimed, fact)) for fact in agree],
            contradict=[self._witness(fact) for fact in contradict],
            others=[self._witness(fact) for fact in others],
        )

    def _sides(self, claim: Claim, claimed: Interval) -> tuple[list[Fact], list[Fact], list[Fact]]:
        """Facts that agree, that contradict, and others.

        They have the same subject, metric and period if the claim has all three, else the same value.
        """
        period = read_period(claim.period)
        if claim.subject and claim.metric and period:
            comparable = self._comparable(claim.subject, claim.metric, period.start.isoformat(), period.end.isoformat())
            comparable = [fact for fact in comparable if fact["unit"] in claim.units]
            agree = [fact for fact in comparable if is_alike(claim, fact) and meet(claimed, allowed_by(fact))]
            contradict = contradicting(claim, comparable, agree)
        else:
            agree, contradict = [fact for fact in self._of_value(claim) if agrees(claim, claimed, fact, period)], []
            keys = {(fact["subject"]["id"], fact["metric"]["id"], *days(fact)): None for fact in agree}
            comparable = [fact for one in keys if one[2] for fact in self._comparable(*one)]
        taken = {fact["id"] for fact in (*agree, *contradict)}
        return agree, contradict, [fact for fact in comparable if fact["id"] not in taken]

    def _comparable(self, subject: str, metric: str, start: str, end: str) -> list[Fact]:
        years = start[:YEAR] if start[:YEAR] == end[:YEAR] else f"{start[:YEAR]}..{end[:YEAR]}"
        found = self._facts(subject=subject, metric=metric, year=years)
        return [fact for fact in found if days(fact) == (start, end)]

    def _of_value(self, claim: Claim) -> list[Fact]:
        """Facts with the claimed value, and with whatever else the claim names."""
        if claim.word and not claim.units:
            return []
        named = {"subject": claim.subject, "metric": claim.metric, "unit": ",".join(claim.units)}
        return self._facts(**{name: one for name, one in named.items() if one}, value=written(claim.value))

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


def agrees(claim: Claim, claimed: Interval, fact: Fact, period: Period | None) -> bool:
    """Whether a fact agrees with the claim in everything that the claim states."""
    if period and days(fact) != (period.start.isoformat(), period.end.isoformat()):
        return False
    return is_alike(claim, fact) and Decimal(fact["value"]) == claim.value and meet(claimed, allowed_by(fact))


def contradicting(claim: Claim, comparable: Iterable[Fact], agree: Iterable[Fact]) -> list[Fact]:
    """Facts that contradict a claim: those with the scope of the facts that agree, or with the only scope there is."""
    agreeing = {fact["id"] for fact in agree}
    against = [fact for fact in comparable if is_alike(claim, fact) and fact["id"] not in agreeing]
    scopes = {_scope(fact) for fact in agree} or {_scope(fact) for fact in against}
    if not agreeing and len(scopes) > 1:
        return []
    return [fact for fact in against if _scope(fact) in scopes]


def _scope(fact: Fact) -> tuple[Any, ...]:
    return tuple(fact[name] and fact[name]["id"] for name in ("scope", "market"))


def days(fact: Fact) -> tuple[str, str]:
    return fact["period"]["start"] or "", fact["period"]["end"] or ""


def match(claimed: Interval, fact: Fact) -> answers.Match:
    return answers.Match.CERTAIN if lies_within(allowed_by(fact), claimed) else answers.Match.POSSIBLE
