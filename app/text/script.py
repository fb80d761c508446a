"""Scripts: traditional characters and those they are simplified to, pinyin, and other spellings that mean the same."""

import re
import unicodedata
from functools import cache

IDEOGRAPHS = range(0x3400, 0xA000)
IDEOGRAPH = re.compile("[\u3400-\u9fff]")
NOT_A_LETTER = re.compile(r"[^a-z0-9]")


@cache
def simplified() -> dict[str, str]:
    """The traditional characters, each with the one it is simplified to."""
    from opencc import OpenCC  # noqa: PLC0415 - large, and only a load needs it: a release stores what it says

    every = list(map(chr, IDEOGRAPHS))
    converted = OpenCC("t2s").convert("\n".join(every)).split("\n")
    pairs = zip(every, converted, strict=True)
    return {one: other for one, other in pairs if one != other and len(other) == 1}


@cache
def _table() -> dict[int, str]:
    return str.maketrans(simplified())


def fold(text: str) -> str:
    """A search text in simplified script."""
    return text.translate(_table())


def pinyin_of(name: str) -> list[str]:
    """How a Chinese name is typed without its characters: all its syllables, and their initials."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - large, and only a load needs it

    if not IDEOGRAPH.search(name):
        return []
    syllables = [NOT_A_LETTER.sub("", one.casefold()) for one in lazy_pinyin(name)]
    syllables = [one for one in syllables if one]
    spellings = ["".join(syllables)]
    if len(syllables) > 1 and all(IDEOGRAPH.match(one) for one in name):
        spellings.append("".join(one[0] for one in syllables))
    return spellings


def untoned(text: str) -> str:
    """Pinyin without tones, spaces and apostrophes: `biyadi` for `bǐ yà dí`; empty for other text."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return NOT_A_LETTER.sub("", plain) if plain.isascii() else ""


def stem(text: str) -> str:
    """A search line with its English words in the singular."""
    return re.sub(r"[a-z]+", lambda word: _singular(word[0]), text)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > len("dies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return (
        word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > len("bus") else word
    )
