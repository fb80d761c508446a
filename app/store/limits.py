"""How long one read may take: by the clock on the wall, or by the processor's time of the thread that reads."""

import time
from abc import ABC, abstractmethod


class Limit(ABC):
    """What a read must end within."""

    @abstractmethod
    def remaining(self) -> float:
        """Seconds that are left; zero or less once the limit is reached."""


class Deadline(Limit):
    """So many seconds from now, by the clock on the wall; `float("inf")` for no limit."""

    __slots__ = ("_until",)

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def remaining(self) -> float:
        return self._until - time.monotonic()


class Budget(Limit):
    """So many seconds of this thread's processor time: a busy machine is no reason to give a short read up."""

    __slots__ = ("_until",)

    def __init__(self, seconds: float) -> None:
        self._until = time.thread_time() + seconds

    def remaining(self) -> float:
        return self._until - time.thread_time()


NO_LIMIT = Deadline(float("inf"))
