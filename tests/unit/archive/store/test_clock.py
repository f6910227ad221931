"""S3's time is what its answers tell, and no answer of whoever stands in its place stops the clock."""

from __future__ import annotations

from ulid import ULID

from archive.store.clock import Clock

NONE = (
    "Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 31 Dec 1969 23:59:59 GMT",
    "Fri, 31 Dec 99999 23:59:59 GMT", "Thu, 26 Nov 2026 18:03:28", "yesterday", "",
)  # fmt: skip


def test_a_date_that_none_can_count_on_is_passed_over() -> None:
    for date in NONE:
        clock = Clock()
        clock.hear(date)
        assert not clock.heard, date
        assert ULID.from_datetime(clock.now())


def test_any_other_is_the_time_from_then_on_also_one_before_the_last() -> None:
    clock = Clock()
    for date, year in (("Thu, 01 Jan 2088 00:00:00 GMT", 2088), ("Fri, 02 Jan 1970 00:00:00 GMT", 1970)):
        clock.hear(date)
        assert year == clock.now().year
