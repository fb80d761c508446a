"""Logging: a line per request on stdout, one per record of other loggers on stderr: JSON, or words at a terminal."""

import logging
import os
import select
import stat
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from logging.handlers import QueueHandler, QueueListener
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Literal

from pythonjsonlogger.orjson import OrjsonFormatter

from app.errors import ApiError

REQUESTS = "request"  # the logger of the access log; its records are RequestRecords
# Characters, before JSON escaping. The innermost part of a traceback is kept.
LONGEST_URL, LONGEST_MESSAGE, LONGEST_TRACEBACK = 1_000, 500, 2_500
LONGEST_WORD = 100
# Bytes. Linux writes this many to a pipe atomically, so lines of several processes do not mix.
LONGEST_LINE, LARGEST_WRITE_TO_FILE = 4_096, 2**16
LONGEST_QUEUE = 4_000  # records of 2 to 3 kB
BATCH_INTERVAL = 0.05  # seconds between two batches, so that a busy event loop is not interrupted for each line
FLUSH_TIMEOUT = 1.0  # seconds that a flush waits for the reader of the lines

OTHER_ATTRIBUTES = vars(logging.LogRecord(REQUESTS, logging.INFO, "", 0, "", None, None))
# Where a response came from: our cache, the database, or the client's own copy.
CacheUse = Literal["hit", "miss", "caller"]
Outcome = Literal["sent", "client gone", "failed"]


@dataclass(eq=False)
class RequestRecord(logging.LogRecord):
    """What is known about a request once it has ended. It has no request headers, and so no API keys."""

    method: str
    route: str  # the template, or UNMATCHED
    url: bytes  # raw: path?query
    status: int  # 0 if no response started
    seconds: float
    size: int  # bytes of the body passed to the server
    rows: int | None
    release: str | None
    cache: CacheUse | None
    end: Outcome
    request_id: str
    client: str | None  # its address
    created: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        # The other attributes of a log record are copied: computing them takes longer than writing its line.
        self.__dict__ = OTHER_ATTRIBUTES | self.__dict__

    def getMessage(self) -> str:  # noqa: N802 - the library's name
        """For handlers other than those below."""
        return f"{self.method} {self.route} {self.status}"

    def fields(self) -> dict[str, Any]:
        """Those of its line."""
        return {
            "method": self.method[:LONGEST_WORD],
            "route": self.route,
            "url": self.url[:LONGEST_URL].decode("ascii", "backslashreplace"),
            "status": self.status,
            "ms": int(self.seconds * 1_000_000) / 1000,
            "bytes": self.size,
            "rows": self.rows,
            "revision": self.release,
            "cache": self.cache,
            "end": self.end,
            "request_id": self.request_id[:LONGEST_WORD],
            "client": self.client and self.client[:LONGEST_WORD],
        }


