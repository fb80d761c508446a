"""A span for each request, sent to where OTEL_EXPORTER_OTLP_ENDPOINT says; it needs the extra `otlp`."""

import logging
import os
import time
from typing import Any

from starlette.datastructures import Headers

from app.http.exchanges import Exchange, Watcher

LOG = logging.getLogger("factbook")
# The environment that OpenTelemetry itself reads, of which these say whether there is something to do.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
DISABLED = {"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "none"}
NAMED = "OTEL_SERVICE_NAME"
FAULT = 500  # the least status that is a fault of ours
PER_SECOND = 1_000_000_000
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE"}


def wanted() -> bool:
    disabled = any(os.environ.get(name, "").strip().lower() == value for name, value in DISABLED.items())
    return not disabled and any(os.environ.get(name) for name in ENDPOINTS)


def watcher() -> Watcher | None:
    """What sends spans; None, and a word in the log, where OpenTelemetry is not installed."""
    try:
        return Spans()
    except ImportError as error:
        LOG.warning("No traces are sent, as %s: install the extra `otlp`, or unset %s.", error, " and ".join(ENDPOINTS))
        return None


class Spans:
    """Sends a span for each request, in the words of OpenTelemetry's semantic conventions for HTTP servers."""

    def __init__(self) -> None:
        from opentelemetry import propagate, trace  # noqa: PLC0415 - large, and an extra
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        name = os.environ.get(NAMED) or "factbook"
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("factbook")
        self._extract = propagate.extract
        self._kind, self._failed = trace.SpanKind.SERVER, trace.Status(trace.StatusCode.ERROR)

    def __call__(self, exchange: Exchange) -> None:
        ended = time.time_ns()
        scope, headers = exchange.scope, Headers(scope=exchange.scope)
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        span = self._tracer.start_span(
            f"{method} {exchange.route}",
            context=self._extract(headers),
            kind=self._kind,
            attributes=_attributes(exchange, method, headers),
            start_time=ended - int(exchange.seconds * PER_SECOND),
        )
        if exchange.status >= FAULT or not exchange.status:
            span.set_status(self._failed)
        span.end(ended)

    def close(self) -> None:
        self._provider.shutdown()


def _attributes(exchange: Exchange, method: str, headers: Headers) -> dict[str, Any]:
    scope = exchange.scope
    known = {
        "http.request.method": method,
        "http.route": exchange.route,
        "http.response.status_code": exchange.status,
        "http.response.body.size": exchange.size,
        "url.scheme": scope["scheme"],
        "url.path": scope["raw_path"].decode("ascii", "backslashreplace"),
        "url.query": scope["query_string"].decode("ascii", "backslashreplace"),
        "network.protocol.version": scope["http_version"],
        "client.address": scope["client"][0] if scope.get("client") else None,
        "server.address": headers.get("host", "").rpartition(":")[0] or headers.get("host"),
        "user_agent.original": headers.get("user-agent"),
        "error.type": str(exchange.status) if exchange.status >= FAULT else None,
        "factbook.request_id": exchange.request_id,
        "factbook.revision": exchange.revision,
        "factbook.rows": exchange.rows,
        "factbook.cache": exchange.cached,
    }
    return {name: value for name, value in known.items() if value not in (None, "")}
