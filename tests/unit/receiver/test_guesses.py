"""The buckets of those who present wrong tickets and tokens."""

from __future__ import annotations

from receiver.client_network import NO_ADDRESS, network_of
from receiver.guesses import Guesses


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_after_its_burst_a_network_waits_and_is_let_try_again_at_the_rate() -> None:
    clock = Clock()
    buckets = Guesses(burst=3, per_second=0.5, clock=clock)
    assert [0, 0, 0, 2, 2] == [buckets.wait_s("a") for _ in range(5)]

    clock.now += 2

    assert [0, 2] == [buckets.wait_s("a") for _ in range(2)]


def test_who_keeps_trying_is_not_punished_for_what_was_refused() -> None:
    clock = Clock()
    buckets = Guesses(burst=1, per_second=1, clock=clock)
    for _ in range(100):
        buckets.wait_s("a")
    clock.now += 1

    assert 0 == buckets.wait_s("a")


def test_a_quiet_network_gathers_no_more_than_its_burst() -> None:
    clock = Clock()
    buckets = Guesses(burst=2, per_second=1, clock=clock)
    buckets.wait_s("a")
    clock.now += 3600

    assert [0, 0, 1] == [buckets.wait_s("a") for _ in range(3)]


def test_the_table_is_bounded_and_forgets_the_quietest() -> None:
    buckets = Guesses(burst=1, per_second=0.001, networks=10, clock=Clock())
    for number in range(1000):
        buckets.wait_s(f"n{number}")
        buckets.wait_s("loud")

    assert 10 == len(buckets)
    assert buckets.wait_s("loud") > 0


def test_a_clock_that_steps_back_takes_nothing_away() -> None:
    clock = Clock()
    buckets = Guesses(burst=2, per_second=1, clock=clock)
    buckets.wait_s("a")
    clock.now -= 50

    assert 0 == buckets.wait_s("a")


def test_ipv6_counts_by_its_64_and_mapped_ipv4_as_ipv4() -> None:
    assert "2001:db8:1:2::/64" == network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::1%eth0")
    assert "192.0.2.7" == network_of("::ffff:192.0.2.7") == network_of("192.0.2.7")


def test_what_is_no_address_is_one_party() -> None:
    assert {NO_ADDRESS} == {
        network_of(text) for text in (None, "", "unknown", "1.2.3.4.5\r\nX", "a" * 10_000)
    }
