"""Checks that the printed number of a fact means its value, bound and unit."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from app.nouns.units import UnitRecord
from app.seeding import records
from app.seeding.diagnostics import Diagnostic
from app.seeding.seeds import LocatedFact
from app.seeding.statements import EN_BOUND
from app.text.decimals import EXACT, written
from app.text.hedges import Bound
from app.text.intervals import NUMERAL
from app.text.normalizing import normalise, squeezed_text
from app.text.numbers import NumberReader, PrintedNumber

SAYS = EN_BOUND | {Bound.EQ: "exactly "}
# Units that no seed may know, such as 欧元 or GW: a number before one of these is not a bare number.
FOREIGN_UNIT = re.compile(r"\s?(?:[欧美日英港]元|[万亿]?吨|[GM]W|兆瓦|tonnes|tons|euros?|pct|折|mm\b|[kKmMbB]\b)")
MILLIONTH = Decimal("0.000001")
ROUNDED_WITHIN = 200  # the value of a fraction may be off by 1/200: 33.3 is a third, 33 is not


@dataclass(frozen=True, slots=True)
class Around:
    """The text right before and after a quote, squeezed; empty if no text is available."""

    before: str = ""
    behind: str = ""


class Values:
    """Compares the value of a fact with its quote and its printed number."""

    def __init__(self, units: Mapping[str, UnitRecord]) -> None:
        self._scales = {
            unit_id: {normalise(word).casefold(): Decimal(scale) for word, scale in unit.printed.items()}
            for unit_id, unit in units.items()
        }
        self._reader = NumberReader(word for scales in self._scales.values() for word in scales)

    def errors(self, fact: LocatedFact, unit_id: str, around: Around) -> Iterator[Diagnostic]:
        """Errors in the value, bound or printed number of a measurement."""
        record = fact.record
        printed = squeezed_text(record.printed or "")
        quote = squeezed_text(record.quote) if record.quote else printed
        places = [found.start() for found in re.finditer(re.escape(printed), quote)]
        if not places:
            message = f"{record.printed!r} does not stand in the quote {record.quote!r}; print it as the quote does"
            yield Diagnostic(fact.at("printed"), message)
        if record.derived:
            yield from self._derived(fact, printed)
            return
        if not places:
            return
        at = next((at for at in places if self._says(quote, at, printed, record, unit_id)), None)
        if at is None:
            numbers = [number for at in places for number in self._overlapping(quote, at, printed)]
            described = self._in_words(numbers, unit_id) or "no number that can be read"
            claimed = f"{SAYS[record.bound]}{written(record.number)} {unit_id}"
            message = (
                f"{record.quote or record.printed!r} says {described}, the file says {claimed}; "
                "correct value, bound or the metric's unit, or give `derived:` with the reason"
            )
            yield Diagnostic(fact.at("value"), message)
            return
        # A quote must not cut off a hedge, a magnitude or a unit that stands beside it in the text.
        context = around.before + quote + around.behind
        at += len(around.before)
        if context != quote and not self._says(context, at, printed, record, unit_id):
            described = self._in_words(self._overlapping(context, at, printed), unit_id)
            message = f"cuts off what stands beside it in the text: {context!r} says {described}; quote that too"
            yield Diagnostic(fact.at("quote"), message)

    def _derived(self, fact: LocatedFact, printed: str) -> Iterator[Diagnostic]:
        """An error if a derived value has more digits than the most precise number in the print it is computed from."""
        numerals = [re.sub(r"\D", "", numeral).lstrip("0") for numeral in NUMERAL.findall(printed)]
        read = [_significant(number.value) for number in self._reader.read_squeezed(printed)]
        value, most = fact.record.number, max([1, *map(len, numerals), *read])
        digits = _significant(value)
        if digits > most:
            rounded = written(Context(prec=most, rounding=ROUND_HALF_UP).plus(value))
            message = (
                f"{written(value)} is derived and has {digits} significant digits, "
                f"{fact.record.printed!r} has {most}; round it to {rounded}"
            )
            yield Diagnostic(fact.at("value"), message)

    def _says(self, text: str, at: int, printed: str, record: records.FactRecord, unit_id: str) -> bool:
        return any(self._agrees(number, record, unit_id, text) for number in self._overlapping(text, at, printed))

    def _overlapping(self, text: str, at: int, printed: str) -> Iterator[PrintedNumber]:
        """The numbers in a text that overlap with the printed one, which begins at `at`.

        They are read first as items of a list that shares a unit, then each by itself: 第二，3年 shares none.
        """
        seen: set[PrintedNumber] = set()
        for lists in (True, False):
            for number in self._reader.read_squeezed(text, lists=lists):
                if number.start < at + len(printed) and number.end > at and number not in seen:
                    seen.add(number)
                    yield number

    def _agrees(self, number: PrintedNumber, record: records.FactRecord, unit_id: str, text: str) -> bool:
        in_unit = self._in_unit(number, unit_id)
        if in_unit is None or (not number.unit and FOREIGN_UNIT.match(text, number.end)):
            return False
        value = record.number
        if (
            number.quotient
            and EXACT.multiply(EXACT.subtract(in_unit, value), ROUNDED_WITHIN).copy_abs() < in_unit.copy_abs()
        ):
            in_unit = value
        # Without a quote, only the bare number was noted; the hedge of its page is in `bound` alone.
        bare = not record.quote and number.bound is Bound.EQ
        return in_unit == value and (bare or number.bound is record.bound)

    def _in_unit(self, number: PrintedNumber, unit_id: str) -> Decimal | None:
        """The printed number in the unit of the fact; None if it is printed in another."""
        if not number.unit:
            return number.value
        scale = self._scales[unit_id].get(number.unit.casefold())
        return None if scale is None else EXACT.multiply(number.value, scale)

    def _in_words(self, numbers: Iterable[PrintedNumber], unit_id: str) -> str:
        words = []
        for number in numbers:
            in_unit = self._in_unit(number, unit_id)
            if in_unit is None:
                shown = f"{written(number.value)} {number.unit} (no word of the unit {unit_id})"
            else:
                shown = f"{written(EXACT.quantize(in_unit, MILLIONTH) if number.quotient else in_unit)} {unit_id}"
            words.append(f"{SAYS[number.bound]}{shown}")
        return " and ".join(words)


def _significant(value: Decimal) -> int:
    """The number of significant digits; zeros at the end are none."""
    return len("".join(map(str, value.as_tuple().digits)).strip("0")) or 1
