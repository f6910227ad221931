"""A worker hears its bells through Sentinels and over TLS, and goes on with the next master."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import quote

from archive.errors import QueueUnavailable
from tests.integration.queue.lone_worker import LoneWorker, Working
from tests.integration.queue.redis_servers import authority_in, serving
from tests.integration.queue.sentinels import FAILOVER_S, OF_MASTER, watched
from tests.pace import until

# Some fifty lines are written at the start, and a failover adds a few.
LINES_MOST = 80
UNUSABLE = "ended with exit code 1"
STOPPED = "ended with exit code 0"


def rings(worker: LoneWorker, name: str) -> bool:
    """Whether a bell can be rung now; then what it rang for is waited for."""
    try:
        worker.settles(name)
    except QueueUnavailable:
        return False
    return True


def test_after_a_failover_a_worker_listens_to_the_next_master(tmp_path: Path, worker_on: Working) -> None:
    with watched(tmp_path / "watched") as house, worker_on(house.url()) as worker:
        worker.settles("before")
        for name in ("after", "and-back"):
            house.fail_over()
            assert until(partial(rings, worker, name), FAILOVER_S)

        assert "Traceback" not in worker.log
        assert len(worker.log.splitlines()) < LINES_MOST
        assert OF_MASTER not in worker.log
        assert STOPPED == worker.told_to_stop()


def test_a_master_that_dies_is_followed_by_the_next(tmp_path: Path, worker_on: Working) -> None:
    with watched(tmp_path / "watched") as house, worker_on(house.url()) as worker:
        old = house.master()
        old.process.kill()
        house.is_followed(old)
        assert until(lambda: rings(worker, "after"), FAILOVER_S)

        assert STOPPED == worker.told_to_stop()


def test_bells_come_over_tls(tmp_path: Path, worker_on: Working) -> None:
    authority = authority_in(tmp_path / "tls")
    trusted = f"ssl_ca_certs={quote(str(authority.file), safe='')}"
    with serving(tmp_path / "redis", tls=authority) as server:
        with worker_on(server.url(scheme="rediss", more=f"?{trusted}")) as worker:
            worker.settles("trusted")
            assert "not verified" not in worker.log
            assert STOPPED == worker.told_to_stop()
        with worker_on(server.url(scheme="rediss", more="?ssl_cert_reqs=none")) as worker:
            worker.settles("unverified")
            assert "Redis's certificate is not verified" in worker.log
            assert STOPPED == worker.told_to_stop()
        with worker_on(server.url(scheme="rediss"), ready=False) as worker:
            assert UNUSABLE == worker.ends()
            assert "no authority that is trusted" in worker.log


def test_bells_come_over_tls_from_a_master_that_sentinels_name(tmp_path: Path, worker_on: Working) -> None:
    authority = authority_in(tmp_path / "tls")
    trusted = f"&ssl_ca_certs={quote(str(authority.file), safe='')}"
    with (
        watched(tmp_path / "watched", authority) as house,
        worker_on(house.url(trusted, scheme="sentinels")) as worker,
    ):
        worker.settles("before")
        house.fail_over()
        assert until(lambda: rings(worker, "after"), FAILOVER_S)
        assert STOPPED == worker.told_to_stop()
