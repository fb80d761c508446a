"""What a text claims: reads a text of a known date, given the units and names there are."""

import bisect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal

from app.text import dates_en, dates_zh
from app.text.dates import UNKNOWN, Dates, Mention, Today
from app.text.decimals import EXACT, EXACT_DIGITS, WHOLE_DIGITS, is_kept
from app.text.exclusions import DATE, Exclusions, NumberInText
from app.text.hedges import MIRRORED, Bound
from app.text.layout import Layout
from app.text.lexis import Lexis
from app.text.numbers import NumberReader, PrintedNumber, share_units
from app.text.patterns import Pause, go_on
from app.text.periods import UNDATED, Basis, Period, read_period
from app.text.proposals import Proposer, within
from app.text.quotes import ProposedQuote, QuoteProposer
from app.text.statuses import ACTUAL, PLAN, STATUS, TARGET
from app.text.telling import Telling, Told
from app.text.tokens import Tokens
from app.text.vocabulary import MetricTerm, Units

# The title of a document that says what is to be done: its numbers are planned unless their date is past.
PLANNING = re.compile(
    "(?:方案|规划|计划|若干措施|实施意见|要点)(?:\\([^)]{0,100}\\)|>|》)?$|\\b(?:action )?plan\\b", re.IGNORECASE
)
LETTER_AND_MINUS = re.compile(r"[A-Za-z]-\d")
HUNDREDTH, ROUNDED = Decimal("0.01"), Context(prec=60)  # of a fraction whose decimals never end
UNQUOTED = "no clause of at most 120 characters says it and stands once"
UNKEPT = "more digits than a value may have"


