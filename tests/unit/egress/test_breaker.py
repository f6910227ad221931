"""A host that fails for everybody is left alone for a while."""

from __future__ import annotations

import pytest

from archive.errors import ProxyTrouble, SourceLost, SourceTrouble, TryLater
from archive.reasons import Reason
from egress.breaker import Breaker

HOST = "files.evolink.ai"


def fail(breaker: Breaker, link: str, reason: Reason = Reason.SOURCE_UNREACHABLE) -> None:
    with pytest.raises(SourceTrouble), breaker.turn(HOST, link):
        raise SourceTrouble(reason)


def rests(breaker: Breaker, host: str = HOST) -> bool:
    try:
        with breaker.turn(host, "another"):
            return False
    except TryLater as error:
        return error.reason is Reason.SOURCE_RESTING


def opened(**more: float) -> Breaker:
    breaker = Breaker(**more)  # type: ignore[arg-type] # seconds alone
    for place in range(5):
        fail(breaker, f"task-{place}")
    return breaker


def test_five_tasks_without_an_answer_between_them_open_it() -> None:
    breaker = Breaker()
    for place in range(4):
        fail(breaker, f"task-{place}")
    fail(breaker, "task-0")
    fail(breaker, "task-4", Reason.SOURCE_SLOW)

    assert rests(breaker)
    assert not rests(breaker, "cdn.evolink.ai")


def test_one_bad_link_never_does() -> None:
    breaker = Breaker()
    for _ in range(50):
        fail(breaker, "task-0", Reason.SOURCE_TROUBLE)

    assert not rests(breaker)


@pytest.mark.parametrize(
    "answer",
    [SourceLost(Reason.SOURCE_GONE), SourceTrouble(Reason.SOURCE_BUSY), SourceTrouble(Reason.CUT_OFF)],
)
def test_any_answer_says_that_the_host_is_well(answer: Exception) -> None:
    breaker = Breaker()
    for place in range(4):
        fail(breaker, f"task-{place}")
    with pytest.raises(type(answer)), breaker.turn(HOST, "task-5"):
        raise answer
    fail(breaker, "task-6")

    assert not rests(breaker)


@pytest.mark.parametrize("end", [TryLater(Reason.STOPPING), ProxyTrouble("away")])
def test_our_own_end_says_nothing(end: TryLater) -> None:
    breaker = Breaker()
    for place in range(4):
        fail(breaker, f"task-{place}")
    with pytest.raises(TryLater), breaker.turn(HOST, "task-5"):
        raise end
    fail(breaker, "task-4")

    assert rests(breaker)


def test_who_is_put_off_is_told_a_time_after_the_rest_each_another() -> None:
    breaker = opened(rest_s=30.0)
    waits = set()
    for _ in range(8):
        with pytest.raises(TryLater) as put_off, breaker.turn(HOST, "another"):
            pass
        waits.add(put_off.value.retry_after_s)

    assert all(wait_s and 29.0 < wait_s <= 60.0 for wait_s in waits)
    assert 8 == len(waits)


def test_after_the_rest_one_probe_goes_out_and_its_answer_closes() -> None:
    breaker = opened(rest_s=1e-9)
    with breaker.turn(HOST, "probe"):
        assert rests(breaker)

    assert not rests(breaker)


def test_a_probe_that_fails_rests_again_and_another_may_follow() -> None:
    breaker = opened(rest_s=1e-9, rest_most_s=3e-9)
    for _ in range(5):
        fail(breaker, "probe")

    assert 3e-9 == breaker._hosts[HOST].rest_s
    assert not rests(breaker)


def test_a_probe_that_we_end_ourselves_gives_its_place_back() -> None:
    breaker = opened(rest_s=1e-9)
    with pytest.raises(TryLater), breaker.turn(HOST, "probe"):
        raise TryLater(Reason.STOPPING)

    assert not rests(breaker)


def test_it_tells_how_many_hosts_rest() -> None:
    assert 0 == Breaker().resting
    assert 1 == opened().resting
    # A rest that is over is none, although nobody has asked the host since.
    assert 0 == opened(rest_s=0.0, rest_most_s=0.0).resting
