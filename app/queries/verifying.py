"""Verification: what a text claims, checked against the facts; which of them agree, and which contradict."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, islice
from typing import Annotated, Any, ClassVar

from pydantic import Field
from sqlalchemy import Select, bindparam, select

from app import answers, tables
from app.errors import BadRequest, ContentTooLarge
from app.queries.agreement import Fact, agrees, allowed_by, contradicting, days, is_alike, match, said_by
from app.queries.claim_readers import Known, known_in
from app.queries.facts import FactList
from app.queries.filters import LONGEST_TEXT
from app.queries.parameters import Context, Parameter, Query, parsed
from app.queries.reading import Pairs, Reading
from app.text.claims import Claim, LeftOut, TooManyNumbersError
from app.text.decimals import written
from app.text.intervals import Interval, meet
from app.text.normalizing import Squeezed, find_quote, squeeze, squeezed_text
from app.text.patterns import Pause
from app.text.periods import Period, read_period

PATH = "/v1/verify"
MOST_NUMBERS = 300  # of a text that is sent
MOST_QUOTES, MOST_ASKED = 20, 100  # quotes shown; facts that one look-up returns
DIGITS_BEFORE, DIGITS_BEHIND = re.compile(r"\d[.,]?$"), re.compile(r"[.,]?\d")
YEAR = 4  # characters
TEXT = tables.source_texts


@dataclass(frozen=True)
class Published(Parameter[Period]):
    """When a text was published."""

    single: ClassVar[bool] = True

    def read(self, values: list[str], context: Context) -> Period:
        try:
            period = read_period(values[0])
        except ValueError as error:
            raise self.refuse(values[0], f"{error}.") from None
        if period is None:
            raise self.refuse(values[0], "leave `published` out where it is not known.")
        return period

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 4}


class VerifyQuery(Query):
    """Query parameters of a verification."""

    published: Annotated[
        Period | None,
        Published(),
        Field(
            description="When the text was published. Dates such as 去年 count from it; without it they are undated.",
            examples=["2025-09-29"],
        ),
    ] = None


def verify(
    text: str, published: Period | None, facts: FactList, reading: Reading, most: int | None = MOST_NUMBERS
) -> answers.Verification:
    """What each number of a text claims, and what the facts of a list say about it; at most `most` numbers are read.

    Raises ContentTooLarge, TimedOut, NotReady, ReleaseNotKept.
    """
    known = known_in(reading)
    try:
        found = known.reader.read(text, published, quoted=False, most=most, pause=reading.look_at_clock)
    except TooManyNumbersError:
        raise ContentTooLarge(f"The text has over {most} numbers; send it in parts.") from None
    asking = _Asking(facts, known, reading, reading.look_at_clock)
    return answers.Verification(
        claims=[asking.verified(claim) for claim in found.claims],
        left_out=[_left_out(one) for one in found.left_out],
        revision=reading.release.id,
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    agree: list[Fact]
    contradict: list[Fact]
    others: list[Fact]

    @property
    def verdict(self) -> answers.Findings:
        if self.agree and self.contradict:
            return answers.Findings.DISPUTED
        if self.agree or self.contradict:
            return answers.Findings.AGREES if self.agree else answers.Findings.CONTRADICTS
        return answers.Findings.UNKNOWN


@dataclass(frozen=True, slots=True)
class _Asking:
    """The look-ups for one text, each done once. `pause` is called every few milliseconds."""

    facts: FactList
    known: Known
    reading: Reading
    pause: Pause
    asked: dict[Pairs, list[Fact]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    squeezed: dict[str, Squeezed] = field(default_factory=dict)

    def verified(self, claim: Claim) -> answers.VerifiedClaim:
        self.pause()
        said = said_by(claim)
        sides = self._sides(claim, said)
        refs = self.known.refs
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
            verdict=sides.verdict,
            quotes=self._quotes(claim, sides.agree),
            agree=[self._witness(fact, match(said, fact)) for fact in sides.agree],
            contradict=[self._witness(fact) for fact in sides.contradict],
            others=[self._witness(fact) for fact in sides.others],
        )

    def _sides(self, claim: Claim, said: Interval) -> _Sides:
        """Facts with the same subject, metric and period if the claim has all three, else facts with the same value."""
        period = read_period(claim.period)
        if claim.subject and claim.metric and period:
            slot = self._slot(claim.subject, claim.metric, period.start.isoformat(), period.end.isoformat())
            slot = [fact for fact in slot if fact["unit"] in claim.units]
            agree = [fact for fact in slot if is_alike(claim, fact) and meet(said, allowed_by(fact))]
            contradict = contradicting(claim, slot, agree)
        else:
            agree, contradict = [fact for fact in self._of_value(claim) if agrees(claim, said, fact, period)], []
            slots = {(fact["subject"]["id"], fact["metric"]["id"], *days(fact)): None for fact in agree}
            slot = [fact for one in slots if one[2] for fact in self._slot(*one)]
        taken = {fact["id"] for fact in (*agree, *contradict)}
        return _Sides(agree, contradict, [fact for fact in slot if fact["id"] not in taken])

    def _slot(self, subject: str, metric: str, start: str, end: str) -> list[Fact]:
        years = start[:YEAR] if start[:YEAR] == end[:YEAR] else f"{start[:YEAR]}..{end[:YEAR]}"
        found = self._ask(subject=subject, metric=metric, year=years)
        return [fact for fact in found if days(fact) == (start, end)]

    def _of_value(self, claim: Claim) -> list[Fact]:
        """Facts with the claimed value, and with whatever else the claim names."""
        if claim.word and not claim.units:
            return []
        told = {"subject": claim.subject, "metric": claim.metric, "unit": ",".join(claim.units)}
        return self._ask(**{name: one for name, one in told.items() if one}, value=written(claim.value))

    def _ask(self, **filters: str) -> list[Fact]:
        """The facts that match these filters; none where a filter refuses the value, since no fact can have it."""
        self.pause()
        pairs = (*filters.items(), ("kind", "measurement"), ("limit", str(MOST_ASKED)))
        if pairs not in self.asked:
            reading = replace(self.reading, pairs=pairs)
            try:
                found = self.facts.answers(parsed(self.facts.query, reading), reading)
            except BadRequest:
                return []
            self.asked[pairs] = [json.loads(one, parse_float=Decimal) for one in found]
        return self.asked[pairs]

    def _quotes(self, claim: Claim, agree: Iterable[Fact]) -> list[answers.Passage]:
        """Where the number occurs in quotes of facts and in stored texts."""
        printed = squeezed_text(claim.printed)
        found: dict[tuple[str, str], list[Fact]] = {}
        likely = [*agree, *(self._ask(q=printed) if len(printed) <= LONGEST_TEXT else [])]
        for fact in {fact["id"]: fact for fact in likely}.values():
            quote = fact["citation"]["quote"]
            if quote and _stands_in(printed, squeezed_text(quote)):
                found.setdefault((fact["citation"]["source"], quote), []).append(fact)
        passages = [
            answers.Passage(
                citation=answers.Citation.model_validate(facts[0]["citation"]), facts=[fact["id"] for fact in facts]
            )
            for facts in found.values()
        ]
        return list(islice(chain(passages, self._in_texts(printed, passages)), MOST_QUOTES))

    def _in_texts(self, printed: str, cited: Sequence[answers.Passage]) -> Iterator[answers.Passage]:
        for source, plain in self.known.texts.items():
            self.pause()
            if not _stands_in(printed, plain):
                continue
            text = self._text(source)
            for start, end in find_quote(printed, self.squeezed[source]):
                self.pause()
                if _is_cut(text, start, end) or any(_holds(one.citation, source, start, end) for one in cited):
                    continue
                place = {"source": source, "quote": text[start:end], "start": start, "end": end}
                citation = answers.Citation(**place, evidence=answers.Evidence.VERBATIM)
                yield answers.Passage(citation=citation, facts=[])

    def _text(self, source: str) -> str:
        """The stored text of a source; its squeezed form is cached along with it."""
        if source not in self.texts:
            statement = self.reading.statement("stored text", _select_text)
            self.texts[source] = self.reading.rows(statement, {"source": source})[0][0].decode()
            self.squeezed[source] = squeeze(self.texts[source], self.pause)
        return self.texts[source]

    def _witness(self, fact: Fact, match: answers.Match | None = None) -> answers.Witness:
        self.pause()
        shown = {name: fact[name] for name in answers.Witness.model_fields if name in fact}
        href = f"{self.reading.root_path}/v1/facts/{fact['id']}"
        return answers.Witness.model_validate({**shown, "fact": fact["id"], "href": href, "match": match})


def _select_text() -> Select[Any]:
    return select(TEXT.c.text).where(TEXT.c.id == bindparam("source"))


def _timespan(claim: Claim) -> answers.Timespan:
    period = read_period(claim.period)
    return answers.Timespan(
        start=period.start.isoformat() if period else None,
        end=period.end.isoformat() if period else None,
        precision=period.precision if period else None,
        printed=claim.period_printed or None,
        basis=claim.basis,
    )


def _left_out(one: LeftOut) -> answers.UnstatedNumber:
    return answers.UnstatedNumber(printed=one.printed, start=one.start, end=one.end, why=one.why)


def _stands_in(printed: str, text: str) -> bool:
    """Whether a number occurs in a text other than as part of a longer number."""
    at = text.find(printed)
    while at >= 0:
        if not _is_cut(text, at, at + len(printed)):
            return True
        at = text.find(printed, at + 1)
    return False


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether a span of a text begins or ends inside a number."""
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    begins, ends = text[start].isdigit(), text[end - 1].isdigit()
    return bool((begins and DIGITS_BEFORE.search(before)) or (ends and DIGITS_BEHIND.match(behind)))


def _holds(citation: answers.Citation, source: str, start: int, end: int) -> bool:
    """Whether a citation covers a span of a source."""
    if citation.source != source or citation.start is None or citation.end is None:
        return False
    return citation.start <= start and end <= citation.end
