"""Log lines are written whole and in time, and a reader that does not keep up delays nobody."""

import http.client
import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app.http.logs import FLUSH_TIMEOUT, LONGEST_QUEUE, LineHandler
from tests.conftest import CITY, ROOT, KeptDatabase
from tests.http.processes import serving
from tests.http.test_metrics import numbers

FILLING = "x" * 300
# What each of several processes logs: lines about as long as there can be, one in ten with an error.
PROCESS = """
import logging, sys
from app.http.logs import LineHandler
log, handler = logging.getLogger(), LineHandler(2)
log.addHandler(handler)
try:
    raise ValueError("\u7b97" * 4000)
except ValueError as error:
    for number in range(500):
        log.error("%s %s %s", sys.argv[1], number, "\u529b" * 400, exc_info=error if number % 10 == 0 else None)
"""


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for end in (reading, writing):
        with suppress(OSError):
            os.close(end)


@contextmanager
def handler(descriptor: int) -> Iterator[tuple[LineHandler, list[int]]]:
    """A handler, and how many lines it dropped."""
    made, dropped = LineHandler(descriptor), list[int]()
    made.listener.dropped = dropped.append
    yield made, dropped
    made.close()


def log(to: LineHandler, number: int) -> None:
    to.handle(logging.LogRecord("one", logging.INFO, "", 0, "%d %s", (number, FILLING), None))


def read(reading: int) -> list[int]:
    """The numbers of the lines that are there, until nothing comes any more."""
    found = b""
    while select.select([reading], [], [], 0.5)[0]:
        found += os.read(reading, 2**16)
    assert found.endswith(b"\n") or not found
    return numbers_of(found)


def numbers_of(written: bytes) -> list[int]:
    messages = [json.loads(line)["message"].split() for line in written.splitlines()]
    assert all(filling == FILLING for _, filling in messages), "each line is whole"
    return [int(number) for number, _ in messages]


def test_lines_are_written_as_they_came(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file, handler(file.fileno()) as (one, dropped):
        for number in range(3000):
            log(one, number)
        one.flush()
    assert numbers_of((tmp_path / "log").read_bytes()) == list(range(3000))
    assert not dropped


def test_every_line_of_many_threads_is_written_or_counted_as_dropped(tmp_path: Path) -> None:
    def work() -> None:
        for number in range(3000):
            log(one, number)

    with (tmp_path / "log").open("wb") as file, handler(file.fileno()) as (one, dropped):
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        one.flush()
    assert len(numbers_of((tmp_path / "log").read_bytes())) == 4 * 3000 - sum(dropped)


def test_a_pipe_that_nobody_reads_loses_lines_but_stops_nobody(pipe: tuple[int, int]) -> None:
    with handler(pipe[1]) as (one, dropped):
        for number in range(3 * LONGEST_QUEUE):
            log(one, number)
        assert sum(dropped) >= LONGEST_QUEUE
        began = time.monotonic()
        one.flush()
        assert time.monotonic() - began >= FLUSH_TIMEOUT, "it waits, and gives up"
        there = read(pipe[0])
        assert there == sorted(set(there))
        assert len(there) == 3 * LONGEST_QUEUE - sum(dropped)
        log(one, -1)
        assert read(pipe[0]) == [-1], "who reads again is told again"


def test_several_processes_do_not_break_into_each_others_lines(pipe: tuple[int, int]) -> None:
    command = [sys.executable, "-c", PROCESS]
    processes = [subprocess.Popen([*command, str(number)], stderr=pipe[1], cwd=ROOT) for number in range(4)]
    found = b""
    while select.select([pipe[0]], [], [], 0.5)[0] or any(process.poll() is None for process in processes):
        if select.select([pipe[0]], [], [], 0.1)[0]:
            found += os.read(pipe[0], 2**16)
    said = [json.loads(line)["message"].split()[:2] for line in found.splitlines()]
    assert sorted(said) == sorted([str(process), str(number)] for process in range(4) for number in range(500))


def test_logging_to_a_closed_pipe_does_no_harm(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    with handler(pipe[1]) as (one, dropped):
        for number in range(2):
            log(one, number)
            one.flush()
    assert sum(dropped) == 2


def test_logging_to_a_full_disk_does_no_harm() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, handler(full.fileno()) as (one, dropped):
        log(one, 1)
        one.flush()
    assert sum(dropped) == 1


def test_a_line_begins_on_its_own_after_one_that_was_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written, taken = os.write, list[int]()

    def filling_up(descriptor: int, content: bytes) -> int:
        """Takes a part of the first line, then is full once."""
        taken.append(len(content))
        if len(taken) == 2:
            raise OSError(28, "No space left on device")
        return written(descriptor, content[:10] if len(taken) == 1 else content)

    with (tmp_path / "log").open("wb") as file, handler(file.fileno()) as (one, dropped):
        monkeypatch.setattr(os, "write", filling_up)
        for number in range(2):
            log(one, number)
            one.flush()
        monkeypatch.undo()
    first, second = (tmp_path / "log").read_bytes().splitlines()
    assert first == b'{"time":"2'
    assert numbers_of(second) == [1]
    assert dropped == [1]


def test_a_record_that_cannot_be_formatted_does_not_stop_those_that_follow(pipe: tuple[int, int]) -> None:
    with handler(pipe[1]) as (one, dropped):
        one.queue.put_nowait(object())
        log(one, 7)
        assert read(pipe[0]) == [7]
    assert dropped == [1]


def test_a_server_whose_log_nobody_reads_answers_and_ends(pipe: tuple[int, int], kept_database: KeptDatabase) -> None:
    environment = {"FACTBOOK_DATABASE_URL": kept_database("sqlite", CITY)}
    with serving(environment, stdout=pipe[1]) as (_, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(LONGEST_QUEUE + 1500):  # a pipe takes some hundreds
            connection.request("GET", "/livez")
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
        connection.request("GET", "/metrics")
        assert numbers(connection.getresponse().read().decode())["factbook_log_dropped_total"] > 0
        connection.close()
