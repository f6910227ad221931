"""Traces: whether they are wanted, by OpenTelemetry's own variables, and nothing of it where they are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.tracing.begin import exporter_of
from runtime.tracing.span import past, span, traceparent, wanted

ROOT = Path(__file__).parents[4]
PROGRAM = """
import logging, os, sys
logging.basicConfig(level="INFO")
import receiver.app, workers.app, console.web.app
from runtime.tracing.begin import begin_tracing
from runtime.tracing.span import span, traceparent
begin_tracing("worker", os.environ)
with span("x"):
    print(traceparent(), "opentelemetry.sdk.trace" in sys.modules)
"""


def told(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )


@pytest.mark.parametrize(
    ("exporter", "environment"),
    [
        (None, {}),
        (None, {"OTEL_SERVICE_NAME": "x"}),
        ("otlp", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}),
        ("otlp", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h:4318/v1/traces"}),
        ("otlp", {"OTEL_TRACES_EXPORTER": "otlp"}),
        ("console", {"OTEL_TRACES_EXPORTER": "console "}),
        (None, {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}),
        (None, {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}),
    ],
)
def test_the_standard_variables_choose_the_exporter(
    exporter: str | None, environment: dict[str, str]
) -> None:
    assert exporter == exporter_of(environment)


@pytest.mark.parametrize(
    ("environment", "mend"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "OTEL_TRACES_EXPORTER may be otlp or console"),
        (
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL may be http/protobuf",
        ),
    ],
)
def test_an_exporter_that_is_not_here_is_told_and_nothing_fails(
    environment: dict[str, str], mend: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert exporter_of(environment) is None
    assert mend in caplog.text


def test_where_no_traces_are_wanted_nothing_that_makes_them_is_imported() -> None:
    # redis-py looks by itself whether OpenTelemetry's metrics are there.
    assert "None False\n" == told(PROGRAM).stdout


def test_without_the_extra_a_process_says_what_to_install_and_goes_on() -> None:
    done = told("import sys; sys.modules['opentelemetry'] = None\n" + PROGRAM, OTEL_TRACES_EXPORTER="otlp")

    assert done.stdout.startswith("None")
    assert "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http" in done.stderr


def test_without_traces_a_span_is_nothing() -> None:
    with span("x", parent="00-no", index=1):
        past("y", 1.0)
        assert (None, False) == (traceparent(), wanted())
