"""Exact decimals: their canonical notation, sort keys, and JSON that never rounds them."""

from decimal import Context, Decimal
from typing import Any

import orjson

# More digits than any value times any scale has: arithmetic at this precision rounds nothing.
EXACT_DIGITS = 120
EXACT = Context(prec=EXACT_DIGITS)
WHOLE_DIGITS, DECIMALS = 27, 12  # of a value that is kept
COMPLEMENT = str.maketrans("0123456789", "9876543210")


def written(value: Decimal) -> str:
    """The one way a value is written: no exponent, no trailing zeros, no minus zero."""
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


def is_kept(value: Decimal) -> bool:
    """Whether a value has no more digits than are kept: a fact may have it, and a filter ask for it."""
    whole, _, decimals = written(value).lstrip("-").partition(".")
    return len(whole) <= WHOLE_DIGITS and len(decimals) <= DECIMALS


def sort_key(value: Decimal) -> str:
    """Text whose byte order is the order of the values, on any database; no float is involved.

    A positive value is 2, its decimal exponent and its digits; a negative one 0 and their
    complements, closed by a character above the digits so that -1.25 comes before -1.2.
    """
    if not value:
        return "1"
    digits = f"{value.copy_abs():f}".replace(".", "").strip("0")
    magnitude = f"{value.adjusted() + 500:03d}{digits}"
    return f"2{magnitude}" if value > 0 else f"0{magnitude.translate(COMPLEMENT)}~"


def json_bytes(answer: Any) -> bytes:
    """UTF-8 JSON in which a Decimal is a number with all its digits."""
    return orjson.dumps(answer, default=number)


def number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(written(value))
    raise TypeError(f"{type(value).__name__} has no JSON form")
