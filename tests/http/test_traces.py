"""A span for each request reaches a receiver of OTLP, as the environment says; without it nothing is even imported."""

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from starlette.testclient import TestClient

from app.http import traces
from app.main import create_app
from app.settings import Settings
from tests.conftest import CITY, DATABASES, ROOT, KeptDatabase

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
IMPORTED = """
PARTS = ("opentelemetry.exporter", "opentelemetry.instrumentation", "opentelemetry.sdk")
import sys
from app.main import create_app
from app.settings import Settings
create_app(Settings(database_url="sqlite:///none.db"))
print(sorted(name for name in sys.modules if name.startswith(PARTS)))
"""


class Receiver:
    """A receiver of OTLP over HTTP: keeps the spans it is sent."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200 if self.path == "/v1/traces" else 404)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Nothing is printed."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            said = {one.key: one.value.string_value for one in resource.resource.attributes}
            self.services.add(said["service.name"])
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


@pytest.mark.parametrize("database", DATABASES)
def test_each_request_is_a_span(
    database: str, kept_database: KeptDatabase, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    asked = {"traceparent": f"00-{TRACE}-{PARENT}-01", "X-Request-ID": "asked-1"}
    with TestClient(create_app(Settings(database_url=kept_database(database, CITY), access_log=False))) as client:
        client.get("/v1/facts?limit=2", headers=asked)
        client.head("/v1/facts.csv?limit=3", headers=asked)
        client.get("/v1/companies/marlow-motors")
        client.get("/v1/facts?yaer=1")
        client.request("BREW", "/nowhere")
    assert receiver.services == {"factbook"}
    names = ["GET /v1/facts", "HEAD /v1/facts.csv", "GET /v1/companies/{id}", "GET /v1/facts", "HTTP"]
    assert [span.name for span in receiver.spans] == names
    first, export, item, wrong, lost = map(attributes, receiver.spans)
    for span in receiver.spans[:2]:
        assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
        assert span.kind == span.SPAN_KIND_SERVER
        assert 0 < span.end_time_unix_nano - span.start_time_unix_nano < 60 * 10**9
    assert receiver.spans[2].trace_id.hex() != TRACE
    assert (first["http.route"], first["url.path"], first["url.query"]) == ("/v1/facts", "/v1/facts", "limit=2")
    assert (first["http.request.method"], first["http.response.status_code"]) == ("GET", 200)
    assert [one.string_value for one in first["http.response.header.x_request_id"].values] == ["asked-1"]
    assert export["http.route"] == "/v1/facts.csv"
    assert item["http.route"] == "/v1/companies/{id}"
    assert (wrong["http.response.status_code"], lost["http.response.status_code"]) == (400, 404)
    assert "http.route" not in lost
    assert {span.status.code for span in receiver.spans} == {0}, "a mistake of the caller is no error of ours"


def test_a_fault_of_ours_is_an_error(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.url}/v1/traces")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "another")
    with TestClient(create_app(Settings(database_url="sqlite:///none.db", access_log=False))) as client:
        assert client.get("/v1/facts").status_code == 503
    assert receiver.services == {"another"}
    assert [span.status.code for span in receiver.spans] == [2]
    assert attributes(receiver.spans[0])["error.type"] == "503"


def test_an_unreachable_collector_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    with TestClient(create_app(Settings(database_url="sqlite:///none.db", access_log=False))) as client:
        assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(("name", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none")])
def test_otel_variables_can_switch_tracing_off(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not traces.is_enabled()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert traces.is_enabled()
    monkeypatch.setenv(name, value)
    assert not traces.is_enabled()


def test_without_the_extra_the_log_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "opentelemetry.instrumentation.asgi", None)
    with TestClient(create_app(Settings(database_url="sqlite:///none.db", access_log=False))) as client:
        assert client.get("/livez").status_code == 200
    assert "install the extra `otlp`" in caplog.text


def test_opentelemetry_is_not_imported_unless_configured() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.strip() == "[]"
