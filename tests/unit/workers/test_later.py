"""When trouble that passes is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.words import NOW
from workers.later import CLOSEST, LAST_TRY_BEFORE_END, Distances, next_try

DISTANCES = Distances(first_s=30, most_s=3600)
FAR = NOW + timedelta(days=30)
LIVES = st.floats(0, 200_000).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(st.integers(0, 10_000))
def test_the_distance_doubles_with_jitter_and_ends_at_the_most(tries: int) -> None:
    when = next_try(NOW, tries=tries, expires_at=FAR, distances=DISTANCES)

    assert when is not None
    full = min(3600.0, 30.0 * 2.0 ** min(tries, 20))
    assert full / 2 <= (when - NOW).total_seconds() <= full


@given(st.integers(0, 20), LIVES)
def test_no_try_stands_after_the_links_death(tries: int, expires_at: datetime) -> None:
    when = next_try(NOW, tries=tries, expires_at=expires_at, distances=DISTANCES)

    assert when is None or NOW < when <= expires_at - LAST_TRY_BEFORE_END


@given(st.integers(0, 20), LIVES)
def test_a_life_that_is_long_enough_gets_its_last_try(tries: int, expires_at: datetime) -> None:
    when = next_try(NOW, tries=tries, expires_at=expires_at, distances=DISTANCES)

    assert when is not None or expires_at - NOW <= LAST_TRY_BEFORE_END + CLOSEST


def test_the_origins_patience_is_honoured_and_clipped() -> None:
    asked = next_try(NOW, tries=0, expires_at=FAR, distances=DISTANCES, retry_after_s=300)
    absurd = next_try(NOW, tries=0, expires_at=FAR, distances=DISTANCES, retry_after_s=1e9)

    assert asked == NOW + timedelta(seconds=300)
    assert absurd == NOW + timedelta(seconds=3600)
