"""What the service measures of itself: requests and their durations, by route."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Durations:
    """How many requests took how long."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0


class Measurements:
    """Shown at /metrics. The client library only writes them: its own counters cost more than a short answer."""

    def __init__(self, replica_lag: Callable[[], float | None] = lambda: None) -> None:
        self._replica_lag = replica_lag
        self._by_labels: dict[tuple[str, str, int], Durations] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        labels = (method, route, status)
        durations = self._by_labels.get(labels)
        if durations is None:
            durations = self._by_labels[labels] = Durations()
        durations.counts[bisect_left(BOUNDS, seconds)] += 1
        durations.total += seconds

    def written(self) -> tuple[bytes, str]:
        """All of them in the text format of Prometheus, and its media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest  # noqa: PLC0415 - large

        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry), CONTENT_TYPE_LATEST

    def collect(self) -> Iterator[Any]:
        """What the client library asks a collector for."""
        from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily  # noqa: PLC0415 - see above

        family = HistogramMetricFamily(
            "http_server_request_duration_seconds", "Time to answer a request.", labels=("method", "route", "status")
        )
        for (method, route, status), durations in sorted(self._by_labels.items()):
            names = [*map(str, BOUNDS), "+Inf"]
            buckets = list(zip(names, accumulate(durations.counts), strict=True))
            family.add_metric((method, route, str(status)), buckets, durations.total)
        yield family
        lag = self._replica_lag()
        if lag is not None:
            told = "Seconds by which the standby that was asked last may be behind."
            yield GaugeMetricFamily("factbook_replica_lag_seconds", told, value=lag)
