"""What a task of one image costs when nothing goes wrong: its requests, from the PUT of its batch on."""

from __future__ import annotations

import itertools

from tests.model.parts import Parts
from tests.model.trace import Step
from tests.model.world import World

# What the ledger of requests leaves out: Redis, the origin, and the sweep's listings, which serve all tasks.
_NO_REQUESTS = {"RING", "LLEN", "FETCH", "CALM", "LIST", "PUT OFF", "HANDED", "IN PLACE"}


def requests_of_one_image() -> list[Step]:
    """The steps of the first seed that tells of one sound image of a dated task, once, in good weather."""
    for seed in itertools.count():
        world = World(seed, Parts())
        [*told] = world.story.told
        one = len(told) == 1 and len(told[0].saying.links) == 1 and told[0].saying.provider == "evolink"
        sound = all(link.kind == "ok" for link in world.origin.links.values())
        late = any(batch.late for batch in world.coming)
        if one and sound and not late and not world.weather.faulty_turns and not world.s3.objects:
            assert not world.run()
            return [step for step in world.trace.steps if step.what not in _NO_REQUESTS]
    raise AssertionError
