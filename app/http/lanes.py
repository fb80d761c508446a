"""Lanes: how many answers of a class are made at a time, how many may wait their turn, and for how long."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from app.errors import Busy

PATIENCE = 3.0  # seconds until a turn
LOWER_RANK = 10  # of -20 to 19, 19 the lowest

Result = TypeVar("Result")


class Lane:
    """So many turns at a time, each on a thread of its own; so many may wait. More are refused at once."""

    def __init__(self, name: str, turns: int, waiting: int, *, gives_way: bool = False) -> None:
        """`gives_way` lets its threads go behind all others, where the system knows threads of lower rank."""
        self.name = name
        self.turns = turns
        self.tell: Callable[[int, int], object] = lambda _running, _waiting: None  # when that has changed
        self.tell_refused: Callable[[], object] = lambda: None
        self._most = turns + waiting
        self._present = 0
        self._free = asyncio.Semaphore(turns)
        self._threads: ThreadPoolExecutor | None = None
        self._initializer = _give_way if gives_way else None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it. Raises Busy."""
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

    def _count(self, more: int) -> None:
        self._present += more
        running = min(self._present, self.turns)
        self.tell(running, self._present - running)

    def _refusal(self) -> Busy:
        self.tell_refused()
        return Busy()

    async def _acquire(self) -> None:
        if not self._free.locked():  # a timeout costs more than a short answer's share
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._free.acquire()
        except TimeoutError:
            raise self._refusal() from None

    async def run(self, work: Callable[..., Result], *arguments: object) -> Result:
        """What the work returns, which is done on a thread when it is its turn. Raises Busy."""
        async with self.turn():
            return await self.on_a_thread(work, *arguments)

    async def on_a_thread(self, work: Callable[..., Result], *arguments: object) -> Result:
        """The same for whoever has the turn."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.turns, self.name, initializer=self._initializer)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def close(self) -> None:
        """End the threads; whoever asks again gets new ones."""
        if self._threads is not None:
            self._threads.shutdown()
            self._threads = None


def _give_way() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWER_RANK)
