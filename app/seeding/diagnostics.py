"""What is wrong with a seed, each with its place: file:line:column, and what to do."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process

# Nobody reads more at once: after so many, facts are looked at no further.
MOST_ERRORS = 1000


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands in a seed; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class SeedError(Exception):
    """All errors of a seed at once, in the order of files and lines."""

    def __init__(self, errors: Iterable[Diagnostic], folder: Path | None = None) -> None:
        self.errors = sorted(set(errors))
        self.folder = folder
        super().__init__(
            "\n".join(f"{self.file(one)}:{one.place.line}:{one.place.column}: {one.message}" for one in self.errors)
        )

    def file(self, error: Diagnostic) -> str:
        """The file of an error as an editor can open it, from where the command was given."""
        file = str(self.folder / error.place.file) if self.folder else error.place.file
        return os.fsencode(file).decode("utf-8", "backslashreplace")  # it need not be UTF-8


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean a, b?)` with the nearest known words, or nothing."""
    near = [match[0] for match in process.extract(word, list(known), limit=3, score_cutoff=65)]
    return f" (did you mean {', '.join(near)}?)" if near else ""