class TooManyNumbersError(Exception):
    """A text has more numbers than may be read of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A number that states a fact.

    `value` is exact in each of the `units` it may be of, the likeliest first; without units, it is counted in `word`,
    the unit as printed, which may be "". `quote` is the shortest clause that says it once in the text, `printed` stands
    in it; `start` and `end` span what is printed in the text as stored. `doubt` says why its sentence cannot be agreed
    with.
    """

    value: Decimal
    bound: Bound
    word: str
    units: tuple[str, ...]
    printed: str
    quote: str
    sentence: str
    start: int
    end: int
    period: str
    period_printed: str
    basis: Basis
    status: str
    subject: str | None
    metric: str | None
    telling: Telling | None = field(default=None, compare=False, repr=False)
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A number that states no fact, and why."""

    printed: str
    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class ClaimsInText:
    claims: list[Claim]
    left_out: list[LeftOut]


@dataclass(frozen=True, slots=True)
class _Document:
    """A text that is read; `planned` if its title says what is to be done."""

    layout: Layout
    published: Period | None
    planned: bool
    tokens: Tokens | None
    dates: Dates
    subjects: set[str]


class ClaimReader:
    """Finds what texts claim: `units` are words with their scales, `subjects` names with the ids of who bears them."""

    def __init__(
        self,
        units: Mapping[str, Mapping[str, Decimal]],
        subjects: Iterable[tuple[str, str]] = (),
        metrics: Iterable[MetricTerm] = (),
        lexis: Lexis | None = None,
    ) -> None:
        """With a `lexis`, sentences are read word for word: what they tell, and what leaves a claim in doubt."""
        metrics = list(metrics)
        self._lexis = lexis
        self._units = Units(units, metrics)
        self._proposer = Proposer(subjects, metrics)
        self._reader = NumberReader(self._units.words)

    def read(
        self,
        text: str,
        published: Period | None = None,
        *,
        quoted: bool = True,
        most: int | None = None,
        pause: Pause = go_on,
        typed: str | None = None,
    ) -> ClaimsInText:
        """The claims of a text in its order, their periods resolved against the date it was published on.

        Unless they are to be `quoted`, no clause has to carry them; `quote` is only the number then. `typed` is the
        text as its author typed it, character for character, where that is in another script. `pause` is called every
        few milliseconds; what it raises ends the reading. Raises TooManyNumbersError, before what takes long,
        where claims and what is left out would be more than `most`.
        """
        layout = Layout(text, pause)
        layout.original = typed or text
        numbers = self._numbers(layout, most)
        dates = Dates(layout, Today.of(published), (dates_zh.find, dates_en.find))
        exclusions, quotes = Exclusions(layout, dates, self._units.spelled), QuoteProposer(layout, self._reader)
        judged = list(_judged(numbers, exclusions, layout))
        tokens = Tokens(layout, self._lexis, dates, numbers) if self._lexis else None
        counted = [one.number for one, reason in judged if reason != DATE]
        planned = bool(PLANNING.search(layout.plain[: layout.paragraph(0)[1]]))
        document = _Document(layout, published, planned, tokens, dates, self._proposer.subjects(layout))
        reading = ClaimsInText([], [])
        for one, reason in judged:
            pause()
            number, quote = one.number, None
            if not reason and _may_be_kept(number):
                quote = quotes.of(number) if quoted else quotes.bare(number)
                reason = UNQUOTED  # noqa: PLW2901 - where there is none
            if quote:
                mention = dates.mention_for(number.start, number.end, *_neighbours(counted, number, len(layout.plain)))
                claim = self._claim(document, one, quote, mention)
                if is_kept(claim.value):
                    reading.claims.append(claim)
                    continue
                reason = UNKEPT  # noqa: PLW2901
            printed, place = layout.as_typed(number.start, number.end), layout.place(number.start, number.end)
            reading.left_out.append(LeftOut(printed, *place, reason or UNKEPT))
        return reading

    def _numbers(self, layout: Layout, most: int | None) -> list[PrintedNumber]:
        """The numbers of a text; those that a Chinese comma separates share no unit: 稳居第二，3年来."""
        alone: list[PrintedNumber] = []
        for number in self._reader.each(layout.plain, layout.pause):
            if len(alone) == most:
                raise TooManyNumbersError
            alone.append(_signed(number, layout))
        found = share_units(alone, layout.plain)
        for index, (number, bare) in enumerate(zip(found[:-1], alone, strict=False)):
            between = layout.place(number.end, found[index + 1].start) if number != bare else (0, 0)
            if "，" in layout.original[slice(*between)]:
                found[index] = bare
        return found

    def _claim(self, document: _Document, one: NumberInText, quote: ProposedQuote, mention: Mention | None) -> Claim:
        layout, tokens = document.layout, document.tokens
        number, known = one.number, mention if mention and mention.period != UNKNOWN else None
        sentence = within(layout.sentence(number.start), number)
        units = self._units.of(one.unit, one.clause, one.behind)
        period = known.period if known else UNDATED
        counted = self._units.scales(one.unit)
        telling = Telling(tokens, Told(number, known, counted, read_period(period))) if tokens else None
        metric = telling.metric if telling else self._proposer.metric(layout, one, units)
        if metric and telling:
            units = counted
        if metric:
            units = {unit: scale for unit, scale in units.items() if unit == self._proposer.metrics[metric].unit}
        scale = next(iter(units.values()), Decimal(1))
        start, end = layout.place(number.start, number.end)
        proposer = self._proposer
        subject = telling.subject if telling else proposer.subject(layout, number, document.dates, document.subjects)
        status = _status(layout.plain[sentence[0] : number.start], read_period(period), document)
        return Claim(
            value=_exact(number, scale),
            bound=number.bound,
            word=one.unit or ("" if telling else one.noun),
            units=tuple(unit for unit, other in units.items() if other == scale),
            printed=quote.printed,
            quote=quote.text,
            sentence=layout.as_typed(*sentence),
            start=start,
            end=end,
            period=period,
            period_printed=layout.as_typed(known.start, known.end) if known else "",
            basis=known.basis if known else Basis.UNDATED,
            status=status,
            subject=subject,
            metric=metric,
            telling=telling,
            doubt=telling.doubt(is_actual=status == ACTUAL) if telling else None,
        )


def _judged(
    numbers: list[PrintedNumber], exclusions: Exclusions, layout: Layout
) -> Iterator[tuple[NumberInText, str | None]]:
    """Each number in its text, and why it states no fact."""
    for number in numbers:
        layout.pause()
        one = exclusions.in_text(number)
        yield one, exclusions.reason(one)


def _signed(number: PrintedNumber, layout: Layout) -> PrintedNumber:
    """A number with the minus that stands apart from the word before it: was -5, but no mid-5."""
    at = number.start - 1
    if number.value > 0 and LETTER_AND_MINUS.match(layout.plain, max(0, at - 1)) and layout.gap(at):
        bound = MIRRORED.get(number.bound, number.bound)
        return number._replace(start=at, value=number.value.copy_negate(), bound=bound)
    return number


def _neighbours(numbers: list[PrintedNumber], number: PrintedNumber, length: int) -> tuple[int, int]:
    """Where the number before one ends, and where the next one begins."""
    index = bisect.bisect_left(numbers, number.start, key=lambda one: one.start)
    behind = bisect.bisect_left(numbers, number.end, key=lambda one: one.start)
    return numbers[index - 1].end if index else 0, numbers[behind].start if behind < len(numbers) else length


def _may_be_kept(number: PrintedNumber) -> bool:
    """Whether its value can be computed exactly, which shows whether it has too many digits."""
    return number.value.adjusted() < WHOLE_DIGITS and len(number.value.as_tuple().digits) <= EXACT_DIGITS // 2


def _exact(number: PrintedNumber, scale: Decimal) -> Decimal:
    if number.quotient:
        return ROUNDED.quantize(ROUNDED.multiply(number.value, scale), HUNDREDTH)
    return EXACT.multiply(number.value, scale)


def _status(before: str, period: Period | None, document: _Document) -> str:
    """The status of a number: by the words before it in its sentence, or else by its period."""
    found, published = None, document.published
    for match in STATUS.finditer(before):
        found = match.lastgroup
    if found and found != ACTUAL:
        return found
    if period and published:
        if period.start > published.end:
            return TARGET
        if document.planned and period.end < published.start:
            return ACTUAL
    return PLAN if document.planned and found != ACTUAL else ACTUAL
