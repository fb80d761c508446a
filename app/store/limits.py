"""Time limits of a read: by wall-clock time, or by the CPU time of its thread."""

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass


class Limit(ABC):
    """The time limit of a read."""

    @abstractmethod
    def remaining(self) -> float:
        """Seconds left; zero or less once the limit is reached."""


class Deadline(Limit):
    """A number of seconds from now, in wall-clock time; `float("inf")` for no limit."""

    __slots__ = ("_until",)

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def remaining(self) -> float:
        return self._until - time.monotonic()


@dataclass(slots=True)
class Budget(Limit):
    """A limit on the CPU time of this thread: a busy machine is no reason to abort a short read."""

    until: float  # by `time.thread_time()`

    def remaining(self) -> float:
        return self.until - time.thread_time()


NO_LIMIT = Deadline(float("inf"))
