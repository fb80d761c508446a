"""Numbers that a process changes at little cost, and that every worker of the service can read: a mapped file each."""

import json
import mmap
import os
import struct
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from app.workplaces import locked

SUFFIX = ".meter"
# A record: the length of its key, its key, and its numbers. The length is written last.
LENGTH, LONGEST_KEY, NUMBERS = 8, 248, 16
RECORD, MOST = LENGTH + LONGEST_KEY + NUMBERS * 8, 2_000


class Key(NamedTuple):
    """What a number says: the name of its family, and the values of its labels."""

    family: str
    labels: tuple[str, ...]


class Meter:
    """Numbers under one key."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: "memoryview[float]") -> None:
        self.numbers = numbers

    def set(self, value: float) -> None:
        self.numbers[0] = value

    def add(self, amount: float = 1) -> None:
        """From one thread only."""
        self.numbers[0] += amount


class Meters:
    """The numbers of this process; in a file of `folder`, where workers share one."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._meters: dict[Key, Meter] = {}
        if folder is None:
            self._memory = mmap.mmap(-1, RECORD * MOST)
            return
        # It stays open, and so locked, as long as this process runs.
        file = os.open(folder / f"{os.getpid()}-{uuid.uuid4().hex}{SUFFIX}", os.O_RDWR | os.O_CREAT, 0o600)
        locked(file)
        os.truncate(file, RECORD * MOST)
        self._memory = mmap.mmap(file, RECORD * MOST)

    def of(self, key: Key) -> Meter:
        """The meter under a key. Beyond as many keys as there is room for, one that nobody reads."""
        if known := self._meters.get(key):
            return known
        written = json.dumps(key).encode()
        start = len(self._meters) * RECORD
        if len(written) > LONGEST_KEY or len(self._meters) >= MOST:
            return Meter(memoryview(bytearray(NUMBERS * 8)).cast("d"))
        self._memory[start + LENGTH : start + LENGTH + len(written)] = written
        self._memory[start : start + LENGTH] = struct.pack("q", len(written))
        numbers = memoryview(self._memory)[start + LENGTH + LONGEST_KEY : start + RECORD].cast("d")
        self._meters[key] = Meter(numbers)
        return self._meters[key]

    def all(self) -> Iterator[tuple[int, bool, Key, list[float]]]:
        """What each worker has counted: its process, whether that still runs, and each key with its numbers."""
        if self.folder is None:
            yield from ((os.getpid(), True, key, list(meter.numbers)) for key, meter in list(self._meters.items()))
            return
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            with path.open("rb") as file:
                runs = not locked(file)
                written = file.read()
            yield from ((int(path.stem.partition("-")[0]), runs, key, numbers) for key, numbers in _records(written))


def _records(written: bytes) -> Iterator[tuple[Key, list[float]]]:
    for start in range(0, len(written), RECORD):
        (length,) = struct.unpack_from("q", written, start)
        if not length:
            return
        family, labels = json.loads(written[start + LENGTH : start + LENGTH + length])
        yield Key(family, tuple(labels)), list(struct.unpack_from(f"{NUMBERS}d", written, start + LENGTH + LONGEST_KEY))
