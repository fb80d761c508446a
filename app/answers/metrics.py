"""The response model of a metric."""

from enum import StrEnum

from app.answers.entities import Entity
from app.answers.pages import Page


class MetricKind(StrEnum):
    STOCK = "stock"
    FLOW = "flow"
    RATIO = "ratio"


class Transform(StrEnum):
    """How a metric is derived from the one in `of`. `real-growth` is at constant prices, `average-growth` is the yearly
    rate over several years: neither can be computed from two levels.
    """

    GROWTH = "growth"
    REAL_GROWTH = "real-growth"
    AVERAGE_GROWTH = "average-growth"
    SHARE = "share"
    CUMULATIVE = "cumulative"
    AVERAGE = "average"


class Metric(Entity):
    unit: str
    kind: MetricKind
    of: str | None
    transform: Transform | None


class Metrics(Page[Metric]):
    """A page of metrics."""
