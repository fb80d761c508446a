"""A metric as it is shown."""

from enum import StrEnum

from app.answers.entities import Entity
from app.answers.pages import Page


class MetricKind(StrEnum):
    STOCK = "stock"
    FLOW = "flow"
    RATIO = "ratio"


class Transform(StrEnum):
    """How a metric follows from the one it is `of`."""

    GROWTH = "growth"
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
