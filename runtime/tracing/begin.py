"""Whether traces are wanted, and by which exporter: OpenTelemetry's own variables say it.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import atexit
import logging
from collections.abc import Mapping

from runtime.environment import said
from runtime.heartbeat import our_version
from runtime.tracing.span import use

log = logging.getLogger(__name__)

# What the extra `traces` brings.
PACKAGES = ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http")
EXPORTERS = ("otlp", "console")
PROTOCOL = "http/protobuf"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def begin_tracing(process: str, environment: Mapping[str, str]) -> None:
    """Make spans from now on, where that is wanted; told in a sentence where it is wanted and cannot be.

    Traces are never what a process fails by: it works without them.
    """
    exporter = exporter_of(environment)
    if exporter is None:
        return
    try:
        from runtime.tracing.otel import OtelTracer  # noqa: PLC0415 - an extra, and who wants no traces may not have it
    except ImportError as error:
        log.warning("no traces, though they are asked for: pip install %s (%s)", " ".join(PACKAGES), error)
        return
    tracer = OtelTracer(f"fixative-{process}", our_version(), exporter)
    use(tracer)
    atexit.register(tracer.close)
    log.info("traces go to the exporter %s", exporter)


def exporter_of(environment: Mapping[str, str]) -> str | None:
    """The exporter that is wanted; None for none, and where it is one that is not here, which is told."""
    named = said(environment, "OTEL_TRACES_EXPORTER").lower()
    if said(environment, "OTEL_SDK_DISABLED").lower() == "true" or named == "none":
        return None
    if not named and not any(said(environment, name) for name in _ENDPOINTS):
        return None
    exporter = named or "otlp"
    if exporter not in EXPORTERS:
        log.warning("no traces: OTEL_TRACES_EXPORTER may be %s", " or ".join(EXPORTERS))
        return None
    protocol = next((told for name in _PROTOCOLS if (told := said(environment, name))), PROTOCOL)
    if exporter == "otlp" and protocol != PROTOCOL:
        log.warning("no traces: OTEL_EXPORTER_OTLP_PROTOCOL may be %s", PROTOCOL)
        return None
    return exporter
