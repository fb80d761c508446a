"""Verification: what a text claims, checked against the facts; which of them agree, and which contradict."""

import json
from dataclasses import dataclass, field
from decimal import Decimal

from app import answers
from app.answers.verification import LONGEST_IN_URL
from app.errors import BadRequest, ContentTooLarge
from app.evidence.claims import FactJson, Lexicon, Passages, lexicon
from app.evidence.verdicts import (
    YEAR,
    FactsBySide,
    allowed_by,
    days,
    entails,
    is_alike,
    is_at_the_end,
    is_measured_alike,
    is_near,
    is_same_number,
    match,
    unrevised,
    verdict,
)
from app.queries.facts import FactList
from app.queries.filters import LONGEST_TEXT
from app.queries.names import fold
from app.queries.parameters import QueryModel, Single
from app.queries.reading import Pairs, RequestContext
from app.text.claims import Claim, TooManyNumbersError
from app.text.decimals import written
from app.text.intervals import Interval, allowed, meet, step_of
from app.text.normalizing import normalise, squeezed_text
from app.text.periods import Period, period_between, read_period
from app.text.verbatim import Quoted, says

PATH = "/v1/verify"
MOST_NUMBERS = 300  # in a text that is sent
MOST_FACTS = 100  # returned by one look-up
MOST_BESIDE = 500  # quotes of a source


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

    published: Period | None = Single(parse=_read_published, documented={"type": "string", "minLength": 4}).described(
        "When the text was published. Dates such as 去年 count from it; without it they are undated.", "2025-09-29"
    )


def _read_text(text: str) -> str:
    if not text.strip():
        raise ValueError("there is no text; write a sentence or a number, such as text=汽车产量突破110万辆.")
    return text


class VerifyLinkQuery(VerifyQuery):
    """Query parameters of a verification that is a link."""

    text: str = Single(
        parse=_read_text,
        documented={"type": "string", "minLength": 1},
        missing=("There is no text: write ?text= with a sentence or a number, or POST a text.",),
    ).described(
        f"A sentence or a number as printed, at most {LONGEST_IN_URL // 1024} kB in UTF-8.", "汽车产量突破110万辆"
    )


