"""Seed files as written, YAML and text: every scalar is text and knows its line and column."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from app.seeding.mistakes import Place, SeedError, SeedMistake

LARGEST, LARGEST_PINS = 10_000_000, 1_000_000  # bytes of a file that is held in memory
DEEPEST_YAML = 20
MOST_VALUES = 50_000  # of a YAML file, some 30 MB in memory: each knows its place
PLAIN = ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq")
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in PLAIN}
# Among them what ends a line for some readers and not for others: lines could not be counted.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")

PIECE = 1 << 20  # bytes of a file that are read at once

# A path into a record: keys and list indices. A trailing KEY means the key itself, not its value.
Path_ = tuple[str | int, ...]
KEY = "\0key"


class Entry(Protocol):
    """One record as written."""

    @property
    def data(self) -> dict[str, Any]: ...

    def at(self, *path: str | int) -> Place:
        """Where a part of the record stands; its nearest container where the part is missing."""
        ...


@dataclass(frozen=True, slots=True)
class YamlEntry:
    file: str
    data: dict[str, Any]
    marks: dict[Path_, tuple[int, int]]

    def at(self, *path: str | int) -> Place:
        while path and path not in self.marks:
            path = path[:-1]
        return Place(self.file, *self.marks[path])


def read_text(path: Path, file: str, most: int = LARGEST) -> str:
    """A file's UTF-8 text. Raises SeedError for other encodings, for control characters and for too many bytes."""
    if path.is_file() and path.stat().st_size > most:
        raise SeedError(
            [
                SeedMistake(
                    Place(file, 1, 1), f"is over {most // 1_000_000} MB; make it smaller, bulk figures go into CSV"
                )
            ]
        )
    return "".join(_pieces(path, file))


def refuse_odd_text(path: Path, file: str) -> None:
    """Read a file to its end. Raises SeedError as `read_text` does."""
    for _ in _pieces(path, file):
        pass


def _pieces(path: Path, file: str) -> Iterator[str]:
    """The text of a file piece by piece, so that a large one need not be held."""
    decode = codecs.getincrementaldecoder("utf-8")().decode
    line, column = 1, 0  # of the last character that was read
    odd: SeedMistake | None = None  # told at the end: a file that is not UTF-8 has no characters
    if path.exists() and not (path.is_file() or path.is_dir()):
        message = "cannot be read (a pipe or a device may never end); it must be a file"
        raise SeedError([SeedMistake(Place(file, 1, 1), message)])
    try:
        with path.open("rb") as written:
            while piece := written.read(PIECE):
                text = decode(piece)
                if line == 1 and not column and text.startswith("\ufeff"):
                    odd = SeedMistake(Place(file, 1, 1), "starts with a byte order mark; save the file without it")
                if found := CONTROL.search(text):
                    place = Place(file, *_after(line, column, text[: found.end()]))
                    odd = odd or SeedMistake(place, f"has the control character U+{ord(found[0]):04X}; remove it")
                line, column = _after(line, column, text)
                yield text
            decode(b"", final=True)
        if odd:
            raise SeedError([odd])
    except OSError as error:
        raise SeedError(
            [SeedMistake(Place(file, 1, 1), f"cannot be read ({error.strerror}); it must be a file")]
        ) from error
    except UnicodeDecodeError as error:
        line += error.object[: error.start].count(b"\n")
        raise SeedError([SeedMistake(Place(file, line, 1), "is not UTF-8; save the file as UTF-8")]) from error


def _after(line: int, column: int, text: str) -> tuple[int, int]:
    """The place of the last character of a text that follows a place."""
    lines = text.count("\n")
    return line + lines, len(text) - text.rfind("\n") - 1 if lines else column + len(text)


def read_yaml(path: Path, file: str, mistakes: list[SeedMistake]) -> YamlEntry:
    """A YAML file as one entry; its top must be a mapping. Raises SeedError for what cannot be read.

    What can be read in spite of it is added to `mistakes`.
    """
    text = read_text(path, file)
    try:
        _refuse_what_grows(text, file)
        node = yaml.CSafeLoader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        # A file that ends too early is wrong where the unfinished part begins.
        at_end = error.problem_mark and error.problem_mark.line > text.rstrip("\n").count("\n")
        place = _place(file, (error.context_mark if at_end else None) or error.problem_mark)
        raise SeedError(
            [SeedMistake(place, f"is not YAML: {error.problem}; correct it here or right before")]
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise SeedError([SeedMistake(Place(file, 1, 1), f"is not YAML: {error}")]) from error
    if node is None:
        return YamlEntry(file, {}, {(): (1, 1)})
    if not isinstance(node, yaml.MappingNode):
        raise SeedError([SeedMistake(Place(file, 1, 1), "must be a mapping; write `key: value` lines")])
    reading = _YamlReading(file)
    data = reading.value(node, ())
    mistakes += reading.mistakes
    return YamlEntry(file, data, reading.marks)


def _refuse_what_grows(text: str, file: str) -> None:
    """An alias can refer to itself, or grow without end; a value takes more memory than room on a page."""
    depth = values = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if getattr(event, "anchor", None):
            message = "anchors and aliases are not allowed; write the value out"
            raise SeedError([SeedMistake(_place(file, event.start_mark), message)])
        values += isinstance(event, yaml.NodeEvent)
        if values > MOST_VALUES:
            message = f"is more than {MOST_VALUES:,} values in one file; put bulk figures into CSV"
            raise SeedError([SeedMistake(_place(file, event.start_mark), message)])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_YAML:
            message = f"is nested more than {DEEPEST_YAML} deep; no record is"
            raise SeedError([SeedMistake(_place(file, event.start_mark), message)])


def _place(file: str, mark: Any) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)


class _YamlReading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.marks: dict[Path_, tuple[int, int]] = {}
        self.mistakes: list[SeedMistake] = []

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.marks[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if node.tag not in PLAIN_TAGS:
            self._mistake(path, f"the tag {node.tag!r} is not allowed; write the plain value")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        text = str(node.value)
        if found := CONTROL.search(text):  # written as an escape, which the text of the file does not show
            self._mistake(path, f"has the control character U+{ord(found[0]):04X}; remove it")
        return text

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            mark = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not key or CONTROL.search(key):
                self.mistakes.append(SeedMistake(Place(self.file, *mark), "a key must be a plain word"))
            elif key in mapping:
                first = self.marks[(*path, key, KEY)][0]
                message = f"{key!r} stands here again, after line {first}; keep one of them"
                self.mistakes.append(SeedMistake(Place(self.file, *mark), message))
            else:
                self.marks[(*path, key, KEY)] = mark
                mapping[key] = self.value(value_node, (*path, key))
        return mapping

    def _mistake(self, path: Path_, message: str) -> None:
        self.mistakes.append(SeedMistake(Place(self.file, *self.marks[path]), message))
