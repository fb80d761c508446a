"""The log: a JSON line for each request to stdout, and one for each record of the loggers to stderr."""

import logging
import sys
import threading
import time
from types import TracebackType
from typing import Any

import orjson

from app.errors import Problem
from app.http.exchanges import Exchange
from app.http.lines import LineWriter

# Characters, so that a line is hardly ever longer than a pipe takes at once; of a traceback the innermost part is kept.
LONGEST_URL, LONGEST_MESSAGE, LONGEST_TRACEBACK = 1_000, 500, 2_500
LONGEST_ADDRESS = 100
MICROSECONDS = 1_000_000


class RequestLog:
    """Writes a line for each request."""

    def __init__(self, writer: LineWriter) -> None:
        self._writer = writer

    def close(self) -> None:
        self._writer.flush()

    def __call__(self, exchange: Exchange) -> None:
        scope, client = exchange.scope, exchange.scope.get("client")
        query = scope["query_string"]
        url = b"%b?%b" % (scope["raw_path"], query) if query else scope["raw_path"]
        self._writer.add(
            orjson.dumps(
                {
                    "time": now(),
                    "level": "info",
                    "logger": "request",
                    "method": scope["method"],
                    "route": exchange.route,
                    "url": url[:LONGEST_URL].decode("ascii", "backslashreplace"),
                    "status": exchange.status,
                    "ms": int(exchange.seconds * MICROSECONDS) / 1000,
                    "bytes": exchange.size,
                    "rows": exchange.rows,
                    "revision": exchange.revision,
                    "cache": exchange.cached,
                    "end": exchange.end,
                    "request_id": exchange.request_id,
                    "client": client[0][:LONGEST_ADDRESS] if client else None,
                },
                option=orjson.OPT_APPEND_NEWLINE,
            )
        )


class _Clock:
    """The time as it is written, its seconds kept while they last."""

    second, written = 0, ""


def now() -> str:
    """UTC to the millisecond (RFC 3339)."""
    moment = time.time()
    second = int(moment)
    if second != _Clock.second:
        _Clock.second, _Clock.written = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
    return f"{_Clock.written}.{int((moment - second) * 1000):03d}Z"


class JsonHandler(logging.Handler):
    """Writes a line for each record, as the requests have them."""

    def __init__(self, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        self._writer.add(line_of(record))

    def flush(self) -> None:
        self._writer.flush()


def line_of(record: logging.LogRecord) -> bytes:
    """A record as a line: whatever it says, and even where it says it wrongly."""
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - a record whose arguments do not fit its text is told all the same
        message = f"{record.msg!r} {record.args!r}"
    shown: dict[str, Any] = {
        "time": now(),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _encodable(message[:LONGEST_MESSAGE]),
    }
    if record.exc_info and record.exc_info[1]:
        shown["exception"] = _encodable(_traceback(record.exc_info))
    return orjson.dumps(shown, option=orjson.OPT_APPEND_NEWLINE)


def _traceback(error: Any) -> str:
    """A problem tells itself what is to be done, such as of a database that went away while an export was sent."""
    if isinstance(error[1], Problem):
        return f"{error[0].__name__}: {error[1]}"
    whole = logging.Formatter().formatException(error)
    left_out = len(whole) - LONGEST_TRACEBACK
    return f"Traceback without its first {left_out} characters: {whole[left_out:]}" if left_out > 0 else whole


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def handler() -> logging.Handler:
    """The handler of a server process; what else would be printed is led to it."""
    log = logging.getLogger("factbook")

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.critical("uncaught", exc_info=(kind, error, trace))

    def uncaught_in_a_thread(caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value:
            log.error("uncaught in a thread", exc_info=(caught.exc_type, caught.exc_value, caught.exc_traceback))

    sys.excepthook, threading.excepthook = uncaught, uncaught_in_a_thread
    logging.captureWarnings(capture=True)
    if not sys.__stderr__:
        return logging.NullHandler()
    return JsonHandler(LineWriter(sys.__stderr__.fileno(), lambda _lines: None))


def configuration(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`, in each process that serves."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"json": {"()": "app.http.logs.handler"}},
        "root": {"handlers": ["json"], "level": level.upper()},
    }