def verify(
    text: str, published: Period | None, facts: FactList, reading: RequestContext, most: int | None = MOST_NUMBERS
) -> answers.Verification:
    """What each number of a text claims, and what the facts of a list say about it; at most `most` numbers are read.

    Raises ContentTooLarge, TimedOut, NotReady, ReleaseNotKept.
    """
    known = lexicon(reading)
    simplified = fold(text, reading)
    try:
        found = known.reader.read(
            simplified, published, quoted=False, most=most, pause=reading.check_time_limit, typed=text
        )
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
    reading: RequestContext
    passages: Passages
    found: dict[Pairs, list[FactJson]] = field(default_factory=dict)
    quotes: dict[str, list[str]] = field(default_factory=dict)

    def verified(self, claim: Claim) -> answers.VerifiedClaim:
        self.reading.check_time_limit()
        claimed = allowed(claim.value, claim.bound, step_of(claim.printed, claim.value))
        sides = self._sides(claim, claimed)
        likely = squeezed_text(fold(claim.printed, self.reading))
        quoting = self._facts(q=likely) if len(likely) <= LONGEST_TEXT else []
        quoted = [fact for fact in quoting if self._is_said_by(claim, fact)]
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

    def _sides(self, claim: Claim, claimed: Interval) -> FactsBySide:
        """What facts say of a claim.

        Only a claim that tells its subject, metric and period can be agreed with or contradicted; of any other, and of
        one that is in doubt, there are only facts with the same number.
        """
        period = read_period(claim.period)
        same_number = self._of_value(claim)
        if claim.doubt or not (claim.subject and claim.metric and period):
            return FactsBySide(others=same_number)
        comparable = self._comparable(claim.subject, claim.metric, period.start.isoformat(), period.end.isoformat())
        comparable = [fact for fact in comparable if fact["unit"] in claim.units and is_alike(claim, fact)]
        comparable = [fact for fact in comparable if self._is_of_what_is_named(claim, fact)]
        comparable = [fact for fact in comparable if is_measured_alike(claim, fact)] or comparable
        agree = [fact for fact in comparable if entails(fact, claim, claimed) and is_near(claim, fact)]
        latest = unrevised(comparable)
        comparable = [fact for fact in comparable if fact in latest or fact in agree]
        # A claim with the number of a fact says no more than the fact, whatever zeros it is written with.
        readings = [claimed, *(allowed_by(fact) for fact in agree if is_same_number(claim, fact))]
        contradict = [fact for fact in comparable if not any(meet(one, allowed_by(fact)) for one in readings)]
        known = {fact["id"] for fact in comparable}
        return FactsBySide(
            agree=agree,
            contradict=contradict,
            compatible=[fact for fact in comparable if fact not in agree and fact not in contradict],
            others=[fact for fact in same_number if fact["id"] not in known],
            is_open=any(fact not in agree and fact not in contradict and is_near(claim, fact) for fact in comparable),
        )

    def _is_of_what_is_named(self, claim: Claim, fact: FactJson) -> bool:
        """Whether a claim names the scope and the market of a fact, and nothing that the fact is not of."""
        named = claim.telling.named if claim.telling else frozenset()
        own = {fact[part]["id"] for part in ("scope", "market") if fact[part]}
        told = own <= set().union(*named)
        return told and all(one & self._names(fact) for one in named)

    def _names(self, fact: FactJson) -> set[str]:
        """What a fact is of, and where that lies."""
        of = {fact[part]["id"] for part in ("subject", "scope", "market", "place") if fact[part]}
        return of.union(*map(self.lexicon.lexis.around, of))

    def _is_said_by(self, claim: Claim, fact: FactJson) -> bool:
        """Whether a sentence has the quote of a fact, and no words beside it that say it of something else."""
        self.reading.check_time_limit()
        quote, value = fact["citation"]["quote"], Decimal(fact["value"])
        if not quote or fact["derived"] or not claim.telling or (value, fact["bound"]) != (claim.value, claim.bound):
            return False
        start, end = fact["period"]["start"], fact["period"]["end"]
        return says(
            claim.telling,
            Quoted(
                self._plain(quote),
                fact["subject"]["id"],
                self._names(fact),
                period_between(start, end) if start and end else None,
                fact["period"]["printed"],
                self._beside(fact["citation"]["source"]["id"]),
            ),
        )

    def _beside(self, source: str) -> list[str]:
        """The quotes of a source."""
        if source not in self.quotes:
            pairs = (("source", source), ("limit", str(MOST_BESIDE)))
            facts = map(json.loads, self.facts.answers(pairs, self.reading))
            quotes = {fact["citation"]["quote"] for fact in facts} - {None}
            self.quotes[source] = [self._plain(quote) for quote in sorted(quotes)]
        return self.quotes[source]

    def _plain(self, quote: str) -> str:
        return normalise(squeezed_text(fold(quote, self.reading)))

    def _comparable(self, subject: str, metric: str, start: str, end: str) -> list[FactJson]:
        years = start[:YEAR] if start[:YEAR] == end[:YEAR] else f"{start[:YEAR]}..{end[:YEAR]}"
        found = self._facts(subject=subject, metric=metric, year=years)
        return [fact for fact in found if days(fact) == (start, end) or is_at_the_end(fact, start, end)]

    def _of_value(self, claim: Claim) -> list[FactJson]:
        """Facts with the claimed value, in a unit that the claim may be in."""
        if claim.word and not claim.units:
            return []
        units = {"unit": ",".join(claim.units)} if claim.units else {}
        return self._facts(**units, value=written(claim.value))

    def _facts(self, **filters: str) -> list[FactJson]:
        """The facts that match these filters; none where a filter refuses the value, since no fact can have it."""
        self.reading.check_time_limit()
        pairs = (*filters.items(), ("kind", "measurement"), ("limit", str(MOST_FACTS)))
        if pairs not in self.found:
            try:
                matching = self.facts.answers(pairs, self.reading)
            except BadRequest:
                return []
            self.found[pairs] = [json.loads(one, parse_float=Decimal) for one in matching]
        return self.found[pairs]

    def _witness(self, fact: FactJson, match: answers.Match | None = None) -> answers.Witness:
        self.reading.check_time_limit()
        shown = {name: fact[name] for name in answers.Witness.model_fields if name in fact}
        href = self.reading.root_path + fact["href"]
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
