"""A metric as it is shown."""

from enum import StrEnum

from app.answers.entities import Entity
from app.answers.pages import Page


class MetricKind(StrEnum):
    STOCK = "stock"
    FLOW = "flow"
    RATIO = "ratio"


class Transform(StrEnum):
    """How a metric follows from the one it is `of`. `real-growth` is at constant prices, `average-growth` a year's
    of several: neither is that of two levels.
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
