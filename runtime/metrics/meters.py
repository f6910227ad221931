"""The meters of one process: what its parts count, and how that is told. Each process has its own, and so has a test.

A process of ours is one process with threads (its children, decoders and roll-ups, count nothing), so a plain
registry holds everything, and several receivers or workers are told apart by their ports.
"""

from __future__ import annotations

import logging
import platform
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from archive.errors import FixativeError
from runtime.heartbeat import our_build
from runtime.metrics.metric import Metric, Teller
from runtime.metrics.registry import BUILD, METRICS, S3_REQUESTS, S3_RETRIES, S3_SECONDS
from runtime.seldom import Seldom
from runtime.tracing.span import past

log = logging.getLogger(__name__)

# What a gauge is read from when somebody asks: a number, or None: not known now.
Reading = Callable[[], float | None]
# Counters of so few series are told from the start, as zero: an increase from nothing is not seen as one.
TOLD_FROM_START_MOST = 300


class Meters:
    """Counts and times; safe to use from many threads. `hosts` are the names that the label `host` may have."""

    def __init__(self, role: Teller, *, hosts: Iterable[str] = ()) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no type for it
        self.registry = CollectorRegistry()
        self.role, self.hosts = role, tuple(hosts)
        self._lock = threading.Lock()
        self._families: dict[str, Counter | Histogram] = {}
        self._children: dict[tuple[str, tuple[str, ...]], Counter | Histogram] = {}
        self._readings: dict[Metric, Reading] = {}
        self._told_at_start = (*self.hosts, our_build(), platform.python_version())

    def count(self, metric: Metric, *labels: str, by: float = 1) -> None:
        """Something happened once, or so many times; a label's value that is in no set is told as `other`."""
        child = self._child(metric, labels)
        assert isinstance(child, Counter)
        child.inc(by)

    def observe(self, metric: Metric, value: float, *labels: str) -> None:
        """Something took so long, or was so large."""
        child = self._child(metric, labels)
        assert isinstance(child, Histogram)
        child.observe(value)

    def read(self, metric: Metric, reading: Reading) -> None:
        """Where a part's own figure is read from when somebody asks; a reading that fails is told, and left out."""
        assert metric.kind != "histogram"
        assert self.role in metric.roles
        self._readings[metric] = reading

    def count_request(self, verb: str, outcome: str, seconds: float, retries: int) -> None:
        """A request to S3, as the bucket tells of it."""
        self.count(S3_REQUESTS, verb, outcome)
        self.observe(S3_SECONDS, seconds, verb)
        past(f"s3 {verb}", seconds, outcome=outcome, retries=retries)
        if retries:
            self.count(S3_RETRIES, verb, by=retries)

    def complete(self) -> Meters:
        """Tell all metrics of this role from now on, also those of which nothing was counted yet."""
        for metric in METRICS:
            if self.role in metric.roles and metric.kind != "gauge" and metric not in self._readings:
                self._family(metric)
                for values in _combinations(metric):
                    self._child(metric, values)
        self.registry.register(_Read(self._readings, (self.role, our_build(), platform.python_version())))
        ProcessCollector(registry=self.registry)
        return self

    def value(self, metric: Metric, *labels: str) -> float:
        """A counter's sum, or how often a histogram was told; 0 where nothing was."""
        name = metric.name if metric.kind == "counter" else f"{metric.name}_count"
        named = dict(zip((label.name for label in metric.labels), labels, strict=True))
        return self.registry.get_sample_value(name, named) or 0.0

    def _child(self, metric: Metric, labels: tuple[str, ...]) -> Counter | Histogram:
        child = self._children.get((metric.name, labels))
        return child if child is not None else self._new_child(metric, labels)

    def _new_child(self, metric: Metric, labels: tuple[str, ...]) -> Counter | Histogram:
        family = self._family(metric)
        told = tuple(
            label.closed(value, self._told_at_start)
            for label, value in zip(metric.labels, labels, strict=True)
        )
        child = family.labels(*told) if told else family
        # What a stranger wrote is not remembered: there is no end of it.
        if told == labels:
            self._children[metric.name, labels] = child
        return child

    def _family(self, metric: Metric) -> Counter | Histogram:
        assert self.role in metric.roles, f"{metric.name} is not told by a {self.role}"
        with self._lock:
            family = self._families.get(metric.name)
            if family is None:
                names = tuple(label.name for label in metric.labels)
                family = (
                    Counter(metric.name, metric.meaning, names, registry=self.registry)
                    if metric.kind == "counter"
                    else Histogram(
                        metric.name, metric.meaning, names, registry=self.registry, buckets=metric.bounds
                    )
                )
                self._families[metric.name] = family
            return family


class _Read(Collector):
    """What is read from the parts when it is asked for."""

    def __init__(self, readings: Mapping[Metric, Reading], build: tuple[str, ...]) -> None:
        self._readings, self._build = readings, build
        self._seldom = Seldom(log)

    def describe(self) -> Iterable[Family]:
        """Nothing is read at the registration."""
        return []

    def collect(self) -> Iterator[Family]:
        """Each with what it reads now."""
        yield _family_of(BUILD, self._build, 1.0)
        for metric, reading in list(self._readings.items()):
            try:
                told = reading()
            except (FixativeError, OSError) as error:
                self._seldom.tell(logging.WARNING, metric.name, "%s cannot be read: %s", metric.name, error)
                continue
            if told is not None:
                yield _family_of(metric, (), told)


def _family_of(metric: Metric, labels: tuple[str, ...], value: float) -> Family:
    names = tuple(label.name for label in metric.labels)
    kind = GaugeMetricFamily if metric.kind == "gauge" else CounterMetricFamily
    family = kind(metric.name, metric.meaning, labels=names)
    family.add_metric(labels, value)
    return family


def _combinations(metric: Metric) -> list[tuple[str, ...]]:
    """Every series of a metric that has few of them; none of one whose labels are told at the start."""
    found: list[tuple[str, ...]] = [()]
    for label in metric.begins or metric.labels:
        if label.told_at_start:
            return []
        found = [(*before, value) for before in found for value in label.values]
        if len(found) > TOLD_FROM_START_MOST:
            return []
    return found
