"""Traces: a span for each request, exported to OTEL_EXPORTER_OTLP_ENDPOINT; needs the extra `otlp`."""

import logging
import os
from collections.abc import Callable

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Match
from starlette.types import ASGIApp, Scope

LOG = logging.getLogger("factbook")
# Variables of OpenTelemetry that decide whether traces are exported.
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
DISABLED = {"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "none"}
# Stable attribute names, unless the environment asks for others.
STABLE = ("OTEL_SEMCONV_STABILITY_OPT_IN", "http")


def is_enabled() -> bool:
    disabled = any(os.environ.get(name, "").strip().lower() == value for name, value in DISABLED.items())
    return not disabled and any(os.environ.get(name) for name in ENDPOINTS)


def traced(app: FastAPI, stack: ASGIApp) -> tuple[ASGIApp, Callable[[], None]]:
    """The ASGI stack of an app wrapped in OpenTelemetry's middleware, and a function that sends the last spans. The
    stack is not wrapped if traces are off or, with a warning in the log, if the extra is not installed.
    """
    if not is_enabled():
        return stack, lambda: None
    try:  # large, and an extra
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware  # noqa: PLC0415
        from opentelemetry.metrics import NoOpMeterProvider  # noqa: PLC0415
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        LOG.warning("No traces are sent, as %s: install the extra `otlp`, or unset %s.", error, " and ".join(ENDPOINTS))
        return stack, lambda: None
    os.environ.setdefault(*STABLE)
    name = os.environ.get("OTEL_SERVICE_NAME") or "factbook"
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    stack = OpenTelemetryMiddleware(
        stack,
        default_span_details=lambda scope: _name_and_route(app, scope),
        tracer_provider=provider,
        meter_provider=NoOpMeterProvider(),
        http_capture_headers_server_response=["x-request-id"],
        exclude_spans=["receive", "send"],
    )
    return stack, provider.shutdown


def _name_and_route(app: FastAPI, scope: Scope) -> tuple[str, dict[str, str]]:
    """The name of a span, without any client input, and the attributes of its route."""
    from opentelemetry.util.http import sanitize_method  # noqa: PLC0415 - see above

    method = sanitize_method(scope["method"]).replace("_OTHER", "HTTP")
    for route in iter_route_contexts(app.routes):
        if route.path and route.matches(scope)[0] is not Match.NONE:
            return f"{method} {route.path}", {"http.route": route.path}
    return method, {}
