"""What the service measures of itself, by all its workers: requests and their durations, and any count or gauge."""

import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, get_args

from app.http.exchanges import Cached
from app.http.meters import Key, Meter, Meters

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
TOTAL = len(BOUNDS) + 1  # where the sum of durations stands, behind their counts
NAMES = (*map(str, BOUNDS), "+Inf")
DURATIONS, CACHE = "http_server_request_duration_seconds", "factbook_cache_requests_total"
# Where the workers of one service leave what they measure, for whichever of them is asked.
SHARED_IN = "FACTBOOK_MEASURED_IN"
# Of several processes: the first start, and what any of them may open; anything else is summed up.
LEAST = {"process_start_time_seconds", "process_max_fds"}


class Family(NamedTuple):
    """Numbers of one name. Those of a gauge are of workers that run; what was counted stays when a worker ends."""

    kind: str
    documentation: str
    labels: tuple[str, ...]


class Measurements:
    """Shown at /metrics. The client library only writes them: its own counters cost more than a short answer.

    `shown` are asked at each look for what need not be counted before.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._meters = Meters(folder)
        self._families: dict[str, Family] = {}
        self._durations: dict[tuple[str, str, int], Any] = {}
        self.shown: list[Callable[[], Iterable[Any]]] = []
        said = ("method", "route", "status")
        self._families[DURATIONS] = Family("histogram", "Time to answer a request.", said)
        said_of_cache = "Answers by where they came from: our cache, the database, or the caller's own copy."
        self._cached = {cached: self.counter(CACHE, said_of_cache, cache=cached) for cached in get_args(Cached)}
        self.gauge("factbook_workers", "Processes that answer.").set(1)

    def counter(self, name: str, documentation: str, **labels: str) -> Meter:
        """What only grows; its name ends in `_total`. For one thread."""
        return self._meter("counter", name, documentation, labels)

    def gauge(self, name: str, documentation: str, **labels: str) -> Meter:
        """What goes up and down, and is summed up over the workers."""
        return self._meter("gauge", name, documentation, labels)

    def _meter(self, kind: str, name: str, documentation: str, labels: dict[str, str]) -> Meter:
        self._families.setdefault(name, Family(kind, documentation, tuple(labels)))
        return self._meters.of(Key(name, tuple(labels.values())))

    def observe(self, method: str, route: str, status: int, seconds: float, cached: Cached | None = None) -> None:
        labels = (method, route, status)
        numbers = self._durations.get(labels)
        if numbers is None:
            key = Key(DURATIONS, (method, route, str(status)))
            numbers = self._durations[labels] = self._meters.of(key).numbers
        numbers[bisect_left(BOUNDS, seconds)] += 1
        numbers[TOTAL] += seconds
        if cached is not None:
            self._cached[cached].numbers[0] += 1

    def written(self) -> tuple[bytes, str]:
        """All of them in the text format of Prometheus, and its media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest  # noqa: PLC0415 - large

        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry), CONTENT_TYPE_LATEST

    def collect(self) -> Iterator[Any]:
        """What the client library asks a collector for."""
        from prometheus_client import core  # noqa: PLC0415 - see above

        sums: dict[str, dict[tuple[str, ...], list[float]]] = defaultdict(dict)
        running = {os.getpid()}
        for process, runs, key, numbers in self._meters.all():
            family = self._families.get(key.family)
            if runs:
                running.add(process)
            if family and (runs or family.kind != "gauge"):
                known = sums[key.family].get(key.labels, [0.0] * len(numbers))
                sums[key.family][key.labels] = [one + other for one, other in zip(known, numbers, strict=True)]
        for name, family in self._families.items():
            if family.kind == "histogram":
                yield _histogram(core, name, family, sums[name])
                continue
            shape = core.CounterMetricFamily if family.kind == "counter" else core.GaugeMetricFamily
            shown = shape(name, family.documentation, labels=family.labels)
            for labels, numbers in sorted(sums[name].items()):
                shown.add_metric(labels, numbers[0])
            yield shown
        yield from _processes(sorted(running))
        for show in self.shown:
            yield from show()


def _histogram(core: Any, name: str, family: Family, sums: dict[tuple[str, ...], list[float]]) -> Any:
    shown = core.HistogramMetricFamily(name, family.documentation, labels=family.labels)
    for labels, numbers in sorted(sums.items()):
        buckets = list(zip(NAMES, accumulate(numbers[:TOTAL]), strict=True))
        shown.add_metric(labels, buckets, numbers[TOTAL])
    return shown


def _processes(running: Iterable[int]) -> Iterator[Any]:
    """Memory, processor time and open files of the processes, as the client library tells them of one."""
    from prometheus_client import ProcessCollector  # noqa: PLC0415 - see above

    whole: dict[str, Any] = {}
    for process in running:
        for metric in ProcessCollector(pid=lambda process=process: process, registry=None).collect():  # type: ignore[misc]
            known = whole.setdefault(metric.name, metric)
            if known is not metric:
                for one, other in zip(known.samples, metric.samples, strict=True):
                    least = one.name in LEAST
                    known.samples[known.samples.index(one)] = one._replace(
                        value=min(one.value, other.value) if least else one.value + other.value
                    )
    yield from whole.values()
