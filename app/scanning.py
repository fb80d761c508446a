"""Searching a long text for patterns, window by window, so that the search can be aborted between windows.

A search of the whole text would be one call that nothing ends early, and that all other threads wait for.
"""

import re
from collections.abc import Callable, Iterator

WINDOW = 1_000  # characters in which one search may begin a match
BEYOND = 250  # more that it may look at
LOOKAHEAD = 50  # a match that ends nearer to what a search sees is made again with all of the text

# Called every few milliseconds of a long piece of work; what it raises gives the work up.
Pause = Callable[[], object]


def go_on() -> None:
    """Gives nothing up."""


def matches(pattern: re.Pattern[str], text: str, pause: Pause = go_on) -> Iterator[re.Match[str]]:
    """What `pattern.finditer(text)` finds, for a pattern that matches no empty text.

    What a match takes to tell from a longer or shorter one has to stand within `BEYOND` characters of its beginning,
    or else be what it goes on with: more digits, more letters.
    """
    at = 0
    while at < len(text):
        pause()
        limit, seen = at + WINDOW, at + WINDOW + BEYOND
        match = pattern.search(text, at, seen)
        if match is None or match.start() >= limit:
            at = limit
            continue
        at = match.start() + 1
        if seen - LOOKAHEAD < match.end() and seen < len(text):
            match = pattern.match(text, match.start())
        if match:
            at = match.end()
            yield match
