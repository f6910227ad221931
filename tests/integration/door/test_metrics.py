"""What a receiver tells of its door, seen from outside; S3 is away, so its spool takes what comes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import urllib3

from infra.local.ports import free_block
from tests.integration.door.lone_receiver import BODY, LoneReceiver, receiving, status_of
from tests.pace import until


class Told:
    """A receiver, and the port where it tells its metrics."""

    def __init__(self, door: LoneReceiver, port: int) -> None:
        self.door, self._url = door, f"http://127.0.0.1:{port}/metrics"
        self._http = urllib3.PoolManager(retries=False, timeout=10)

    @property
    def text(self) -> str:
        return self._http.request("GET", self._url).data.decode()

    def value(self, name: str, **labels: str) -> float:
        """The sum of a metric's series that have these labels."""
        found = 0.0
        for line in self.text.splitlines():
            told = re.fullmatch(rf"fixative_{name}(?:\{{(.*)\}})? (\S+)", line)
            if told and all(f'{label}="{value}"' in (told[1] or "") for label, value in labels.items()):
                found += float(told[2])
        return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    port = free_block(1)
    with receiving(tmp_path_factory.mktemp("metrics"), {"METRICS_PORT": str(port)}) as door:
        yield Told(door, port)


def test_a_callback_is_counted_with_its_body_its_batch_and_the_spool(told: Told) -> None:
    assert 202 == told.door.callback()

    assert until(lambda: told.value("door_answers_total", way="callback", status="202") == 1, 30)
    assert 1 == told.value("door_accept_seconds_count", provider="evolink")
    assert len(BODY) == told.value("door_body_bytes_sum")
    assert 1 == told.value("batches_total", place="spool")
    assert 1 == told.value("batch_deliveries_count")
    assert 1 == told.value("spool_files")
    assert len(BODY) < told.value("spool_bytes") < told.value("spool_max_bytes")
    assert told.value("door_last_success_timestamp_seconds") > 1_700_000_000
    assert told.value("s3_requests_total", outcome="unreached", verb="put") >= 1


def test_what_is_no_request_is_counted_too(told: Told) -> None:
    assert 400 == status_of(told.door.ask(b"no request at all\r\n\r\n"))

    assert until(lambda: told.value("door_answers_total", way="other", status="400") == 1, 30)


def test_of_a_stranger_nothing_is_told_but_how_often(told: Told) -> None:
    assert 404 == told.door.callback(path="/callbacks/stranger-danger/a-ticket-of-nobody")

    assert until(
        lambda: told.value("door_answers_total", way="callback", provider="other", status="404") == 1, 30
    )
    assert "stranger" not in told.text
    assert told.door.ticket not in told.text
    assert "secret-of-nobody" not in told.text
