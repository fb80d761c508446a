"""What a sentence tells of a number: subject and metric, whatever else it names, and words that leave it in doubt."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.text.dates import Mention
from app.text.measured import Measured
from app.text.numbers import PrintedNumber
from app.text.periods import Period, read_period
from app.text.tokens import Token, Tokens
from app.text.words import ATTRIBUTED, COMPLEMENT, DENIED, TOWARDS, Deed, WordKind

WITHIN = 500  # characters of a sentence that are read on each side of a number
MINUS = re.compile(r"(?i)[-负]|minus")
LEADING = {WordKind.PLAIN, WordKind.COMPARED}
CLOSING = "\"'”’」』)] "
BRACKETS = set("()[]《》【】")
BESIDE = 12  # characters before a name that tell what it is in its sentence
COMPANY = {"汽车", "客车", "银行", "大学", "电子", "集团", "automobiles"}


@dataclass(frozen=True, slots=True)
class Told:
    """A number in its sentence: what is read of it, and what the release it is read for knows."""

    number: PrintedNumber
    mention: Mention | None
    units: Collection[str]
    period: Period | None


class Telling:
    """What a sentence tells of a number.

    `stretch` is what stands between it and the number before it, from the clause on in which it begins; without a
    number in its clause, that is all of what precedes it.
    """

    def __init__(self, tokens: Tokens, told: Told) -> None:
        layout, number = tokens.layout, told.number
        self.tokens, self.number, self.layout, self._lexis = tokens, number, layout, tokens.lexis
        self._told = told
        start, end = layout.sentence(number.start)
        self.sentence = max(start, number.start - WITHIN), min(end, number.end + WITHIN)
        self.is_cut = self.sentence != (start, end)
        closing = layout.clause(max(number.start, number.end - 1))[1]
        while closing < end and layout.plain[closing - 1] in BRACKETS:
            closing = layout.clause(closing)[1]
        self._clause = self.opening(number.start), min(closing, end)
        self.before = tokens.between(self.sentence[0], number.start)
        after = self._until_number(tokens.between(number.end, min(self._clause[1], self.sentence[1])))
        self._unit = self._token_of_unit()
        self.after = [*filter(None, [self._unit]), *after]
        earlier = [one for one in self.before if one.is_number]
        last = earlier[-1].end if earlier else self.sentence[0]
        if last <= self._clause[0]:
            last = min(layout.clause(last)[1], self._clause[0]) if earlier else last
        self.stretch = [one for one in self.before if one.start >= last]
        near = [*reversed(self.stretch), *self.after]
        falls = number.value < 0 and not MINUS.search(layout.plain, number.start, number.end)
        self.metric, self._consumed = Measured(self._lexis, told.units, near, self.before).metric(falls=falls)
        self.subject, self._subject_token = self._subject()

    @staticmethod
    def _until_number(tokens: Sequence[Token]) -> list[Token]:
        """What stands before the next number, without words that lead to it: (up 5%)."""
        index = next((index for index, one in enumerate(tokens) if one.is_number), len(tokens))
        if index < len(tokens):
            while index and (Deed.GROW in tokens[index - 1].deeds or tokens[index - 1].kind in LEADING):
                index -= 1
        return list(tokens[:index])

    def _token_of_unit(self) -> Token | None:
        """The word of its unit, which may name what is counted: 46,000 buses."""
        number, plain = self.number, self.layout.plain
        at = plain.casefold().rfind(number.unit.casefold(), number.start, number.end) if number.unit else -1
        sense = self._lexis.sense(plain[at : at + len(number.unit)]) if at >= 0 else None
        return Token(at, at + len(number.unit), number.unit.casefold(), sense) if sense else None

    @cached_property
    def family(self) -> set[str]:
        """The metric and what it follows from."""
        if not self.metric:
            return set()
        return {self.metric, self._lexis.metrics[self.metric].of or self.metric}

    @cached_property
    def _deeds(self) -> set[Deed]:
        return {deed for id_ in self.family for deed in [self._lexis.deeds.get(id_)] if deed} | (
            {Deed.GROW} if self._grows else set()
        )

    @property
    def _grows(self) -> bool:
        return bool(self.metric and self._lexis.deeds.get(self.metric) is Deed.GROW)

    # Who it is told of

    def _subject(self) -> tuple[str | None, Token | None]:
        """The only subject named in its clause, or else before that in its sentence."""
        begins = self._clause[0]
        for part in ([one for one in self.before if one.start >= begins] + self.after, self.before):
            named = [
                one for one in part if one.names.subjects and one not in self._consumed and not self._attributes(one)
            ]
            named = [
                one for one, after in zip(named, [*named[1:], None], strict=False) if not self._qualifies(one, after)
            ]
            for aside in (COMPLEMENT, TOWARDS):
                primary = [one for one in named if not aside.search(self._words_before(one))]
                if primary:
                    ids = {frozenset(one.names.subjects) for one in primary}
                    subjects = ids.pop() if len(ids) == 1 else frozenset()
                    return (next(iter(subjects)), primary[-1]) if len(subjects) == 1 else (None, None)
            if named:
                return None, None
        return None, None

    def _words_before(self, token: Token) -> str:
        return self.layout.plain[max(self.sentence[0], token.start - BESIDE) : token.start].casefold()

    def _attributes(self, token: Token) -> bool:
        """Whether a name stands in an opening clause that says who says so: 据郑州市统计局数据,"""
        start, end = self.layout.clause(token.start)
        return end <= self.number.start and bool(ATTRIBUTED.match(self.layout.plain, start))

    def _qualifies(self, token: Token, after: Token | None) -> bool:
        """Whether a name says where that lies which is named right after it: 河南省郑州市."""
        if not after or self.layout.plain[token.end : after.start].strip("的, '’s") or len(after.names.subjects) != 1:
            return False
        return bool(token.names.subjects & self._lexis.around(next(iter(after.names.subjects))))

    # What is left in doubt

    @cached_property
    def _checked(self) -> list[Token]:
        """What has to be understood: from the clause on in which it begins to be told."""
        mention = self._told.mention
        starts = [self.stretch[0].start if self.stretch else self.number.start]
        if self.stretch and self.stretch[0].start < self._clause[0]:
            starts = [max(self._clause[0], starts[0])]
        starts += [one.start for one in self._consumed if one.start < self.number.start]
        if self._subject_token:
            starts.append(self._subject_token.start)
        if mention and self.sentence[0] <= mention.start < self.number.start:
            starts.append(mention.start)
        first = self.opening(min(starts))
        return [one for one in self.before if one.start >= first] + self.after

    def opening(self, at: int) -> int:
        """Where a clause begins, for which brackets and quotation marks are no bounds."""
        start = self.layout.clause(at)[0]
        while start > self.sentence[0] and self.layout.plain[start - 1] in BRACKETS:
            start = self.layout.clause(start - 1)[0]
        return max(start, self.sentence[0])

    @cached_property
    def named(self) -> frozenset[frozenset[str]]:
        """All that is named with the number, each with the ids of what it may be."""
        near = [one for one in self._checked if self._is_near(one)]
        named = {frozenset(one.names.subjects | one.names.scopes) for one in near if not self._is_told_by(one)}
        inside = (one.names.inside.get(id_, ()) for one in near for id_ in self.family if self._is_told_by(one))
        named |= {frozenset({scope}) for scopes in inside for scope in scopes}
        return frozenset(named - {frozenset()})

    @cached_property
    def _near(self) -> set[Token]:
        return {*self.after, *self.stretch}

    def _is_near(self, token: Token) -> bool:
        """Whether a token is of this number and not of one before it."""
        return token in self._near or token is self._subject_token

    def _is_told_by(self, token: Token) -> bool:
        """Whether a token tells the metric."""
        if token in self._consumed:
            return True
        names = token.names
        return bool((names.metrics | {id_ for _, id_ in names.things}) & self.family) and not names.subjects

    def doubt(self, *, is_actual: bool) -> str | None:
        """Why the number cannot be agreed with, whatever its value."""
        if self.is_cut:
            return "the sentence is too long"
        if self.is_question:
            return "it is a question"
        if denied := DENIED.search(self.words_alone(*self.sentence)):
            return f"{denied[0]!r} beside it"
        for one in self._checked:
            if reason := self._reason(one, is_actual=is_actual):
                return reason
        return None

    @property
    def is_question(self) -> bool:
        return self.layout.plain[slice(*self.sentence)].rstrip(CLOSING).endswith("?")

    def words_alone(self, start: int, end: int) -> str:
        """A part of the text in which nothing but words is left."""
        words = list(self.layout.plain[start:end].casefold())
        for one in self.tokens.between(start, end):
            if one.sense or one.mention or one.is_number:
                words[one.start - start : one.end - start] = " " * (min(one.end, end) - one.start)
        return "".join(words)

    def _reason(self, token: Token, *, is_actual: bool) -> str | None:
        shown = self.layout.as_typed(token.start, token.end)
        if token.is_number:
            return None
        if token.mention:
            return None if self._fits(token.mention) else f"another period, {shown!r}"
        if token.kind is WordKind.STATUS:
            return f"{shown!r} before it" if is_actual else None
        near = self._is_near(token)
        if token.sense:
            return self._reason_of_name(token, shown, near=near)
        if token.deeds:
            understood = bool(token.deeds & self._deeds) or token.kind is WordKind.PLAIN or not near
        else:
            understood = token.kind in self._kinds or (token.kind is not WordKind.UNKNOWN and not near)
        return None if understood else f"{shown!r} beside it"

    @property
    def _kinds(self) -> set[WordKind]:
        return {WordKind.PLAIN, WordKind.COMPARED} if self._grows else {WordKind.PLAIN, WordKind.GROWN_TO}

    def _reason_of_name(self, token: Token, shown: str, *, near: bool) -> str | None:
        names = token.names
        if names.is_unit or token is self._unit:
            return None
        if names.subjects and self._is_anothers(token):
            return f"{shown!r} is part of another name"
        if not near or names.subjects or names.scopes or self._is_told_by(token):
            return None
        if token.deeds & self._deeds or token.kind is WordKind.PLAIN:
            return None
        return f"{shown!r} beside it"

    def _is_anothers(self, token: Token) -> bool:
        """Whether the text makes a name that of somebody else: 苏州高新区, 上海汽车2024年."""
        plain, all_, index = self.layout.plain, self.tokens.all, self.tokens.index(token)
        before = all_[index - 1] if index else None
        if before and before.names.subjects and not plain[before.end : token.start].strip():
            around = set().union(*map(self._lexis.around, token.names.subjects)) | token.names.subjects
            if not before.names.subjects & around:
                return True
        behind = all_[index + 1 : index + 3]
        if not behind or behind[0].text not in COMPANY or plain[token.end : behind[0].start].strip():
            return False
        return len(behind) > 1 and behind[1].mention is not None

    def _fits(self, mention: Mention) -> bool:
        """Whether period words say no other period than that of the number."""
        if mention.aside or mention is self._told.mention:
            return self._grows or mention is self._told.mention
        if mention.start < self._clause[0] and not any(one.mention is mention for one in self.stretch):
            return True
        period = read_period(mention.period) if mention.period else None
        own = self._told.period
        return bool(period and own and period.start <= own.start and own.end <= period.end)
