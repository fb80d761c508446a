"""What editors, transfers, disks and hostile hands do to the content of a file, each drawn by a random number."""

import gzip
import unicodedata
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from random import Random

# Spoils a file of a seed, or what stands beside it; False where there was nothing of the kind to spoil.
Mutation = Callable[[Random, Path], bool]
Bytes = Callable[[Random, bytes], bytes]
Lines = Callable[[Random, list[str]], list[str]]

LARGE = 1_000_000
MANY = 100_000
DIGITS = "0123456789"
HIDDEN = ("\u200b", "\u00a0", "\u3000", "\u202e", "\u0301", "\ufeff", "\U000e0041")
CONTROLS = ("\0", "\x01", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\u2028", "\ufffe")
VALUES = (
    "", "~", "null", "[]", "{}", "[a, b]", "{a: b}", "true", "1e999", ".nan", "0x10", "1_000", "2024-13-45", "-", "*x",
    "&x", "!!binary aGk=", "'", '"', "|", ">", "%", "@", "`", "{{}}", "'{'", "../../etc/passwd", "a: b", "# x",
    "\\ud800", "１２",
)  # fmt: skip


def of_bytes(change: Bytes) -> Callable[[Random, Path], bool]:
    def mutate(random: Random, path: Path) -> bool:
        written = path.read_bytes()
        spoilt = change(random, written)
        path.write_bytes(spoilt)
        return spoilt != written

    return mutate


def of_lines(change: Lines) -> Callable[[Random, Path], bool]:
    def lines(random: Random, written: bytes) -> bytes:
        return "".join(change(random, written.decode().splitlines(keepends=True))).encode()

    return of_bytes(lines)


def put(what: Callable[[Random], str | bytes]) -> Bytes:
    """Something at a random place."""

    def change(random: Random, written: bytes) -> bytes:
        at, more = random.randrange(len(written) + 1), what(random)
        return written[:at] + (more.encode() if isinstance(more, str) else more) + written[at:]

    return change


def put_character(what: Callable[[Random], str]) -> Bytes:
    """Something between two characters."""

    def change(random: Random, written: bytes) -> bytes:
        text = written.decode()
        at = random.randrange(len(text) + 1)
        return (text[:at] + what(random) + text[at:]).encode()

    return change


def recoded(encoding: str) -> Bytes:
    return lambda _random, written: written.decode().encode(encoding, errors="replace")


def flipped(random: Random, written: bytes) -> bytes:
    spoilt = bytearray(written)
    spoilt[random.randrange(len(spoilt))] ^= 1 << random.randrange(8)
    return bytes(spoilt)


def overwritten(random: Random, written: bytes) -> bytes:
    at, length = random.randrange(len(written)), random.randint(1, 600)
    return written[:at] + random.randbytes(min(length, len(written) - at)) + written[at + length :]


def other_character(choose: Callable[[str], bool], other: Callable[[Random, str], str]) -> Bytes:
    """Another character for one of a kind."""

    def change(random: Random, written: bytes) -> bytes:
        text = written.decode()
        places = [at for at, character in enumerate(text) if choose(character)]
        if not places:
            return written
        at = random.choice(places)
        return (text[:at] + other(random, text[at]) + text[at + 1 :]).encode()

    return change


def dropped(random: Random, lines: list[str]) -> list[str]:
    at = random.randrange(len(lines))
    return lines[:at] + lines[at + random.choice((1, 1, 1, 2, 5, 40)) :]


def doubled(random: Random, lines: list[str]) -> list[str]:
    at, length = random.randrange(len(lines)), random.choice((1, 1, 2, 5))
    return lines[: at + length] + lines[at:]


def swapped(random: Random, lines: list[str]) -> list[str]:
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def cut_at_a_line(random: Random, lines: list[str]) -> list[str]:
    return lines[: random.randrange(len(lines))]


def shifted(random: Random, lines: list[str]) -> list[str]:
    at = random.randrange(len(lines))
    lines[at] = random.choice((" ", "  ", "\t", "    ")) + lines[at] if random.randrange(2) else lines[at].lstrip()
    return lines


def other_value(random: Random, lines: list[str]) -> list[str]:
    """Another value behind a key."""
    places = [at for at, line in enumerate(lines) if ": " in line]
    if places:
        at = random.choice(places)
        parts = lines[at].rstrip("\n").split(": ")
        number = random.randrange(1, len(parts))
        parts[number] = random.choice(VALUES)
        lines[at] = ": ".join(parts) + "\n"
    return lines


def other_key(random: Random, lines: list[str]) -> list[str]:
    places = [at for at, line in enumerate(lines) if ":" in line]
    if places:
        at = random.choice(places)
        key, colon, rest = lines[at].partition(":")
        lines[at] = key[:-1] + random.choice(("", "x", " ", "é", "\\")) + colon + rest
    return lines


def other_fields(random: Random, lines: list[str]) -> list[str]:
    """A field dropped, doubled, swapped or spoilt in a row, which may be the header."""
    at = random.choice((0, random.randrange(len(lines))))
    fields = lines[at].rstrip("\n").split(",")
    one, other = random.randrange(len(fields)), random.randrange(len(fields))
    match random.randrange(5):
        case 0:
            del fields[one]
        case 1:
            fields.insert(one, fields[other])
        case 2:
            fields[one], fields[other] = fields[other], fields[one]
        case 3:
            fields[one] = random.choice((*VALUES, "a;b", ";", '"a', 'a"b', " x", "NaN", "１２"))
        case _:
            return [line.replace(",", random.choice(";\t|")) for line in lines]
    lines[at] = ",".join(fields) + "\n"
    return lines


def bomb(random: Random, _written: bytes) -> bytes:
    """Aliases of aliases, which would grow without end."""
    names = [f"a{number}" for number in range(random.randint(5, 30))]
    lines = [f"{names[0]}: &{names[0]} [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in pairwise(names)]
    return "\n".join(lines).encode()


def deep(random: Random, written: bytes) -> bytes:
    depth = random.choice((30, 1_000, 50_000))
    more = random.choice(("[", "{a: ", "- ", "{", '{"a":', "? ", "[[", "!!seq [")) * depth
    return random.choice((b"", written)) + b"\nx: " + more.encode()


def crowded(random: Random, written: bytes) -> bytes:
    """Very many of one thing."""
    count = random.choice((1_000, 10_000, MANY))
    return (
        written
        + random.choice(
            (
                "x: {aliases: [" + ", ".join(f"a{number}" for number in range(count)) + "]}\n",
                "x: {industries: [" + "x, " * count + "]}\n",
                "".join(f"k{number}: {{zh: x, en: y}}\n" for number in range(count // 4)),
                "x: " + "z" * count * 20 + "\n",
                "x: {" + "".join(f"k{number}: 1, " for number in range(count)) + "}\n",
                "#" * count * 20 + "\n",
                "x: '" + "a\n\n" * count + "'\n",
                "\n" * count * 10,
                "? " * 500 + "\n" + ": " * 500 + "\n",
            )
        ).encode()
    )


def crowded_table(random: Random, written: bytes) -> bytes:
    count = random.choice((1_000, 3_000, 10_000))
    lines = written.decode().splitlines(keepends=True)
    some = random.choice(lines[1:])
    return (
        written
        + random.choice(
            (
                some * count,
                "".join(some.replace(",", f"{number},", 1) for number in range(count)),
                "," * count + "\n",
                '"' + "x" * count * 20 + '"\n',
                '"' + "x\n" * count + '"\n',
                "x" * count * 40,
                "x\n" * count,
                ",".join(f"c{number}" for number in range(count)) + "\n",
            )
        ).encode()
    )


def spoilt_pins(random: Random, written: bytes) -> bytes:
    text = written.decode()
    some = random.choice([line for line in text.splitlines() if ": [" in line])
    start, end = some.rstrip(",").rpartition("[")[2].rstrip("]").split(", ")
    return random.choice(
        (
            text.replace(f"[{start}, {end}]", f"[{int(start) + 1}, {end}]", 1),
            text.replace(f"[{start}, {end}]", f"[{end}, {start}]", 1),
            text.replace(f"[{start}, {end}]", f"[{start}]", 1),
            text.replace(f"[{start}, {end}]", f"[{start}, 1e999]", 1),
            text.replace(f"[{start}, {end}]", f"[-1, {end}]", 1),
            text.replace(f"[{start}, {end}]", f"[{start}, {'9' * 5000}]", 1),
            text.replace(some, f"{some.rstrip(',')},\n{some}", 1),
            text.replace('"sha256": "', '"sha256": "0', 1),
            text.replace("{", "[" * 100_000, 1),
            text.replace('"quotes"', '"quotas"', 1),
            text.replace(some, some.replace('"', '"\\ud800', 1), 1),
            "null", "0", '""', "{}", "NaN", "[" * 50_000,
        )
    ).encode()  # fmt: skip


def zipped(_random: Random, written: bytes) -> bytes:
    return gzip.compress(written, mtime=0)


def grown(random: Random, written: bytes) -> bytes:
    """Itself, again and again."""
    return written * random.choice((2, 3, 1 + LARGE // len(written)))


def overgrown(random: Random, written: bytes) -> bytes:
    """Itself, until it is larger than a file may be."""
    return written * (1 + random.choice((21, 100)) * LARGE // len(written))


def mojibake(_random: Random, written: bytes) -> bytes:
    return written.decode("latin-1").encode()


def decomposed(_random: Random, written: bytes) -> bytes:
    return unicodedata.normalize("NFKD", written.decode()).encode()


def line_ends(end: bytes) -> Bytes:
    return lambda _random, written: written.replace(b"\n", end)


def cut(random: Random, written: bytes) -> bytes:
    return written[: random.randrange(len(written))]
