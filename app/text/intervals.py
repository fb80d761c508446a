"""The values a printed number allows: 超80万 those above 800,000, 约80万 those near it, 62.6万 what rounds to it."""

import re
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from app.text.decimals import EXACT, EXACT_DIGITS, sort_key
from app.text.hedges import Bound

# How far from a value that is hedged by 约 or 近 the true one may lie, as a share of it. No standard says; it is shown.
TOLERANCE = Decimal("0.05")
# Before the key of any value, and behind it: ends that are not there.
LEAST, MOST = "-", "~"
NUMERAL = re.compile(r"\d[\d,，.\s]*\d|\d")
SEPARATORS = re.compile(r"[,，\s]")
QUOTIENT_PLACES = Decimal("0.000001")


class End(NamedTuple):
    """Where an interval ends: at the value, or as close to it as can be on one side (-1 below, 1 above)."""

    value: Decimal
    side: int = 0


class Interval(NamedTuple):
    """Both ends, each None where there is none."""

    low: End | None
    high: End | None

    @property
    def least(self) -> Decimal | None:
        return self.low.value if self.low else None

    @property
    def most(self) -> Decimal | None:
        return self.high.value if self.high else None


def allowed(value: Decimal, bound: Bound, step: Decimal = Decimal(0)) -> Interval:
    """What may be true where a value with a bound is printed; `step` is what its last printed digit counts.

    A number without a hedge stands for all that are rounded to it, half away from zero.
    """
    match bound:
        case Bound.GT:
            return Interval(End(value, 1), None)
        case Bound.GE:
            return Interval(End(value), None)
        case Bound.LT:
            return Interval(None, End(value, -1))
        case Bound.LE:
            return Interval(None, End(value))
        case Bound.EQ if not step:
            return Interval(End(value), End(value))
    near = EXACT.divide(step, 2) if bound is Bound.EQ else EXACT.multiply(value.copy_abs(), TOLERANCE)
    low, high = EXACT.subtract(value, near), EXACT.add(value, near)
    if bound is Bound.APPROX:
        return Interval(End(low), End(high))
    if bound is Bound.BELOW:  # close to it, but not there: nearer to zero
        return Interval(End(value, 1), End(high)) if value < 0 else Interval(End(low), End(value, -1))
    # An end nearer to zero is rounded away from it, to the value; one further away is rounded to the next.
    return Interval(End(low, 0 if value > 0 else 1), End(high, 0 if value < 0 else -1))


def ends(value: Decimal, bound: Bound) -> tuple[str | None, str | None]:
    """The sort keys of the least and the greatest value that are meant; None where that is the value itself."""
    least, most = allowed(value, bound)
    return (
        LEAST if least is None else None if least.value == value else sort_key(least.value),
        MOST if most is None else None if most.value == value else sort_key(most.value),
    )


def step_of(printed: str, value: Decimal) -> Decimal:
    """What the last digit of a printed number counts in the unit of its value: 0.1万 is 1,000 in 62.6万辆.

    0 where that is unknown: no numeral or several, or one that is not the value's.
    """
    found = NUMERAL.findall(printed)
    digits = SEPARATORS.sub("", found[0]) if len(found) == 1 else ""
    numeral = Decimal(digits) if digits and digits.count(".") <= 1 else Decimal(0)
    if not value or not numeral:
        return Decimal(0)
    scale = EXACT.divide(value.copy_abs(), numeral)
    if len(scale.as_tuple().digits) == EXACT_DIGITS:  # no number of digits is enough: it is not the value's
        return Decimal(0)
    return EXACT.scaleb(scale, int(numeral.as_tuple().exponent))


def is_bounded(one: Interval) -> bool:
    """Whether it has both ends."""
    return one.low is not None and one.high is not None


def meet(first: Interval, second: Interval) -> bool:
    """Whether there is a value that both allow."""
    pairs = (first.low, second.high), (second.low, first.high)
    return all(low is None or high is None or low <= high for low, high in pairs)


def lies_within(inner: Interval, outer: Interval) -> bool:
    """Whether the outer one allows all that the inner one does."""
    above = outer.low is None or (inner.low is not None and inner.low >= outer.low)
    return above and (outer.high is None or (inner.high is not None and inner.high <= outer.high))


def tightest_of(intervals: Iterable[Interval]) -> Interval:
    """The highest low end and the lowest high end: no interval where not all have a value in common.

    One of them meets each of the others where it meets this.
    """
    known = list(intervals)
    low = max((one.low for one in known if one.low), default=None)
    return Interval(low, min((one.high for one in known if one.high), default=None))


def is_revised(preliminary: Interval, settled: Sequence[Interval]) -> bool:
    """Whether a preliminary value cannot be true beside the final or revised ones, which took its place."""
    return bool(settled) and not meet(preliminary, tightest_of(settled))


def gap(intervals: Iterable[Interval]) -> Decimal | None:
    """How far the two that are furthest from each other are apart; None where all meet each other."""
    low, high = tightest_of(intervals)
    if low is None or high is None or low <= high:
        return None
    return EXACT.subtract(low.value, high.value)


def agreed(intervals: Iterable[Interval]) -> list[Interval]:
    """What several of the same thing come to: those that meet as what they have in common, the narrowest first."""
    come_to: list[Interval] = []
    for one in sorted(intervals, key=width):
        for index, known in enumerate(come_to):
            if meet(one, known):
                come_to[index] = tightest_of((one, known))
                break
        else:
            come_to.append(one)
    return come_to


def width(one: Interval) -> tuple[bool, Decimal, str]:
    """To sort by, the narrowest first and those without an end last."""
    if one.low is None or one.high is None:
        return True, Decimal(0), str(one)
    return False, EXACT.subtract(one.high.value, one.low.value), str(one)


def quotient(dividend: Interval, divisor: Interval, factor: int = 1) -> Interval | None:
    """`factor` times one of the first over one of the second; None unless both are of positive values with both ends.

    The ends are rounded outwards to a millionth.
    """
    ends = (dividend.low, dividend.high, divisor.low, divisor.high)
    if not all(ends) or min(one.value for one in ends if one) <= 0:
        return None
    low, high, least, most = (one.value for one in ends if one)
    smallest, largest = (
        EXACT.divide(EXACT.multiply(low, factor), most),
        EXACT.divide(EXACT.multiply(high, factor), least),
    )
    return Interval(
        End(smallest.quantize(QUOTIENT_PLACES, ROUND_FLOOR, EXACT)),
        End(largest.quantize(QUOTIENT_PLACES, ROUND_CEILING, EXACT)),
    )


def total(intervals: Iterable[Interval]) -> Interval:
    """The sum of one of each."""
    low: End | None = End(Decimal(0))
    high = low
    for one in intervals:
        low, high = _added(low, one.low), _added(high, one.high)
    return Interval(low, high)


def _added(end: End | None, other: End | None) -> End | None:
    if end is None or other is None:
        return None
    return End(EXACT.add(end.value, other.value), (end.side + other.side > 0) - (end.side + other.side < 0))


def shifted(one: Interval, by: int) -> Interval:
    """Each of its values and so much more."""
    return total((one, Interval(End(Decimal(by)), End(Decimal(by)))))
