"""Threads that make answers, and tell how many of them are busy and how many answers wait for one."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, ParamSpec, TypeVar

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


class Threads(ThreadPoolExecutor):
    """`tell` is given both numbers when one of them changes."""

    def __init__(self, most: int, initializer: Callable[[], None] | None, tell: Callable[[int, int], Any]) -> None:
        super().__init__(most, "answering", initializer=initializer)
        self._tell = tell
        self._lock = Lock()
        self._busy, self._waiting = 0, 0

    def submit(
        self, work: Callable[Arguments, Result], /, *arguments: Arguments.args, **options: Arguments.kwargs
    ) -> Future[Result]:
        self._change(busy=0, waiting=1)

        def working() -> Result:
            self._change(busy=1, waiting=-1)
            try:
                return work(*arguments, **options)
            finally:
                self._change(busy=-1, waiting=0)

        submitted = super().submit(working)
        submitted.add_done_callback(self._forget_cancelled)
        return submitted

    def _forget_cancelled(self, future: Future[Any]) -> None:
        if future.cancelled():  # before its turn came
            self._change(busy=0, waiting=-1)

    def _change(self, *, busy: int, waiting: int) -> None:
        with self._lock:
            self._busy += busy
            self._waiting += waiting
            self._tell(self._busy, self._waiting)
