"""What the service measures of itself: requests and their durations, by route."""

from prometheus_client import CollectorRegistry, Histogram


class Measurements:
    """Shown at /metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "http_server_request_duration_seconds",
            "Time to answer a request.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._by_labels: dict[tuple[str, str, int], Histogram] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        labels = (method, route, status)
        one = self._by_labels.get(labels)
        if one is None:
            one = self._by_labels[labels] = self._seconds.labels(method, route, str(status))
        one.observe(seconds)
