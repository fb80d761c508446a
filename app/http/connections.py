"""A connection and its limits: what comes too slowly, is too long, or is not taken by the client, is given up."""

import asyncio
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from app.errors import Busy, ContentTooLarge, HeadersTooLarge, Problem, RequestTimeout
from app.http.raw_urls import RawUrlProtocol

SWEPT_EVERY = 1.0  # seconds
MOST_HEAD, MOST_BODY = 32 * 1024, 64 * 1024  # bytes of the URL with the headers, and of a body
LINGER = 1.0  # seconds for which an idle client may still ask after the service was told to stop


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that a request may take to come whole, that a client may leave an answer lying; open connections."""

    request: float
    send: float
    connections: int


class LimitedProtocol(RawUrlProtocol):
    """uvicorn's protocol with limits, which has none of its own but that for idle connections.

    All connections are looked at once a second: a timer for each request would cost more than the rest of this.
    """

    def __init__(self, *arguments: Any, limits: Limits, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._limits = limits
        self._begun: float | None = None  # when what is not yet a whole request began to come, by the loop's clock
        self._stalled: float | None = None  # since when the client has taken nothing that matters
        self._head = 0  # bytes of the headers that are coming
        self._in_head = self._long_head = False
        self._body = 0
        self._answering: RequestResponseCycle | None = None  # `cycle` is the one that was asked for last

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begun = self.loop.time()
        if not hasattr(self.server_state, "sweeper"):
            self.server_state.sweeper = self.loop.call_later(SWEPT_EVERY, self._sweep)  # type: ignore[attr-defined]
        if len(self.connections) > self._limits.connections and not self._let_one_go():
            self.refuse(Busy())

    def connection_lost(self, exc: Exception | None) -> None:
        self._give_up(self._answering)
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    @property
    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _let_one_go(self) -> bool:
        """Close the connection that has been idle longest; whether there was one."""
        idle = [one for one in self.connections if isinstance(one, LimitedProtocol) and one.idle_until is not None]
        if idle:
            min(idle, key=lambda one: one.idle_until or 0).transport.close()
        return bool(idle)

    @property
    def idle_until(self) -> float | None:
        """When it will be closed if nothing is asked until then; None where something is asked or answered."""
        timer = self.timeout_keep_alive_task
        return timer.when() if timer and not self.transport.is_closing() else None

    def _sweep(self) -> None:
        self.server_state.sweeper = self.loop.call_later(SWEPT_EVERY, self._sweep)  # type: ignore[attr-defined]
        now = self.loop.time()
        for connection in list(self.connections):
            if isinstance(connection, LimitedProtocol):
                connection.hold_limits(now)

    def hold_limits(self, now: float) -> None:
        """Give up what takes too long."""
        if self.flow.write_paused or (not self._busy and self.transport.get_write_buffer_size()):
            self._stalled = self._stalled or now
            if now - self._stalled > self._limits.send:
                self.transport.abort()
            return
        self._stalled = None
        if self._begun is None or now - self._begun <= self._limits.request or self.transport.is_closing():
            return
        if self._in_head or self._busy:
            seconds = f"{self._limits.request:g} seconds"
            self.refuse(RequestTimeout(f"The request has not come whole within {seconds}; send it at once."))
        else:
            self.transport.close()

    def refuse(self, problem: Problem) -> None:
        """Answer for the service where it has not begun to, and end the connection."""
        if self._busy and self._answering and self._answering.response_started:
            self.transport.abort()
            return
        self._give_up(self._answering)
        super().refuse(problem)

    @staticmethod
    def _give_up(cycle: RequestResponseCycle | None) -> None:
        """Let nothing more of an answer be sent."""
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def data_received(self, data: bytes) -> None:
        if self._begun is None:
            self._begun = self.loop.time()
        self._head += len(data)
        self._long_head = len(data) > MOST_HEAD
        super().data_received(data)
        if self._in_head and self._head > MOST_HEAD and not self.transport.is_closing():
            self.refuse(_too_long())

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = self.loop.time()
        self._in_head, self._body = True, 0

    def on_headers_complete(self) -> None:
        if self._long_head and len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_HEAD:
            self.refusal = _too_long()
            raise ValueError
        self._in_head = False
        self._head = 0
        super().on_headers_complete()
        if hasattr(self.server_state, "stopping"):
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        if self._body > MOST_BODY:
            self.refusal = ContentTooLarge(
                f"A body of over {MOST_BODY // 1024} kB is not read; send a text in parts, and else none."
            )
            raise ValueError
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._begun, self._head = None, 0

    def shutdown(self) -> None:
        """Told to stop: what is asked by now, or in a moment, is answered, and told that this was the last answer."""
        if not self._busy:
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(LINGER, self.timeout_keep_alive_handler)
        else:
            self.cycle.keep_alive = False


def _too_long() -> HeadersTooLarge:
    return HeadersTooLarge(f"The URL and the headers are over {MOST_HEAD // 1024} kB; ask for less at a time.")
