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
def test_while_the_link_lives_there_is_a_next_try_and_none_stands_after_its_death(
    tries: int, expires_at: datetime
) -> None:
    when = next_try(NOW, tries=tries, expires_at=expires_at, distances=DISTANCES)

    assert (when is not None) == (expires_at > NOW)
    assert when is None or NOW < when <= expires_at


@given(st.floats(6, 200_000).map(lambda seconds: NOW + timedelta(seconds=seconds)))
def test_before_the_last_try_at_its_death_stands_one_that_may_still_be_of_use(expires_at: datetime) -> None:
    now, tries, found = NOW, 0, []
    while (when := next_try(now, tries=tries, expires_at=expires_at, distances=DISTANCES)) is not None:
        found.append(when)
        now, tries = when, tries + 1

    assert found[-1] == expires_at
    if expires_at - NOW > 2 * CLOSEST:
        assert expires_at - found[-2] <= LAST_TRY_BEFORE_END + timedelta(seconds=DISTANCES.most_s)
        assert found[-2] < expires_at


def test_the_origins_patience_is_honoured_and_clipped() -> None:
    asked = next_try(NOW, tries=0, expires_at=FAR, distances=DISTANCES, retry_after_s=300)
    absurd = next_try(NOW, tries=0, expires_at=FAR, distances=DISTANCES, retry_after_s=1e9)

    assert asked == NOW + timedelta(seconds=300)
    assert absurd == NOW + timedelta(seconds=3600)
