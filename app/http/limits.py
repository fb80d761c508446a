"""Concurrency limits: how many requests of a kind run at a time, how many may wait for a slot, and how long."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from app.errors import Busy
from app.http.telemetry import Telemetry

LONGEST_WAIT = 3.0  # seconds for a free slot
LOW_PRIORITY = 10  # of -20 to 19, 19 the lowest

Returned = TypeVar("Returned")


class ConcurrencyLimiter:
    """A number of slots with a thread each, and a bounded queue for them. Beyond that, requests are refused at once."""

    def __init__(self, name: str, slots: int, queue: int, telemetry: Telemetry, *, low_priority: bool = False) -> None:
        """`low_priority` lowers the priority of its threads, on systems that support that."""
        self._name, self._slots, self._most = name, slots, slots + queue
        telemetry.answers_limit.labels(name).set(slots)
        self._running, self._waiting = (telemetry.answers.labels(name, state) for state in ("running", "waiting"))
        self._refused = telemetry.answers_refused.labels(name)
        self._present = 0
        self._free = asyncio.Semaphore(slots)
        self._threads: ThreadPoolExecutor | None = None
        self._initializer = _lower_priority if low_priority else None

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot, and hold it. Raises Busy."""
        if self._present >= self._most:
            raise self._refusal()
        self._count(1)
        try:
            await self._acquire()
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._count(-1)

    async def run(self, work: Callable[..., Returned], *arguments: object) -> Returned:
        """Run work on a thread once there is a slot, and return its result. Raises Busy."""
        async with self.slot():
            return await self.on_thread(work, *arguments)

    async def on_thread(self, work: Callable[..., Returned], *arguments: object) -> Returned:
        """The same for a caller that holds a slot."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._slots, self._name, initializer=self._initializer)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def close(self) -> None:
        """End the threads; new ones are started when needed."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None

    def _count(self, more: int) -> None:
        self._present += more
        running = min(self._present, self._slots)
        self._running.set(running)
        self._waiting.set(self._present - running)

    def _refusal(self) -> Busy:
        self._refused.inc()
        return Busy()

    async def _acquire(self) -> None:
        if not self._free.locked():  # a timeout would cost more than a short request
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._free.acquire()
        except TimeoutError:
            raise self._refusal() from None


def _lower_priority() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)
