"""Parsed filter values."""

from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class FilterExpression(NamedTuple, Generic[Value]):
    """Alternatives, one of which must match, and exclusions, none of which may."""

    any_of: list[Value]
    none_of: list[Value] = []  # noqa: RUF012 - never added to
    present: bool = False  # `any` is one of the alternatives
    missing: bool = False  # `none` is one of the alternatives

    def only(self) -> Value | None:
        """The value, if the filter asks for exactly one and nothing else."""
        alone = len(self.any_of) == 1 and not (self.none_of or self.present or self.missing)
        return self.any_of[0] if alone else None


class Found(NamedTuple):
    """How to find the facts for the words of `q`.

    `match` is an expression for the full-text index, None if the index does not help; `held` are the words that must
    also be searched for in the text of each match. `counted` is the only word, if it is one in the index, for which
    the loader counts the facts.
    """

    match: str | None = None
    held: list[str] = []  # noqa: RUF012 - never added to
    counted: str | None = None


class Range(NamedTuple):
    """A range, both ends included; a missing end is open."""

    low: str | None
    high: str | None


class Matching(NamedTuple):
    """Ranges of values, and which facts to find: those that certainly lie in one, those that may, or both."""

    ranges: FilterExpression[Range]
    certain: bool = True
    possible: bool = True


class Span(NamedTuple):
    """Characters of a text, counted from 0, both ends included; a missing end is open."""

    low: int | None
    high: int | None
