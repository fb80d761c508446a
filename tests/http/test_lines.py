"""Lines of a log go out whole and in time, and whoever does not read them holds nobody up."""

import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.http.lines import AT_END, MOST_WAITING, LineWriter

LINES = [b'{"number":%d,"filling":"%b"}\n' % (number, b"x" * 300) for number in range(MOST_WAITING * 2)]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        with suppress(OSError):
            os.close(end)


def read(reading: int) -> bytes:
    """What is there, until nothing comes any more."""
    found = b""
    while select.select([reading], [], [], 0.5)[0]:
        found += os.read(reading, 2**16)
    return found


def test_lines_are_written_as_they_came(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        writer = LineWriter(file.fileno(), lambda _: None)
        for line in LINES[:5000]:
            writer.add(line)
        writer.flush()
    assert (tmp_path / "log").read_bytes() == b"".join(LINES[:5000])


def test_lines_that_come_while_others_are_taken_are_written_too(tmp_path: Path) -> None:
    dropped: list[int] = []
    added, usual = 0, sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with (tmp_path / "log").open("wb") as file:
            writer = LineWriter(file.fileno(), dropped.append)
            until = time.monotonic() + 1
            while time.monotonic() < until:
                writer.add(b"a line\n")
                added += 1
            writer.flush()
    finally:
        sys.setswitchinterval(usual)
    assert (tmp_path / "log").read_bytes().count(b"a line\n") == added - sum(dropped)


def test_a_pipe_that_nobody_reads_loses_lines_but_stops_nobody(pipe: tuple[int, int]) -> None:
    dropped: list[int] = []
    writer = LineWriter(pipe[1], dropped.append)
    began = time.monotonic()
    for line in LINES:
        writer.add(line)
    assert time.monotonic() - began < 5
    assert sum(dropped) >= len(LINES) - MOST_WAITING - 2**16 // 300
    began = time.monotonic()
    writer.flush()
    assert time.monotonic() - began < AT_END * 5, "it is given up"
    there = read(pipe[0])
    assert there.count(b"\n") == len(LINES) - sum(dropped)
    assert set(there.splitlines(keepends=True)) <= set(LINES), "each line is whole"
    writer.add(b"later\n")
    assert read(pipe[0]) == b"later\n", "who reads again is told again"


def test_several_writers_do_not_break_into_each_others_lines(pipe: tuple[int, int]) -> None:
    writers = [LineWriter(pipe[1], lambda _: None) for _ in range(4)]
    for line in LINES[:1000]:
        for writer in writers:
            writer.add(line)
    there = read(pipe[0])
    assert sorted(there.splitlines(keepends=True)) == sorted(LINES[:1000] * 4)


def test_a_pipe_without_a_reader_is_no_end(pipe: tuple[int, int]) -> None:
    dropped: list[int] = []
    writer = LineWriter(pipe[1], dropped.append)
    os.close(pipe[0])
    writer.add(LINES[0])
    writer.flush()
    writer.add(LINES[1])
    writer.flush()
    assert sum(dropped) == 2


def test_a_full_disk_is_no_end() -> None:
    dropped: list[int] = []
    with Path("/dev/full").open("wb", buffering=0) as full:
        writer = LineWriter(full.fileno(), dropped.append)
        writer.add(LINES[0])
        writer.flush()
    assert sum(dropped) == 1


def test_a_line_begins_on_its_own_after_one_that_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = os.write
    taken: list[int] = []

    def filling_up(descriptor: int, content: bytes) -> int:
        """Takes half of the first line, then is full once."""
        taken.append(len(content))
        if len(taken) == 2:
            raise OSError(28, "No space left on device")
        return written(descriptor, content[:10] if len(taken) == 1 else content)

    dropped: list[int] = []
    with (tmp_path / "log").open("wb") as file:
        monkeypatch.setattr(os, "write", filling_up)
        writer = LineWriter(file.fileno(), dropped.append)
        for line in LINES[:2]:
            writer.add(line)
            writer.flush()
        monkeypatch.undo()
    assert (tmp_path / "log").read_bytes() == LINES[0][:10] + b"\n" + LINES[1]
    assert dropped == [1]
