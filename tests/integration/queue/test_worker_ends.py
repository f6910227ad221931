"""How a worker ends, and what of its surroundings is none of its business."""

from __future__ import annotations

import signal

import pytest

from infra.local.parts.redis import Redis
from tests.integration.queue.lone_worker import Working


@pytest.mark.parametrize(
    ("number", "ending"),
    [
        (signal.SIGTERM, "ended with exit code 0"),
        (signal.SIGINT, "ended with exit code 0"),
        (signal.SIGHUP, "ended with exit code 75"),
        (signal.SIGQUIT, "ended with exit code 75"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_only_who_was_told_to_stop_ends_with_0(
    redis_server: Redis, worker_on: Working, number: signal.Signals, ending: str
) -> None:
    with worker_on(redis_server.url) as worker:
        assert ending == worker.told_to_stop(number)
        assert "Traceback" not in worker.log


def test_celerys_own_variables_are_other_programs(redis_server: Redis, worker_on: Working) -> None:
    others = {
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        "CELERY_BROKER_READ_URL": "redis://127.0.0.1:1/0",
        "CELERY_BROKER_WRITE_URL": "redis://127.0.0.1:1/0",
        "CELERY_RESULT_BACKEND": "db+sqlite:///nowhere",
        "CELERY_LOADER": "no.such.loader:Loader",
        "REMAP_SIGTERM": "SIGQUIT",
    }
    with worker_on(redis_server.url, others) as worker:
        worker.settles("as-ever")

        assert "ended with exit code 0" == worker.told_to_stop()
