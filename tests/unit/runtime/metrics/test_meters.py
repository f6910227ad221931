"""The meters of a process: labels from closed sets, every metric told from the start, a reading that fails left out."""

from __future__ import annotations

import re

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from archive.errors import BucketUnavailable
from providers.registry import PROVIDERS
from runtime.metrics.meters import Meters
from runtime.metrics.metric import EVERYBODY, OTHER, Metric, Teller
from runtime.metrics.registry import (
    DECODER_DEATHS,
    DOOR_ANSWERS,
    DOOR_SECONDS,
    DOWNLOADS,
    METRICS,
    S3_REQUESTS,
    S3_RETRIES,
    S3_SECONDS,
    SPOOL_BYTES,
    SPOOL_FILES,
)


def told(meters: Meters) -> dict[str, float]:
    text = generate_latest(meters.registry).decode()
    return {
        sample.name + "".join(sorted(f"[{value}]" for value in sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def families(meters: Meters) -> set[str]:
    return set(re.findall(r"^# TYPE (fixative_\w+)", generate_latest(meters.registry).decode(), re.MULTILINE))


def test_what_is_in_no_set_is_other_and_makes_no_series_of_its_own() -> None:
    meters = Meters("receiver")
    for stranger in range(5):
        meters.count(DOOR_ANSWERS, "callback", f"stranger-{stranger}", "202")

    assert 5 == meters.value(DOOR_ANSWERS, "callback", OTHER, "202")
    assert ["fixative_door_answers_total[202][callback][other]"] == [
        name for name in told(meters) if name.startswith("fixative_door_answers_total")
    ]


def test_hosts_are_those_that_the_process_names_at_its_start() -> None:
    meters = Meters("worker", hosts=("evolink.ai",))
    meters.count(DOWNLOADS, "evolink.ai", "ok")
    meters.count(DOWNLOADS, "evil.example", "ok")

    assert 1 == meters.value(DOWNLOADS, "evolink.ai", "ok")
    assert 1 == meters.value(DOWNLOADS, OTHER, "ok")


def test_a_time_falls_into_its_bucket() -> None:
    meters = Meters("receiver")
    meters.observe(DOOR_SECONDS, 0.03, "evolink")

    assert 0 == meters.registry.get_sample_value(
        "fixative_door_accept_seconds_bucket", {"provider": "evolink", "le": "0.025"}
    )
    assert 1 == meters.registry.get_sample_value(
        "fixative_door_accept_seconds_bucket", {"provider": "evolink", "le": "0.05"}
    )


@pytest.mark.parametrize("role", EVERYBODY)
def test_a_process_tells_the_metrics_of_its_role_from_the_start_and_no_others(role: Teller) -> None:
    meters = Meters(role)
    for metric in METRICS:
        if role in metric.roles and metric.kind == "gauge" and metric.name != "fixative_build_info":
            meters.read(metric, lambda: 1.0)

    assert {metric.name for metric in METRICS if role in metric.roles} == families(meters.complete())


def test_a_counter_of_few_series_begins_with_all_of_them_at_nothing() -> None:
    assert 0 == told(Meters("worker").complete())["fixative_s3_requests_total[list][trouble]"]


def test_a_reading_that_fails_is_left_out_and_the_others_are_told() -> None:
    meters = Meters("receiver")

    def fails() -> float:
        raise BucketUnavailable("away")

    meters.read(SPOOL_BYTES, fails)
    meters.read(SPOOL_FILES, lambda: 3)
    read = told(meters.complete())

    assert "fixative_spool_bytes" not in read
    assert 3 == read["fixative_spool_files"]


def test_what_is_not_known_now_is_not_told() -> None:
    meters = Meters("receiver")
    meters.read(SPOOL_BYTES, lambda: None)

    assert "fixative_spool_bytes" not in told(meters.complete())


def test_a_counter_that_a_part_keeps_is_read_from_it() -> None:
    meters = Meters("worker")
    meters.read(DECODER_DEATHS, lambda: 7)

    assert 7 == told(meters.complete())["fixative_decoder_deaths_total"]


def test_the_build_tells_role_and_version() -> None:
    (build,) = [name for name in told(Meters("console").complete()) if "build_info" in name]

    assert "[console]" in build


def test_a_metric_of_another_role_cannot_be_counted() -> None:
    with pytest.raises(AssertionError, match="not told by a console"):
        Meters("console").count(DOOR_ANSWERS, "callback", OTHER, "202")


def test_requests_to_s3_are_counted_with_their_retries() -> None:
    meters = Meters("worker")
    meters.count_request("put", "ok", 0.02, 2)

    assert 1 == meters.value(S3_REQUESTS, "put", "ok")
    assert 2 == meters.value(S3_RETRIES, "put")
    assert 1 == meters.value(S3_SECONDS, "put")


@pytest.mark.parametrize("metric", METRICS, ids=[metric.name for metric in METRICS])
def test_a_name_says_its_kind_and_unit(metric: Metric) -> None:
    """As Prometheus asks for: https://prometheus.io/docs/practices/naming/."""
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert bool(metric.bounds) == (metric.kind == "histogram")
    assert metric.bounds == tuple(sorted(metric.bounds))
    assert not re.search(r"_(ms|kb|mb|minutes|count|sum|bucket)$", metric.name)
    assert metric.meaning.endswith(".")
    assert all(label.values or label.told_at_start for label in metric.labels)
    # Prometheus's own: https://prometheus.io/docs/concepts/jobs_instances/. Ours would be told as `exported_job`.
    assert {"job", "instance", "le", "quantile"}.isdisjoint(label.name for label in metric.labels)


def test_every_name_is_there_once() -> None:
    assert len(METRICS) == len({metric.name for metric in METRICS})


def test_of_the_doors_answers_those_are_told_from_the_start_that_alerts_look_for() -> None:
    registry = Meters("receiver").complete().registry

    for provider in PROVIDERS:
        for status in ("202", "403", "404", "429", "500", "503"):
            labels = {"way": "callback", "provider": provider, "status": status}
            assert 0.0 == registry.get_sample_value("fixative_door_answers_total", labels)


@pytest.mark.parametrize("metric", [each for each in METRICS if each.begins], ids=lambda each: each.name)
def test_what_is_told_from_the_start_is_of_the_sets_of_the_labels(metric: Metric) -> None:
    for begins, label in zip(metric.begins, metric.labels, strict=True):
        assert begins.name == label.name
        assert set(begins.values) <= set(label.values)
