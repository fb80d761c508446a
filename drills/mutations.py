"""Ways to spoil a seed folder, by kind of file; `mutate` draws one by a random number."""

import os
from pathlib import Path
from random import Random

from app.seeding import manifest
from drills.spoiling import (
    CONTROLS,
    DIGITS,
    HIDDEN,
    Mutation,
    bomb,
    crowded,
    crowded_table,
    cut,
    cut_at_a_line,
    decomposed,
    deep,
    doubled,
    dropped,
    flipped,
    grown,
    line_ends,
    mojibake,
    of_bytes,
    of_lines,
    other_character,
    other_fields,
    other_key,
    other_value,
    overgrown,
    overwritten,
    put,
    put_character,
    recoded,
    shifted,
    spoilt_pins,
    swapped,
    zipped,
)

HUGE = 300_000_000
NOT_UTF8 = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe4\xb8")


def gone(_random: Random, path: Path) -> bool:
    path.unlink()
    return True


def renamed(random: Random, path: Path) -> bool:
    names = (path.name + ".orig", path.name.upper(), "." + path.name, path.stem + ".yml", path.stem + "é" + path.suffix)
    path.rename(path.with_name(random.choice(names)))
    return True


def copied(random: Random, path: Path) -> bool:
    names = ("copy" + path.suffix, path.stem + "-2" + path.suffix, path.name + "~", "\x01" + path.suffix)
    name: str | bytes = random.choice((*names, b"\xff\xfe" + os.fsencode(path.suffix)))
    path.with_name(os.fsdecode(name)).write_bytes(path.read_bytes())
    return True


def no_file(random: Random, path: Path) -> bool:
    """Something else by the name of a file."""
    path.unlink()
    match random.randrange(5):
        case 0:
            path.mkdir()
        case 1:
            os.mkfifo(path)
        case 2:
            path.symlink_to(path)
        case 3:
            path.symlink_to(random.choice(("/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem")))
        case _:
            path.symlink_to("nowhere")
    return True


def sparse(random: Random, path: Path) -> bool:
    with path.open("r+b") as file:
        file.truncate(random.choice((25_000_000, HUGE)))
    return True


def exchanged(random: Random, path: Path) -> bool:
    """The content of another file."""
    others = [one for one in sorted(path.parent.iterdir()) if one.is_file() and one != path]
    if not others:
        return False
    other = random.choice(others)
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(mine)
    return True


def no_draft(change: Mutation) -> Mutation:
    """What would make a manifest the word for a draft is no fault."""
    return lambda random, path: change(random, path) and not manifest.is_draft(path.parent)


HAN, DIGIT, LETTER = (
    (lambda c: "\u4e00" <= c <= "\u9fff"),
    (lambda c: c in DIGITS),
    (lambda c: c.isascii() and c.isalpha()),
)

ANY: dict[str, Mutation] = {
    "a bit flipped": of_bytes(flipped),
    "bytes overwritten": of_bytes(overwritten),
    "cut off": of_bytes(cut),
    "cut off at a line": of_lines(cut_at_a_line),
    "lines dropped": of_lines(dropped),
    "lines doubled": of_lines(doubled),
    "lines swapped": of_lines(swapped),
    "a line shifted": of_lines(shifted),
    "emptied": of_bytes(lambda _random, _written: b""),
    "grown": of_bytes(grown),
    "another digit": of_bytes(other_character(DIGIT, lambda random, _: random.choice(DIGITS))),
    "a digit dropped": of_bytes(other_character(DIGIT, lambda _random, _: "")),
    "a digit doubled": of_bytes(other_character(DIGIT, lambda _random, digit: digit * 2)),
    "a wide digit": of_bytes(other_character(DIGIT, lambda _random, digit: chr(ord(digit) + 0xFEE0))),
    "another letter": of_bytes(other_character(LETTER, lambda random, _: random.choice("abcdexyzABC"))),
    "another Chinese character": of_bytes(other_character(HAN, lambda random, _: random.choice("超近万亿年月郑州"))),
    "a hidden character": of_bytes(put_character(lambda random: random.choice(HIDDEN))),
    "a control character": of_bytes(put_character(lambda random: random.choice(CONTROLS))),
    "bytes that are not UTF-8": of_bytes(put(lambda random: random.choice(NOT_UTF8))),
    "a byte order mark": of_bytes(lambda _random, written: b"\xef\xbb\xbf" + written),
    "in GB 18030": of_bytes(recoded("gb18030")),
    "in GBK": of_bytes(recoded("gbk")),
    "in Big5": of_bytes(recoded("big5")),
    "in UTF-16": of_bytes(recoded("utf-16")),
    "in UTF-32": of_bytes(recoded("utf-32-le")),
    "in UTF-7": of_bytes(recoded("utf-7")),
    "encoded twice": of_bytes(mojibake),
    "decomposed": of_bytes(decomposed),
    "line ends CR LF": of_bytes(line_ends(b"\r\n")),
    "line ends CR": of_bytes(line_ends(b"\r")),
    "no line ends": of_bytes(line_ends(b" ")),
    "binary": of_bytes(lambda random, written: random.randbytes(len(written))),
    "zipped": of_bytes(zipped),
    "sparse": sparse,
    "gone": gone,
    "renamed": renamed,
    "a copy beside": copied,
    "no file": no_file,
    "another's content": exchanged,
}  # fmt: skip
YAML: dict[str, Mutation] = {
    "overgrown": of_bytes(overgrown),
    "another value": of_lines(other_value),
    "another key": of_lines(other_key),
    "aliases of aliases": of_bytes(bomb),
    "deep": of_bytes(deep),
    "crowded": of_bytes(crowded),
    "a second document": of_bytes(put(lambda _random: "\n---\n")),
    "a tag": of_bytes(put(lambda _random: " !!python/object/apply:os.system ")),
    "a merge key": of_bytes(put(lambda _random: "\n<<: {a: b}\n")),
}
CSV: dict[str, Mutation] = {"other fields": of_lines(other_fields), "crowded": of_bytes(crowded_table)}
PINS: dict[str, Mutation] = {"other pins": of_bytes(spoilt_pins), "overgrown": of_bytes(overgrown)}
KINDS = {
    ".yaml": ANY | YAML,
    ".csv": ANY | CSV,
    ".json": ANY | PINS,
    ".txt": ANY,
    ".md": ANY,
    "": {n: no_draft(m) for n, m in ANY.items()},
}


def mutate(random: Random, folder: Path) -> tuple[str, str]:
    """Spoil one file of a seed; gives the kind of mutation and the file."""
    while True:
        path = random.choice(sorted(one for one in folder.rglob("*") if one.is_file() and one.suffix in KINDS))
        kind, change = random.choice(sorted(KINDS[path.suffix].items()))
        if not path.stat().st_size:
            continue
        kept = {one: one.read_bytes() for one in sorted(path.parent.iterdir()) if one.is_file()}
        if change(random, path):
            return kind, path.relative_to(folder).as_posix()
        for one, written in kept.items():
            one.write_bytes(written)
