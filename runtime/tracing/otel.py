"""Spans by OpenTelemetry: the one file that imports it, and it is imported where traces are wanted alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from archive.errors import FixativeError
from archive.redaction import redacted
from runtime.logs.subject import about, subject
from runtime.tracing.span import Kind, Said

# What waits to be sent when the process ends is given up then: an endpoint that is away must not hold it.
CLOSE_S = 2.0
# Of what an error says; its class says the rest.
ERROR_MAX_CHARACTERS = 200
_KINDS = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
}


class OtelTracer:
    """Makes spans, and sends them by `exporter`: `otlp` over HTTP, or `console`, a JSON object each on standard output."""

    def __init__(self, service: str, version: str, exporter: str) -> None:
        # What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes before.
        ours = Resource({"service.name": service, "service.version": version})
        told = Resource.create()
        named = told.attributes.get("service.name", "unknown_service")
        known = {key: value for key, value in told.attributes.items() if key != "service.name"}
        if not str(named).startswith("unknown_service"):
            known["service.name"] = named
        self._provider = TracerProvider(resource=ours.merge(Resource(known)), shutdown_on_exit=False)
        self._provider.add_span_processor(_processor(exporter))
        self._tracer = self._provider.get_tracer("fixative", version)
        self._words = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self, name: str, kind: Kind, parent: str | None, links: Iterable[str], said: dict[str, Said]
    ) -> Iterator[None]:
        """A span around a block; its trace stands in the lines of the log meanwhile."""
        with self._tracer.start_as_current_span(
            name,
            context=self._context(parent) if parent else None,
            kind=_KINDS[kind],
            links=[
                trace.Link(trace.get_current_span(self._context(link)).get_span_context()) for link in links
            ],
            attributes=_attributes(said),
            # An error's own words may hold a link, and its traceback anything.
            record_exception=False,
            set_status_on_exception=False,
        ) as made:
            try:
                with about(trace=trace.format_trace_id(made.get_span_context().trace_id)):
                    yield
            except Exception as error:
                made.set_status(trace.StatusCode.ERROR, _told(error))
                raise

    def past(self, name: str, seconds: float, said: dict[str, Said]) -> None:
        """A span of what has just ended, to somebody outside."""
        if trace.get_current_span().is_recording():
            now = time.time_ns()
            self._tracer.start_span(
                name,
                kind=trace.SpanKind.CLIENT,
                attributes=_attributes(said),
                start_time=now - int(seconds * 1e9),
            ).end(now)

    def traceparent(self) -> str | None:
        """The span that is under way, as `traceparent`."""
        carrier: dict[str, str] = {}
        self._words.inject(carrier)
        return carrier.get("traceparent")

    def close(self) -> None:
        """Send what waits, within two seconds."""
        sending = threading.Thread(target=self._provider.shutdown, name="traces-close", daemon=True)
        sending.start()
        sending.join(CLOSE_S)

    def _context(self, parent: str) -> contexts.Context:
        """A context with this parent; a word that is none gives one without."""
        return self._words.extract({"traceparent": parent}, context=contexts.Context())


def _processor(exporter: str) -> SpanProcessor:
    if exporter == "console":
        return SimpleSpanProcessor(
            ConsoleSpanExporter(formatter=lambda made: made.to_json(indent=None) + "\n")
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - for who wants the console it is too much
        OTLPSpanExporter,
    )

    return BatchSpanProcessor(OTLPSpanExporter())


def _attributes(said: dict[str, Said]) -> dict[str, str | int | float | bool]:
    """What the span is about, and what it says itself."""
    told: dict[str, Said] = {**subject(), **said}
    return {
        f"fixative.{name}": value for name, value in told.items() if value is not None and name != "trace"
    }


def _told(error: Exception) -> str:
    """What an error came to: its reason, where it has one, and never its traceback."""
    words = redacted(str(error), ERROR_MAX_CHARACTERS) if isinstance(error, FixativeError) else ""
    return f"{type(error).__name__}: {words}" if words else type(error).__name__
