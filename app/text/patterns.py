"""Regular expressions over long texts, searched so that the search can be aborted, and for any of many words."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

WINDOW = 1_000  # characters in which one search may begin a match
BEYOND = 250  # more that it may look at
LOOKAHEAD = 50  # a match that ends nearer to what a search sees is made again with all of the text

# Called every few milliseconds of a long piece of work; what it raises aborts the work.
Pause = Callable[[], object]


def go_on() -> None:
    """Aborts nothing."""


def matches(pattern: re.Pattern[str], text: str, pause: Pause = go_on) -> Iterator[re.Match[str]]:
    """What `pattern.finditer(text)` finds, for a pattern that matches no empty text, with a pause in each window.

    A single search of the whole text could not be aborted, and all other threads would wait for it. What tells a match
    from a longer or shorter one must stand within `BEYOND` characters of its beginning, or else continue it: more
    digits, more letters.
    """
    at = 0
    while at < len(text):
        pause()
        limit, visible = at + WINDOW, at + WINDOW + BEYOND
        match = pattern.search(text, at, visible)
        if match is None or match.start() >= limit:
            at = limit
            continue
        at = match.start() + 1
        if visible - LOOKAHEAD < match.end() and visible < len(text):
            match = pattern.match(text, match.start())
        if match:
            at = match.end()
            yield match


def characters(*patterns: str) -> str:
    """The inside of a class with all characters of the patterns but those that have a meaning in one, and letters.

    A match of one that begins with no other character begins with one of these: checking that first is quick.
    """
    return re.escape("".join(sorted(set(re.sub(r"[\x00-;=?-\x7f]", "", "".join(patterns))))))


def prefix_tree(words: Mapping[str, str]) -> str:
    """A pattern of words, each closed by the pattern it maps to.

    It matches what an alternation with the longer words first does, but checks a character once for all words.
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
