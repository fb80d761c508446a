"""Regular expressions for any of many words, made fast: a prefix tree behind a check of the first character."""

import re
from collections.abc import Mapping
from typing import Any

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
