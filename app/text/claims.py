"""What a text claims: reads a text of a known date, given the units and names there are."""

import bisect
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from app.text import dates_en, dates_zh
from app.text.dates import UNKNOWN, Dates, Mention, Today
from app.text.decimals import EXACT, EXACT_DIGITS, WHOLE_DIGITS, is_kept
from app.text.hedges import Bound
from app.text.layout import Layout
from app.text.numbers import NumberReader, PrintedNumber, share_units
from app.text.patterns import Pause, go_on
from app.text.periods import UNDATED, Basis, Period, read_period
from app.text.quotes import Quote, Quotes
from app.text.seen import Seen
from app.text.standing import DATE, Standing
from app.text.statuses import plans, status
from app.text.vocabulary import Metric, Names, Units

# A fraction whose decimals never end is proposed to so many.
TO = re.compile(r".*?\d\s?年?(?:to\b|[至到~-])\s?")
HUNDREDTH = Decimal("0.01")
ROUNDED = Context(prec=60)
GROWTHS = ("growth", "real-growth")  # transforms
# Words of growth right before a number, or behind it.
GROWS = re.compile(
    r"(?i)(?:增长|增加|增速|增幅|上升|上涨|下降|减少|下跌|[增降涨跌]"
    r"|\b(?:up|down|rose|fell|grew|(?:in|de)creased|declined|climbed|jumped|dropped"
    r"|(?:growth|increase|rise|fall|drop|decline) of))"
    r"(?:了|约|近|超过?|逾|达到?|为|by|about|over|nearly|more than|\s)*$"
)
GROWN = re.compile(r"(?i)\s?(?:increase|growth|rise|drop|decline|fall)\b")
TOLD_WITHIN = 500  # characters of a sentence on each side of a number
UNQUOTED = "no clause of at most 120 characters says it and stands once"
UNKEPT = "more digits than a value may have"


class TooManyNumbersError(Exception):
    """A text has more numbers than may be read of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A number that states a fact.

    `value` is exact in each of the `units` it may be of, the likeliest first; without units, it is counted in `word`,
    the unit as printed, which may be "". `quote` is the shortest clause that says it once in the text, `printed` stands
    in it; `start` and `end` span what is printed in the text as stored.
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


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A number that states no fact, and why."""

    printed: str
    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    claims: list[Claim]
    left_out: list[LeftOut]