class LineFormatter(OrjsonFormatter):
    """Formats a record as one JSON object of less than LONGEST_LINE bytes, whatever its content."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record, RequestRecord):
            return self.jsonify_log_record(_origin(record) | record.fields())
        return super().format(logging.makeLogRecord({**vars(record), "msg": _message(record), "args": None}))

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data |= _origin(record) | {"message": record.msg}
        if error := message_dict.get("exc_info"):
            log_data["exception"] = _encodable(error)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """An ApiError, such as a lost database during an export, needs no traceback: its text says what to do."""
        if isinstance(ei[1], ApiError):
            return f"{ei[0].__name__}: {ei[1]}"
        whole = str(super().formatException(ei))
        omitted = len(whole) - LONGEST_TRACEBACK
        return f"Traceback without its first {omitted} characters: {whole[omitted:]}" if omitted > 0 else whole

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        while len((line := super().jsonify_log_record(log_data)).encode()) >= LONGEST_LINE:
            # Characters that are escaped, or not ASCII, take several bytes.
            name = max(log_data, key=lambda name: len(str(log_data[name])))
            text = str(log_data[name])
            log_data[name] = text[len(text) // 2 :] if name == "exception" else text[: len(text) // 2]
        return line


class TerminalFormatter(LineFormatter):
    """Formats the same fields for a person: the time of day, and what was answered or what has happened."""

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        line = datetime.fromisoformat(log_data["time"]).astimezone().strftime("%H:%M:%S ")
        if "message" in log_data:
            line += f"{log_data['level']}: {log_data['message']}"
        else:
            line += "{method} {url} {status} {ms:.1f} ms".format_map(log_data)
            line += "" if log_data["end"] == "sent" else f" ({log_data['end']})"
        if exception := log_data.get("exception"):
            line += f"\n{exception}"
        # What a client sends must not control the terminal.
        return "".join(one if one.isprintable() or one in "\n\t" else ascii(one)[1:-1] for one in line)


def _origin(record: logging.LogRecord) -> dict[str, Any]:
    """The fields that every line begins with; the time is UTC to the millisecond (RFC 3339)."""
    second, part = divmod(record.created, 1)
    written = f"{_written_second(int(second))}.{int(part * 1000):03d}Z"
    return {"time": written, "level": record.levelname.lower(), "logger": record.name}


@lru_cache(maxsize=1)
def _written_second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _message(record: logging.LogRecord) -> str:
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - a record whose arguments do not fit its text is logged all the same
        text = f"{record.msg!r} {record.args!r}"
    return _encodable(text[:LONGEST_MESSAGE])


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


class LineListener(QueueListener):
    """Writes lines, and the records of requests as lines, to a file descriptor, in batches that are written atomically.

    It does not use a stream: that would buffer what could not be written and, if nobody reads, its lock would keep the
    process from ending.
    """

    def __init__(self, descriptor: int) -> None:
        self.records: SimpleQueue[Any] = SimpleQueue()
        super().__init__(self.records)
        self.dropped: Callable[[int], object] = lambda _lines: None  # called with how many lines were lost
        self._descriptor, self.formatter = descriptor, TerminalFormatter() if os.isatty(descriptor) else LineFormatter()
        self._largest = LARGEST_WRITE_TO_FILE if stat.S_ISREG(os.fstat(descriptor).st_mode) else LONGEST_LINE
        self._lines: list[bytes] = []
        self._size, self._cut = 0, False

    def dequeue(self, block: bool) -> Any:
        try:
            return self.records.get_nowait()
        except Empty:
            self._write()
            time.sleep(BATCH_INTERVAL)
            return self.records.get(block)

    def handle(self, record: Any) -> None:
        if isinstance(record, threading.Event):  # see LineHandler.flush
            self._write()
            record.set()
            return
        try:
            line = (record if isinstance(record, str) else self.formatter.format(record)).encode() + b"\n"
        except Exception:  # noqa: BLE001 - one bad record must not end the thread that writes all others
            self.dropped(1)
            return
        if self._size + len(line) > self._largest:
            self._write()
        self._lines.append(line)
        self._size += len(line)

    def _write(self) -> None:
        lines, self._lines, self._size = self._lines, [], 0
        if not lines:
            return
        # After a line that was only partly written, to a full disk for example, start a new line.
        left = memoryview(b"\n" * self._cut + b"".join(lines))
        try:
            while left:
                try:
                    left = left[os.write(self._descriptor, left) :]
                except BlockingIOError:
                    select.select([], [self._descriptor], [])
                self._cut = True
            self._cut = False
        except OSError:  # the reader is gone, or the disk is full
            self.dropped(len(lines))


class LineHandler(QueueHandler):
    """Passes records to a LineListener, so that logging never blocks. Beyond LONGEST_QUEUE they are dropped."""

    def __init__(self, descriptor: int) -> None:
        self.listener = LineListener(descriptor)
        super().__init__(self.listener.records)
        self.setFormatter(self.listener.formatter)
        self.listener.start()

    def prepare(self, record: logging.LogRecord) -> Any:
        """The line of a record, before its arguments change; requests, which do not, are formatted by the listener."""
        if isinstance(record, RequestRecord):
            record.url = record.url[:LONGEST_URL]  # thousands may be queued
            return record
        return self.format(record)

    def enqueue(self, record: Any) -> None:
        # SimpleQueue.put is reentrant, even from a finalizer that interrupts another put; but it has no bound.
        if self.listener.records.qsize() >= LONGEST_QUEUE:
            self.listener.dropped(1)
        else:
            self.queue.put_nowait(record)

    def flush(self) -> None:
        """Wait until everything logged so far is written, at most FLUSH_TIMEOUT seconds."""
        written = threading.Event()
        self.queue.put_nowait(written)
        written.wait(FLUSH_TIMEOUT)

    def close(self) -> None:
        self.listener.enqueue_sentinel()
        super().close()


def access_handler() -> logging.Handler:
    # If stdout was closed, its file descriptor may be one of our own files.
    return LineHandler(sys.__stdout__.fileno()) if sys.__stdout__ else logging.NullHandler()


def record_handler() -> logging.Handler:
    """The handler of a server process for everything but requests; also gets warnings and uncaught exceptions."""
    log = logging.getLogger("factbook")

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("uncaught", exc_info=(kind, error, trace))

    def uncaught_in_a_thread(caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value:
            log.error("uncaught in a thread", exc_info=(caught.exc_type, caught.exc_value, caught.exc_traceback))

    sys.excepthook, threading.excepthook = uncaught, uncaught_in_a_thread
    logging.captureWarnings(capture=True)
    # No line has these fields: do not look them up for each record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    return LineHandler(sys.__stderr__.fileno()) if sys.__stderr__ else logging.NullHandler()


def configuration(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`, in each process that serves."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {
            "requests": {"()": "app.http.logs.access_handler"},
            "records": {"()": "app.http.logs.record_handler"},
        },
        "loggers": {REQUESTS: {"handlers": ["requests"], "level": "INFO", "propagate": False}},
        "root": {"handlers": ["records"], "level": level.upper()},
    }
