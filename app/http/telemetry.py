"""Telemetry: metrics in Prometheus text format, and what is measured and logged of each request."""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import get_args

from anyio import CapacityLimiter
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from app.http.logs import REQUESTS, CacheUse, LineHandler
from app.store.releases import Store

# Creation times would double the number of series.
disable_created_metrics()  # type: ignore[no-untyped-call]

ACCESS_LOG = logging.getLogger(REQUESTS)
UNMATCHED = "unmatched"  # the route of requests that match none
# Methods with their own label value; clients can make up any number of others.
METHODS = {"GET", "HEAD", "OPTIONS", "POST"}
# None: it ended before a response started.
STATUS_CLASSES = {0: "none", **{digit: f"{digit}xx" for digit in range(1, 6)}}
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
TEXT_KEPT_FOR = 1.0  # seconds for which the text of the metrics is reused
# Where worker processes share their metrics; prometheus-client reads it, so it must be set before the import.
SHARED_IN = "PROMETHEUS_MULTIPROC_DIR"
# Over several processes these are the minimum: first start, open file limit. All others are summed.
LEAST = {"process_start_time_seconds", "process_max_fds"}


class Telemetry:
    """The metrics of the application, and the log of its requests."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        folder = os.environ.get(SHARED_IN)
        # With several processes, a collector exports the metrics of all, so single metrics must not be registered.
        self._own = None if folder else self._registry
        if folder:
            self.collect(lambda: _processes(_workers_in(Path(folder))))
            MultiProcessCollector(self._registry, folder)  # type: ignore[no-untyped-call]
        else:
            ProcessCollector(registry=self._registry)
        # Each series is made once, and kept: `labels` takes longer than all else that is done for a request.
        self._durations = cache(
            Histogram(
                "http_server_request_duration_seconds",
                "Duration of requests.",
                ("method", "route", "status"),
                registry=self._own,
                buckets=BOUNDS,
            ).labels
        )
        used = self._counter(
            "factbook_cache_requests_total",
            "Responses by source: our cache, the database, or the client's own copy.",
            "cache",
        )
        self._cache_use = {use: used.labels(use) for use in get_args(CacheUse)}
        self.cache_bytes = self._gauge("factbook_cache_bytes", "Size of the response cache in bytes.")
        self.answers = self._gauge("factbook_answers", "Requests running, and waiting for a slot.", "limiter", "state")
        self.answers_limit = self._gauge("factbook_answers_limit", "Maximum number of concurrent requests.", "limiter")
        self.answers_refused = self._counter("factbook_answers_refused_total", "Requests refused with 503.", "limiter")
        self._gauge("factbook_workers", "Worker processes.").set(1)
        dropped = self._counter("factbook_log_dropped_total", "Log lines that could not be written.")
        self._handlers = [
            handler
            for handler in (*ACCESS_LOG.handlers, *logging.getLogger().handlers)
            if isinstance(handler, LineHandler)
        ]
        for handler in self._handlers:
            handler.listener.dropped = dropped.inc
        self.scrape_limiter = CapacityLimiter(1)  # for metrics_text: concurrent scrapes share one thread
        self._text_lock = threading.Lock()
        self._text_made_at, self._text = float("-inf"), b""

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self._own)

    def _gauge(self, name: str, documentation: str, *labels: str) -> Gauge:
        """A gauge that is summed over the running processes."""
        return Gauge(name, documentation, labels, registry=self._own, multiprocess_mode="livesum")

    def measure(self, method: str, route: str, status: int, seconds: float, cache_use: CacheUse | None) -> None:
        """Count a request that has ended; `status` is 0 if no response started."""
        method = method if method in METHODS else "other"
        self._durations(method, route, STATUS_CLASSES.get(status // 100, "none")).observe(seconds)
        if cache_use is not None:
            self._cache_use[cache_use].inc()

    def collect(self, callback: Callable[[], Iterable[Metric]]) -> None:
        """Add metrics from a callback, which runs on a thread at each scrape, in the worker that is scraped."""
        self._registry.register(_Collected(callback))

    def metrics_text(self) -> tuple[bytes, str]:
        """All metrics and their media type, at most TEXT_KEPT_FOR seconds old. Blocking: call it on a thread."""
        with self._text_lock:
            if time.monotonic() - self._text_made_at >= TEXT_KEPT_FOR:
                self._text = generate_latest(self._registry)
                self._text_made_at = time.monotonic()
            return self._text, CONTENT_TYPE_LATEST

    def close(self) -> None:
        """Write what has been logged."""
        for handler in self._handlers:
            handler.flush()


@dataclass(frozen=True)
class _Collected(Collector):
    callback: Callable[[], Iterable[Metric]]

    def collect(self) -> Iterable[Metric]:
        return self.callback()


def release_metrics(store: Store) -> Iterator[Metric]:
    """Metrics of the release that was seen last: a scrape never waits for the database."""
    release = store.known()
    if release is None:
        return
    shown = GaugeMetricFamily("factbook_revision", "The current revision.", labels=["revision"])
    shown.add_metric([release.id], 1)
    yield shown
    age = (datetime.now(UTC) - release.loaded_at).total_seconds()
    yield GaugeMetricFamily("factbook_load_age_seconds", "How long ago the data was loaded.", value=age)
    if (lag := store.lag) is not None:
        documentation = "Seconds by which the standby used last may be behind."
        yield GaugeMetricFamily("factbook_replica_lag_seconds", documentation, value=lag)


def _workers_in(folder: Path) -> list[int]:
    """The running processes that share a folder; the gauges of dead ones are removed."""
    running = []
    for process in {int(file.stem.rpartition("_")[2]) for file in folder.glob("gauge_livesum_*.db")}:
        try:
            if sys.platform != "win32":  # where it would be a real signal
                os.kill(process, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another worker may be doing the same
                mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]
        else:
            running.append(process)
    return running


def _processes(running: Iterable[int]) -> Iterator[Metric]:
    """Memory, CPU time and open files of several processes, as the library reports them for one."""
    whole: dict[str, Metric] = {}
    for process in running:
        for metric in ProcessCollector(pid=lambda process=process: process, registry=None).collect():  # type: ignore[misc]
            known = whole.setdefault(metric.name, metric)
            if known is not metric:
                one, other = known.samples[0], metric.samples[0]
                value = min(one.value, other.value) if one.name in LEAST else one.value + other.value
                known.samples[0] = one._replace(value=value)
    yield from whole.values()
