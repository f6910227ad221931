"""The bodies that `trigger` sends are read by the readers as what they say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.layout import day_in
from archive.task_ids import is_task_id
from console.submitting.callback_body import body_of, new_task_id
from providers.registry import PROVIDERS
from providers.sample import Ending

NOW = datetime(2026, 11, 21, 7, 41, tzinfo=UTC)
LINK = "https://files.evolink.ai/a.png"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("ending", ["completed", "failed", "cancelled"])
def test_a_body_says_what_it_is_meant_to_say(provider: str, ending: Ending) -> None:
    task_id = new_task_id(provider, NOW)
    sources = (LINK,) if ending == "completed" else ()
    told = PROVIDERS[provider].read(body_of(provider, task_id, ending, sources, NOW))
    assert (told.task_id, told.status, told.sources) == (task_id, ending, sources)
    # Some tell no moment at all.
    assert {told.created_at, told.ended_at} <= {NOW, None}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_task_id_is_fresh_and_fit_for_a_key(provider: str) -> None:
    ids = {new_task_id(provider, NOW) for _ in range(50)}
    assert len(ids) == 50
    assert all(map(is_task_id, ids))


def test_an_id_of_evolink_tells_its_day() -> None:
    assert day_in(new_task_id("evolink", NOW)) == NOW.date()