class ClaimReader:
    """Finds what texts claim: `units` are words with their scales, `subjects` names with the ids of who bears them."""

    def __init__(
        self,
        units: Mapping[str, Mapping[str, Decimal]],
        subjects: Iterable[tuple[str, str]] = (),
        metrics: Iterable[Metric] = (),
    ) -> None:
        metrics = list(metrics)
        self._units = Units(units, metrics)
        self._subjects = Names(subjects)
        self._metrics = {metric.id: metric for metric in metrics}
        self._metric_names = Names((name, metric.id) for metric in metrics for name in metric.names)
        grown = Counter(metric.of for metric in metrics if metric.transform in GROWTHS)
        self._growth = {
            metric.of: metric.id for metric in metrics if metric.transform in GROWTHS and grown[metric.of] == 1
        }
        self._reader = NumberReader(self._units.words)

    def read(
        self,
        text: str,
        published: Period | None = None,
        *,
        quoted: bool = True,
        most: int | None = None,
        pause: Pause = go_on,
    ) -> Reading:
        """The claims of a text in its order, their periods resolved against the date it was published on.

        Unless they are to be `quoted`, no clause has to carry them; `quote` is only the number then. `pause` is called
        every few milliseconds; what it raises ends the reading. Raises TooManyNumbersError, before what takes long,
        where claims and what is left out would be more than `most`.
        """
        layout = Layout(text, pause)
        numbers = self._numbers(layout, most)
        dates = Dates(layout, Today.of(published), (dates_zh.find, dates_en.find))
        standing, quotes = Standing(layout, dates, self._units.spelled), Quotes(layout, self._reader)
        told = list(_told(numbers, standing, layout))
        planned = plans(layout.plain[: layout.paragraph(0)[1]])
        counted = [seen.number for seen, why in told if why != DATE]
        reading = Reading([], [])
        for seen, why in told:
            pause()
            number = seen.number
            why = why or (None if _may_be_kept(number) else UNKEPT)  # noqa: PLW2901 - more is known now
            quote = None if why else quotes.of(number) if quoted else quotes.bare(number)
            claim = None
            if quote:
                mention = dates.of(number.start, number.end, *_neighbours(counted, number, len(layout.plain)))
                claim = self._claim(layout, seen, quote, mention, published, planned=planned)
            if claim and is_kept(claim.value):
                reading.claims.append(claim)
            else:
                printed, place = layout.as_typed(number.start, number.end), layout.place(number.start, number.end)
                reading.left_out.append(LeftOut(printed, *place, why or (UNKEPT if claim else UNQUOTED)))
        return reading

    def _numbers(self, layout: Layout, most: int | None) -> list[PrintedNumber]:
        """The numbers of a text; those that a Chinese comma parts share no unit: 稳居第二，3年来."""
        alone: list[PrintedNumber] = []
        for number in self._reader.each(layout.plain, layout.pause):
            if len(alone) == most:
                raise TooManyNumbersError
            alone.append(number)
        shared = share_units(alone, layout.plain)
        found = []
        for index, (number, bare) in enumerate(zip(shared, alone, strict=True)):
            if number != bare and index + 1 < len(shared):
                between = layout.original[
                    layout.squeezed.ends[number.end - 1] : layout.squeezed.starts[shared[index + 1].start]
                ]
                number = bare if "，" in between else number  # noqa: PLW2901 - one of two readings
            found.append(number)
        return found

    def _claim(
        self,
        layout: Layout,
        seen: Seen,
        quote: Quote,
        mention: Mention | None,
        published: Period | None,
        *,
        planned: bool,
    ) -> Claim:
        number = seen.number
        start, end = layout.sentence(number.start)
        start, end = max(start, number.start - TOLD_WITHIN), min(end, number.end + TOLD_WITHIN)
        units = self._units.of(seen.unit, seen.clause, seen.behind)
        metric = self._metric(layout, seen, units)
        if metric and self._metrics[metric].unit in units:
            units = {self._metrics[metric].unit: units[self._metrics[metric].unit]}
        scale = next(iter(units.values()), Decimal(1))
        alike = tuple(unit for unit, one in units.items() if one == scale)
        period = mention.period if mention else UNDATED
        known = mention is not None and period != UNKNOWN
        return Claim(
            value=_exact(number, scale),
            bound=number.bound,
            word=seen.unit,
            units=alike,
            printed=quote.printed,
            quote=quote.text,
            sentence=layout.as_typed(start, end),
            start=layout.place(number.start, number.end)[0],
            end=layout.place(number.start, number.end)[1],
            period=period if known else UNDATED,
            period_printed=layout.as_typed(mention.start, mention.end) if mention and known else "",
            basis=mention.basis if mention and known else Basis.UNDATED,
            status=status(
                layout.plain[start : number.start],
                read_period(period) if known else None,
                published,
                planned=planned,
            ),
            subject=self._subject(layout, number),
            metric=metric,
        )

    def _subject(self, layout: Layout, number: PrintedNumber) -> str | None:
        """Who a number is told of: the only one named in its clause, or else before that in its sentence."""
        start, end = layout.clause(number.start)
        start, end = max(start, number.start - TOLD_WITHIN), min(end, number.end + TOLD_WITHIN)
        for part in ((start, end), (max(layout.sentence(start)[0], start - TOLD_WITHIN), start)):
            named = {one for _, one in self._subjects.found(layout.plain, *part)}
            if named:
                return named.pop() if len(named) == 1 else None
        return None

    def _metric(self, layout: Layout, seen: Seen, units: Mapping[str, Decimal]) -> str | None:
        """What a number measures: a metric of its unit that its clause names, or the growth of one that was named."""
        start = seen.number.start
        clause, sentence = (max(part(start)[0], start - TOLD_WITHIN) for part in (layout.clause, layout.sentence))
        grows = bool(GROWS.search(seen.before) or GROWN.match(seen.behind)) or seen.printed.startswith("翻")
        for begin in (clause, sentence) if grows else (clause,):
            for _, one in reversed(self._metric_names.found(layout.plain, begin, start)):
                metric = self._growth.get(one) if grows else one
                if metric and self._metrics[metric].unit in units:
                    return metric
        return None


def _told(numbers: list[PrintedNumber], standing: Standing, layout: Layout) -> Iterator[tuple[Seen, str | None]]:
    """Each number as it is seen, and why it states no fact; a year is no end of a range: from $2 in 2022 to $3."""
    before: tuple[PrintedNumber, str | None] | None = None
    for number in numbers:
        layout.pause()
        dated = before is not None and before[1] == DATE and before[0][3:5] == number[3:5]
        if dated and number.bound is Bound.EQ and (to := TO.match(layout.plain, number.start, number.end)):
            number = number._replace(start=to.end())  # noqa: PLW2901 - it begins behind the year
        seen = standing.seen(number)
        before = number, standing.why_not(seen)
        yield seen, before[1]


def _neighbours(numbers: list[PrintedNumber], number: PrintedNumber, length: int) -> tuple[int, int]:
    """Where the number before one ends, and where the next one begins."""
    index = bisect.bisect_left(numbers, number.start, key=lambda one: one.start)
    before = numbers[index - 1].end if index else 0
    while index < len(numbers) and numbers[index].start < number.end:
        index += 1
    return before, numbers[index].start if index < len(numbers) else length


def _may_be_kept(number: PrintedNumber) -> bool:
    """Whether its value can be worked out exactly, so that it is seen whether that is kept."""
    return number.value.adjusted() < WHOLE_DIGITS and len(number.value.as_tuple().digits) <= EXACT_DIGITS // 2


def _exact(number: PrintedNumber, scale: Decimal) -> Decimal:
    if number.quotient:
        return ROUNDED.quantize(ROUNDED.multiply(number.value, scale), HUNDREDTH)
    return EXACT.multiply(number.value, scale)
