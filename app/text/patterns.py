"""Patterns of any of many words, and searching a long text for them so that the search can be aborted.

A search of the whole text would be one call that nothing ends early, and that all other threads wait for.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

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


# What may come first in a pattern: a character or a class that opens it, an alternative or a group, or stands behind
# what may be left out. It finds some that come first in lookaheads only: a look at too many characters does no harm.
FIRST = re.compile(r"(?:^|(?<=[|(:?)]))(\[(?!\^)[^\]]+\]|[^\\\[])")


def initials(*patterns: str) -> str:
    """The inside of a class that holds at least the characters a match of the patterns may begin with."""
    found = "".join(first.strip("[]") for pattern in patterns for first in FIRST.findall(pattern))
    return "".join(map(re.escape, sorted(set(found))))


def prefix_tree(words: Mapping[str, str]) -> str:
    """A pattern of words, each closed by the pattern it maps to.

    It matches what an alternation with the longer words first does, but looks at a character once for all words.
    """
    tree: dict[str, Any] = {}
    for word, end in sorted(words.items()):
        node = tree
        for character in word:
            node = node.setdefault(character.lower(), {})
        node[""] = end
    return f"(?=[{''.join(map(re.escape, tree))}]){_branches(tree)}" if tree else "(?!)"


def _branches(node: dict[str, Any]) -> str:
    longer = [re.escape(character) + _branches(below) for character, below in node.items() if character]
    branches = [*longer, node[""]] if "" in node else longer
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
