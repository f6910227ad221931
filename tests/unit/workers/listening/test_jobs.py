"""What a bell asks for is done, once it is known whose it is."""

from __future__ import annotations

import logging

import pytest

from archive.bell import ARCHIVE, SETTLE, Bell, Seals
from archive.errors import BucketUnavailable
from runtime.metrics.meters import Meters
from runtime.metrics.registry import JOB_SECONDS, JOBS
from workers.listening.jobs import Jobs

SEALS = Seals({"k1": b"a" * 32}, "s3://bucket/")
NOW_MS = 1_795_000_000_000
RUNG = SEALS.sealed(Bell(SETTLE, "inbox/a.ndjson", b"line", NOW_MS + 1))


class Day:
    """Jobs whose deeds are written down."""

    def __init__(self) -> None:
        self.deeds: list[tuple[str, str, bytes | None]] = []
        self.done = 0
        self.away = self.broken = False
        self.meters = Meters("worker")
        self.jobs = Jobs(
            lambda key, carried: self._do("settle", key, carried),
            lambda key, carried: self._do("archive", key, carried),
            SEALS,
            now_unix_ms=lambda: NOW_MS,
            done=self._well,
            meters=self.meters,
        )

    def hear(self, rung: Bell) -> list[tuple[str, str, bytes | None]]:
        self.jobs.answer(rung.job, rung.arguments, {})
        return self.deeds

    def _do(self, what: str, key: str, carried: bytes | None) -> None:
        if self.away:
            raise BucketUnavailable("away")
        if self.broken:
            raise ZeroDivisionError
        self.deeds.append((what, key, carried))

    def _well(self) -> None:
        self.done += 1


@pytest.fixture
def day() -> Day:
    return Day()


def test_a_sealed_bell_is_believed(day: Day) -> None:
    assert [("settle", RUNG.key, b"line")] == day.hear(RUNG)
    assert 1 == day.done


def test_each_bell_has_its_job(day: Day) -> None:
    assert [("archive", "due/a", b"{}")] == day.hear(SEALS.sealed(Bell(ARCHIVE, "due/a", b"{}", NOW_MS)))


def test_without_a_seal_its_key_alone_is_used_and_that_is_told(
    day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    unsealed = RUNG._replace(seal=None, ends_unix_ms=1)

    assert [("settle", RUNG.key, None)] == day.hear(unsealed)
    assert "different TICKET_KEYS" in caplog.text


def test_a_bell_without_a_seal_and_with_nothing_to_believe_is_told_nobody(
    day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    """So the command rings."""
    assert [("settle", RUNG.key, None)] == day.hear(Bell(SETTLE, RUNG.key, None, NOW_MS - 1))
    assert "" == caplog.text


def test_a_bell_that_is_over_is_dropped(day: Day) -> None:
    assert [] == day.hear(SEALS.sealed(RUNG._replace(ends_unix_ms=NOW_MS - 1)))


def test_what_is_no_bell_is_dropped_before_anything_is_done(
    day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        day.jobs.answer(SETTLE, ["tasks/a/00.png", None, None, None], {})
        day.jobs.answer(SETTLE, [RUNG.key], {"batch": "line"})

    assert [] == day.deeds
    assert len(caplog.records) < 6


def test_trouble_that_passes_is_told_and_left_to_the_sweep(
    day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    day.away = True

    assert [] == day.hear(RUNG)
    assert (0, True) == (day.done, "reason=bucket_unavailable" in caplog.text)


def test_a_job_is_counted_by_how_it_ended_and_timed(day: Day) -> None:
    day.hear(RUNG)
    day.away = True
    day.hear(RUNG)
    day.away, day.broken = False, True
    with pytest.raises(ZeroDivisionError):
        day.hear(RUNG)

    assert [1, 1, 1] == [day.meters.value(JOBS, "settle", each) for each in ("done", "put_off", "failed")]
    assert 3 == day.meters.value(JOB_SECONDS, "settle")


def test_what_is_dropped_is_counted_as_that(day: Day) -> None:
    day.hear(SEALS.sealed(Bell(ARCHIVE, "due/a", b"{}", NOW_MS - 1)))
    day.jobs.answer(SETTLE, ["elsewhere/a"], {})

    assert 1 == day.meters.value(JOBS, "archive", "too_late")
    assert 1 == day.meters.value(JOBS, "settle", "not_ours")
    assert 0 == day.meters.value(JOB_SECONDS, "archive")
