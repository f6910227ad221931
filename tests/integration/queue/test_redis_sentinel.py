"""`sentinel://`: bells and heartbeats find the master, and go on after a failover. With a real Sentinel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from archive.errors import QueueUnavailable
from archive.queue.doorbell import Doorbell
from runtime.fingerprint import Fingerprint
from runtime.heartbeat import first_beat
from runtime.heartbeats import Heartbeats
from tests.fakes.words import HERE
from tests.integration.queue.redis_servers import authority_in
from tests.integration.queue.sentinels import FAILOVER_S, MASTER, OF_MASTER, OF_SENTINEL, Watched, watched
from tests.pace import Stopwatch, until

FINGERPRINT = Fingerprint(bucket="images", prefix="", store="", redis="cache:6379/0", ticket_keys={})
BEAT = first_beat("worker", FINGERPRINT, datetime(2026, 11, 21, 12, tzinfo=UTC))
# A Sentinel's answer and Redis's are each bounded by 1 s, a second Sentinel is asked; the rest is for a busy machine.
BOUNDED_S = 8.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("watched")) as running:
        yield running


def goes(way: Callable[[], object]) -> bool:
    """Whether it works now, within its bound."""
    works = True
    with Stopwatch() as watch:
        try:
            way()
        except QueueUnavailable:
            works = False
    assert watch.within(BOUNDED_S), watch
    return works


def test_bells_and_heartbeats_go_to_the_master_and_to_the_next_one(house: Watched) -> None:
    doorbell, heartbeats = Doorbell(house.url(), HERE), Heartbeats(house.url())
    first = house.master()
    doorbell.ring_settle("inbox/before")
    heartbeats.put(BEAT)
    assert 1 == doorbell.waiting()
    assert first.admin.llen(HERE.queues.inbox) == 1

    second = house.fail_over()
    assert until(lambda: goes(lambda: doorbell.ring_settle("inbox/after")), FAILOVER_S)
    assert until(lambda: goes(lambda: heartbeats.put(BEAT)), FAILOVER_S)

    assert second.port != first.port
    assert [BEAT] == [seen.heartbeat for seen in heartbeats.living()]
    assert second.admin.exists(f"fixative.heartbeat.{BEAT.id}")
    doorbell.close()
    heartbeats.close()


def test_a_master_that_no_sentinel_knows_is_trouble_within_the_bound(house: Watched) -> None:
    url = house.url().replace(f"master_name={MASTER}", "master_name=other")
    assert not goes(Doorbell(url, HERE).waiting)
    assert not goes(Heartbeats(url).living)


@pytest.mark.parametrize("wrong", [OF_MASTER, OF_SENTINEL])
def test_each_has_a_password_of_its_own(house: Watched, wrong: str) -> None:
    url = house.url().replace(wrong, "another")
    assert not goes(Doorbell(url, HERE).waiting)
    assert not goes(Heartbeats(url).living)


def test_both_are_verified_over_tls(tmp_path: Path) -> None:
    authority = authority_in(tmp_path / "tls")
    with watched(tmp_path / "watched", authority) as house:
        trusted = f"&ssl_ca_certs={quote(str(authority.file), safe='')}"
        url = house.url(trusted, scheme="sentinels")
        assert goes(lambda: Doorbell(url, HERE).ring_settle("inbox/x"))
        assert goes(lambda: Heartbeats(url).put(BEAT))

        for scheme, more in (("sentinels", ""), ("sentinel", "")):
            assert not goes(Doorbell(house.url(more, scheme=scheme), HERE).waiting)
            assert not goes(Heartbeats(house.url(more, scheme=scheme)).living)
