"""Verification: what a text claims, held against the facts there are; who says the same, and who says otherwise."""

import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

from sqlalchemy import bindparam, select

from app import answers, tables
from app.chinese import find_quote, squeeze, squeezed_text
from app.claims.reading import Claim, LeftOut
from app.database import LOADED_AGAIN, MOST_TRIES, Database, Snapshot, Superseded
from app.decimals import written
from app.errors import BadRequest, NotReady, TimedOut
from app.intervals import Interval, meet
from app.periods import Period, read_period
from app.queries.agreement import Fact, agrees, allowed_by, contradicting, days, is_alike, match, said_by
from app.queries.claim_readers import ClaimReaders, Known
from app.queries.filters import LONGEST_TEXT, Parameter
from app.queries.lists import List
from app.queries.questions import Questions
from app.queries.shapes import Statements
from app.queries.vocabulary import Vocabulary
from app.queries.walks import REVISION

PATH = "/v1/verify"
MOST_QUOTES, MOST_ASKED = 20, 100  # shown; facts that one question finds
DIGITS_BEFORE, DIGITS_BEHIND = re.compile(r"\d[.,]?$"), re.compile(r"[.,]?\d")
YEAR = 4  # characters
TEXT = tables.SourceText
STATEMENTS = Statements()


@dataclass(frozen=True, kw_only=True)
class Published(Parameter[Period]):
    name: str = "published"
    description: str = "When the text was published, as in a seed: 去年 is of the year before. Without it, undated."
    example: Any = "2025-09-29"
    single: ClassVar[bool] = True

    def read(self, values: list[str], vocabulary: Vocabulary) -> Period:
        try:
            period = read_period(values[0])
        except ValueError as error:
            raise self.refuse(values[0], f"{error}.") from None
        if period is None:
            raise self.refuse(values[0], "leave `published` out where it is not known.")
        return period

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 4}


QUESTIONS = Questions(PATH, [Published()])


class Verifier:
    """Verifies texts against a list of facts, by the questions that anybody may ask of it."""

    def __init__(self, facts: List) -> None:
        self._facts = facts
        self._readers = ClaimReaders()

    def verify(
        self, text: str, published: Period | None, snapshot: Snapshot, vocabulary: Vocabulary, root_path: str = ""
    ) -> answers.Verification:
        """What each number of a text says, and what there is on it. Raises Superseded, TimedOut, NotReady."""
        until = time.monotonic() + snapshot.seconds
        known = self._readers.of(snapshot)
        reading = known.reader.read(text, published, quoted=False)
        asking = _Asking(self._facts, known, snapshot, vocabulary, root_path)
        claims = []
        for claim in reading.claims:
            if time.monotonic() > until:
                raise TimedOut
            claims.append(asking.verified(claim))
        return answers.Verification(
            claims=claims,
            left_out=[_left_out(one) for one in reading.left_out],
            revision=snapshot.revision.name,
        )

    def verify_by(self, database: Database, text: str, published: Period | None) -> answers.Verification:
        """The same without a time limit, of what is loaded now. Raises NotReady."""
        revision = database.revision()
        for _ in range(MOST_TRIES):
            try:
                snapshot = database.snapshot(float("inf"), revision)
                return self.verify(text, published, snapshot, Vocabulary(database, revision))
            except Superseded:
                revision = database.renewed()
        raise NotReady(LOADED_AGAIN)


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
    """What one text asks; a question that several of its claims ask is asked once."""

    facts: List
    known: Known
    snapshot: Snapshot
    vocabulary: Vocabulary
    root_path: str
    asked: dict[str, list[Fact]] = field(default_factory=dict)

    def verified(self, claim: Claim) -> answers.VerifiedClaim:
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
        """Facts of the same subject, metric and period where all are told; else those with the same value."""
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
        """Facts of the value that is claimed, of what the claim tells of them."""
        if claim.word and not claim.units:
            return []
        told = {"subject": claim.subject, "metric": claim.metric, "unit": ",".join(claim.units)}
        return self._ask(**{name: one for name, one in told.items() if one}, value=written(claim.value))

    def _ask(self, **question: str) -> list[Fact]:
        """The facts that a question finds. No fact has a number that no filter takes."""
        query = urlencode({**question, "kind": "measurement", "limit": MOST_ASKED, "total": "none"})
        if query not in self.asked:
            try:
                body = self.facts.page(query.encode(), self.snapshot, self.vocabulary, self.root_path)
            except BadRequest:
                return []
            self.asked[query] = json.loads(body.json, parse_float=Decimal)["data"]
        return self.asked[query]

    def _quotes(self, claim: Claim, agree: Iterable[Fact]) -> list[answers.Passage]:
        """Where the number stands in quotes of facts, and in texts that are stored."""
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
        return [*passages, *self._in_texts(printed, passages)][:MOST_QUOTES]

    def _in_texts(self, printed: str, cited: Sequence[answers.Passage]) -> list[answers.Passage]:
        passages = []
        for source, plain in self.known.texts.items():
            if not _stands_in(printed, plain):
                continue
            statement = STATEMENTS.of(
                "text", self.snapshot.database, select(REVISION, TEXT.text).where(TEXT.id == bindparam("source"))
            )
            text = self.snapshot.rows(statement, {"source": source})[0][1].decode()
            for start, end in find_quote(printed, squeeze(text)):
                if any(_holds(one.citation, source, start, end) for one in cited) or _is_cut(text, start, end):
                    continue
                place = {"source": source, "quote": text[start:end], "start": start, "end": end}
                citation = answers.Citation(**place, evidence=answers.Evidence.VERBATIM)
                passages.append(answers.Passage(citation=citation, facts=[]))
        return passages

    def _witness(self, fact: Fact, match: answers.Match | None = None) -> answers.Witness:
        shown = {name: fact[name] for name in answers.Witness.model_fields if name in fact}
        href = f"{self.root_path}/v1/facts/{fact['id']}"
        return answers.Witness.model_validate({**shown, "fact": fact["id"], "href": href, "match": match})


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
    """Whether a number stands in a text, and not as part of a longer one."""
    at = text.find(printed)
    while at >= 0:
        if not _is_cut(text, at, at + len(printed)):
            return True
        at = text.find(printed, at + 1)
    return False


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether a part of a text begins or ends inside a number."""
    before, behind = text[max(0, start - 2) : start], text[end : end + 2]
    begins, ends = text[start].isdigit(), text[end - 1].isdigit()
    return bool((begins and DIGITS_BEFORE.search(before)) or (ends and DIGITS_BEHIND.match(behind)))


def _holds(citation: answers.Citation, source: str, start: int, end: int) -> bool:
    """Whether a citation spans a place of a source."""
    if citation.source != source or citation.start is None or citation.end is None:
        return False
    return citation.start <= start and end <= citation.end
