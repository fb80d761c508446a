"""Who watches the requests of a service, and what its measurements show beside them."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.http import traces
from app.http.exchanges import Watcher
from app.http.lanes import Lane
from app.http.lines import LineWriter
from app.http.logs import RequestLog
from app.http.measurements import Measurements
from app.http.responder import Responder
from app.settings import Settings


def watchers(settings: Settings, measurements: Measurements) -> list[Watcher]:
    """Those that the settings, and the environment for traces, ask for."""
    found: list[Watcher] = []
    if settings.access_log and sys.__stdout__:  # where that is closed, its number may be a file of ours
        dropped = measurements.counter("factbook_log_dropped_total", "Requests that the log could not tell of.")
        found.append(RequestLog(LineWriter(sys.__stdout__.fileno(), dropped.add)))
    if traces.wanted() and (watcher := traces.watcher()):
        found.append(watcher)
    return found


def measure(responder: Responder, measurements: Measurements) -> None:
    """Let the measurements show the cache, the lanes and the data of a responder."""
    kept = measurements.gauge("factbook_cache_bytes", "Bytes of answers that are kept.")
    responder.cache.tell = kept.set
    for lane in responder.lanes:
        _measure_lane(lane, measurements)
    measurements.shown.append(lambda: _of_the_data(responder))


def _measure_lane(lane: Lane, measurements: Measurements) -> None:
    said = "Answers of a lane: running are being made, waiting wait for their turn."
    running, waiting = (
        measurements.gauge("factbook_answers", said, lane=lane.name, state=state) for state in ("running", "waiting")
    )
    turns = measurements.gauge("factbook_answers_limit", "Answers of a lane made at a time, at most.", lane=lane.name)
    turns.set(lane.turns)
    refused = measurements.counter(
        "factbook_answers_refused_total", "Answers of a lane refused with 503.", lane=lane.name
    )

    def tell(now_running: int, now_waiting: int) -> None:
        running.set(now_running)
        waiting.set(now_waiting)

    lane.tell, lane.tell_refused = tell, lambda: refused.add(1)


def _of_the_data(responder: Responder) -> Iterable[Any]:
    """Of what was seen loaded last: no look at the measurements waits for a database."""
    from prometheus_client import core  # noqa: PLC0415 - large

    latest = responder.database.latest
    if latest is None:
        return
    shown = core.GaugeMetricFamily("factbook_revision", "The revision that is answered from.", labels=["revision"])
    shown.add_metric([latest.name], 1)
    yield shown
    age = (datetime.now(UTC) - latest.loaded_at).total_seconds()
    yield core.GaugeMetricFamily("factbook_load_age_seconds", "How long ago the data was loaded.", value=age)
    lag = responder.database.revisions.lag
    if lag is not None:
        told = "Seconds by which the standby that was asked last may be behind."
        yield core.GaugeMetricFamily("factbook_replica_lag_seconds", told, value=lag)
