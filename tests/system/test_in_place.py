"""Lone callbacks at a running stack, with each request to S3 counted on its way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra.local.parts import s3
from infra.local.ports import LOOPBACK, free_block
from tests.chaos import parts
from tests.chaos.tools.proxy import Proxies
from tests.chaos.weather import Weather
from tests.system.collector import Collector, collecting
from tests.system.stack import Stack, running, until
from tests.system.story_lines import road, told_until

ROUNDS = 3
CLOCKWORK = ("LIST", *(f"{method} probe" for method in ("PUT", "GET", "HEAD", "DELETE")))


class Counted(NamedTuple):
    """A stack, and what it asks of S3."""

    stack: Stack
    way: Weather

    def asked(self) -> Counter[str]:
        """So far, but for what comes by the clock."""
        return Counter(
            {kind: count for kind, count in self.way.counted().items() if not kind.startswith(CLOCKWORK)}
        )

    def of_one(self, **more: Any) -> Counter[str]:
        """What one task of one image asks, by method and top of the key, until nothing of it is left to do."""
        before = self.asked()
        task = self.stack.order({"model": "gpt-image-2", "size": "512x512", **more})
        until("it is archived", lambda: self.stack.manifest(task), 60)
        until("rest", self.stack.at_rest, 60)
        return self.asked() - before


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the stack's traces go."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Counted]:
    folder: Path = tmp_path_factory.mktemp("in-place")
    proxies = Proxies()
    behind, credentials = free_block(s3.PORTS), s3.new_credentials()
    with s3.start(folder, behind, credentials):
        way = Weather(s3.BUCKET, 0)
        port = proxies.serve(way, LOOPBACK, behind)
        environment = {
            **parts.s3_environment(credentials),
            "S3_ENDPOINT": f"http://{LOOPBACK}:{port}",
            "RETRY_FIRST_S": "1",
            "LOG_FORMAT": "json",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        try:
            with running(folder / "stack", environment=environment) as stack:
                past_it = {**stack.line["s3"], "endpoint": f"http://{LOOPBACK}:{behind}"}
                yield Counted(Stack({**stack.line, "s3": past_it}, stack.data), way)
        finally:
            proxies.close()


def test_a_lone_task_of_one_image_takes_four_puts_a_get_and_a_delete(counted: Counted) -> None:
    """Of three, one: on a machine that stops for a quarter of a minute, a batch may be too old to be worked in place."""
    for _ in range(ROUNDS):
        asked = counted.of_one()
        if not asked["PUT due"]:
            break

    puts = {kind: count for kind, count in asked.items() if kind.startswith("PUT")}
    assert {"PUT inbox": 1, "PUT tasks": 2, "PUT catalog": 1} == puts
    assert 6 >= asked.total(), asked


def test_what_fails_at_the_first_try_goes_by_an_entry_and_nothing_is_given_up(counted: Counted) -> None:
    asked = counted.of_one(simulate={"link": 500, "heal_after": 1})

    assert 1 <= asked["PUT due"]
    assert [] == counted.stack.keys("dead/")


def test_of_what_is_worked_in_place_log_and_trace_tell_the_whole_way(
    counted: Counted, collector: Collector
) -> None:
    for _ in range(ROUNDS):
        task = counted.stack.order({"model": "gpt-image-2", "size": "512x512"})
        told = told_until(counted.stack, task, "listed")
        spans = until("its trace", lambda task=task: collector.whole_trace(task, "manifest"))  # type: ignore[misc]
        if "in place" in {span.name for span in spans}:
            break

    assert ["begun", "kept", "archived", "settled", "listed"] == road(told)
    assert ["accept"] == [span.name for span in spans if not span.parent]
    assert 1 == len({span.trace for span in spans})
    assert {"accept", "commit", "read", "in place", "download", "decode", "manifest"} <= {
        span.name for span in spans
    }
