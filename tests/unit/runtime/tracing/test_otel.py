"""Spans by OpenTelemetry: parents, what is said of them, and no word of an error that may hold a secret."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from archive.errors import SourceTrouble
from archive.reasons import Reason
from runtime.logs.subject import about, subject
from runtime.tracing import otel
from runtime.tracing.otel import CLOSE_S, OtelTracer
from runtime.tracing.span import past, span, traceparent, use

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    for name in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(name, raising=False)
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(otel, "_processor", lambda _: SimpleSpanProcessor(exporter))
    tracer = OtelTracer("fixative-worker", "1", "otlp")
    use(tracer)
    yield exporter
    use(None)
    tracer.close()


def named(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {each.name: each for each in exporter.get_finished_spans()}


def test_a_trace_goes_on_by_the_word_that_rides_along(made: InMemorySpanExporter) -> None:
    with span("door", parent=PARENT):
        word = traceparent()
        assert {"trace": PARENT.split("-")[1]} == subject()
    with span("run", parent=word), span("download"):
        past("s3 put", 0.5, outcome="ok")
    past("of nobody", 0.1)

    spans = named(made)
    assert {"door", "run", "download", "s3 put"} == set(spans)
    assert {PARENT.split("-")[1]} == {f"{each.context.trace_id:032x}" for each in spans.values()}
    assert word is not None
    assert spans["run"].parent is not None
    assert word.split("-")[2] == f"{spans['run'].parent.span_id:016x}"
    assert 490_000_000 < (spans["s3 put"].end_time or 0) - (spans["s3 put"].start_time or 0) < 510_000_000


@pytest.mark.parametrize("word", ["", "rubbish", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x" * 500])
def test_a_word_that_is_none_begins_a_trace(made: InMemorySpanExporter, word: str) -> None:
    with span("run", parent=word, links=[word, PARENT, None]):
        pass

    assert named(made)["run"].parent is None


def test_a_span_says_what_it_is_about_and_of_an_error_no_link(made: InMemorySpanExporter) -> None:
    with (
        pytest.raises(SourceTrouble),
        about(task="t", run="1f2e3d4c"),
        span("download", index=0, host=None),
    ):
        raise SourceTrouble(Reason.SOURCE_GONE, "https://h/a.png?Signature=MARK answered 404")
    with pytest.raises(ValueError, match="MARK"), span("decode"):
        raise ValueError("MARK")

    spans = named(made)
    assert {"fixative.task": "t", "fixative.run": "1f2e3d4c", "fixative.index": 0} == spans[
        "download"
    ].attributes
    assert (
        "SourceTrouble: source_gone: https://h/a.png?*** answered 404" == spans["download"].status.description
    )
    assert "ValueError" == spans["decode"].status.description
    assert "MARK" not in "".join(each.to_json() for each in spans.values())


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("fixative-worker", {}),
        ("theirs", {"OTEL_SERVICE_NAME": "theirs"}),
        ("theirs", {"OTEL_RESOURCE_ATTRIBUTES": "service.name=theirs,region=eu"}),
    ],
)
def test_the_service_is_named_by_the_standard_variables(
    name: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    tracer = OtelTracer("fixative-worker", "1", "console")

    assert name == tracer._provider.resource.attributes["service.name"]
    tracer.close()


def test_an_endpoint_that_is_away_holds_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    tracer = OtelTracer("fixative-worker", "1", "otlp")
    use(tracer)
    with span("x"):
        pass
    use(None)
    began = time.monotonic()
    tracer.close()

    assert time.monotonic() - began < 10 * CLOSE_S
