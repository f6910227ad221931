"""A task's story: what happened stands in its order, whatever clocks say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.library.task_file import TaskFile
from console.web.story import story_of
from tests.fakes.words import DAY, NOW, TASK, kept, manifest


@pytest.mark.parametrize("ahead_s", [-20.0, 0.0, 0.4, 30.0])
def test_a_task_was_created_before_it_was_heard_of_even_where_the_providers_clock_is_ahead(
    ahead_s: float,
) -> None:
    created_at = NOW + timedelta(seconds=ahead_s)
    told = manifest(kept(), created_at=created_at, changed_at=NOW + timedelta(seconds=1))
    story = story_of(TaskFile("evolink", TASK, DAY, told, None))

    assert ["Created at the provider", "The provider called back", "1 image kept"] == [
        event.title for event in story
    ]
    assert created_at == story[0].at
