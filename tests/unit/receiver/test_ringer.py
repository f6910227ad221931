"""The ringer keeps bells while Redis is away, for as long as the sweep would not ring in its place."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from archive.queue.doorbell import CARRY_MAX_BYTES
from receiver.ringer import BELLS_WAITING, KEPT_S, Ringer
from runtime.metrics.meters import Meters
from runtime.metrics.registry import BELLS
from tests.fakes.doorbell import SilentDoorbell


class HeardDoorbell(SilentDoorbell):
    """One whose rings a test can wait for, and that can fail in other ways than a Redis that is away."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: queue.Queue[str] = queue.Queue()
        self.fault: BaseException | None = None

    def ring_settle(self, inbox_key: str, batch: bytes | None = None) -> None:
        said = "fault" if self.fault else "away" if self.away else inbox_key
        try:
            self._fail_once()
            super().ring_settle(inbox_key, batch)
        finally:
            self.heard.put(said)

    def _fail_once(self) -> None:
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault


@pytest.fixture
def doorbell() -> HeardDoorbell:
    return HeardDoorbell()


class Hour:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hour() -> Hour:
    return Hour()


@pytest.fixture
def meters() -> Meters:
    return Meters("receiver")


@pytest.fixture
def ringer(doorbell: HeardDoorbell, hour: Hour, meters: Meters) -> Iterator[Ringer]:
    ringer = Ringer(doorbell, clock=hour, meters=meters)
    yield ringer
    ringer.stop(5)


def test_a_bell_is_rung_when_redis_is_back(ringer: Ringer, doorbell: HeardDoorbell) -> None:
    doorbell.away = True
    ringer.start()
    ringer.ring("inbox/a", b"line")
    assert "away" == doorbell.heard.get(timeout=5)
    doorbell.away = False

    assert "inbox/a" == doorbell.heard.get(timeout=5)
    assert {"inbox/a": b"line"} == doorbell.carried


def test_a_bell_for_which_the_sweep_rings_by_now_is_dropped(
    ringer: Ringer, doorbell: HeardDoorbell, hour: Hour, meters: Meters
) -> None:
    ringer.ring("inbox/old", b"")
    hour.now = KEPT_S
    ringer.ring("inbox/new", b"")
    assert 2 == ringer.waiting
    ringer.start()

    assert "inbox/new" == doorbell.heard.get(timeout=5)
    ringer.stop(5)
    assert (1, 1) == (meters.value(BELLS, "too_old"), meters.value(BELLS, "rung"))


@pytest.mark.parametrize(
    "fault", [TypeError("a fault of ours"), SystemExit()], ids=["TypeError", "SystemExit"]
)
def test_a_bell_that_cannot_be_rung_at_all_holds_up_none_behind_it(
    ringer: Ringer, doorbell: HeardDoorbell, fault: BaseException
) -> None:
    doorbell.fault = fault
    ringer.ring("inbox/poison", b"")
    ringer.ring("inbox/sound", b"")
    ringer.start()

    assert ["fault", "inbox/sound"] == [doorbell.heard.get(timeout=5) for _ in range(2)]


def test_more_bells_than_may_wait_are_dropped_and_large_batches_are_not_held(
    ringer: Ringer, doorbell: HeardDoorbell, meters: Meters
) -> None:
    ringer.ring("inbox/large", b"x" * (CARRY_MAX_BYTES + 1))
    for number in range(2 * BELLS_WAITING):
        ringer.ring(f"inbox/{number}", b"")
    ringer.start()
    ringer.stop(5)

    assert BELLS_WAITING == len(doorbell.rung) == meters.value(BELLS, "rung")
    assert BELLS_WAITING + 1 == meters.value(BELLS, "dropped")
    assert None is doorbell.carried["inbox/large"]


def test_batches_of_what_lives_short_are_rung_first_and_have_room_of_their_own(
    ringer: Ringer, doorbell: HeardDoorbell, meters: Meters
) -> None:
    for number in range(BELLS_WAITING + 1):
        ringer.ring(f"inbox/{number}", b"")
    for number in range(BELLS_WAITING + 1):
        ringer.ring(f"inbox/00/{number}", b"")
    ringer.start()
    ringer.stop(5)

    assert [f"inbox/00/{number}" for number in range(BELLS_WAITING)] == doorbell.rung[:BELLS_WAITING]
    assert [f"inbox/{number}" for number in range(BELLS_WAITING)] == doorbell.rung[BELLS_WAITING:]
    assert 2 == meters.value(BELLS, "dropped")
