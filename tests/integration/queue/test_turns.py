"""A turn is one worker's for a while, and nobody's where Redis is away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.deployment import Deployment
from archive.errors import QueueUnavailable
from archive.queue.turns import Turns
from infra.local.parts import redis as local_redis
from tests.pace import until

OURS, OTHERS = Deployment("bucket", ""), Deployment("bucket", "other/")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_redis.Redis]:
    folder: Path = tmp_path_factory.mktemp("turns")
    with local_redis.start(folder) as running:
        yield running


def test_the_first_to_ask_has_it_until_it_ends(server: local_redis.Redis) -> None:
    first, second = Turns(server.url, OURS), Turns(server.url, OURS)

    assert [True, False, False] == [first.take("look", 1), second.take("look", 1), first.take("look", 1)]
    assert until(lambda: second.take("look", 60), 30)
    assert not first.take("look", 60)


def test_another_deployment_has_turns_of_its_own(server: local_redis.Redis) -> None:
    assert Turns(server.url, OURS).take("of-each", 60)
    assert Turns(server.url, OTHERS).take("of-each", 60)


def test_a_redis_that_is_away_is_said_to_be() -> None:
    with pytest.raises(QueueUnavailable):
        Turns("redis://127.0.0.1:9/0", OURS).take("look", 60)
