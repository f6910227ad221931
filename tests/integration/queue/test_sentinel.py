"""A worker behind Sentinels: it hears the master, and after a failover the next one."""

from __future__ import annotations

import contextlib
from pathlib import Path

from archive.errors import QueueUnavailable
from infra.local.wait import until
from tests.integration.queue.lone_worker import LoneWorker, Working
from tests.integration.sentinels import FAILOVER_S, OF_MASTER, OF_SENTINEL, watched

LINES_MOST = 60


def rings(worker: LoneWorker, key: str) -> bool:
    """Whether a bell is taken now."""
    with contextlib.closing(worker.doorbell()) as doorbell:
        try:
            doorbell.ring_settle(key)
        except QueueUnavailable:
            return False
    return True


def test_a_worker_hears_the_master_and_the_next_one(tmp_path: Path, worker_on: Working) -> None:
    with watched(tmp_path / "watched") as house, worker_on(house.url()) as worker:
        worker.settles("before")
        house.fail_over()
        key, manifest = worker.batch("after")
        assert until(lambda: rings(worker, key), FAILOVER_S)
        assert until(lambda: worker.stands(manifest), 60), worker.log

        assert "Traceback" not in worker.log
        assert len(worker.log.splitlines()) < LINES_MOST
        assert not [secret for secret in (OF_MASTER, OF_SENTINEL) if secret in worker.log]
        assert "ended with exit code 0" == worker.told_to_stop()
