"""Redis as it is met outside: a worker lives on with a short log, or says in a sentence why it cannot begin."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.queue.queue_trouble import ACL
from infra.local.parts import redis as local_redis
from infra.local.ports import free_block
from tests.integration.queue.lone_worker import LoneWorker, Working
from tests.integration.queue.redis_servers import Server, serving
from tests.integration.queue.servers import ask, in_cluster_mode, with_a_user
from tests.pace import until

# Some fifty lines of Celery's and ours are written at the start; what fails again and again adds a few.
LINES_MOST = 60
CANNOT_WORK = "ended with exit code 1"
STOPPED = "ended with exit code 0"


def lines(worker: LoneWorker) -> int:
    return len(worker.log.splitlines())


def test_after_a_failover_it_listens_again_and_its_log_is_short(tmp_path: Path, worker_on: Working) -> None:
    with serving(tmp_path / "redis") as server, worker_on(server.url()) as worker:
        server.admin.replicaof("127.0.0.1", "1")
        worker.says("this Redis is a replica")
        time.sleep(5)
        assert worker.process.alive()
        ask(server, "REPLICAOF", "NO", "ONE")
        worker.settles("after")

        assert lines(worker) < LINES_MOST
        assert "Traceback" not in worker.log
        assert STOPPED == worker.told_to_stop()


def test_while_there_is_no_connection_left_it_asks_less_and_less_often(
    tmp_path: Path, worker_on: Working
) -> None:
    with serving(tmp_path / "redis") as server, worker_on(server.url()) as worker:
        server.admin.config_set("maxclients", 1)
        server.admin.client_kill_filter(_type="normal", skipme=True)
        worker.says("no connection left")
        refused = int(server.admin.info("stats")["rejected_connections"])
        time.sleep(10)
        again = int(server.admin.info("stats")["rejected_connections"]) - refused
        server.admin.config_set("maxclients", 100)
        worker.settles("after")

        # Its three connections, each at growing distances.
        assert again < 40
        assert lines(worker) < LINES_MOST


@pytest.mark.parametrize("how", ["frozen", "killed"])
def test_redis_that_is_away_is_waited_for_and_a_stop_is_heard_meanwhile(
    tmp_path: Path, worker_on: Working, how: str
) -> None:
    with serving(tmp_path / "redis") as server, worker_on(server.url()) as worker:
        server.process.send(signal.SIGSTOP if how == "frozen" else signal.SIGKILL)
        worker.says("not listening", 60)
        assert STOPPED == worker.told_to_stop()
        assert lines(worker) < LINES_MOST
        server.process.send(signal.SIGCONT)


def test_redis_that_is_away_at_the_start_is_waited_for(tmp_path: Path, worker_on: Working) -> None:
    port = free_block(1)
    with worker_on(f"redis://127.0.0.1:{port}/0", ready=False) as worker:
        worker.says("Redis cannot be reached")
        with local_redis.start(tmp_path / "redis", port):
            worker.says("worker ready")
            worker.settles("first")


def test_a_stop_is_heard_while_redis_has_never_been_there(worker_on: Working) -> None:
    with worker_on(f"redis://127.0.0.1:{free_block(1)}/0", ready=False) as worker:
        worker.says("Redis cannot be reached")

        assert STOPPED == worker.told_to_stop(signal.SIGINT)


def test_cluster_mode_is_refused_with_a_sentence(tmp_path: Path, worker_on: Working) -> None:
    with in_cluster_mode(tmp_path / "redis") as server, worker_on(server.url(), ready=False) as worker:
        assert CANNOT_WORK == worker.ends()
        assert "this worker cannot work: this Redis runs in cluster mode" in worker.log
        assert "Traceback" not in worker.log


@pytest.mark.parametrize(
    ("rules", "login", "sentence"),
    [
        ("~* +@all -brpop", "ours:word@", "this user's ACL denies what is needed"),
        ("~other* +@all", "ours:word@", "this user's ACL denies what is needed"),
        ("~* +@all", "ours:wrong@", "Redis refuses the user or the password"),
    ],
    ids=["command", "keys", "password"],
)
def test_a_user_who_may_not_do_it_is_refused_with_a_sentence(
    tmp_path: Path, worker_on: Working, rules: str, login: str, sentence: str
) -> None:
    with (
        with_a_user(tmp_path / "redis", *rules.split()) as server,
        worker_on(server.url(login), ready=False) as worker,
    ):
        assert CANNOT_WORK == worker.ends()
        assert f"this worker cannot work: {sentence}" in worker.log
        assert "Traceback" not in worker.log


def test_a_password_that_is_missing_or_wrong_is_refused_with_a_sentence_that_does_not_show_it(
    tmp_path: Path, worker_on: Working
) -> None:
    for login in ("", ":mistaken@"):
        with (
            serving(tmp_path / "redis", "--requirepass", "secret", login={"password": "secret"}) as server,
            worker_on(server.url(login), ready=False) as worker,
        ):
            assert CANNOT_WORK == worker.ends()
            assert "this worker cannot work: Redis refuses the user or the password" in worker.log
            assert "mistaken" not in worker.log


def test_a_server_that_lacks_a_command_is_refused_with_a_sentence(tmp_path: Path, worker_on: Working) -> None:
    with (
        serving(tmp_path / "redis", "--rename-command", "BRPOP", "other") as server,
        worker_on(server.url(), ready=False) as worker,
    ):
        assert CANNOT_WORK == worker.ends()
        assert "does not know a command that is needed" in worker.log


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Redis with a user who may do what the documents ask for, and nothing more."""
    with with_a_user(tmp_path_factory.mktemp("guarded"), "resetchannels", *ACL.split()) as server:
        yield server


@pytest.fixture(scope="module")
def obedient(guarded: Server, shared_worker_on: Working) -> Iterator[LoneWorker]:
    """A worker that is this user."""
    with shared_worker_on(guarded.url("ours:word@")) as worker:
        yield worker
        assert STOPPED == worker.told_to_stop()


def test_the_documented_acl_is_enough_and_no_channel_is_among_it(
    guarded: Server, obedient: LoneWorker
) -> None:
    obedient.settles("allowed")
    assert until(lambda: bool(guarded.admin.keys("fixative.heartbeat.*")), 20)

    assert [] == guarded.admin.acl_log()
    assert 0 == guarded.admin.pubsub_numpat()
    assert [] == guarded.admin.pubsub_channels()


def test_an_acl_that_is_taken_away_is_lived_with(guarded: Server, obedient: LoneWorker) -> None:
    ask(guarded, "ACL SETUSER", "ours", "-brpop")
    obedient.says("this user's ACL denies what is needed")
    assert obedient.process.alive()
    ask(guarded, "ACL SETUSER", "ours", "+brpop")
    obedient.settles("after")


def test_a_worker_holds_few_connections_whatever_it_was_rung_for(tmp_path: Path, worker_on: Working) -> None:
    with serving(tmp_path / "redis") as server, worker_on(server.url(), {"WORKER_THREADS": "16"}) as worker:
        with contextlib.closing(worker.doorbell()) as doorbell:
            for number in range(40):
                doorbell.ring_settle(worker.batch(f"many{number:04d}")[0])
        worker.settles("last")

        # Two that listen, two of its doorbell, its heartbeat's, and ours that asks.
        assert len(server.admin.client_list()) <= 6
