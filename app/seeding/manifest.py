"""The manifest of a seed: a digest of each file, so that nothing is loaded unreviewed; `pin` writes it."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from app.nouns import NOUNS
from app.seeding import records, unchanged
from app.seeding.checks import text_folders
from app.seeding.diagnostics import Diagnostic, Location, SeedError
from app.seeding.evidence import Texts, pins_text
from app.seeding.files import PIECE, read_text
from app.seeding.seeds import read_seed

FILE, DRAFT = unchanged.MANIFEST, unchanged.DRAFT
HEAD = """\
# The files of this seed as `factbook pin` found them: sha256, lines, name. A load refuses what differs.
# Nobody writes this by hand: look through what changed, then run `factbook pin`.
"""
LINE = re.compile(r"([0-9a-f]{64}) ([0-9]{1,12}) (\S.*)")
FileDigest = tuple[str, int]  # SHA-256 and number of lines
States = dict[str, tuple[int, ...]]  # by the names of files
ACCEPT = "look through the change (`git diff` shows it), then run `factbook pin`"


class Listed(NamedTuple):
    """An entry of the manifest, and its line."""

    content: FileDigest
    line: int


class Changes(NamedTuple):
    """How a new manifest differs from the previous one, as names of files."""

    files: int
    added: list[str]
    changed: list[str]
    removed: list[str]


class Pinned(NamedTuple):
    """The number of quotes in each file of pins that was written, and the changes of the manifest."""

    quotes: dict[str, int]
    manifest: Changes


def errors(folder: Path) -> Iterator[Diagnostic]:
    """Errors for files that differ from the manifest, are missing, or are not in it."""
    if not (folder / FILE).exists():
        message = "is missing, so the seed may be incomplete; review it, then run `factbook pin`"
        yield Diagnostic(Location(FILE), message)
        return
    try:
        lines = _lines(folder)
    except SeedError as error:
        yield from error.errors
        return
    if list(lines.values()) == [DRAFT]:
        return
    listed: dict[str, Listed] = {}
    for number, line in lines.items():
        match = LINE.fullmatch(line)
        if match and match[3] not in listed:
            listed[match[3]] = Listed((match[1], int(match[2])), number)
            continue
        message = "is no line of sha256, lines and name of a file"
        if match:
            message = f"{match[3]} stands here again, after line {listed[match[3]].line}"
        yield Diagnostic(Location(FILE, number, 1), f"{message}; {ACCEPT}")
    yield from _differences(listed, files(folder))


def _differences(listed: dict[str, Listed], there: dict[str, Path]) -> Iterator[Diagnostic]:
    for name, path in there.items():
        known = listed.pop(name, None)
        if not known:
            yield Diagnostic(Location(name), "is not in the manifest; look it through, then run `factbook pin`")
            continue
        try:
            content = _digest(path)
        except OSError as error:
            yield Diagnostic(Location(name), f"cannot be read ({error.strerror}); bring it back")
            continue
        if content != known.content:
            (_, lines), (_, expected) = content, known.content
            but = "another text of as many lines" if lines == expected else f"{lines} lines, not {expected}"
            message = f"is not what line {known.line} of the manifest says: {but}; bring it back, or {ACCEPT}"
            yield Diagnostic(Location(name), message)
    for name, known in listed.items():
        message = f"{name} with its {known.content[1]} lines is not there; bring it back, or {ACCEPT}"
        yield Diagnostic(Location(FILE, known.line, 1), message)


def states(folder: Path) -> States:
    """Identifies the state of each file of the seed and of its manifest, to notice when one is written to."""
    found: States = {}
    for name, path in (files(folder) | {FILE: folder / FILE}).items():
        with suppress(OSError):  # reported when the file is read
            stat = path.stat()
            found[name] = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    return found


def changed(folder: Path, before: States) -> Iterator[Diagnostic]:
    """Errors for files that changed since `before`: what was read may not be what the manifest lists."""
    now = states(folder)
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            message = "was changed while it was read; run this again when nobody writes to the seed"
            yield Diagnostic(Location(name), message)


def pin(folder: Path, sources: Path | None) -> Pinned:
    """Write the span of each quote in the available texts, and the manifest.

    Raises SeedError, before anything is written, for invalid files and for quotes that do not occur exactly once.
    """
    seed = read_seed(folder)
    # Errors in the pins themselves are fixed by writing them.
    if wrong := [error for error in seed.errors if not error.place.file.startswith("pins/")]:
        raise SeedError(wrong, folder)
    texts = Texts(seed, text_folders(folder, sources))
    message = "has a name that the manifest cannot hold; name it with letters, digits and hyphens"
    unlistable = [Diagnostic(Location(name), message) for name in files(folder) if not name.isprintable()]
    if wrong := [*texts.errors_in_files, *texts.misquotes(seed.facts), *unlistable]:
        raise SeedError(wrong, folder)
    pins = {f"pins/{source_id}.json": pinned for source_id, pinned in texts.pins().items()}
    (folder / "pins").mkdir(exist_ok=True)
    for file, pinned in pins.items():
        (folder / file).write_bytes(pins_text(pinned.sha256, pinned.quotes).encode())
    return Pinned({file: len(pinned.quotes) for file, pinned in pins.items()}, write(folder))


def write(folder: Path) -> Changes:
    """List the files of a seed as they are now."""
    before: dict[str, FileDigest] = {}
    with suppress(SeedError):
        matches = map(LINE.fullmatch, _lines(folder).values())
        before = {match[3]: (match[1], int(match[2])) for match in matches if match}
    now = {name: _digest(path) for name, path in files(folder).items()}
    text = "".join(f"{sha256} {lines} {name}\n" for name, (sha256, lines) in now.items())
    (folder / FILE).write_bytes((HEAD + text).encode())
    return Changes(
        len(now),
        added=sorted(now.keys() - before.keys()),
        changed=sorted(name for name in now.keys() & before.keys() if now[name] != before[name]),
        removed=sorted(before.keys() - now.keys()),
    )


def files(folder: Path) -> dict[str, Path]:
    """The files that a load of the seed reads, by their names within it."""
    found = [folder / f"{noun}.yaml" for noun in (*NOUNS, records.RETRACTIONS)]
    for pattern in ("facts/*", "pins/*.json", "sources/*.txt"):
        found += folder.glob(pattern)
    return {path.relative_to(folder).as_posix(): path for path in sorted(found) if path.is_file()}


def _lines(folder: Path) -> dict[int, str]:
    """The lines of a manifest by number, without comments. Raises SeedError."""
    lines = enumerate(read_text(folder / FILE, FILE).splitlines(), 1)
    return {number: line for number, line in lines if line and not line.startswith("#")}


def _digest(path: Path) -> FileDigest:
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            lines += piece.count(b"\n")
    return digest.hexdigest(), lines
