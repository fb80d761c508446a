"""Diagnostics: errors in a seed, each with its place (file:line:column) and what to do about it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process

# Nobody reads more at once: after so many errors, checking stops.
MOST_ERRORS = 1000


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a seed; lines and columns count from 1. The first one stands for the whole file."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One error in a seed, as a compiler would report it."""

    place: Location
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class SeedError(Exception):
    """All errors in a seed, by file and line."""

    def __init__(self, errors: Iterable[Diagnostic], folder: Path | None = None) -> None:
        self.errors = sorted(set(errors))
        self.folder = folder
        super().__init__(
            "\n".join(f"{self.file(one)}:{one.place.line}:{one.place.column}: {one.message}" for one in self.errors)
        )

    def file(self, error: Diagnostic) -> str:
        """The path of a file with an error, relative to the working directory, so that an editor can open it."""
        file = str(self.folder / error.place.file) if self.folder else error.place.file
        return os.fsencode(file).decode("utf-8", "backslashreplace")  # names need not be UTF-8


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean a, b?)` with the nearest known words, or nothing."""
    near = [match[0] for match in process.extract(word, list(known), limit=3, score_cutoff=65)]
    return f" (did you mean {', '.join(near)}?)" if near else ""
