"""Lines written to a file descriptor by a thread of their own: no request waits for whoever reads them."""

import os
import select
import stat
import time
from collections import deque
from collections.abc import Callable
from threading import Event, Thread

EVERY = 0.05  # seconds between two writes
MOST_WAITING = 10_000  # lines; a few megabytes
# A pipe takes so many bytes as a whole: the lines of several workers do not mix.
PIECE, PIECE_OF_A_FILE = select.PIPE_BUF if hasattr(select, "PIPE_BUF") else 512, 2**16
AT_END = 1.0  # seconds to get rid of what waits


class LineWriter:
    """What cannot be written, or comes when too much waits already, is dropped: `dropped` is told how many lines."""

    def __init__(self, descriptor: int, dropped: Callable[[int], object]) -> None:
        self._dropped = dropped
        self._descriptor = descriptor
        self._piece = PIECE_OF_A_FILE if stat.S_ISREG(os.fstat(descriptor).st_mode) else PIECE
        self._waiting: deque[bytes] = deque()
        self._awake, self._writing, self._cut = False, False, False
        self._wake = Event()
        self._thread: Thread | None = None

    def add(self, line: bytes) -> None:
        """Write a line, which ends as lines do, soon."""
        if len(self._waiting) >= MOST_WAITING:
            self._dropped(1)
            return
        self._waiting.append(line)
        if not self._awake:
            self._awake = True
            if self._thread is None:
                self._thread = Thread(target=self._work, name="writing lines", daemon=True)
                self._thread.start()
            self._wake.set()

    def flush(self) -> None:
        """Wait until all is written, but not for long."""
        deadline = time.monotonic() + AT_END
        while (self._waiting or self._writing) and time.monotonic() < deadline:
            time.sleep(EVERY / 10)

    def _work(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            time.sleep(EVERY)
            # Whoever adds a line from now on wakes this thread again.
            self._awake, self._writing = False, True
            while self._waiting:
                self._write(self._taken())
            self._writing = False

    def _taken(self) -> list[bytes]:
        """As many of the lines that wait as fit into a piece, one at least."""
        taken = [self._waiting.popleft()]
        size = len(taken[0])
        while self._waiting and (size := size + len(self._waiting[0])) <= self._piece:
            taken.append(self._waiting.popleft())
        return taken

    def _write(self, lines: list[bytes]) -> None:
        # After a line that was cut, a full disk having taken a part of it, the next begins on its own.
        left = memoryview(b"\n" * self._cut + b"".join(lines))
        try:
            while left:
                try:
                    left = left[os.write(self._descriptor, left) :]
                except BlockingIOError:
                    select.select([], [self._descriptor], [])
                self._cut = True
            self._cut = False
        except OSError:  # nobody reads any more, or the disk is full
            self._dropped(len(lines))
