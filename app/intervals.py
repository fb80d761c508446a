"""Intervals: all the values that a printed value with its hedge may stand for, from end to end."""

from decimal import Decimal

from app.decimals import EXACT, sort_key
from app.hedges import Bound

# How far a value may lie from one that is about (约) or nearly (近) it: a twentieth.
TOLERANCE = Decimal("0.05")
# Before the key of any value, and behind it: ends that are not there.
LEAST, MOST = "-", "~"


def ends(value: Decimal, bound: Bound) -> tuple[str | None, str | None]:
    """The sort keys of the least and the greatest value that are meant; None where that is the value itself."""
    match bound:
        case Bound.EQ:
            return None, None
        case Bound.GT | Bound.GE:
            return None, MOST
        case Bound.LT | Bound.LE:
            return LEAST, None
    spread = EXACT.multiply(value.copy_abs(), TOLERANCE)
    least = sort_key(EXACT.subtract(value, spread))
    return least, None if bound is Bound.BELOW else sort_key(EXACT.add(value, spread))
