"""Seed files in YAML and plain text: every scalar is a text with its line and column."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from app.seeding.diagnostics import Diagnostic, Location, SeedError

LARGEST, LARGEST_PINS = 10_000_000, 1_000_000  # bytes of a file that is read into memory
DEEPEST_YAML = 20
MOST_VALUES = 50_000  # in a YAML file, some 30 MB in memory with their places
PLAIN = ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq")
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in PLAIN}
# Some of these end a line for some programs and not for others, so lines could not be counted.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")

PIECE = 1 << 20  # bytes read at a time

# A path into a record: keys and list indices. A trailing KEY means the key itself, not its value.
RecordPath = tuple[str | int, ...]
KEY = "\0key"


class Entry(Protocol):
    """One record as it is in its file."""

    @property
    def data(self) -> dict[str, Any]: ...

    def at(self, *path: str | int) -> Location:
        """The place of a part of the record; if it is missing, that of its nearest container."""
        ...


@dataclass(frozen=True, slots=True)
class YamlEntry:
    file: str
    data: dict[str, Any]
    marks: dict[RecordPath, tuple[int, int]]

    def at(self, *path: str | int) -> Location:
        while path and path not in self.marks:
            path = path[:-1]
        return Location(self.file, *self.marks[path])


def read_text(path: Path, file: str, most: int = LARGEST) -> str:
    """The text of a file. Raises SeedError if it is not UTF-8, has control characters, or is too large."""
    if path.is_file() and path.stat().st_size > most:
        raise _error(f"is over {most // 1_000_000} MB; make it smaller, bulk figures go into CSV", Location(file))
    return "".join(_pieces(path, file))


def check_text(path: Path, file: str) -> None:
    """Read a file to its end. Raises SeedError as `read_text` does."""
    for _ in _pieces(path, file):
        pass


def _error(message: str, place: Location) -> SeedError:
    return SeedError([Diagnostic(place, message)])


def _pieces(path: Path, file: str) -> Iterator[str]:
    """The text of a file piece by piece, so that a large one is never in memory as a whole."""
    start = Location(file)
    decode = codecs.getincrementaldecoder("utf-8")().decode
    line, column = 1, 0  # of the last character read
    refused: SeedError | None = None  # raised at the end, unless the file turns out not to be UTF-8
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise _error("cannot be read (a pipe or a device may never end); it must be a file", start)
    try:
        with path.open("rb") as written:
            while piece := written.read(PIECE):
                text = decode(piece)
                if line == 1 and not column and text.startswith("\ufeff"):
                    refused = _error("starts with a byte order mark; save the file without it", start)
                if found := CONTROL.search(text):
                    place = Location(file, *_after(line, column, text[: found.end()]))
                    refused = refused or _error(_control(found), place)
                line, column = _after(line, column, text)
                yield text
            decode(b"", final=True)
    except OSError as error:
        raise _error(f"cannot be read ({error.strerror}); it must be a file", start) from error
    except UnicodeDecodeError as error:
        line += error.object[: error.start].count(b"\n")
        raise _error("is not UTF-8; save the file as UTF-8", Location(file, line, 1)) from error
    if refused:
        raise refused


def _control(found: re.Match[str]) -> str:
    return f"has the control character U+{ord(found[0]):04X}; remove it"


def _after(line: int, column: int, text: str) -> tuple[int, int]:
    """The place of the last character of a text that begins after a place."""
    lines = text.count("\n")
    return line + lines, len(text) - text.rfind("\n") - 1 if lines else column + len(text)


def read_yaml(path: Path, file: str, errors: list[Diagnostic]) -> YamlEntry:
    """A YAML file, which must be a mapping, as one entry. Raises SeedError if it cannot be read.

    What can be read in spite of it is added to `errors`.
    """
    text, start = read_text(path, file), Location(file)
    try:
        _refuse_what_grows(text, file)
        node = yaml.CSafeLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        # For a file that ends too early, report where the unfinished part begins.
        at_end = error.problem_mark and error.problem_mark.line > text.rstrip("\n").count("\n")
        mark = (error.context_mark if at_end else None) or error.problem_mark
        place = _place(file, mark) if mark else start
        raise _error(f"is not YAML: {error.problem}; correct it here or right before", place) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _error(f"is not YAML: {error}", start) from error
    if node is None:
        return YamlEntry(file, {}, {(): (1, 1)})
    if not isinstance(node, yaml.MappingNode):
        raise _error("must be a mapping; write `key: value` lines", start)
    reading = _YamlReading(file, errors)
    return YamlEntry(file, reading.value(node, ()), reading.marks)


def _refuse_what_grows(text: str, file: str) -> None:
    """Refuse aliases, which can refer to themselves or grow exponentially, and files with too many values."""
    depth = values = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        values += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if getattr(event, "anchor", None):
            message = "anchors and aliases are not allowed; write the value out"
        elif values > MOST_VALUES:
            message = f"is more than {MOST_VALUES:,} values in one file; put bulk figures into CSV"
        elif depth > DEEPEST_YAML:
            message = f"is nested more than {DEEPEST_YAML} deep; no record is"
        else:
            continue
        raise _error(message, _place(file, event.start_mark))


def _place(file: str, mark: Any) -> Location:
    return Location(file, mark.line + 1, mark.column + 1)


class _YamlReading:
    """Reads nodes into plain values, and records the place of each."""

    def __init__(self, file: str, errors: list[Diagnostic]) -> None:
        self.marks: dict[RecordPath, tuple[int, int]] = {}
        self._file = file
        self._errors = errors

    def value(self, node: yaml.Node, path: RecordPath) -> Any:
        self.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if node.tag not in PLAIN_TAGS:
            self._refuse(node, f"the tag {node.tag!r} is not allowed; write the plain value")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        text = str(node.value)
        if found := CONTROL.search(text):  # from an escape sequence, which is not seen in the text of the file
            self._refuse(node, _control(found))
        return text

    def _mapping(self, node: yaml.MappingNode, path: RecordPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            if not key or CONTROL.search(key):
                self._refuse(key_node, "a key must be a plain word")
            elif key in mapping:
                first = self.marks[(*path, key, KEY)][0]
                self._refuse(key_node, f"{key!r} stands here again, after line {first}; keep one of them")
            else:
                self.marks[(*path, key, KEY)] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
                mapping[key] = self.value(value_node, (*path, key))
        return mapping

    def _refuse(self, node: yaml.Node, message: str) -> None:
        self._errors.append(Diagnostic(_place(self._file, node.start_mark), message))
