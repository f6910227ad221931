"""A collector of traces on loopback: what OpenTelemetry's exporter sends over HTTP, kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Span(NamedTuple):
    """One span, as it was sent."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    failed: str
    said: dict[str, str]


class Collector:
    """What has come so far."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.bodies: list[bytes] = []

    @property
    def spans(self) -> list[Span]:
        """Every span that has come."""
        return [span for body in list(self.bodies) for span in _spans(body)]

    def trace_of(self, task: str) -> list[Span]:
        """All spans of the traces in which something is of this task."""
        spans = self.spans
        traces = {span.trace for span in spans if span.said.get("fixative.task") == task}
        return [span for span in spans if span.trace in traces]

    def whole_trace(self, task: str, name: str) -> list[Span] | None:
        """The spans of a task's trace, once one of this name is among them and all their parents are."""
        spans = self.trace_of(task)
        known = {span.id for span in spans} | {""}
        whole = all(span.parent in known for span in spans)
        return spans if whole and name in {span.name for span in spans} else None


def _spans(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = next(
            each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
        )
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    service,
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.status.message if span.status.code == span.status.STATUS_CODE_ERROR else "",
                    {
                        each.key: each.value.string_value or str(each.value.int_value)
                        for each in span.attributes
                    },
                )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what comes is looked at."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
